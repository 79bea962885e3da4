"""From what the user types (``model.py:simulate``) to the function that is meant."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from srcgrad.errors import ArgumentError

__all__ = ["Target", "load_target"]

FORMS = "write it as module:function, file.py:function or file.py:Class.method."


@dataclass(frozen=True)
class Target:
    """A function named on the command line.

    Parameters
    ----------
    text : str
        What the user typed.
    module : module
        The module the function was found in.
    function : callable
        The function; for a method the plain function with ``self`` as its first parameter.
    owner : type, optional
        The class, when the function is a method that takes ``self``.
    """

    text: str
    module: ModuleType
    function: Callable[..., Any]
    owner: type | None = None


def load_target(text: str) -> Target:
    """Import the module or file and look the function up.

    Parameters
    ----------
    text : str
        ``module:function``, ``file.py:function`` or either with ``Class.method``.

    Returns
    -------
    Target
        The function and where it was found.

    Raises
    ------
    ArgumentError
        When there is no such file, module or function, or importing it fails.

    Examples
    --------
    >>> load_target("statistics:NormalDist.pdf").owner
    <class 'statistics.NormalDist'>
    """
    place, colon, path = text.rpartition(":")
    if not colon or not place or not path:
        raise ArgumentError(f"{text!r} does not name a function", way_out=FORMS)
    module = _load_module(place)
    found: Any = module
    owner: type | None = None
    for name in path.split("."):
        holder = found
        try:
            found = getattr(holder, name)
        except AttributeError:
            raise ArgumentError(
                f"{place} has no function {path!r}", way_out=_suggestion(holder, name)
            ) from None
        plain = isinstance(holder, type) and not isinstance(_raw(holder, name), staticmethod | classmethod)
        owner = holder if plain else None
    if not callable(found):
        raise ArgumentError(
            f"{path!r} in {place} is not a function but {type(found).__name__}", way_out=FORMS
        )
    return Target(text, module, found, owner)


def _load_module(place: str) -> ModuleType:
    # What a module prints while it is imported is not part of our output.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            return _load_file(Path(place)) if place.endswith(".py") else _load_installed(place)
        except ArgumentError:
            raise
        except Exception as error:
            raise ArgumentError(
                f"importing {place} failed: {type(error).__name__}: {error}",
                way_out="make sure that the module can be imported, then try again.",
            ) from error


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ArgumentError(
            f"there is no file {path}", way_out="check the path; it is relative to this folder."
        )
    path = path.resolve()
    # As when the file is run as a script: modules beside it can be imported.
    sys.path.insert(0, str(path.parent))
    name = path.stem if path.stem not in sys.modules else f"{path.stem}_shown"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _load_installed(name: str) -> ModuleType:
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise
        raise ArgumentError(
            f"there is no module {name}",
            way_out="check the name; for a file write its path with .py at the end.",
        ) from None


def _raw(cls: type, name: str) -> Any:
    for base in cls.__mro__:
        if name in vars(base):
            return vars(base)[name]
    return None


def _suggestion(holder: Any, name: str) -> str:
    names = [key for key in vars(holder) if callable(getattr(holder, key, None)) and not key.startswith("__")]
    close = difflib.get_close_matches(name, names, n=3)
    if close:
        return f"did you mean {' or '.join(close)}?"
    if not names:
        return "check the name; nothing that can be called is defined there."
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"what can be called there: {shown}"
