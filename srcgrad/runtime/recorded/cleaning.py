"""After a recording: primals in place of recorded values, in results and in whatever else outlives it."""

from __future__ import annotations

from contextlib import suppress
from types import CellType, FunctionType, ModuleType
from typing import Any

from srcgrad.runtime.recorded.recorded_values import Recorded
from srcgrad.runtime.recorded.structures import attributes, is_record

__all__ = ["cleaned", "scrub"]


def cleaned(value: Any, memo: dict[int, Any] | None = None) -> Any:
    """A result with primals in place of recorded values; containers and objects are cleaned in place."""
    if isinstance(value, Recorded):
        return value.value
    memo = {} if memo is None else memo
    if isinstance(value, tuple):
        items = [cleaned(item, memo) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if id(value) in memo:
        return value
    memo[id(value)] = value
    scrub(value, memo)
    return value


def scrub(holder: Any, memo: dict[int, Any]) -> None:
    """Replace recorded values in a container, an object, a class, a module or a cell by their primals."""
    if isinstance(holder, CellType):
        # A cell may be empty.
        with suppress(ValueError):
            holder.cell_contents = cleaned(holder.cell_contents, memo)
    elif isinstance(holder, (type, FunctionType, ModuleType)):
        # They hold much that has nothing to do with the recording: only what was stored in them itself.
        for name, item in tuple(vars(holder).items()):
            if isinstance(item, (Recorded, list, dict, tuple, set)):
                new = cleaned(item, memo)
                if new is not item:
                    setattr(holder, name, new)
    else:
        _scrub_items(holder, memo)
        if is_record(holder):
            _scrub_attributes(holder, memo)


def _scrub_items(holder: Any, memo: dict[int, Any]) -> None:
    if isinstance(holder, list) or (type(holder).__module__ == "collections" and hasattr(holder, "rotate")):
        for k, item in enumerate(holder):
            new = cleaned(item, memo)
            if new is not item:
                holder[k] = new
    elif isinstance(holder, dict):
        keys = {key: cleaned(key, memo) for key in holder if isinstance(key, (Recorded, tuple))}
        if any(new is not key for key, new in keys.items()):
            items = list(holder.items())
            holder.clear()
            for key, item in items:
                holder[keys.get(key, key)] = item
        for key, item in tuple(holder.items()):
            new = cleaned(item, memo)
            if new is not item:
                holder[key] = new
    elif isinstance(holder, set) and any(isinstance(item, (Recorded, tuple)) for item in holder):
        members = [cleaned(item, memo) for item in holder]
        holder.clear()
        holder.update(members)


def _scrub_attributes(holder: Any, memo: dict[int, Any]) -> None:
    own = getattr(holder, "__dict__", {})
    for name in attributes(holder):
        item = own[name] if name in own else getattr(holder, name)
        new = cleaned(item, memo)
        if new is not item and name in own:
            own[name] = new  # past properties of the same name
        elif new is not item:
            object.__setattr__(holder, name, new)
