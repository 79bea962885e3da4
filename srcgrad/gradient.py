"""The callable that `grad` and its relatives return: one function, compiled anew for each signature it meets."""

from __future__ import annotations

import functools
import inspect
import linecache
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, TypeVar, cast

import numpy as np

from srcgrad.errors import (
    ArgumentError,
    InputTypeError,
    Location,
    UnsupportedError,
)
from srcgrad.misuse import check_callable, check_real, pair_of
from srcgrad.origins import annotate
from srcgrad.runtime import debugging
from srcgrad.runtime.custom import Custom
from srcgrad.runtime.sweeps import conform
from srcgrad.versions import any_recorded, being_recorded

if TYPE_CHECKING:
    from srcgrad.accelerated import Accelerated
    from srcgrad.transform.pipeline import Compiled
    from srcgrad.transform.refused import Refused

P = ParamSpec("P")
R = TypeVar("R")

Argnums = int | str | Sequence[int | str]
Jit = bool | Literal["auto"]


@dataclass(frozen=True)
class Options:
    """What of a function is differentiated, and what is returned."""

    argnums: Argnums = 0
    has_aux: bool = False
    with_value: bool = False
    jit: Jit = False

    def __post_init__(self) -> None:
        if self.jit not in (True, False, "auto"):
            raise ArgumentError(f"jit={self.jit!r} means nothing", way_out='pass True, False or "auto"')


@dataclass
class Version:
    """The code for one signature: compiled, or a reason for recording instead.

    ``constants`` are passed after the user's arguments: the seeds of an inner derivative. ``again`` is the code to be
    differentiated in its turn.
    """

    compiled: Compiled | None
    reason: str = ""
    line: int | None = None
    constants: tuple[Any, ...] = ()
    again: Compiled | None = None
    machine: Accelerated | None = None


@dataclass
class Explained:
    """A derivative for one call: the code with all that explains it, or why there is none.

    ``values`` and ``named`` are what the generated function takes.
    """

    compiled: Compiled | None
    arguments: dict[str, Any]
    wanted: list[str]
    values: tuple[Any, ...]
    refusal: Refused | None = None
    reason: str = ""
    named: dict[str, Any] = field(default_factory=dict)


class Gradient(Generic[P, R]):
    """A function's gradient.

    Attributes
    ----------
    primal : callable
        The function itself.
    source : str
        The generated code of the latest call.
    """

    __name__: str
    __qualname__: str

    def __init__(self, primal: Callable[..., Any], options: Options) -> None:
        check_callable(primal)
        functools.update_wrapper(self, primal, updated=())
        if not hasattr(primal, "__name__"):
            self.__name__ = self.__qualname__ = type(primal).__name__
        self.primal = primal
        self.options = options
        self._versions: dict[object, Version] = {}
        self._latest: Version | None = None
        self._numbers()  # what cannot be meant is said here, not at the first call
        self._chosen: dict[int, list[str]] = {}
        self._lock = threading.RLock()

    # --- calling ------------------------------------------------------------------------------

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Differentiate at these arguments."""
        try:
            return self._call(args, kwargs)
        except Exception as error:
            annotate(error)
            raise

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
        if self._must_record(args, kwargs):
            self._latest = self._latest or Version(None, "the arguments are not known by name")
            if self.options.jit and not self._plain:
                self._accelerated(self._latest)
            return self._finish_recorded(*self._record(args, kwargs))
        arguments, wanted = self._bind(args, kwargs)
        version = self._version(arguments, wanted)
        if version.compiled is None:
            return self._finish_recorded(*self._record(args, kwargs))
        run = version.machine or version.compiled.function
        if debugging.active and debugging.looking():
            run = version.compiled.checked()[version.compiled.function.__name__]
        made = run(*arguments.values(), *version.constants, *self._seeds())
        values = [arguments[name] for name in wanted]
        if not version.compiled.gives_value:
            return cast(R, self._conformed(made, values))
        return self._finish(made, values)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """As a method: the instance is the first argument."""
        return self if instance is None else MethodType(self, instance)

    def _seeds(self) -> tuple[Any, ...]:
        return ((1.0, None),) if self.options.has_aux else ()

    def _finish(self, made: Any, values: list[Any]) -> R:
        """Check the value, and give the gradient the structure of the arguments."""
        value, gradient = made
        if self.options.has_aux:
            value, aux = pair_of(value, self.primal)
        self._check_value(value)
        answer = self._conformed(gradient, values)
        if self.options.has_aux:
            return ((value, aux), answer) if self.options.with_value else (answer, aux)  # type: ignore[return-value]
        return (value, answer) if self.options.with_value else answer  # type: ignore[return-value]

    def _conformed(self, gradient: Any, values: list[Any]) -> Any:
        """The gradient with the structure of the arguments; no two parts share memory."""
        if not self._several():
            return conform(gradient, values[0])
        parts = gradient if len(values) != 1 else (gradient,)
        results = [conform(part, argument) for part, argument in zip(parts, values, strict=True)]
        seen: set[int] = set()
        for k, part in enumerate(results):
            if isinstance(part, np.ndarray):
                if id(part) in seen:
                    results[k] = part.copy()
                seen.add(id(part))
        return tuple(results)

    def _check_value(self, value: Any) -> None:
        check_real(value, self.primal)

    def _several(self) -> bool:
        return isinstance(self.options.argnums, (tuple, list))

    # --- arguments ----------------------------------------------------------------------------

    @functools.cached_property
    def _signature(self) -> inspect.Signature | None:
        try:
            return inspect.signature(self.primal)
        except (TypeError, ValueError):
            return None

    @property
    def _function(self) -> Callable[..., Any]:
        """What is transformed: of a function with a derivative of its own, one that calls it."""
        return (self.primal.plain or self.primal) if isinstance(self.primal, Custom) else self.primal

    @functools.cached_property
    def _plain(self) -> bool:
        """True if the primal is a Python function without ``*args`` and ``**kwargs``."""
        function = self._function
        if hasattr(function, "generated"):
            return True
        if not isinstance(function, FunctionType):
            return False
        return not function.__code__.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)

    def _bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """All arguments by name, defaults included, and the names to differentiate."""
        if not kwargs and len(args) == len(self._names):
            arguments = dict(zip(self._names, args, strict=True))
            wanted = self._wanted(len(args))
            for name in wanted:
                if type(arguments[name]) is not float:
                    check_input(arguments[name], name, self.__name__)
            return arguments, wanted
        bound = self.bound(args, kwargs)
        assert bound is not None
        bound.apply_defaults()
        arguments = dict(bound.arguments)
        wanted = self._wanted(len(args))
        for name in wanted:
            check_input(arguments[name], name, self.__name__)
        return arguments, wanted

    @functools.cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self._signature.parameters) if self._signature is not None else ()

    def _wanted(self, count: int) -> list[str]:
        """Names of the parameters to differentiate, given the number of positional arguments."""
        found = self._chosen.get(count)
        if found is None:
            names = list(self._names)
            found = [self._parameter(n, names[:count] if _from_end(n) else names) for n in self._numbers()]
            if len(set(found)) != len(found):
                raise ArgumentError(
                    f"argnums={self.options.argnums!r} names a parameter twice", way_out="name each one once"
                )
            self._chosen[count] = found
        return found

    def _numbers(self) -> list[int | str]:
        argnums = self.options.argnums
        numbers: list[Any] = list(argnums) if isinstance(argnums, (tuple, list)) else [argnums]
        for k, number in enumerate(numbers):
            if isinstance(number, np.integer):
                numbers[k] = int(number)
            elif isinstance(number, bool) or not isinstance(number, (int, str)):
                raise ArgumentError(
                    f"argnums={argnums!r} is neither a position nor a name",
                    way_out="give an int, a parameter name, or a tuple of these; arguments go into the call of the"
                    " gradient: grad(f)(x)",
                )
        return numbers

    def _parameter(self, number: int | str, names: list[str]) -> str:
        if isinstance(number, str):
            if number in names:
                return number
        elif isinstance(number, int) and not isinstance(number, bool) and -len(names) <= number < len(names):
            return names[number]
        raise ArgumentError(
            f"argnums={number!r} fits no parameter of {self.__name__}({', '.join(names)})",
            way_out="give a position from 0 or the name of a parameter",
        )

    def bound(self, args: Sequence[Any], kwargs: dict[str, Any]) -> inspect.BoundArguments | None:
        """The arguments by name, None if Python does not know the parameters."""
        try:
            return None if self._signature is None else self._signature.bind(*args, **kwargs)
        except TypeError as error:  # in the words that Python has for a call
            raise TypeError(f"{self.__name__}() {error}") from None

    def positions(self, args: Sequence[Any]) -> tuple[list[int], list[Any]]:
        """Positions of the differentiated arguments, all passed by position, and their values."""
        active, values = self.active(args, {})
        return [k for k in active if isinstance(k, int)], values

    # --- versions -----------------------------------------------------------------------------

    def _must_record(self, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
        if not self._plain:
            return True
        return being_recorded() or any_recorded((*args, *kwargs.values()))

    def _version(self, arguments: dict[str, Any], wanted: list[str]) -> Version:
        """The code for these arguments, compiled if need be."""
        from srcgrad.transform.signature import signature_key

        key = (signature_key(arguments, wanted), tuple(wanted))
        version = self._current(key)
        if version is None:
            with self._lock:
                version = self._current(key)  # another thread may have made it by now
                if version is None:
                    version = self._compile(arguments, wanted)
                    if self.options.jit:
                        version.machine = self._accelerated(version)
                    self._versions[key] = version
        self._latest = version
        return version

    def _current(self, key: object) -> Version | None:
        """The code that is there, unless a global variable has another type by now."""
        version = self._versions.get(key)
        return version if version is None or version.compiled is None or version.compiled.current() else None

    def _compile(self, arguments: dict[str, Any], wanted: list[str]) -> Version:
        from srcgrad.transform.pipeline import compile_gradient
        from srcgrad.transform.refused import Refused

        function = self._target(arguments)
        if function is None:
            return Version(None, "the inner derivative is recorded")
        refuse_unsupported(function)
        every = with_defaults(function, arguments)
        constants = tuple(every.values())[len(arguments) :]
        try:
            with_value = self.options.with_value or self.options.has_aux
            made = compile_gradient(
                function, every, wanted, with_value=with_value, has_aux=self.options.has_aux
            )
            return Version(made, constants=constants)
        except Refused as refusal:
            return Version(None, refusal.reason, getattr(refusal.node, "lineno", None))

    def explained(self, args: Sequence[Any], kwargs: dict[str, Any], *, forward: bool = False) -> Explained:
        """Compile anew for these arguments, with everything kept that explains the result; nothing runs.

        With ``forward``, the code of forward mode; ``named`` are tangents then.

        Raises
        ------
        SrcgradError
            As a call would, where that can be told without running.
        """
        from srcgrad.transform.pipeline import compile_gradient, compile_jvp
        from srcgrad.transform.refused import Refused

        refuse_unsupported(self.primal)
        if self._must_record(args, kwargs):
            return Explained(None, {}, [], (), reason="the arguments are not known by name")
        arguments, wanted = self._bind(args, kwargs)
        function = self._target(arguments)
        if function is None:
            return Explained(None, arguments, wanted, (), reason="the inner derivative is recorded")
        every = with_defaults(function, arguments)
        with_value = self.options.with_value or self.options.has_aux
        try:
            if forward:
                tangent = compile_jvp(function, every, wanted)
                named = {tangent.dots[name]: every[name] for name in wanted}
                return Explained(tangent.compiled, arguments, wanted, tuple(every.values()), named=named)
            made = compile_gradient(
                function, every, wanted, with_value=with_value, has_aux=self.options.has_aux, keep_stages=True
            )
        except Refused as refusal:
            return Explained(None, arguments, wanted, (), refusal, refusal.reason)
        return Explained(made, arguments, wanted, (*every.values(), *self._seeds()))

    def _accelerated(self, version: Version) -> Accelerated | None:
        """Machine code for generated code; a recorded program has none."""
        from srcgrad.accelerated import Accelerated, warn_slow
        from srcgrad.errors import JitError

        strict = self.options.jit is True
        if version.compiled is not None:
            return Accelerated(version.compiled, self.__name__, strict)
        error = JitError(
            f"{self.__name__} cannot be compiled to machine code, because it is differentiated as it runs",
            location=_place(self.primal, version.line),
            cause=version.reason,
        )
        if strict:
            raise error
        warn_slow(self.__name__, error)
        return None

    def _target(self, arguments: dict[str, Any]) -> FunctionType | None:
        """The Python function to transform: of a gradient, the one that was generated for it."""
        function = self._function
        if hasattr(function, "generated"):
            return cast(FunctionType | None, function.generated(arguments))
        assert isinstance(function, FunctionType)
        return function

    def generated(self, arguments: dict[str, Any]) -> FunctionType | None:
        """The generated function that computes what this object returns, to be differentiated in turn."""
        names = self._wanted(len(arguments))
        for name in names:
            check_input(arguments[name], name, self.__name__)
        version = self._version(arguments, names)
        if version.compiled is None or self.options.has_aux:
            return None
        if version.again is None or not version.again.current():
            version.again = self._compiled_again(arguments, names)
        function = None if version.again is None else version.again.function
        return function if isinstance(function, FunctionType) else None

    def _compiled_again(self, arguments: dict[str, Any], names: list[str]) -> Compiled | None:
        """The code of this derivative alone, without what its callers may want besides."""
        from srcgrad.transform.pipeline import compile_gradient
        from srcgrad.transform.refused import Refused

        target = self._target(arguments)
        if target is None:
            return None
        try:
            made = compile_gradient(
                target,
                with_defaults(target, arguments),
                names,
                with_value=self.options.with_value,
                packed=self._several(),
            )
        except Refused:
            return None
        return made if made.gives_value is self.options.with_value else None

    def shaped(self, result: Any, arguments: dict[str, Any]) -> Any:
        """What the generated function returned, or its tangent, in the structure that a call of this object gives."""
        names = self._wanted(len(self._names))
        value, gradient = result if self.options.with_value else (None, result)
        parts = gradient if self._several() else (gradient,)
        made = tuple(conform(part, arguments[name]) for part, name in zip(parts, names, strict=True))
        answer = made if self._several() else made[0]
        return (value, answer) if self.options.with_value else answer

    # --- recording ----------------------------------------------------------------------------

    def _record(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, Any, list[Any]]:
        """Run define-by-run; value, cotangents and the arguments they belong to."""
        return self.recording(args, kwargs)()

    def recording(
        self, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Callable[[], tuple[Any, Any, list[Any]]]:
        """Run the program define-by-run; what walks its record backwards is returned."""
        from srcgrad.transform.recorded import record_vjp

        refuse_unsupported(self.primal)
        active, values = self.active(args, kwargs)
        value, pullback = record_vjp(self.primal, tuple(args), kwargs, active)
        seed: Any = 1.0
        if self.options.has_aux:
            pair_of(value, self.primal)
            seed = (1.0, None)
        self._check_value(value[0] if self.options.has_aux else value)
        return lambda: (value, pullback(seed), values)

    def active(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[list[int | str], list[Any]]:
        """Positions and keywords of the differentiated arguments as they were passed, and their values."""
        signature = self._signature
        names: list[str] = []
        if signature is not None:
            self.bound(args, kwargs)
            names = list(signature.parameters)
        active: list[int | str] = []
        for number in self._numbers():
            where: int | str = number
            if isinstance(number, int):
                count = len(args) if number < 0 else max(len(names), len(args))
                if not -count <= number < count:
                    raise ArgumentError(f"argnums={number!r} fits no argument of {self.__name__}")
                where = number % count
                if where >= len(args):
                    where = names[where]
            elif number in names and names.index(number) < len(args):
                where = names.index(number)
            if isinstance(where, str) and where not in kwargs:
                raise ArgumentError(f"argnums={number!r}: no such argument was passed to {self.__name__}")
            active.append(where)
        if len(set(active)) != len(active):
            raise ArgumentError(
                f"argnums={self.options.argnums!r} names a parameter twice", way_out="name each one once"
            )
        values = [args[k] if isinstance(k, int) else kwargs[k] for k in active]
        for where, value in zip(active, values, strict=True):
            label = (
                where
                if isinstance(where, str)
                else names[where]
                if where < len(names)
                else f"argument {where}"
            )
            check_input(value, label, self.__name__)
        return active, values

    def _finish_recorded(self, value: Any, cotangents: Any, values: list[Any]) -> R:
        aux: Any = None
        if self.options.has_aux:
            value, aux = value
        if not being_recorded() and not any_recorded((value, *cotangents, *values)):
            cotangents = tuple(conform(part, arg) for part, arg in zip(cotangents, values, strict=True))
        answer: Any = tuple(cotangents) if self._several() else cotangents[0]
        if self.options.has_aux:
            return ((value, aux), answer) if self.options.with_value else (answer, aux)  # type: ignore[return-value]
        return (value, answer) if self.options.with_value else answer  # type: ignore[return-value]

    # --- looking inside -----------------------------------------------------------------------

    @property
    def source(self) -> str:
        """The generated code of the latest call."""
        if self._latest is None:
            raise ArgumentError(
                f"{self.__name__} has not been compiled yet",
                way_out="call it once, or use source_for(*arguments): types decide what is generated",
            )
        return self._text(self._latest)

    def source_for(self, *args: Any, **kwargs: Any) -> str:
        """The generated code for arguments of these types, without running it."""
        if not self._plain:
            return self._text(Version(None))
        arguments, wanted = self._bind(args, kwargs)
        return self._text(self._version(arguments, wanted))

    def show(self, *args: Any, **kwargs: Any) -> None:
        """Print the generated code, for the latest call or for the arguments given."""
        print(self.source_for(*args, **kwargs) if args or kwargs else self.source, end="")

    def _text(self, version: Version) -> str:
        if version.machine is not None and version.machine.latest is not None:
            return version.machine.latest.source
        if version.compiled is not None:
            return version.compiled.source
        from srcgrad.transform.recorded import recorded_source

        place = f" (line {version.line})" if version.line else ""
        reason = f"# recorded as it runs: {version.reason}{place}\n" if version.reason else ""
        primal = self._function
        while isinstance(primal, Gradient):
            primal = primal._function
        return reason + recorded_source(primal)

    # --- as an object -------------------------------------------------------------------------

    def __reduce__(self) -> Any:
        module = sys.modules.get(getattr(self, "__module__", "") or "")
        found: Any = module
        for part in self.__qualname__.split("."):
            found = getattr(found, part, None)
        if found is self:
            return self.__qualname__
        return Gradient, (self.primal, self.options)

    def __copy__(self) -> Gradient[P, R]:
        return Gradient(self.primal, self.options)

    def __deepcopy__(self, memo: dict[int, Any]) -> Gradient[P, R]:
        return Gradient(self.primal, self.options)

    def __repr__(self) -> str:
        kind = "value_and_grad" if self.options.with_value else "grad"
        return f"<srcgrad.{kind} of {self.__qualname__}>"


def _from_end(number: int | str) -> bool:
    return isinstance(number, int) and number < 0


def with_defaults(function: FunctionType, arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments by name, completed with the defaults of a generated function (its seed)."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = dict(zip(reversed(names), reversed(function.__defaults__ or ()), strict=False))
    return {
        **arguments,
        **{name: defaults[name] for name in names if name not in arguments and name in defaults},
    }


def check_input(value: Any, name: object, function: str) -> None:
    """Raise unless an argument has something to differentiate."""
    if has_floats(value):
        return
    kind = value.dtype.name if isinstance(value, (np.ndarray, np.generic)) else type(value).__name__
    described = f"it is {kind}, not floating-point"
    way_out = "pass a float (3.0, np.array([...], dtype=float)), or choose another parameter with argnums"
    if isinstance(value, (list, tuple, dict)):
        described = f"it is a {kind} without floating-point numbers"
    elif kind == "Tensor" and type(value).__module__.startswith("srcgrad."):
        way_out = (
            "pass an array (tensor.numpy()), or differentiate tensors with backward() or srcgrad.func.grad"
        )
    raise InputTypeError(
        f"{function} cannot be differentiated with respect to {name}: {described}", way_out=way_out
    )


def has_floats(value: Any, depth: int = 0) -> bool:
    """True if a (nested) value holds floating-point numbers."""
    if isinstance(value, (float, complex, np.inexact)):
        return True
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fc"
    if isinstance(value, (str, bytes, int, bool, type(None), np.generic)) or depth > 6:
        return False
    if isinstance(value, dict):
        return any(has_floats(item, depth + 1) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(has_floats(item, depth + 1) for item in value)
    if hasattr(value, "_srcgrad_recorded"):
        return True
    attributes = getattr(value, "__dict__", None) or {
        name: getattr(value, name, None) for name in getattr(type(value), "__slots__", ())
    }
    return any(has_floats(item, depth + 1) for item in attributes.values())


def refuse_unsupported(function: Any) -> None:
    """Raise for what is no function, or has no single result: generators and coroutines."""
    check_callable(function)
    plain = inspect.unwrap(getattr(function, "__func__", function)) if callable(function) else function
    kinds: list[tuple[Callable[[Any], bool], str, str]] = [
        (inspect.isasyncgenfunction, "an asynchronous generator", "yield"),
        (inspect.iscoroutinefunction, "a coroutine", "async def"),
        (inspect.isgeneratorfunction, "a generator", "yield"),
    ]
    for is_kind, described, word in kinds:
        if is_kind(plain):
            raise UnsupportedError(
                f"{described} cannot be differentiated",
                location=_line_with(plain, word),
                cause="it has no single result that a gradient could belong to",
                way_out="differentiate a function that returns the value",
            )


def _place(function: Any, line: int | None) -> Location | None:
    """A line of a function's file."""
    code = getattr(function, "__code__", None)
    if code is None or line is None:
        return None
    text = linecache.getline(code.co_filename, line).rstrip("\n")
    return Location(code.co_filename, line, len(text) - len(text.lstrip()), len(text), text)


def _line_with(function: Any, word: str) -> Location | None:
    try:
        lines, first = inspect.getsourcelines(function)
        filename = inspect.getsourcefile(function) or "<unknown>"
    except (OSError, TypeError):
        return None
    for k, line in enumerate(lines):
        column = line.find(word)
        if column >= 0:
            return Location(filename, first + k, column, column + len(word), line.rstrip("\n"))
    return Location(filename, first)
