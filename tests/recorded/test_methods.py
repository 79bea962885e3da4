"""Attributes and methods of arrays and numbers that carry derivatives."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.differences import Vector
from tests.recorded.check import check, check_second

A = np.array([0.3, 0.7, -0.2, 0.5])

READING: dict[str, Callable[[Vector], Any]] = {
    "sum and mean": lambda a: a.sum() * a.mean(),
    "std and var": lambda a: a.std() * a.var(ddof=1),
    "prod, max, min": lambda a: a.prod() + a.max() * a.min(),
    "sum with where": lambda a: a.sum(where=a > 0) ** 2,
    "max with initial": lambda a: a.max(initial=0.9) * a[0],
    "keepdims": lambda a: np.sum(a.sum(axis=0, keepdims=True) * a),
    "reshape of two": lambda a: np.sum(a.reshape(2, 2) @ a.reshape((2, 2))),
    "reshape in Fortran's order": lambda a: np.sum(a.reshape(2, -1, order="F")[0] ** 2),
    "transposes": lambda a: np.sum(a.reshape(2, 2).T @ a.reshape(2, 2).transpose(1, 0).swapaxes(0, 1)),
    "copy, flatten, ravel": lambda a: np.sum(a.copy() * a.flatten() * a.ravel()),
    "scans": lambda a: np.sum(a.cumsum() * a.cumprod()),
    "dot and trace": lambda a: a.dot(a) * a.reshape(2, 2).trace(),
    "diagonal": lambda a: np.sum(a.reshape(2, 2).diagonal() ** 2),
    "clip": lambda a: np.sum(a.clip(0, 0.6) ** 2),
    "take, compress, repeat": lambda a: (
        a.take([0, 2]).prod() * a.compress([1, 0, 1, 0]).sum() * a.repeat(2).sum()
    ),
    "astype": lambda a: np.sum(a.astype(complex).real ** 2) + np.sum(a.astype(float, copy=False) ** 3),
    "view": lambda a: np.sum(a.view() ** 2),
    "base": lambda a: np.sum(a[1:].base ** 2),
    "real, imag, conj": lambda a: np.sum(a.T * a.conj() * a.real.conjugate()),
    "item": lambda a: a.item(1) * a.item(-1) * a[1:2].item(),
    "tolist": lambda a: sum(x * x for x in a.tolist()) + a.reshape(2, 2).tolist()[1][0] ** 2,
    "argsort and argmax": lambda a: np.sum(a[a.argsort()] * np.arange(4.0)) * a[a.argmax()],
    "nonzero": lambda a: np.sum(a[(a > 0).nonzero()] ** 2),
    "flat item": lambda a: a.flat[1] * a.flat[2],
    "flat slice of a transpose": lambda a: np.sum(a.reshape(2, 2).T.flat[1:3] ** 2),
    "flat iterated": lambda a: sum(k * x * x for k, x in enumerate(a.reshape(2, 2).T.flat)),
    "flat copied": lambda a: np.sum(a.flat.copy() ** 2),
    "description": lambda a: a.ndim * a.size * a.shape[0] * a.itemsize * a[0] ** 2,
    "methods of numbers": lambda a: a[0].sum() * a[1].mean() * a[2].reshape(1)[0] * a[3].astype(float),
    "attributes of numbers": lambda a: a[0].real * a[1].T + a[2].imag + a[3].conjugate() ** 2,
    "numbers of NumPy and Python": lambda a: (
        np.float64(a[0]) * float(a[1]) * a[2].item() * a[3].dtype.type(a[3])
    ),
    "numbers that are looked at": lambda a: a[0] * (1.0 if float(a[1]).is_integer() else 2.0),
    "special methods": lambda a: np.sum(a.__mul__(a).__add__(1.0) * a.__getitem__(1) * a.__rsub__(2.0)),
    "methods of the class": lambda a: np.ndarray.sum(a) * np.sum(np.ndarray.reshape(a, (2, 2)) ** 2),
    "getattr": lambda a: np.sum(getattr(a, "cumsum")() ** 2),  # noqa: B009
    "hasattr": lambda a: a[0] ** 2 if hasattr(a, "shape") and not hasattr(a.item(0), "__len__") else a[1],
    "methods as values": lambda a: [method() for method in (a.max, a.sum)][1] ** 2,
    "complex numbers": lambda a: (complex(a[0], a[1]) * complex(a[1], a[2])).conjugate().imag,
    "complex arrays": lambda a: abs((a + 1j * a**2).sum()) * (a + 1j * a**2).imag.sum(),
    "copies of containers": lambda a: np.sum(copy.deepcopy({"x": [a]})["x"][0] * copy.copy(a)),
}


@pytest.mark.parametrize("name", READING)
def test_reading(name: str) -> None:
    check(READING[name], A)
    check_second(READING[name], A)


def fill(a: Vector) -> Any:
    y = np.zeros(4)
    z = y[1:]
    y.fill(a[0] * 2)
    return np.sum(z * a[1:])


def sort(a: Vector) -> Any:
    y = a * 1.0
    y[::-1].sort()
    return np.sum(y * np.arange(4.0) * y)


def partition(a: Vector) -> Any:
    y = a * 1.0
    y.partition(2)
    return np.sum(y[:2] ** 2)


def put(a: Vector) -> Any:
    y = np.zeros(4)
    y.put([0, 1, 1], a[:3])
    return np.sum(y**3)


def flat_element(a: Vector) -> Any:
    y = a * 1.0
    y.flat[1] = a[0] ** 2
    return np.sum(y**2)


def flat_of_plain_array(a: Vector) -> Any:
    y = np.zeros((2, 2)).T
    y.flat[1:3] = a[:2]
    y.flat[[3]] = a[2]
    return np.sum(y @ y)


def flat_starts_over(a: Vector) -> Any:
    y = np.zeros((2, 2))
    y.flat = a[:2]
    return np.sum(y @ np.array([[1.0, 2.0], [3.0, 4.0]]) ** 2)


def real_and_imaginary_parts(a: Vector) -> Any:
    y = np.zeros(4, dtype=complex)
    y.real = a
    part = y.imag
    part[1:3] = a[:2]
    y.imag[[0, 0, 3]] = a[1:]
    y *= 2
    return np.sum(np.abs(y) ** 3) + np.sum(part)


def parts_that_are_augmented(a: Vector) -> Any:
    y = a + 1j * a**2
    y.real[1] *= 3.0
    part = y.imag[::2]
    part += a[:2]
    return np.sum(np.abs(y) ** 2)


def shape_assigned(a: Vector) -> Any:
    y = a * 1.0
    y.shape = (2, 2)
    row = y[0]
    y.shape = (4,)
    y[1] = a[0] * 2
    return np.sum(row * row) + np.sum(y**2)


def special_methods_that_write(a: Vector) -> Any:
    y = np.ones(4)
    z = a * y
    y.__setitem__(0, 5.0)
    y.__imul__(a)
    return np.sum(z * z) + np.sum(y * y)


def plain_array_written_after_use(a: Vector) -> Any:
    y = np.arange(4.0) + 1.0
    z = a * y
    y[::-1].sort()
    y.fill(3.0)
    return np.sum(z * z * y)


def output_arrays(a: Vector) -> Any:
    total, scan, kept, first = np.zeros(()), np.zeros(4), np.ones(4), np.zeros(4)
    a.sum(0, None, total)
    a.cumsum(out=scan)
    np.multiply(a, a, kept, where=a > 0)
    np.modf(a, first, np.zeros(4))
    return total**2 + np.sum(scan * kept) + np.sum(first)


def shuffled(a: Vector) -> Any:
    y, items, rng = a * 1.0, list(a), np.random.default_rng(0)
    rng.shuffle(y)
    random.Random(0).shuffle(items)
    rng.shuffle(items)
    return np.sum(y * np.arange(4.0) ** 2) + sum(k * x for k, x in enumerate(items))


def drawn(a: Vector) -> Any:
    rng = np.random.default_rng(0)
    return np.sum(rng.permutation(a) * a) * np.sum(rng.choice(a, 3)) + np.sum(rng.normal(a, a**2))


WRITING = [
    fill, sort, partition, put, flat_element, flat_of_plain_array, flat_starts_over, real_and_imaginary_parts,
    parts_that_are_augmented, shape_assigned, special_methods_that_write, plain_array_written_after_use,
    output_arrays, shuffled, drawn,
]  # fmt: skip


@pytest.mark.parametrize("program", WRITING, ids=lambda program: program.__name__)
def test_writing(program: Callable[[Vector], Any]) -> None:
    check(program, A)
    check_second(program, A)
