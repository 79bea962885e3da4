"""Methods and attributes whose name says what they do, whatever object of Python or NumPy has them."""

from __future__ import annotations

from typing import Final

#: Methods of lists, dicts, strings and numbers whose result carries no derivative.
INERT_METHODS: Final = frozenset((
    "keys", "index", "count", "is_integer", "format", "join", "startswith", "endswith",
))  # fmt: skip
#: Methods of theirs that only compute.
PURE_METHODS: Final = frozenset((
    "get", "items", "values", "copy", "item", "tolist", "union", "intersection", "difference",
    "symmetric_difference", "conjugate",
))  # fmt: skip
#: Methods of lists, dicts, sets and arrays that write into their object.
MUTATING_METHODS: Final = frozenset((
    "append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "update", "setdefault",
    "popitem", "add", "discard", "fill", "put", "itemset", "resize", "setflags", "partition",
    "byteswap", "setfield", "appendleft", "popleft", "extendleft", "rotate", "write", "writelines",
))  # fmt: skip
#: Those of them that may change the length of a list.
RESIZING_METHODS: Final = frozenset((
    "append", "extend", "insert", "pop", "remove", "clear",
))  # fmt: skip

#: Attributes of arrays that carry no derivative.
INERT_ATTRIBUTES: Final = frozenset((
    "shape", "dtype", "ndim", "size", "itemsize", "nbytes", "strides", "flags", "base", "device",
))  # fmt: skip
#: Attributes that mean the same on every object.
OBJECT_ATTRIBUTES: Final = frozenset(("__class__", "__name__", "__qualname__", "__doc__", "__module__"))
