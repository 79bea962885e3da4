"""Numbers and arrays that carry derivatives through a recorded program.

To the program they are what they stand for: ``isinstance`` sees the type of the primal, formatting prints it,
comparisons and truth tests use it. Their operators record, so library code that was not rewritten records as well.
What would lose the derivative in silence (``__float__``, ``__array__``) is an error.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

from srcgrad.errors import SrcgradError, UnsupportedError
from srcgrad.runtime.recorded.memory import Memory
from srcgrad.runtime.recorded.recording import Node, Window
from srcgrad.runtime.recorded.whereabouts import noted, user_location

__all__ = ["Method", "Recorded", "RecordedArray", "RecordedScalar", "hooks"]


class _Hooks:
    """What the operators of recorded values do; set by the modules that know how."""

    binary: dict[str, Callable[[Any, Any], Any]]
    inplace: dict[str, Callable[[Any, Any], Any]]
    unary: dict[str, Callable[[Any], Any]]
    attribute: Callable[[Any, str], Any]
    method: Callable[[Any, str, tuple[Any, ...], dict[str, Any]], Any]
    setattribute: Callable[[Any, str, Any], None]
    getitem: Callable[[Any, Any], Any]
    setitem: Callable[[Any, Any, Any], None]
    ufunc: Callable[[Any, str, tuple[Any, ...], dict[str, Any]], Any]
    call: Callable[..., Any]
    iterate: Callable[[Any], Any]
    library: Callable[[Any], bool]
    construct: Callable[[type, tuple[Any, ...], dict[str, Any]], Any]
    generated: Callable[[Any, tuple[Any, ...]], Callable[..., Any] | None]
    mutating: frozenset[str]
    update: Callable[[Any, Any, tuple[Any, ...], Any], Any]


hooks = _Hooks()


def _refuse(what: str) -> SrcgradError:
    return noted(
        UnsupportedError(
            f"{what} of a value that carries a derivative is asked for by code that cannot be followed",
            location=user_location(None),
            cause="the derivative would be lost in silence",
            way_out="register a rule for the function that does it, or pass it a value without derivative",
        )
    )


class Recorded:
    """What recorded numbers and arrays have in common."""

    __slots__ = ("value",)
    value: Any

    # Python asks the class of an object second, after its type: so `isinstance` is true for both.
    @property
    def __class__(self) -> type:
        return type(self.value)

    @__class__.setter
    def __class__(self, _: type) -> None:
        raise TypeError("the class of a recorded value cannot be changed")

    def source(self) -> Node | None:
        """Where the present value comes from."""
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        return hooks.attribute(self, name)

    def __repr__(self) -> str:
        return repr(self.value)

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __trunc__(self) -> int:
        return int(self.value)

    def __round__(self, digits: int | None = None) -> Any:
        return round(self.value) if digits is None else round(self.value, digits)

    def __floor__(self) -> int:
        return self.value.__floor__()  # type: ignore[no-any-return]

    def __ceil__(self) -> int:
        return self.value.__ceil__()  # type: ignore[no-any-return]

    def __float__(self) -> float:
        raise _refuse("the float")

    def __complex__(self) -> complex:
        raise _refuse("the complex number")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise _refuse("the plain array")

    def __reduce_ex__(self, _: Any) -> Any:
        raise _refuse("a pickle")

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        return hooks.ufunc(ufunc, method, args, kwargs)

    def __array_function__(self, function: Any, _: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return hooks.call(function, *args, **kwargs)

    def __divmod__(self, other: Any) -> Any:
        return hooks.binary["FloorDiv"](self, other), hooks.binary["Mod"](self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return hooks.binary["FloorDiv"](other, self), hooks.binary["Mod"](other, self)


class RecordedScalar(Recorded):
    """A number: of Python, or a NumPy scalar."""

    __slots__ = ("node",)

    def __init__(self, value: Any, node: Node) -> None:
        self.value = value
        self.node = node

    def source(self) -> Node | None:
        return self.node

    def __hash__(self) -> int:
        return hash(self.value)

    def __copy__(self) -> RecordedScalar:
        return self

    def __deepcopy__(self, _: Any) -> RecordedScalar:
        return self

    def __getitem__(self, key: Any) -> Any:
        if key == () or key is Ellipsis:
            self.value[key]
            return self
        return hooks.getitem(self, key)


class RecordedArray(Recorded):
    """An array, or a view of one: the primal array is the program's own and is written in place.

    Attributes
    ----------
    memory : Memory
        Shared by all arrays over one block.
    origin : Node or None
        For an argument that shares its memory with another argument: content of the block as far as this argument
        is concerned, until somebody writes.
    """

    __slots__ = ("_window", "memory", "origin")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any, memory: Memory, origin: Node | None = None) -> None:
        set_ = object.__setattr__
        set_(self, "value", value)
        set_(self, "memory", memory)
        set_(self, "origin", origin)
        set_(self, "_window", None)

    def source(self) -> Node | None:
        memory = self.memory
        block: Node | None = memory.node
        if self.origin is not None and not memory.written:
            block = self.origin
        if block is None or self.value.base is None:
            return block
        window = self._window
        if window is not None and window[0] is block:
            return window[1]  # type: ignore[no-any-return]
        region = memory.region(self.value)
        node = block if region.whole else Window(block, region)
        object.__setattr__(self, "_window", (block, node))
        return node

    def __setattr__(self, name: str, value: Any) -> None:
        hooks.setattribute(self, name, value)

    def __getitem__(self, key: Any) -> Any:
        return hooks.getitem(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        hooks.setitem(self, key, value)

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        if self.value.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (self[k] for k in range(len(self.value)))

    def __contains__(self, item: Any) -> bool:
        return (item.value if isinstance(item, Recorded) else item) in self.value

    def __copy__(self) -> Any:
        return hooks.method(self, "copy", (), {})

    def __deepcopy__(self, _: Any) -> Any:
        return hooks.method(self, "copy", (), {})


class Method:
    """A method of a recorded value, bound to it."""

    __slots__ = ("name", "owner")

    def __init__(self, owner: Any, name: str) -> None:
        self.owner = owner
        self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return hooks.method(self.owner, self.name, args, kwargs)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Recorded) else value


def _give_operators() -> None:
    names = {
        "Add": "add", "Sub": "sub", "Mult": "mul", "Div": "truediv", "FloorDiv": "floordiv", "Mod": "mod",
        "Pow": "pow", "MatMult": "matmul", "BitAnd": "and", "BitOr": "or", "BitXor": "xor",
        "LShift": "lshift", "RShift": "rshift",
    }  # fmt: skip

    def give(cls: type, kind: str, short: str) -> None:
        setattr(cls, f"__{short}__", lambda self, other: hooks.binary[kind](self, other))
        setattr(cls, f"__r{short}__", lambda self, other: hooks.binary[kind](other, self))

    for kind, short in names.items():
        give(Recorded, kind, short)

    def give_inplace(kind: str, short: str) -> None:
        setattr(RecordedArray, f"__i{short}__", lambda self, other: hooks.inplace[kind](self, other))

    for kind, short in names.items():
        give_inplace(kind, short)
    for kind, method in {"USub": "neg", "UAdd": "pos", "Invert": "invert", "Abs": "abs"}.items():
        setattr(Recorded, f"__{method}__", lambda self, kind=kind: hooks.unary[kind](self))
    for short in ("lt", "le", "gt", "ge", "eq", "ne"):
        compare = getattr(operator, short)
        setattr(
            Recorded, f"__{short}__", lambda self, other, compare=compare: compare(self.value, _plain(other))
        )
    # Python takes away the hash of a class that gets an `__eq__`, but not when it is set later.


_give_operators()
