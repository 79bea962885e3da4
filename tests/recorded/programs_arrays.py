"""Memory: aliases, views, saved values that are overwritten, arrays put together."""

import copy

import numpy as np

from tests.recorded.programs import matrix, program, vector

GLOBAL = np.zeros(4)


@program(vector())
def copyings(a):
    y = np.zeros(4)
    y[:] = a
    b = copy.copy(y)
    c = copy.deepcopy([y, {"k": y}])
    y[:] = 0
    return (b * c[0] * c[1]["k"]).sum()


@program(vector())
def aliases_global(a):
    buf = GLOBAL
    buf[:] = 0
    v = GLOBAL[1:3]
    buf[1] = a[0]
    GLOBAL[2] += a[1] * a[0]
    r = (v * v).sum()
    buf[:] = 0
    return r


@program(matrix())
def views(m):
    y = m.copy()
    t = y.T
    d = np.diagonal(y)
    r = y.reshape(-1)
    f = y.ravel()
    s = y[:, ::-1]
    t[0, 1] = m[0, 0] * 3
    r[2] *= 2
    s[1] += 1.5 * m[0]
    f[3:5] = m[1, :2] ** 2
    rows = [row for row in y]
    rows[0][1] = m[1, 2] * m[0, 1]
    return (y**2).sum() + (d * d * d).sum() + (t[1] * s[0, 1]).sum() + r[0] * f[5]


@program(matrix())
def strided(m):
    y = np.asfortranarray(m) * 1.0
    z = y.transpose()
    z[::2] *= m[:, ::2].T
    w = np.lib.stride_tricks.sliding_window_view(z[:, 0] * 1.0, 2)
    b = np.broadcast_to(z[:, 0], (3, 3))
    z[1, 0] = m[0, 0]
    return (y * y).sum() + (w * w * w).sum() + (b * b).sum()


@program(matrix())
def masks_and_indices(m):
    y = np.zeros_like(m)
    y[m > 0.6] = m[m > 0.6] ** 2
    y[m <= 0.6] += 1.0
    y[[0, 1, 0], [0, 1, 0]] = m[0]
    y[[0, 0, 1]] += m[0]
    np.add.at(y, ([0, 0], [1, 1]), m[1, :2])
    y[..., 0] **= 2
    y[:, None][0] = m[1] * y[0]
    return (y * y).sum() * 0.1


@program(matrix())
def outs(m):
    y = np.empty_like(m)
    np.multiply(m, 2, out=y)
    np.add(y, m, y)
    np.divide(m, m - 0.3, out=y, where=m > 0.4)
    z = np.zeros(3)
    np.sum(y, axis=0, out=z)
    np.copyto(y, z)
    y.fill(m[0, 1])
    y[0] = z
    np.matmul(m, m.T[:, :2], out=(w := np.zeros((2, 2))))
    return (y * y).sum() + w.sum() + (np.dot(m, z) ** 2).sum()


@program(matrix())
def saved_then_written(m):
    y = m * 1.0
    a = y * m
    b = np.sin(y)
    c = y[0] * y[1]
    y[:] = 5
    d = np.exp(b)
    b[:] = 0
    y *= m
    return (a + d).sum() + c.sum() + (y * y).sum()


@program(matrix())
def inactive_saved_then_written(m):
    w = np.ones_like(m)
    r = 0.0
    for k in range(3):
        w[:] = k + 1.0
        r += (w * m * m).sum()
        w[0] *= 2
        r += (w * m).sum()
    return r


@program(vector())
def swapbuf(a):
    u = a.copy()
    v = np.zeros(4)
    for k in range(5):
        v[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2]) * u[1:-1]
        v[0] = u[0]
        v[-1] = u[-1] * u[0]
        u, v = (v, u)
    return (u * u).sum()


@program(vector())
def conversions(a):
    y = np.zeros(4, np.float64)
    y[:] = a
    y *= 2
    z = y.astype(np.float64)
    return (z * z).sum()


@program(vector())
def complex_numbers(a):
    z = a[0] + 1j * a[1]
    w = np.zeros(2, complex)
    w[0] = z * z
    w[1] = np.exp(1j * a[2])
    w.real[1] *= 2 if False else 1
    return abs(w).sum() + (w * w.conj()).real.sum() + z.real * z.imag + w.imag[0]


@program(vector())
def ufunc_methods(a):
    return (
        np.add.reduce(a * a)
        + np.multiply.outer(a, a).sum()
        + np.maximum.reduce(a)
        + np.add.accumulate(a)[2]
        + np.multiply.reduce(a)
    )


@program(vector())
def vectorised(a):
    f = np.vectorize(lambda t: t * t if t > 0.4 else 3 * t)
    return (
        f(a).sum()
        + np.apply_along_axis(lambda r: r * r, 0, a).sum()
        + np.fromiter((t * 2 for t in a), float).sum()
    )


@program(vector())
def scalars_np(a):
    x = np.float64(a[0])
    y = float(a[1])
    z = np.float64(2.0)
    return (
        x.item() * y
        + z * y
        + np.array(a[2]) * 2
        + np.asarray([a[0], a[1]]).sum()
        + np.array([[a[0], 1], [2, a[1]]]).sum()
        + divmod(a[2], 0.4)[1]
        + a[0] // 0.2
        + pow(a[1], 2)
        + abs(-a[0])
        + round(a[0], 1) * a[1]
    )


@program(vector())
def array_of_objs(a):
    y = np.stack([a, a * 2])
    z = np.concatenate([y[0], a[:1]])
    w = np.vstack([r * r for r in y])
    h = np.hstack((a, y[1]))
    b = np.block([[y], [y * 2]])
    return (
        (z * z).sum()
        + w.sum()
        + (h**3).sum()
        + (b * b).sum()
        + np.array([t * t for t in a]).sum()
        + np.array([a, a * a])[1].sum()
    )


@program(vector())
def memory_reuse(a):
    r = 0.0
    for k in range(50):
        t = np.zeros(3)
        t[0] = a[0] * k
        t[1:] = a[1:3]
        r += t @ t
        del t
        q = np.ones(3) * k
        r += (q * a[:3]).sum()
    return r


@program(vector())
def view_of_saved(a):
    c = np.arange(12.0).reshape(3, 4)
    v = c[1]
    r = (v * a).sum()
    c[1, 2] = 100
    r += (v * a).sum()
    c[:] = a
    r += (v * v).sum()
    c[0] = 7
    return r + (v * c[0]).sum()


@program(vector())
def arrays_of_views(a):
    y = np.zeros((3, 4))
    parts = np.split(y, [1, 2])
    (h,) = [parts[0]]
    h[...] = a
    parts[1][0, ::2] = a[:2]
    y[2] = parts[1][0] * 2
    u = np.array_split(y.ravel(), 5)
    u[0] *= a[0]
    q = y.reshape(4, 3).T.reshape(-1)
    q *= 2
    b = np.atleast_2d(y[0])
    b[0, 3] = a[0] * 3
    e = np.expand_dims(y[1], 0)
    e += 1
    s = np.squeeze(e)
    s[0] *= a[1]
    w = np.moveaxis(y, 0, 1)
    w[0] *= a[3]
    rv = y[::-1]
    rv[0] += a
    f = y.flat
    f[2] = a[1]
    return (y**2).sum() + (q * q).sum()


@program(vector())
def inplace_methods(a):
    y = a * 2
    y.sort()
    z = y.copy()
    z[::-1].sort()
    y.fill(a[1])
    y.put([0, 2], a[:2] * 3)
    w = np.zeros((2, 2))
    np.fill_diagonal(w, a[0])
    w.partition(1)
    t = np.zeros(4)
    np.put(t, [1], a[3])
    np.place(t, t == 0, a[2:])
    np.putmask(t, [True, False, False, False], a * 9)
    return (
        (z * y).sum()
        + w.sum()
        + (t * t).sum()
        + a.clip(0.4, 1.0).sum()
        + a.cumsum()[2]
        + a.dot(a)
        + a.reshape(2, 2).trace()
        + a.mean() * a.std()
        + a.take([0, 0]).sum()
        + a.repeat(2).sum()
        + a.max() * a.ptp()
        if hasattr(a, "ptp")
        else (z * y).sum() + (t * t).sum()
    )


@program(vector())
def ints_mixed(a):
    n = np.arange(4)
    y = np.zeros(4, int)
    y[:] = [1, 2, 3, 4]
    k = int(a[2] * 3)
    b = bool(a[0])
    return (
        (a * n).sum()
        + (a**y).sum()
        + 2 ** a[0]
        + a[1] ** k
        + (-1) ** k * a[0]
        + (a // 0.2).sum()
        + (a % 0.4).sum()
        + (a[b] * y[1]).sum()
        + np.where(n > 1, a, a * a).sum()
    )


@program(vector())
def empty_and_0d(a):
    z = np.zeros(())
    z[...] = a[0]
    z += a[1]
    e = a[:0]
    s = np.array(a[2])
    s *= 2
    t = np.array(z * s)
    t[()] += a[0]
    return float(t) + e.sum() + np.sum(np.zeros((0, 3)) * a[0]) + z[()] * 2 + s.item()


@program(vector())
def many_functions(a):
    m = np.outer(a, a)
    return (
        np.einsum("ij,j->i", m, a).sum()
        + np.einsum("ii", m)
        + np.tensordot(m, a, 1).sum()
        + np.linalg.norm(a)
        + np.linalg.solve(m + np.eye(4), a).sum()
        + np.linalg.inv(m + np.eye(4)).sum()
        + (m @ m @ a).sum()
        + np.vdot(a, a)
        + np.trapezoid(a)
        + np.interp(0.5, [0, 1, 2, 3], a)
        + np.diff(a)[0] ** 2
        + np.prod(a)
        + np.cumprod(a)[2]
        + np.log1p(np.expm1(a)).sum()
        + np.hypot(a, 1).sum()
        + np.linalg.det(m + np.eye(4))
        + np.kron(a[:2], a[2:]).sum()
        + np.roll(a, 1)[0] * np.flip(a)[0]
        + np.tile(a, 2)[5]
        + np.pad(a, 1).sum()
        + np.median(a)
        + np.percentile(a, 30)
        + np.convolve(a, a)[3]
        + np.sort(a)[1]
        + np.polyval(a, 0.5)
        + np.linalg.eigvalsh(m + np.diag(a)).max()
    )


@program(vector())
def scipy_funcs(a):
    from scipy import linalg, special

    return (
        special.erf(a).sum()
        + special.gammaln(a).sum()
        + special.logsumexp(a)
        + linalg.cho_solve((np.eye(4), True), a).sum()
    )
