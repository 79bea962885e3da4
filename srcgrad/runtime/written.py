"""Functions made of text at run time, with source that the compiler can read."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Any

from srcgrad.origins import publish

__all__ = ["written"]


def written(text: str, name: str, namespace: Mapping[str, Any]) -> FunctionType:
    """The function that a text defines.

    Parameters
    ----------
    text : str
        A definition.
    name : str
        Of the function in the text.
    namespace : mapping
        What its global names mean.

    Examples
    --------
    >>> twice = written("def twice(x):\\n    return two * x\\n", "twice", {"two": 2})
    >>> twice(4)
    8
    """
    filename = publish(f"written {name}", text)
    space = {**namespace, "__name__": "srcgrad_written"}
    exec(compile(text, filename, "exec"), space)
    made: FunctionType = space[name]
    return made
