"""Printing gives back the tree that went in, on every version of Python."""

from __future__ import annotations

import ast
import sys

import gast
import pytest

from srcgrad.transform import builders as b
from srcgrad.transform.unparse import unparse

SNIPPETS = [
    "x = 1",
    "x = y = z",
    "x, y = y, x",
    "(x, (y, *z)) = a",
    "[x, y] = a",
    "x: int = 1",
    "x: int",
    "(x): int = 2",
    "x.y: float = 1.0",
    "x += 1; y -= 2; z *= 3; w /= 4; v //= 5; u **= 6; t @= s; r %= 2",
    "a[i, j] = b[::2, 1:, :-1, ..., None]",
    "x[:, 0] = y[0, :]",
    "x[1:2] = y[*idx]",
    "x[(1, 2)] = 3",
    "x = a if b else (c if d else e)",
    "x = (a if b else c) + 1",
    "x = -y ** -z",
    "x = (-y) ** z",
    "x = (a ** b) ** c ** d",
    "x = a - (b - c) - d",
    "x = a / (b * c) * (d / e)",
    "x = not (a and b or c) and d",
    "x = not a == b",
    "x = (a < b) < c < d",
    "x = a is not None and b not in c",
    "x = (y := f(x)) + y",
    "x = lambda a, /, b=1, *c, d, e=2, **f: (a, b)",
    "x = (lambda: 0)()",
    "f(*a, b, *c, k=1, **d)",
    "x = [i * j for i in range(3) if i if i > 1 for j in y]",
    "x = {i: j for i, j in z.items()}",
    "x = {i for i in z} | {1, 2} | set()",
    "x = sum(i for i in z)",
    "x = {'a': 1, **b, 'c': {2}}",
    "x = (1,)",
    "x = ()",
    "x = *a, b",
    "x = 1e400, -1e400, 1e-5, 1j, -2j, 0x10, 10 ** 30",
    "x = b'bytes' + b'\\x00'",
    "x = 'it\\'s', \"a \\\"quote\\\"\", 'new\\nline', '\\\\', '\\u00e9', '\\ud800'",
    "x = f'{a}' f'{b!r:>{width}} {c:.3f} {{}} {d[\"k\"]}'",
    "x = f'{a + b:{c}}\\n{lambda_ == 1}'",
    'x = f"it\'s {a!s}"',
    "x = ...",
    "x = None, True, False",
    "(1).real",
    "x = 1 .__add__(2)",
    "await_ = 1",
    "pass",
    "del x, y[0], z.w",
    "assert x, 'message'",
    "raise",
    "raise ValueError('x') from e",
    "import a.b.c as d, e",
    "from . import x",
    "from ..a import (b as c, d)",
    "from a import *",
    "def f():\n    global x\n    def g():\n        nonlocal y\n    y = 1",
    "if a:\n    pass\nelif b:\n    pass\nelse:\n    pass",
    "if a:\n    pass\nelse:\n    if b:\n        pass\n    x = 1",
    "while a:\n    break\nelse:\n    x = 1",
    "for x, (y, z) in a, b:\n    continue\nelse:\n    pass",
    "for x in *a, b:\n    pass",
    "with a as b, c(), d as (e, f):\n    pass",
    "try:\n    pass\nexcept:\n    pass",
    "try:\n    pass\nexcept (A, B) as e:\n    pass\nexcept C:\n    pass\nelse:\n    x\nfinally:\n    y",
    "try:\n    pass\nfinally:\n    y",
    "try:\n    pass\nexcept* A as e:\n    pass\nexcept* (B, C):\n    pass",
    "match a, b:\n    case [1, x, *_] | (2, x) if x > 1:\n        pass\n"
    "    case {'k': v, **rest}:\n        pass",
    "match a:\n    case A.B | -1 | 'x' | None | 1 + 2j:\n        pass\n"
    "    case C(x, y=[D(), _]) as z:\n        pass",
    "@a.b\n@c(1)\ndef f(x: int, /, y: 'str' = 1, *args: int, z, w=2, **kw) -> float:\n    return x",
    "def f(*, x):\n    return",
    "def f():\n    'doc'\n    return 1, 2",
    "async def f():\n    async with a as b:\n        await c\n    async for x in y:\n        yield x\n"
    "    return [z async for z in w]",
    "def f():\n    x = yield\n    y = yield from g()\n    return (yield x), y",
    "class A(B, metaclass=M):\n    x: int = 1\n\n    @property\n    def y(self):\n        return self.x\n",
    "class A:\n    pass",
    "x = a[b][c](d)[e].f",
    "x = (yield_)",
    "print('a', end='', file=f)",
    "x = a @ b @ c // d % e << 1 >> 2 & 3 | 4 ^ ~5",
    "x = (a, b)[0], [a, *b]",
    "return_ = (a for a in b)",
    'x = \'a\' \'b\' """c\nd"""',
]

NEW_IN_312 = [
    "def f[T: int, *Ts, **P](x: T) -> T:\n    return x",
    "class A[T](B):\n    pass",
    "type X[T] = list[T]",
    "x = f'{a['k']} {f'{b}'}'",
]

NEW_IN_313 = ["def f[T = int](x: T):\n    return x"]


def snippets() -> list[str]:
    newer = NEW_IN_312 if sys.version_info >= (3, 12) else []
    newest = NEW_IN_313 if sys.version_info >= (3, 13) else []
    return SNIPPETS + newer + newest


@pytest.mark.parametrize("text", snippets())
def test_round_trip(text: str) -> None:
    printed, _ = unparse(gast.parse(text))
    assert ast.dump(ast.parse(printed)) == ast.dump(ast.parse(text))


@pytest.mark.parametrize("text", snippets())
def test_line_map_points_at_the_statement(text: str) -> None:
    printed, line_map = unparse(gast.parse(text))
    lines = printed.splitlines()
    assert set(line_map) <= set(range(1, len(lines) + 1))
    for number, line in enumerate(lines, start=1):
        if line.strip() and line.strip() not in ("else:", "finally:", "try:"):
            assert number in line_map


def test_tuples_keep_their_natural_look() -> None:
    text = "x, y = y, x\nfor i, v in enumerate(z):\n    return i, v\n"
    assert unparse(gast.parse(text).body)[0] == text


def test_comments() -> None:
    first, second = gast.parse("x = 1\nif x:\n    y = 2").body
    tree = [
        b.comment("two\nlines"),
        b.comment("at the end", trailing=True),
        first,
        b.comment("on the header", trailing=True),
        second,
    ]
    assert unparse(tree) == (
        "# two\n# lines\nx = 1  # at the end\nif x:  # on the header\n    y = 2\n",
        {3: 1, 4: 2, 5: 3},
    )


def test_a_block_of_comments_only_gets_a_pass() -> None:
    tree = b.function_def("f", b.arguments(["x"]), [b.comment("nothing to do")])
    assert unparse(tree)[0] == "def f(x):\n    # nothing to do\n    pass\n"


def test_several_definitions_are_set_apart() -> None:
    pair = [b.function_def(name, b.arguments(), [b.pass_()]) for name in "fg"]
    assert unparse(pair)[0] == "def f():\n    pass\n\n\ndef g():\n    pass\n"
