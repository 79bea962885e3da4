"""Arguments for samples: seeded, so that every run checks the same numbers."""

import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np


def rng_for(*key):
    return np.random.default_rng(zlib.crc32(repr(key).encode()))


_rng = np.random.default_rng(0)


def start(seed):
    """Begin a file of samples: its numbers do not depend on what other files drew."""
    global _rng
    _rng = np.random.default_rng(seed)


def x(*shape):
    """Any numbers."""
    value = _rng.standard_normal(shape)
    return value if shape else float(value)


def p(*shape):
    """Positive numbers between 0.5 and 2."""
    value = _rng.uniform(0.5, 2.0, shape)
    return value if shape else float(value)


def u(*shape):
    """Numbers between -0.9 and 0.9."""
    value = _rng.uniform(-0.9, 0.9, shape)
    return value if shape else float(value)


def z(*shape):
    """Complex numbers."""
    return x(*shape) + 1j * x(*shape)


def spread(*shape):
    """Numbers that are well apart from each other, in random order."""
    n = int(np.prod(shape))
    value = _rng.permutation(n) + _rng.uniform(-0.2, 0.2, n)
    return (value - n / 2 + 0.4).reshape(shape)


def spd(n, *stack):
    """Symmetric positive definite matrices."""
    a = _rng.standard_normal((*stack, n, n))
    return a @ np.swapaxes(a, -1, -2) + n * np.eye(n)


def regular(n, *stack):
    """Matrices that are far from singular."""
    return _rng.standard_normal((*stack, n, n)) + n * np.eye(n)


@dataclass
class Sample:
    """One call that is checked.

    Attributes
    ----------
    wrt : list of parameter names that change, all differentiable ones if None
    second : whether the second derivative is checked
    complex : whether the same call is checked with complex arguments as well
    gauge : a function of the outputs to check instead of them, where they are not unique (signs of
    eigenvectors)
    """

    op: Any
    args: tuple = ()
    kwargs: dict = field(default_factory=dict)
    wrt: list | None = None
    second: bool = True
    complex: bool = False
    single: bool = True
    tangent: bool = True
    layout: bool = True
    gauge: Any = None
    step: float = 1e-3
    rtol: float = 1e-7


class Samples(list):
    """A list of samples that is written as calls."""

    def __call__(self, op, *args, **kwargs):
        options = {k[1:]: kwargs.pop(k) for k in list(kwargs) if k.startswith("_")}
        if op is not None:
            self.append(Sample(op, args, kwargs, **options))
