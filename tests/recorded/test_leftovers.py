"""After a recording nothing recorded is left in globals, objects, classes, closures and defaults."""

from __future__ import annotations

import functools
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import tests.recorded as package
from srcgrad.runtime.recorded.recorded_values import Recorded
from tests.differences import Vector
from tests.recorded.check import recorded_gradient

LOG: list[Any] = []
CACHE: dict[Any, Any] = {}
SEEN: set[Any] = set()
RECENT: deque[Any] = deque(maxlen=3)
ORDERED: OrderedDict[Any, Any] = OrderedDict(first=1.0)
COUNTED: Counter[Any] = Counter()
GROUPED: defaultdict[Any, Any] = defaultdict(list)
LATEST: Any = None


class Settings:
    scale: Any = 2.0

    def __init__(self) -> None:
        self.history: list[Any] = []
        self.nested = SimpleNamespace(x=1.0)


class Slotted:
    __slots__ = ("value",)


class Shadowed:
    """Its property has the name of what its ``__dict__`` holds."""

    @property
    def x(self) -> Any:
        return self.__dict__["x"]


SETTINGS, SLOTTED, SHADOWED = Settings(), Slotted(), Shadowed()
SLOTTED.value = SHADOWED.__dict__["x"] = 0.0


def into_containers(a: Vector) -> Any:
    LOG.append(a[0] * 2)
    CACHE["x"] = (a, [a[1]])
    CACHE[a[2]] = a[3] * 1.0
    CACHE["k", a[0]] = 1.0
    SEEN.add(a[1])
    RECENT.append(a[1])
    ORDERED[a[1]] = a[2]
    COUNTED[a[1]] += 2
    GROUPED["p"].append(a[1])
    return LOG[-1] * CACHE["x"][1][0]


def into_objects(a: Vector) -> Any:
    SETTINGS.history.append(a[0])
    SETTINGS.nested.x = a[1]
    SLOTTED.value = a[2]
    SHADOWED.__dict__["x"] = a[3]
    return SETTINGS.nested.x * SLOTTED.value * SHADOWED.x


def into_classes_and_modules(a: Vector) -> Any:
    Settings.scale = a[0] * 1.0
    package.latest = a[1] * 2  # type: ignore[attr-defined]
    setattr(into_objects, "latest", a[2] * 1.0)  # noqa: B010
    return Settings.scale * package.latest  # type: ignore[attr-defined]


def into_globals(a: Vector) -> Any:
    global LATEST
    LATEST = a * 2
    return np.sum(LATEST * LATEST)


def into_defaults(a: Vector, kept: list[Any] = []) -> Any:  # noqa: B006
    kept.append(a[0])
    return kept[-1] ** 2


def _closing_over() -> Callable[[Vector], Any]:
    state: dict[str, Any] = {}
    last: Any = None

    def into_closures(a: Vector) -> Any:
        nonlocal last
        last = state["x"] = a[0] * 2
        return last * state["x"]

    return into_closures


@functools.cache
def squared(x: Any) -> Any:
    return x * x


def through_a_cache(a: Vector) -> Any:
    return squared(a[0]) * squared(a[1])


PROGRAMS = [
    into_containers, into_objects, into_classes_and_modules, into_globals, into_defaults, _closing_over(),
    through_a_cache,
]  # fmt: skip


def held(value: Any, seen: set[int]) -> Iterator[Any]:
    """Recorded values that can be reached from a value."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if issubclass(type(value), Recorded):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from held(key, seen)
            yield from held(item, seen)
    elif isinstance(value, (list, tuple, set, deque)):
        for item in value:
            yield from held(item, seen)
    elif isinstance(value, FunctionType):
        yield from held([vars(value), value.__defaults__], seen)
        yield from held([cell.cell_contents for cell in value.__closure__ or ()], seen)
    elif type(value).__module__ == __name__ or isinstance(value, SimpleNamespace):
        yield from held([getattr(value, name) for name in dir(value) if not name.startswith("__")], seen)
    elif isinstance(value, type) and value.__module__ == __name__:
        yield from held(dict(vars(value)), seen)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_nothing_recorded_is_left(program: Callable[..., Any]) -> None:
    recorded_gradient(program, np.array([0.3, 0.7, -0.2, 0.5]))
    outside = [vars(module) for module in (package,) if isinstance(module, ModuleType)]
    everything = [value for name, value in globals().items() if not name.startswith("@")]
    assert not list(held([everything, outside, program], set()))


def test_order_and_counts_stay() -> None:
    recorded_gradient(into_containers, np.array([0.3, 0.7, -0.2, 0.5]))
    assert next(iter(ORDERED)) == "first"
    assert ORDERED[0.7] == -0.2
    assert COUNTED[0.7] % 2 == 0
    assert type(CACHE[-0.2]) is np.float64
