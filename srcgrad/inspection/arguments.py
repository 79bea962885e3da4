"""Example arguments for a function: given on the command line, or guessed and said so.

Only their types matter, because srcgrad compiles a function for the types it is called with.
"""

from __future__ import annotations

import ast
import collections.abc
import contextlib
import inspect
import re
import sys
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcgrad.errors import ArgumentError
from srcgrad.inspection.targets import Target, load_target

__all__ = ["Example", "example_arguments", "parse_value"]

ARRAY = re.compile(r"(?P<dtype>[a-z]+\d*)\[(?P<shape>[\d\s,]*)\]")
WAY_OUT = "write for example --arg x=1.5, --arg 'A=float64[100,100]' or --arg 'p=(1.0, 2.0)'."


@dataclass(frozen=True)
class Example:
    """One example argument.

    Parameters
    ----------
    name : str
        Name of the parameter.
    value : object
        The argument.
    kind : inspect parameter kind
        How it is passed.
    note : str
        How it was guessed; empty when the user gave it or the function has it as a default.
    """

    name: str
    value: Any
    kind: inspect._ParameterKind
    note: str = ""

    @property
    def type_text(self) -> str:
        """Short description of the argument's type, as it may be given to ``--arg``."""
        return describe(self.value)


def describe(value: Any) -> str:
    """Type of a value in a few characters.

    Examples
    --------
    >>> describe(np.zeros((3, 4)))
    'float64[3,4]'
    >>> describe([1.0, 2])
    'list[float, int]'
    """
    if isinstance(value, np.ndarray):
        return f"{value.dtype}[{','.join(map(str, value.shape))}]"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}[{', '.join(map(describe, value))}]"
    return type(value).__name__


def parse_value(text: str, namespace: Mapping[str, Any]) -> Any:
    """Value that an ``--arg`` stands for.

    Parameters
    ----------
    text : str
        A type with a shape (``float64[3,4]``), a type alone (``float32``), a literal (``1.5``,
        ``[1.0, 2.0]``), or a Python expression.
    namespace : mapping
        Names that an expression may use: those of the module the function is in.

    Returns
    -------
    object
        An array is filled with numbers between 0 and 1, the same every time.

    Examples
    --------
    >>> parse_value("float64[2,3]", {}).shape
    (2, 3)
    >>> parse_value("[1.0, 2]", {})
    [1.0, 2]
    """
    text = text.strip()
    if match := ARRAY.fullmatch(text):
        shape = tuple(int(part) for part in match["shape"].split(",") if part.strip())
        return _array(_dtype(match["dtype"]), shape)
    if text in {"float", "int", "complex", "bool"}:
        return {"float": 1.5, "int": 2, "complex": 1.5 + 0.5j, "bool": True}[text]
    if re.fullmatch(r"(float|complex|int|uint)\d+", text):
        return _dtype(text).type(1.5)
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        pass
    try:
        return eval(text, {"np": np, **namespace, "inf": np.inf, "nan": np.nan})
    except Exception as error:
        raise ArgumentError(
            f"cannot make an argument from {text!r}: {type(error).__name__}: {error}", way_out=WAY_OUT
        ) from error


def example_arguments(target: Target, given: Sequence[str], inputs: str | None = None) -> list[Example]:
    """An example for every parameter of the target.

    Parameters
    ----------
    target : Target
        The function.
    given : sequence of str
        Texts of the form ``name=value``.
    inputs : str, optional
        A function, named as targets are, that makes arguments; ``given`` comes before it.

    Returns
    -------
    list of Example
        In the order of the parameters; ``*args`` and ``**kwargs`` get nothing.
    """
    texts = dict(_split(text) for text in given)
    parameters = inspect.signature(target.function).parameters
    if unknown := sorted(texts.keys() - parameters.keys()):
        raise ArgumentError(
            f"{target.text} has no parameter {unknown[0]!r}",
            way_out=f"its parameters are: {', '.join(parameters) or 'none'}.",
        )
    made = {} if inputs is None else _made(inputs, list(parameters))
    hints = _hints(target.function)
    examples = []
    for position, (name, parameter) in enumerate(parameters.items()):
        if name in texts:
            value, note = parse_value(texts[name], vars(target.module)), ""
        elif name in made:
            value, note = made[name], ""
        elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        elif position == 0 and target.owner is not None:
            value, note = _instance(target.owner, name)
        elif parameter.default is not parameter.empty:
            value, note = parameter.default, ""
        elif name in hints:
            value, note = _from_hint(name, hints[name])
        else:
            value, note = 1.5, "assumed to be a float"
        examples.append(Example(name, value, parameter.kind, note))
    return examples


def _made(inputs: str, parameters: list[str]) -> dict[str, Any]:
    """The arguments that a function makes, by name."""
    maker = load_target(inputs).function
    with contextlib.redirect_stdout(sys.stderr):
        try:
            made = maker()
        except Exception as error:
            raise ArgumentError(
                f"{inputs} failed: {type(error).__name__}: {error}",
                way_out="it is called without arguments, and returns a tuple or a dictionary of arguments.",
            ) from error
    found = dict(made) if isinstance(made, Mapping) else None
    if isinstance(made, tuple) and len(made) <= len(parameters):
        found = dict(zip(parameters, made, strict=False))
    if found is None or not found.keys() <= set(parameters):
        raise ArgumentError(
            f"{inputs} returned no arguments for the parameters {', '.join(parameters)}",
            way_out="return a tuple in their order, or a dictionary with their names.",
        )
    return found


def _split(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise ArgumentError(f"{text!r} is not an argument", way_out=WAY_OUT)
    return name.strip(), value


def _dtype(name: str) -> np.dtype[Any]:
    try:
        return np.dtype(name)
    except TypeError:
        raise ArgumentError(
            f"NumPy has no type {name!r}", way_out="the usual ones are float64 and float32."
        ) from None


def _array(dtype: np.dtype[Any], shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[Any]]:
    numbers = np.random.default_rng(0).random(shape)
    # Whole numbers are mostly used as indices, and 0 is an index into anything.
    return numbers.astype(dtype) if dtype.kind in "fc" else np.zeros(shape, dtype)


def _instance(owner: type, name: str) -> tuple[Any, str]:
    try:
        return owner(), f"assumed to be {owner.__name__}()"
    except Exception as error:
        raise ArgumentError(
            f"{owner.__name__} cannot be made without arguments: {error}",
            way_out=f"say how to make one, for example --arg '{name}={owner.__name__}(...)'.",
        ) from error


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception:  # an annotation may name anything, for instance what is only imported for type checkers
        return {}


def _from_hint(name: str, hint: Any) -> tuple[Any, str]:
    value = _sample(hint)
    if value is None:
        raise ArgumentError(
            f"cannot guess an argument for the parameter {name!r} (annotated {hint!r})",
            way_out=f"give one: --arg '{name}=...', any Python expression with names of its module.",
        )
    if isinstance(value, np.ndarray):
        return value, f"assumed to be {describe(value)} from its annotation"
    return value, f"assumed to be {describe(value)} from its annotation"


def _sample(hint: Any) -> Any:
    """A value of the annotated type, or None where there is no obvious one."""
    scalars = {float: 1.5, int: 2, complex: 1.5 + 0.5j, bool: True, str: ""}
    if isinstance(hint, type) and hint in scalars:
        return scalars[hint]
    if isinstance(hint, type) and issubclass(hint, np.generic):
        return hint(1)
    origin, parts = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin is np.ndarray:
        scalar_types = [part for dtype in parts[1:] for part in typing.get_args(dtype)]
        known = [t for t in scalar_types if isinstance(t, type) and issubclass(t, np.number)]
        try:
            return _array(np.dtype(known[0] if known else float), (8,))
        except TypeError:  # an abstract type such as np.floating
            return _array(np.dtype(float), (8,))
    if origin in (list, collections.abc.Sequence, collections.abc.Iterable):
        item = _sample(parts[0]) if parts else 1.5
        return None if item is None else [item] * 3
    if origin is tuple and parts:
        repeated = [parts[0]] * 3 if parts[-1] is Ellipsis else list(parts)
        items = [_sample(part) for part in repeated]
        return None if any(item is None for item in items) else tuple(items)
    if origin is collections.abc.Callable:
        return abs
    return next(
        (s for part in parts if (s := _sample(part)) is not None), None
    )  # a union: its first known member
