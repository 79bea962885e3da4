"""Functions that write into an argument. See `kinds.update` for what the bodies do.

The written array's positions go through the function itself, with the values' positions counted -1, -2, ...
in place of the values. So each new element says whether it is an old one or which value it came from,
whatever the function does about repetition, cycling and broadcasting.
"""

import numpy as np

from srcgrad.rules.helpers import adjoint, positions, project, put_back
from srcgrad.rules.kinds import jvp, update


@update(np.copyto, "dst", "src")
def copyto(dst, src, casting="same_kind", where=True, *, ddst):
    dsrc = project(np.where(where, ddst, 0.0), src)
    np.copyto(ddst, 0.0, where=where)
    return dsrc


@update(np.put, "a", "v")
def put(a, ind, v, mode="raise", *, da):
    places = positions(a)
    np.put(places, ind, -1 - positions(v), mode)
    dv = put_back(da, -1 - places, v)
    da[places < 0] = 0.0
    return dv


@update(np.place, "arr", "vals")
def place(arr, mask, vals, *, darr):
    places = positions(arr)
    np.place(places, mask, -1 - positions(vals))
    dvals = put_back(darr, -1 - places, vals)
    darr[places < 0] = 0.0
    return dvals


@update(np.putmask, "a", "values")
def putmask(a, /, mask, values, *, da):
    places = positions(a)
    np.putmask(places, mask, -1 - positions(values))
    dvalues = put_back(da, -1 - places, values)
    da[places < 0] = 0.0
    return dvalues


@update(np.put_along_axis, "arr", "values")
def put_along_axis(arr, indices, values, axis, *, darr):
    places = positions(arr)
    np.put_along_axis(places, indices, -1 - positions(values), axis)
    dvalues = put_back(darr, -1 - places, values)
    darr[places < 0] = 0.0
    return dvalues


@update(np.fill_diagonal, "a", "val")
def fill_diagonal(a, val, wrap=False, *, da):
    places = positions(a)
    np.fill_diagonal(places, -1 - positions(val), wrap)
    dval = put_back(da, -1 - places, val)
    da[places < 0] = 0.0
    return dval


@update(np.ndarray.fill, "a", "value")
def fill(a, value, /, *, da):
    dvalue = project(np.copy(da), value)
    da[...] = 0.0
    return dvalue


@update(np.ndarray.put, "a", "values")
def method_put(a, indices, values, mode="raise", *, da):
    places = positions(a)
    np.put(places, indices, -1 - positions(values), mode)
    dvalues = put_back(da, -1 - places, values)
    da[places < 0] = 0.0
    return dvalues


# --- sorting in place: the cotangent goes back through the permutation ---


@update(np.ndarray.sort, "a", linear=False)
def sort(a, axis=-1, kind=None, order=None, *, stable=None, da):
    da[...] = put_back(da, np.take_along_axis(positions(a), np.argsort(a, axis, kind="stable"), axis), a)


@jvp(np.ndarray.sort)
def sort_tangent(a, axis=-1, kind=None, order=None, *, stable=None, da):
    da[...] = np.take_along_axis(da, np.argsort(a, axis, kind="stable"), axis)


@update(np.ndarray.partition, "a", linear=False)
def partition(a, kth, axis=-1, kind="introselect", order=None, *, da):
    da[...] = put_back(da, np.take_along_axis(positions(a), np.argpartition(a, kth, axis), axis), a)


@jvp(np.ndarray.partition)
def partition_tangent(a, kth, axis=-1, kind="introselect", order=None, *, da):
    da[...] = np.take_along_axis(da, np.argpartition(a, kth, axis), axis)


# --- operators that write: a += b as a function. Contributions are copies, for the memory goes on changing.
# ---


@update(np.ndarray.__iadd__, "a", "b", linear=False)
def iadd(a, b, /, *, da):
    return project(np.copy(da), b)


@jvp(np.ndarray.__iadd__)
def iadd_tangent(a, b, /, *, da, db):
    da += db


@update(np.ndarray.__isub__, "a", "b", linear=False)
def isub(a, b, /, *, da):
    return project(-da, b)


@jvp(np.ndarray.__isub__)
def isub_tangent(a, b, /, *, da, db):
    da -= db


@update(np.ndarray.__imul__, "a", "b", linear=False)
def imul(a, b, /, *, da):
    db = project(da * np.conj(a), b)
    da *= np.conj(b)
    return db


@jvp(np.ndarray.__imul__)
def imul_tangent(a, b, /, *, da, db):
    da *= b
    da += a * db


@update(np.ndarray.__itruediv__, "a", "b", linear=False)
def itruediv(a, b, /, *, da):
    da /= np.conj(b)
    return project(-da * np.conj(a / b), b)


@jvp(np.ndarray.__itruediv__)
def itruediv_tangent(a, b, /, *, da, db):
    da -= a / b * db
    da /= b


@update(np.ndarray.__imod__, "a", "b", linear=False)
def imod(a, b, /, *, da):
    return project(-da * (a // b), b)


@jvp(np.ndarray.__imod__)
def imod_tangent(a, b, /, *, da, db):
    da -= a // b * db


@update(np.ndarray.__ipow__, "a", "b", linear=False)
def ipow(a, b, /, *, da):
    db = project(da * np.conj(a**b * np.log(a + (a == 0))), b)
    da *= np.conj(b * a ** (b - (b != 0)))
    return db


@jvp(np.ndarray.__ipow__)
def ipow_tangent(a, b, /, *, da, db):
    da *= b * a ** (b - (b != 0))
    da += a**b * np.log(a + (a == 0)) * db


@update(np.ndarray.__imatmul__, "a", "b", linear=False)
def imatmul(a, b, /, *, da):
    db = project(adjoint(a) @ da, b)
    da[...] = da @ adjoint(b)
    return db


@jvp(np.ndarray.__imatmul__)
def imatmul_tangent(a, b, /, *, da, db):
    da[...] = da @ b + a @ db


# --- ufunc.at: elements named twice are worked on twice ---


@update(np.add.at, "a", "b")
def add_at(a, indices, b, /, *, da):
    return project(np.copy(da[indices]), b)


@update(np.subtract.at, "a", "b")
def subtract_at(a, indices, b, /, *, da):
    return project(-da[indices], b)


@update(np.multiply.at, "a", "b", linear=False)
def multiply_at(a, indices, b, /, *, da):
    db = project(da[indices] * np.conj(other_factors(a, indices, b)), b)
    np.multiply.at(da, indices, np.conj(b))
    return db


@jvp(np.multiply.at)
def multiply_at_tangent(a, indices, b, /, *, da, db):
    np.multiply.at(da, indices, b)
    np.add.at(da, indices, db * other_factors(a, indices, b))


@update(np.divide.at, "a", "b", linear=False)
def divide_at(a, indices, b, /, *, ans, da):
    db = project(-da[indices] * np.conj(ans[indices] / b), b)
    np.divide.at(da, indices, np.conj(b))
    return db


@jvp(np.divide.at)
def divide_at_tangent(a, indices, b, /, *, ans, da, db):
    np.divide.at(da, indices, b)
    np.add.at(da, indices, -db * ans[indices] / b)


@update(np.negative.at, "a")
def negative_at(a, indices, /, *, da):
    np.negative.at(da, indices)


def other_factors(a, indices, b):
    """For each factor `b` of ``np.multiply.at``: the product of the old element and its other factors.

    Zeros are counted apart, so the result is exact with any number of them.
    """
    b = b + 0 * a[indices]
    product, zeros = np.array(a), np.zeros(np.shape(a), dtype=int)
    np.multiply.at(product, indices, b + (b == 0))
    np.add.at(zeros, indices, b == 0)
    return product[indices] / (b + (b == 0)) * (zeros[indices] == (b == 0))
