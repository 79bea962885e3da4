"""From JSON back to a report, checked on the way."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from srcgrad.errors import ArgumentError
from srcgrad.inspection import report as model
from srcgrad.inspection.drawing import graph as drawing
from srcgrad.inspection.report import SCHEMA, Report

__all__ = ["read_report"]


def read_report(data: Any) -> Report:
    """The report that was made into these data.

    Raises
    ------
    ArgumentError
        If it is not a report, or one of another version of the layout.
    """
    found = data.get("schema") if isinstance(data, Mapping) else None
    if found != SCHEMA:
        raise ArgumentError(
            f"this is not a report that can be read: its schema is {found!r}, not {SCHEMA!r}",
            way_out="make it again with this version of srcgrad: srcgrad report --json -o file.json",
        )
    try:
        made: Report = _read({key: value for key, value in data.items() if key != "schema"}, Report)
        return made
    except (TypeError, ValueError, KeyError) as error:
        raise ArgumentError(
            f"the report is damaged: {error}", way_out="make it again: srcgrad report --json -o file.json"
        ) from error


def _read(data: Any, wanted: Any) -> Any:
    origin, parts = typing.get_origin(wanted), typing.get_args(wanted)
    if dataclasses.is_dataclass(wanted) and isinstance(wanted, type):
        hints = typing.get_type_hints(wanted, {**vars(model), **vars(drawing)})
        return wanted(**{key: _read(value, hints[key]) for key, value in data.items()})
    if origin in (types.UnionType, typing.Union):
        return None if data is None else _read(data, next(part for part in parts if part is not type(None)))
    if origin is tuple or origin is Sequence:
        return tuple(_read(item, parts[0]) for item in data)
    if origin is Mapping:
        return {parts[0](key): _read(value, parts[1]) for key, value in data.items()}
    if wanted is float:
        return float(data)
    if not isinstance(data, wanted):
        raise TypeError(f"{data!r} is not {wanted.__name__}")
    return data
