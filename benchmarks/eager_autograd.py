"""The eager programs in the form that HIPS autograd needs: a function of the parameters, and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Program = Callable[[], Any]

# The numbers that a program of `benchmarks.eager` is given.
Data = Callable[..., Any]


def _gradient(loss: Callable[..., Any], *parameters: Any) -> Program:
    from autograd import grad

    slope = grad(loss, tuple(range(len(parameters))))
    return lambda: slope(*parameters)


def products(data: Data, n: int) -> Program:
    """Ten products and ten sums."""
    x, w = data(n), data(n)

    def loss(x: Any) -> Any:
        y = x
        for _ in range(10):
            y = y * w + x
        return y.sum()

    return _gradient(loss, x)


def functions(data: Data, n: int) -> Program:
    """Five rounds of tanh, exp and divisions."""
    import autograd.numpy as anp

    def loss(x: Any) -> Any:
        y = x
        for _ in range(5):
            y = anp.exp(anp.tanh(y) * 1.5) / 2.0
        return anp.sum(y)

    return _gradient(loss, data(n))


def perceptron(data: Data, n: int) -> Program:
    """One hidden layer and the cross entropy, a batch of `n`."""
    import autograd.numpy as anp

    width = 64
    x, rows, target = data(n, width), np.arange(n), np.arange(n) % 10

    def loss(a: Any, b: Any, c: Any, d: Any) -> Any:
        logits = anp.tanh(x @ a + b) @ c + d
        top = anp.max(logits, axis=1, keepdims=True)
        total = anp.log(anp.sum(anp.exp(logits - top), axis=1)) + top[:, 0]
        return anp.mean(total - logits[rows, target])

    return _gradient(
        loss, data(width, width, scale=width**-0.5), data(width), data(width, 10, scale=width**-0.5), data(10)
    )


def recurrent(data: Data, n: int) -> Program:
    """Fifty steps of a recurrent net, a batch of `n`."""
    import autograd.numpy as anp

    width = 32
    steps = [data(n, width) for _ in range(50)]

    def loss(u: Any, w: Any, b: Any) -> Any:
        state = anp.zeros((n, width), np.float32)
        for x in steps:
            state = anp.tanh(x @ u + state @ w + b)
        return anp.mean(state * state)

    return _gradient(
        loss, data(width, width, scale=width**-0.5), data(width, width, scale=width**-0.5), data(width)
    )


PROGRAMS = {program.__name__: program for program in (products, functions, perceptron, recurrent)}
