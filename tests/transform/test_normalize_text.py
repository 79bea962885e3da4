"""What core Python looks like: the user's text where nothing needs to change, and the documented forms."""

from __future__ import annotations

import functools
import itertools
import linecache
import logging
import sys
import textwrap
import time
import warnings
from typing import Any

import numpy as np
import pytest

from srcgrad.transform.normalize import Refused, normalize
from srcgrad.transform.source import read_source
from srcgrad.transform.unparse import unparse
from tests.transform.normalized import assert_equivalent, core_of, text_of

logger = logging.getLogger(__name__)


def helper(x: Any, k: Any = 1.0) -> Any:
    return x * k


def writer(x: Any) -> Any:
    x[0] = 1.0
    return x[1]


def expect(function: Any, text: str, active: set[str] | None = None, **options: Any) -> None:
    assert text_of(function, active, **options) == textwrap.dedent(text).strip("\n") + "\n"


# --- unchanged -----------------------------------------------------------------------------------


def test_newton_is_unchanged() -> None:
    def sqrt(a):
        x = a
        while abs(x * x - a) > 1e-9:
            x = 0.5 * (x + a / x)
        return x

    expect(
        sqrt,
        """
        x = a
        while abs(x * x - a) > 1e-09:
            x = 0.5 * (x + a / x)
        return x
        """,
    )


def test_annotations_docstring_and_decorators_go() -> None:
    def f(x: float, n: int = 3) -> float:
        """Text."""
        y: float = x * n
        z: float  # noqa: F842
        y += 1.0
        return y

    expect(f, "y = x * n\ny += 1.0\nreturn y")


def test_inactive_code_is_verbatim() -> None:
    def f(x, mode="a", n=3):
        if mode not in ("a", "b") or not isinstance(n, int):
            raise ValueError(f"unknown mode {mode!r}")
        if np.any(np.isnan(x)):
            warnings.warn("there are NaNs")
        logger.debug("called with %s", x)
        try:
            k = int(mode)
        except ValueError as error:
            k = len(str(error))
        else:
            k = 0
        table = {i: [j for j in range(i) if j % 2] for i in range(n)}
        for i in range(n):
            if i == 1:
                continue
            k += table[i][0] if table[i] else 0
        else:
            k = k and n or 1
        with np.errstate(all="ignore"):
            assert x.shape == (3,), x
        return x * k

    core = core_of(f, {"x"}, {"x": np.ndarray})
    *body, assigned, result = core.function.body
    assert unparse([*body, assigned, result]) == unparse([*read_source(f).tree.body[:-1], assigned, result])
    assert all(id(stmt) in core.opaque for stmt in body)
    assert core.tainted == {"x", "ret"}


def test_inactive_choices_stay_in_expressions() -> None:
    def f(x, n):
        y = x * (n if n > 0 else -n) + (n or 1) * sum(i for i in range(n))
        return y

    expect(f, "y = x * (n if n > 0 else -n) + (n or 1) * sum((i for i in range(n)))\nreturn y", {"x"})


def test_swaps_and_plain_tuples_stay() -> None:
    def f(u, v):
        u, v = v, u + v
        return u, v

    expect(f, "u, v = v, u + v\nret = u, v\nreturn ret")


# --- exits ---------------------------------------------------------------------------------------


def test_early_return() -> None:
    def f(x):
        if x > 1.0:
            return x * 2.0
        y = x * x
        return y

    expect(
        f,
        """
        if x > 1.0:
            ret = x * 2.0
        else:
            y = x * x
            ret = y
        return ret
        """,
    )


def test_one_name_returned_everywhere() -> None:
    def f(total, xs):
        if len(xs) == 0:
            return total
        total = total + xs[0]
        return total

    expect(f, "if not len(xs) == 0:\n    total = total + xs[0]\nreturn total")


def test_return_in_a_loop() -> None:
    def f(x, n):
        for i in range(n):
            x = x * x
            if x > 3.0:
                return x
        return -x

    expect(
        f,
        """
        returned = False
        for i in range(n):
            x = x * x
            if x > 3.0:
                ret = x
                returned = True
                break
        if not returned:
            ret = -x
        return ret
        """,
    )


def test_constant_result_of_a_search() -> None:
    def f(x, n):
        for i in range(n):
            if x > i:
                return x * i
        return 0.0

    expect(
        f,
        """
        ret = 0.0
        for i in range(n):
            if x > i:
                ret = x * i
                break
        return ret
        """,
    )


def test_endless_loop_with_returns() -> None:
    def f(x):
        while True:
            x = x * 0.5
            if x < 1.0:
                return x

    expect(f, "while True:\n    x = x * 0.5\n    if x < 1.0:\n        break\nreturn x")


def test_continue_and_break() -> None:
    def f(x, n):
        for i in range(n):
            if i == 2:
                continue
            if x > 9.0:
                break
            x = x * 2.0
        return x

    expect(
        f,
        """
        for i in range(n):
            if i == 2:
                pass
            elif x > 9.0:
                break
            else:
                x = x * 2.0
        return x
        """,
    )


def test_flag_where_both_sides_go_on() -> None:
    def f(x):
        if x > 1.0:
            if x > 2.0:
                return x
            x = x + 1.0
        x = x * 2.0
        x = x - 1.0
        return x * x

    expect(
        f,
        """
        returned = False
        if x > 1.0:
            if x > 2.0:
                ret = x
                returned = True
            else:
                x = x + 1.0
        if not returned:
            x = x * 2.0
            x = x - 1.0
            ret = x * x
        return ret
        """,
    )


def test_else_of_a_loop() -> None:
    def f(x, n):
        for i in range(n):
            if x > i:
                break
        else:
            x = x * 2.0
        while x < 5.0:
            x = x + 1.0
        else:
            x = x * 3.0
        return x

    expect(
        f,
        """
        broken = False
        for i in range(n):
            if x > i:
                broken = True
                break
        if not broken:
            x = x * 2.0
        while x < 5.0:
            x = x + 1.0
        x = x * 3.0
        return x
        """,
    )


def test_nothing_returned() -> None:
    def f(x, A):
        if x > 1.0:
            return
        A[0] = x

    expect(f, "if not x > 1.0:\n    A[0] = x")


# --- calls and expressions -----------------------------------------------------------------------


def test_calls_are_hoisted() -> None:
    def f(x):
        y = helper(x)
        z = np.sin(x) * helper(x * 2.0, k=y) + helper(y) + helper(2.0)
        return helper(z)

    expect(
        f,
        """
        y = helper(x)
        t = helper(x * 2.0, k=y)
        t_2 = helper(y)
        t_3 = helper(2.0)
        z = np.sin(x) * t + t_2 + t_3
        ret = helper(z)
        return ret
        """,
    )


def test_operands_before_a_call_that_writes() -> None:
    def f(x):
        return x[0] + writer(x)

    expect(f, "t_2 = x[0]\nt = writer(x)\nret = t_2 + t\nreturn ret")


def test_while_with_a_call_in_its_test() -> None:
    def f(x):
        while helper(x) < 3.0:
            x = x + 1.0
        return x

    expect(
        f,
        """
        while True:
            t = helper(x)
            if t < 3.0:
                x = x + 1.0
            else:
                break
        return x
        """,
    )


def test_choices() -> None:
    def f(x, y):
        z = x if x > y else y
        w = 2.0 * (x or y)
        return z if w > 1.0 else w

    expect(
        f,
        """
        if x > y:
            z = x
        else:
            z = y
        t = x
        if not t:
            t = y
        w = 2.0 * t
        if w > 1.0:
            ret = z
        else:
            ret = w
        return ret
        """,
    )


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="sum is compensated, so the list is kept")
def test_comprehensions() -> None:
    def f(xs, a):
        ys = [a * x for x in xs if x > 0.0]
        return sum(y * y for y in ys)

    expect(
        f,
        """
        ys = []
        for k in range(len(xs)):
            x = xs[k]
            if x > 0.0:
                ys.append(a * x)
        total = 0
        for k_2 in range(len(ys)):
            y = ys[k_2]
            total = total + y * y
        return total
        """,
        classes={"xs": list},
    )


def test_map_and_reduce() -> None:
    def f(xs, a):
        ys = list(map(lambda v: v * a, xs))
        return functools.reduce(lambda p, q: p * q, ys, a)

    expect(
        f,
        """
        items = []
        for k in range(len(xs)):
            item = xs[k]
            items.append(item * a)
        ys = list(items)
        folded = a
        for k_2 in range(len(ys)):
            item_2 = ys[k_2]
            folded = folded * item_2
        return folded
        """,
        classes={"xs": np.ndarray},
    )


def test_lambdas_become_inner_functions() -> None:
    def f(x, a):
        g = lambda t: t * a  # noqa: E731
        return g(x) + g(a)

    expect(
        f,
        """
        def g(t):
            return t * a

        t_2 = g(x)
        t_3 = g(a)
        ret = t_2 + t_3
        return ret
        """,
    )
    core = core_of(f)
    assert list(core.inner) == ["g"]
    assert core.inner["g"] is core.function.body[0]


# --- targets -------------------------------------------------------------------------------------


def test_targets() -> None:
    def f(x, A):
        a = b = x * 2.0
        A[0], A[1] = A[1], A[0]
        (c, d), *e = A
        A[0][1] = a
        A.flat[0] += b
        return c, d, e

    expect(
        f,
        """
        a = x * 2.0
        b = a
        t, t_2 = A[1], A[0]
        A[0] = t
        A[1] = t_2
        items = list(A)
        if len(items) < 1:
            raise ValueError('not enough values to unpack (expected at least 1)')
        c, d = items[0]
        e = items[1:]
        owner = A[0]
        owner[1] = a
        owner_2 = A.flat
        owner_2[0] += b
        ret = c, d, e
        return ret
        """,
    )


def test_deletions() -> None:
    def f(x):
        items = [x, x]
        d = {"a": x}
        del items[0], d["a"], items[:1]
        return items

    expect(f, "items = [x, x]\nd = {'a': x}\nitems.pop(0)\nd.pop('a')\nitems[:1] = []\nreturn items")


# --- loops ---------------------------------------------------------------------------------------


def test_loops_count() -> None:
    def f(xs, ys, d):
        s = 0.0
        for x in xs:
            s += x
        for i, x in enumerate(xs):
            s += i * x
        for i, x in enumerate(xs, 1):
            s += i * x
        for x, y in zip(xs, ys):
            s += x * y
        for x in reversed(xs):
            s += x
        for k, v in d.items():
            s += v
        for key in d:
            s += d[key]
        return s

    expect(
        f,
        """
        s = 0.0
        for k_2 in range(len(xs)):
            x = xs[k_2]
            s += x
        for i in range(len(xs)):
            x = xs[i]
            s += i * x
        for k_3 in range(len(xs)):
            i = 1 + k_3
            x = xs[k_3]
            s += i * x
        for k_4 in range(min(len(xs), len(ys))):
            x = xs[k_4]
            y = ys[k_4]
            s += x * y
        for k_5 in range(len(xs) - 1, -1, -1):
            x = xs[k_5]
            s += x
        keys = list(d)
        for k_6 in range(len(keys)):
            k = keys[k_6]
            v = d[k]
            s += v
        keys_2 = list(d)
        for k_7 in range(len(keys_2)):
            key = keys_2[k_7]
            s += d[key]
        return s
        """,
        classes={"xs": np.ndarray, "ys": list, "d": dict},
    )


def test_a_rebound_loop_variable_gets_a_counter() -> None:
    def f(x, n):
        for i in range(n):
            x = x * i
            i = i + 1
        return x

    expect(f, "for k in range(n):\n    i = k\n    x = x * i\n    i = i + 1\nreturn x", {"x"})


def test_a_list_that_grows() -> None:
    def f(x):
        items = [x]
        for v in items:
            if len(items) < 4:
                items.append(v * 2.0)
            x = x + v
        return x

    core = assert_equivalent(f, (0.5,))
    assert "while k < len(items_2):" in unparse(core.function)[0]


def test_generators_are_stepped_through() -> None:
    def f(x, n):
        for i in itertools.count(1, 2):
            if i > n:
                break
            x = x * i
        for i in (j * j for j in range(n)):
            x = x + i
        for i, j in zip(range(n), itertools.count(5)):
            x = x + i * j
        return x

    assert_equivalent(f, (0.5, 4), (0.5, 0), active={"x"})


def test_a_user_object_may_have_an_active_size() -> None:
    def f(box):
        return box.size * box.shape

    assert core_of(f).tainted == {"box", "ret"}

    def g(x):
        n = x.size * x.shape[0]
        return x * n

    assert core_of(g, classes={"x": np.ndarray}).tainted == {"x", "ret"}


# --- match ---------------------------------------------------------------------------------------


def test_match_on_values() -> None:
    def f(x, kind):
        match kind:
            case "a" | "b":
                return x
            case None if x > 1.0:
                return x * 2.0
            case _:
                raise ValueError(kind)

    expect(
        f,
        """
        if kind == 'a' or kind == 'b':
            ret = x
        elif kind is None and x > 1.0:
            ret = x * 2.0
        else:
            raise ValueError(kind)
        return ret
        """,
    )


def test_match_on_structure() -> None:
    def f(p):
        match p:
            case [x, y] if x > 1.0:
                return x * y
            case [x, *rest]:
                return x + len(rest)
            case {"k": v}:
                return v
        return p

    core = assert_equivalent(f, ([2.0, 3.0],), ([0.5, 3.0],), ([0.5],), ({"k": 2.0, "l": 1.0},), (1.5,))
    decide = core.function.body[1]
    assert type(decide).__name__ == "Match" and id(decide) in core.opaque


# --- try, and objects from outside ---------------------------------------------------------------


def test_exits_behind_an_inactive_try() -> None:
    def f(x, mode):
        try:
            k = int(mode)
        except ValueError:
            return x * 2.0
        else:
            if k < 0:
                k = -k
        return x * k

    expect(
        f,
        """
        attempt = 0
        try:
            k = int(mode)
        except ValueError:
            attempt = 1
        else:
            if k < 0:
                k = -k
        if attempt == 1:
            ret = x * 2.0
        else:
            ret = x * k
        return ret
        """,
        {"x"},
    )
    assert_equivalent(f, (2.0, "3"), (2.0, "-3"), (2.0, "x"), (2.0, None), active={"x"})


def test_all_exits_of_a_try() -> None:
    def f(x, modes):
        for mode in modes:
            try:
                k = int(mode)
                if k < 0:
                    raise KeyError(k)
                return x
            except ValueError:
                x = x if mode else x
                continue
            except KeyError as error:
                k = len(error.args)
                break
            finally:
                mode = None
        return x * 2.0

    with pytest.raises(Refused):
        core_of(f, {"x"})

    def g(x, modes):
        for mode in modes:
            try:
                k = int(mode)
                if k < 0:
                    raise KeyError(k)
            except ValueError:
                continue
            except KeyError as error:
                k = len(error.args)
                break
            else:
                return x * k
            finally:
                done = mode
        return x * 2.0

    assert_equivalent(g, (1.5, ["a", "2"]), (1.5, ["a", "-1"]), (1.5, ["a"]), (1.5, []), active={"x"})


def test_an_exit_of_the_guarded_part_skips_else() -> None:
    def f(x, mode):
        for _ in range(3):
            try:
                int(mode)
                break
            except ValueError:
                mode = "1"
            else:
                mode = "2"
            finally:
                x = x if mode else x
        return x

    with pytest.raises(Refused):
        core_of(f, {"x"})

    def g(x, mode):
        for _ in range(3):
            try:
                int(mode)
                break
            except ValueError:
                mode = mode[1:]
            else:
                mode = "2"
        return x * len(mode)

    assert_equivalent(g, (1.5, "a1"), (1.5, "b"), (1.5, "12"), active={"x"})


MEMORY: dict[str, Any] = {}


def test_values_kept_in_an_object_from_outside() -> None:
    def f(x):
        MEMORY["x"] = x * 2.0
        y = MEMORY["x"]
        return y

    assert core_of(f).tainted == {"x", "y", "MEMORY"}


# --- refused -------------------------------------------------------------------------------------


def refusals() -> list[Any]:
    def active_try(x):
        try:
            y = 1.0 / x
        except ZeroDivisionError:
            y = x
        return y

    def exit_in_try(x):
        try:
            return 1.0 / x
        finally:
            print("done")

    def generator(x):
        yield x

    def nonlocal_write(x):
        total = 0.0

        def add(v):
            nonlocal total
            total = total + v

        add(x)
        return total

    def closure_that_appends(x):
        items = []

        def add(v):
            items.append(v)

        add(x)
        return items

    def function_as_value(x):
        def scale(v):
            return v * x

        return [scale]

    def lambda_as_value(x):
        scales = {"one": lambda v: v * x}
        return scales["one"](2.0)

    def generator_as_value(x):
        g = (v * x for v in range(3))
        return sum(g)

    def reflection(x):
        y = x * 2.0
        return locals()["y"]

    def class_inside(x):
        class Scaled:
            factor = x

        return Scaled.factor

    return [value for value in locals().values()]


@pytest.mark.parametrize("function", refusals(), ids=lambda function: function.__name__)
def test_refused(function: Any) -> None:
    with pytest.raises(Refused) as info:
        core_of(function)
    assert info.value.reason
    assert info.value.node.lineno >= function.__code__.co_firstlineno


# --- cost ----------------------------------------------------------------------------------------


def long_function(statements: list[str]) -> Any:
    text = "def f(x, n):\n" + "".join(f"    {line}\n" for line in statements) + "    return x\n"
    filename = f"<long {hash(text)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"np": np, "helper": helper}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["f"]


def test_many_early_returns_do_not_nest() -> None:
    function = long_function(
        [f"if x > {500 - i}.5:\n        return x * {i}\n    x = x + 0.5" for i in range(1000)]
    )
    core = assert_equivalent(function, (0.0, 0), (499.0, 0), (300.0, 0), active={"x"})
    deepest = max(len(line) - len(line.lstrip()) for line in unparse(core.function)[0].splitlines())
    assert deepest < 4 * 20


def test_cost_is_linear() -> None:
    def seconds(count: int) -> float:
        lines = [f"x = x * {i}.0 + helper(x, n) * np.sin(x)" for i in range(count)]
        source = read_source(long_function(lines))
        start = time.process_time()
        normalize(source, frozenset("x"))
        return time.process_time() - start

    seconds(50)
    small, large = seconds(100), seconds(800)
    assert large < 8 * 3 * small
