# ruff: noqa: E501  (a case is a line)
"""``func.vmap``: structures, dimensions, randomness and errors."""

from __future__ import annotations

SETTING = "V = T.func.vmap\nx = T.arange(6.).reshape(2, 3)\ny = T.ones(3)\n"

CASES = {
    "nested": "see(V(lambda d: d['a'] * d['b'], in_dims=({'a': 0, 'b': None},))({'a': x, 'b': y}))",
    "negative": "see(V(lambda a: a.sum(), in_dims=-1)(x))",
    "out structure": "see(V(lambda a: {'s': a.sum(), 't': (a, a * 2)})(x))",
    "out none": "see(V(lambda a: (a.sum(), T.ones(2)), out_dims=(0, None))(x))",
    "out places": "see(*V(lambda a: (a, a), out_dims=(0, 1))(x), V(lambda a: a * 2, out_dims=-1)(x))",
    "same in all calls": "see(V(lambda a: T.ones(2))(x), V(lambda a, b: a * b, in_dims=(0, None))(x, 2.0), V(lambda a, b=None: a * b)(x, b=y))",
    "empty": "see(V(lambda a: a.sum())(T.ones(0, 3)), V(lambda a: a)(T.ones(0, 3)))",
    "nested vmap": "see(V(V(lambda a, b: a * b), in_dims=(0, None))(x, y))",
    "argument written": "z = x.clone()\ndef f(a):\n    a.mul_(2)\n    return a\nsee(V(f)(z), z)",
    "same random": "r = V(lambda a: a * 0 + T.randn(3), randomness='same')(x); see(bool((r[0] == r[1]).all()))",
    "different random": "r = V(lambda a: a * 0 + T.randn(3), randomness='different')(x); see(bool((r[0] == r[1]).all()))",
    "gradient": "z = x.clone().requires_grad_(); V(lambda a: (a * a).sum())(z).sum().backward(); see(z.grad)",
    "of grad": "see(V(T.func.grad(lambda a: (a ** 3).sum()))(x))",
    "errors": "fails(V(lambda a, b: a), x, y); fails(V(lambda a: a, in_dims=None), x); fails(V(lambda: 1))",
    "errors of results": "fails(V(lambda a: 1.0), x); fails(V(lambda a: None), x); fails(V(lambda a: [a.sum(), 'x']), x); fails(V(lambda a: a.sum(), out_dims=None), x); fails(V(lambda a: (a, a), out_dims=(0,)), x); fails(V(lambda a: a.sum(), out_dims=1), x)",
    "errors of dims": "fails(V(lambda a, b: a, in_dims=(0,)), x, y); fails(V(lambda a: a, in_dims=3), x); fails(V(lambda a: a, in_dims='a'), x); fails(V(lambda a: a, in_dims=(0.5,)), x); fails(V(lambda a, b: a * b), x, 2.0); fails(V(lambda a: a), T.tensor(1.))",
    "errors of options": "fails(V(lambda a: a + T.randn(3)), x); fails(lambda: V(lambda a: a, randomness='x')(x)); fails(lambda: V(lambda a: a, chunk_size=0)(x))",
}  # fmt: skip


def cases() -> dict[str, str]:
    """Name and code of each case."""
    return {f"vmap: {name}": SETTING + code for name, code in CASES.items()}
