"""Lowering keeps the order of evaluation and every side effect."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from srcgrad.transform.unparse import unparse
from tests.transform.normalized import core_of, outcome, runnable, same

LOG: list[Any] = []


def note(key: Any, value: Any) -> Any:
    """A function of the user with an effect: not pure, so its order matters."""
    LOG.append(key)
    return value


def bump(array: Any) -> Any:
    """Writes into its argument."""
    array[0] = array[0] + 1.0
    return array[0]


def shrink(items: Any) -> Any:
    return items.pop()


class Box:
    def __init__(self, value: Any) -> None:
        self.value = value
        self.items = [value, value, value]

    def touch(self, key: Any) -> Any:
        LOG.append(("touch", key))
        self.value = self.value + 1.0
        return self.value


class Scope:
    def __init__(self, key: Any) -> None:
        self.key = key

    def __enter__(self) -> Any:
        LOG.append(("enter", self.key))
        return self.key, self.key

    def __exit__(self, *error: Any) -> bool:
        LOG.append(("exit", self.key))
        return False


def operands(x, A):
    y = note(1, x) + A[0] * note(2, x) - note(3, A[1]) / note(4, 2.0)
    return y, LOG[:]


def operand_before_a_write(x, A):
    y = A[0] + bump(A) * A[0] + (A[0] - bump(A))
    return y, A


def whole_operand_before_a_write(x, A):
    y = A * 2.0 + bump(A)
    return y, A


def name_before_a_write(x, A):
    return A + bump(A) + A


def arguments(x, A):
    y = max(note(1, x), A[0], note(2, A[1]), key=note(3, lambda v: -v))
    return y, LOG[:]


def attribute_before_a_write(x, A):
    box = Box(x)
    y = box.value + box.touch(1) + box.value * box.touch(2)
    return y, LOG[:], box.value


def keyword_arguments(x, A):
    y = note(key=note("key", 1), value=note("value", x) * 2.0)
    return y, LOG[:]


def store_index(x, A):
    A[note("index", 1)] = note("value", x)
    A[note("i", 0)] += note("v", x)
    return A, LOG[:]


def store_base(x, A):
    box = Box(x)
    note("base", box).items[note("index", 1)] = note("value", x) * 2.0
    note("base", box).value = note("value", x) * 3.0
    note("base", box).value += note("value", x)
    return box.items, box.value, LOG[:]


def augmented_reads_the_place_first(x, A):
    A[0] += bump(A)
    A[1] *= shrink([x, A[0]])
    return A


def augmented_attribute_reads_first(x, A):
    box = Box(x)
    box.value += box.touch("a")
    return box.value, LOG[:]


def chained_comparison(x, A):
    y = 0.0
    if note(1, x) < note(2, A[0]) < note(3, A[1]) < note(4, 9.0):
        y = x
    return y, LOG[:]


def chained_comparison_as_value(x, A):
    t = note(1, x) < A[0] < note(2, A[1])
    return x * t, LOG[:]


def chained_comparison_of_arrays_in_the_middle(x, A):
    t = 0.0 < note(1, x) * 2.0 < note(2, x) * 3.0
    return x * t, LOG[:]


def and_or_values(x, A):
    y = note(1, x) and note(2, A[0]) or note(3, A[1])
    z = note(4, 0.0) or note(5, x) and note(6, A[1])
    return y * z, LOG[:]


def and_or_tests(x, A):
    y = x
    if note(1, x) > 0.5 and (note(2, A[0]) > 1.5 or not note(3, A[1]) > 2.5):
        y = y * 2.0
    return y, LOG[:]


def choices(x, A):
    y = (note(1, x) if note(2, x) > 0.5 else note(3, A[0])) * note(4, 2.0)
    return y, LOG[:]


def nested_choices(x, A):
    y = x if x > 2.0 else A[0] if note(1, x) > 0.5 else (A[1] if note(2, x) else x)
    z = note(3, y) + (y if y > 1.0 else note(4, x))
    return y * z, LOG[:]


def choice_without_derivatives(x, A):
    n = 2 if note(1, 1) else 3
    return x * (n if note(2, 0) else 5), LOG[:]


def while_test(x, A):
    k = 0
    while note("test", x) < 5.0 and note("and", k) < 10:
        x = x * 1.5
        k += 1
        if k == 2:
            continue
        x = x + 0.1
    else:
        x = note("else", x) + 1.0
    return x, LOG[:]


def iterables(x, A):
    for i, v in zip(note("first", [1, 2]), note("second", [x, x * 2.0])):
        x = x + i * v
    for v in note("third", [x, x]):
        x = x * v
    return x, LOG[:]


def comprehension(x, A):
    ys = [
        note(("elt", i, j), x) * i * j
        for i in note("outer", [1, 2])
        for j in note("inner", [3, 4])
        if note(j, j) > 3
    ]
    return ys, LOG[:]


def dict_display_and_comprehension(x, A):
    d = {note("k1", "a"): note("v1", x), note("k2", "b"): note("v2", x * 2.0)}
    e = {note(("k", k), k): note(("v", k), v) * 2.0 for k, v in d.items()}
    return d, e, LOG[:]


def walrus(x, A):
    y = (z := note(1, x) * 2.0) + z * (z := note(2, A[0])) + z
    return y, z, LOG[:]


def walrus_rebinds_an_operand(x, A):
    return x + (x := x * 2.0) + x


def walrus_in_the_second_part(x, A):
    y = 0.0
    if x > 0.5 and (y := x * 2.0) > 1.5:
        y = y + 1.0
    return y


def tuple_targets(x, A):
    A[note("i", 0)], y, (z, *rest) = note("a", x), note("b", A[0]), note("c", [x, 1.0, 2.0])
    return A, y, z, rest, LOG[:]


def targets_see_each_other(x, A):
    i = 1
    i, A[i] = 0, x
    A[i], i = x * 2.0, 5
    return A, i


def swap_elements(x, A):
    A[0], A[1] = A[1], A[0]
    A[1], x = x, A[1] * 2.0
    return A, x


def chained_targets(x, A):
    y = A[note("i", 0)] = z = note("v", x) * 2.0
    (p, q) = r = note("pair", (x, y))
    return y, z, p, q, r, A, LOG[:]


def chained_lists_are_one_object(x, A):
    a = b = [x]
    b.append(x * 2.0)
    c = d = A
    d[0] = x
    return a, c


def context_managers(x, A):
    with Scope(note("a", 1)) as (p, q), Scope("b"):
        x = note("body", x) * p * q
    return x, LOG[:]


def return_through_context(x, A):
    for i in range(3):
        with Scope(i):
            if i == 1:
                LOG.append("leaving")
                return x * 2.0, LOG
            x = x + 1.0
    return x, LOG


def break_and_continue_through_context(x, A):
    for i in range(4):
        with Scope(i):
            if i == 1:
                continue
            if i == 3:
                break
            x = x * 2.0
        x = x + 1.0
    return x, LOG[:]


def asserts(x, A):
    assert note("test", x) > -10.0, note("message", "never")
    assert note("test", x) > 0.5, note("message", "small")
    return x, LOG[:]


def raises(x, A):
    if note("test", x) < 0.5:
        raise ValueError(note("error", f"{x}"))
    return note("value", x), LOG[:]


def expression_statements(x, A):
    note(1, x) if x > 0.5 else note(2, x)
    x > 0.5 and note(3, x)
    x > 0.5 or note(4, x)
    [note(5, v) for v in A]
    (y := note(6, x))
    note(7, x), note(8, x)
    return x * y, LOG[:]


def deletions(x, A):
    items = [x, x * 2.0, x * 3.0, x * 4.0]
    del items[note("i", 1)], items[-1]
    d = {"a": x, "b": x}
    del d[note("k", "a")]
    y = x
    del y, A
    return items, d, LOG[:]


def impure_without_derivatives(x, A):
    it = iter([1.0, 2.0, 3.0])
    y = x * next(it) + next(it) * x
    z = next(it) + note("after", x)
    return y * z


def lambda_called_directly(x, A):
    y = (lambda u, v=note("default", x): u * v)(note("arg", A[0]))
    return y, LOG[:]


def inner_function_captures_late(x, A):
    def scale(v):
        return v * factor

    factor = x
    y = scale(2.0)
    factor = x * 3.0
    return y + scale(2.0)


def starred_call(x, A):
    args = [note("a", x), note("b", 2.0)]
    y = max(*args, *[note("c", x) * 3.0], note("d", A[0]))
    return y, LOG[:]


def text_with_effects(x, A):
    s = f"{note(1, x):.2f} {note(2, 'a')!r:>{note(3, 5)}}"
    return x, s, LOG[:]


def subscripts_of_slices(x, A):
    y = A[note("lower", 0) : note("upper", 2)].sum() * note("after", x)
    return y, LOG[:]


def pops(x, A):
    items = [x, x * 2.0, x * 3.0]
    y = items.pop() - items.pop() * items[0]
    z = items[0] + shrink(items)
    return y * z, items


def sums(x, A):
    a = sum(note(i, x) * i for i in range(3))
    b = sum([note(i, x) * i for i in range(3)], note("start", x))
    c = sum((v * 2.0 for v in A if note("if", v) > 1.0), 1.0)
    return a, b, c, LOG[:]


def lists_in_sums(x, A):
    start = [x]
    joined = sum(([v, x] for v in A), start)
    return joined, start


def shadowed_names(x, A):
    len_ = 3
    t = x * 2.0
    ret = t + 1.0
    k = [v * ret for v in A]
    returned = k[0]
    for item in A:
        if item > 100.0:
            return ret
        returned = returned + item
    return returned * t * ret * len_


def variables_of_comprehensions_are_their_own(x, A):
    i = x
    ys = [i * v for i in range(2) for v in A]
    return i, [i for i in ys], i


PROGRAMS = [
    value
    for value in list(globals().values())
    if inspect.isfunction(value) and list(inspect.signature(value).parameters) == ["x", "A"]
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
@pytest.mark.parametrize("x", [0.25, 0.75, 3.0])
def test_order(program: Any, x: float) -> None:
    def fresh() -> tuple[float, np.ndarray]:
        LOG.clear()
        return x, np.array([1.0, 2.0, 3.0])

    core = core_of(program)
    compiled = runnable(program, core)
    expected = outcome(program, fresh(), {})
    log = LOG[:]
    found = outcome(compiled, fresh(), {})
    source = unparse(core.function)[0]
    assert same(expected, found), f"{expected} != {found}\n{source}"
    assert log == LOG, source


def test_there_are_enough() -> None:
    assert len(PROGRAMS) > 45
