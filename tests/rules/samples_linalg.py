"""Sample calls of products, linear algebra, Fourier transforms and polynomials."""

import numpy as np

from tests.rules import tape
from tests.rules.draw import Samples, p, regular, spd, spread, start, u, x, z

S = Samples()
start(3)
L = np.linalg

# --- products ---

for _a, _b in [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((2, 1, 3, 4), (3, 4, 2)),
    ((3, 4), (2, 4, 2)),
    ((2, 3, 4), (4,)), ((4,), (2, 4, 3)), ((2, 0), (0, 3)),
]:  # fmt: skip
    S(np.matmul, x(*_a), x(*_b), _complex=True)
for _a, _b in [
    ((), (3,)), ((2, 3), ()), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)),
    ((2, 3, 4), (4, 2)),
    ((2, 4), (3, 4, 2)), ((2, 2, 4), (3, 4, 2)), ((2, 3, 4), (4,)), ((4,), (2, 4, 3)),
]:  # fmt: skip
    S(np.dot, x(*_a), x(*_b), _complex=True)
for _a, _b in [
    ((), (3,)),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (2, 3)),
    ((2, 3), (4, 3)),
    ((2, 2, 3), (4, 3)),
]:
    S(np.inner, x(*_a), x(*_b), _complex=True)
S(np.outer, x(2), x(3), _complex=True)
S(np.outer, x(2, 2), x(3))
S(np.vdot, x(3), x(3), _complex=True)
S(np.vdot, x(2, 3), x(6))
for _f in ("vecdot", "matvec", "vecmat"):
    _op = getattr(np, _f, None)
    _shapes = {"vecdot": ((2, 3), (3,)), "matvec": ((4, 2, 3), (3,)), "vecmat": ((2, 3), (3, 4))}[_f]
    S(_op, x(*_shapes[0]), x(*_shapes[1]), _complex=True)
S(getattr(np, "vecdot", None), x(2, 3), x(2, 3), axis=0)
S(np.tensordot, x(2, 3, 4), x(3, 4, 2), _complex=True)
S(np.tensordot, x(2, 3, 4), x(4, 3), axes=([1, 2], [1, 0]))
S(np.tensordot, x(2, 3, 4), x(2, 4, 3), axes=([2, 1], [1, 2]))
S(np.tensordot, x(2, 3), x(3, 2), axes=([0], [1]))
S(np.tensordot, x(2), x(3), 0)
S(np.einsum, "ij,jk->ik", x(2, 3), x(3, 2), _complex=True)
S(np.einsum, "ij,jk", x(2, 3), x(3, 2))
S(np.einsum, "ii->i", x(3, 3))
S(np.einsum, "ii", x(3, 3))
S(np.einsum, "ij->j", x(2, 3))
S(np.einsum, "ijk->", x(2, 3, 2))
S(np.einsum, "i,i,i->i", x(3), x(3), x(3), _complex=True)
S(np.einsum, "...ij,...j->...i", x(2, 2, 3), x(3))
S(np.einsum, "b...,b->...", x(2, 3), x(2))
S(np.einsum, "iij,j->i", x(2, 2, 3), x(3))
S(np.einsum, x(2, 3), [0, 1], x(3), [1], [0])
S(np.einsum, x(2, 3), [0, 1], x(3), [1])
S(np.einsum, "ij,ij->", x(2, 3), x(1, 3))
S(np.kron, x(2), x(3))
S(np.kron, x(2, 3), x(2, 2), _complex=True)
S(np.kron, x(2), x(2, 2))
S(np.cross, x(2, 3), x(3), _complex=True)
S(np.cross, x(3, 2), x(2, 3), axisa=0, axisc=0)
for _mode in ("full", "same", "valid"):
    S(np.convolve, x(5), x(3), _mode, _complex=True)
    S(np.convolve, x(2), x(5), mode=_mode)
    S(np.convolve, x(4), x(4), _mode)
    S(np.correlate, x(5), x(3), mode=_mode, _complex=True)
    S(np.correlate, x(2), x(5), _mode)
    S(np.correlate, x(3), x(6), _mode)
S(np.cov, x(2, 5))
S(np.cov, x(5))
S(np.cov, x(5, 2), rowvar=False, bias=True)
S(np.cov, x(2, 5), x(5), ddof=0)
S(np.cov, x(2, 5), fweights=np.array([1, 2, 1, 1, 3]), aweights=p(5), _wrt=["m", "aweights"])
S(np.cov, z(2, 5))
S(np.corrcoef, x(3, 5))
S(np.corrcoef, x(5), x(5))

# --- inverses, solutions, determinants ---

for _stack in [(), (2,)]:
    S(L.inv, regular(3, *_stack), _complex=True)
    S(L.det, regular(3, *_stack), _complex=True)
    S(L.slogdet, regular(3, *_stack))
    S(L.pinv, x(*_stack, 4, 2), _complex=True)
    S(L.pinv, x(*_stack, 2, 4))
    S(L.matrix_power, regular(2, *_stack), 3, _complex=True)
    S(L.matrix_power, regular(2, *_stack), -2)
    S(L.matrix_power, regular(2, *_stack), 0)
S(L.slogdet, z(3, 3) + 3 * np.eye(3))
S(L.det, np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]]))
S(L.det, np.zeros((3, 3)))
S(L.det, np.ones((2, 3, 3)) * (1 + 2j))
S(L.det, np.array([[1.5]]))
S(L.solve, regular(3), x(3), _complex=True)
S(L.solve, regular(3), x(3, 2), _complex=True)
S(L.solve, regular(3, 2), x(3))
S(L.solve, regular(3, 2), x(3, 2))
S(L.solve, regular(3), x(2, 3, 2))
S(L.lstsq, x(5, 2), x(5), _single=False)
S(L.lstsq, x(5, 2), x(5, 3))
S(L.lstsq, x(2, 4), x(2))
S(
    L.tensorinv,
    x(4, 6, 8, 3).reshape(24, 24).reshape(4, 6, 8, 3) + 30 * np.eye(24).reshape(4, 6, 8, 3),
    _second=False,
)
S(L.tensorinv, regular(6).reshape(6, 2, 3), ind=1)
S(L.tensorsolve, regular(6).reshape(2, 3, 6), x(2, 3))
S(L.tensorsolve, regular(6).reshape(2, 6, 3), x(2, 3), axes=(1,))
S(L.multi_dot, [x(2, 3), x(3, 4), x(4, 2)])
S(L.multi_dot, [x(3), x(3, 4), x(4)])
S(L.multi_dot, [x(2, 3), x(3, 4), x(4)])

# --- norms ---

for _kwargs in [
    {}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"ord": 1, "axis": 1}, {"ord": 3, "axis": 0},
    {"ord": 2.5, "axis": 1, "keepdims": True}, {"ord": np.inf, "axis": 0}, {"ord": -np.inf, "axis": 1},
    {"ord": "fro"}, {"ord": "nuc"}, {"ord": 1}, {"ord": -1}, {"ord": np.inf}, {"ord": -np.inf}, {"ord": 2},
    {"ord": -2}, {"axis": (0, 1), "keepdims": True}, {"ord": -1.5, "axis": 0},
]:  # fmt: skip
    S(L.norm, spread(3, 2), **_kwargs)
S(L.norm, x(2, 3, 2), axis=(0, 2), ord="nuc")
S(L.norm, x(2, 3, 2), axis=(2, 0), ord=1, keepdims=True)
S(L.norm, x(2, 3, 2))
S(L.norm, x(3))
S(L.norm, z(3))
S(L.norm, z(2, 3), axis=1)
S(L.norm, z(2, 3), ord=3, axis=1)
S(getattr(L, "vector_norm", None), x(2, 3))
S(getattr(L, "vector_norm", None), x(2, 3, 2), axis=(0, 2), ord=3, keepdims=True)
S(getattr(L, "matrix_norm", None), x(2, 3, 2), ord="nuc")
S(L.cond, regular(3))
for _p in (2, -2, "fro", 1, np.inf):
    S(L.cond, regular(3), _p, _wrt=["x"])
for _name, _args in {
    "matmul": (x(2, 3), x(3, 2)), "outer": (x(2), x(3)), "cross": (x(2, 3), x(2, 3)),
    "vecdot": (x(2, 3), x(2, 3)),
    "tensordot": (x(2, 3), x(2, 3)), "trace": (x(2, 3, 3),), "diagonal": (x(2, 3, 3),),
    "matrix_transpose": (x(2, 3, 2),),
}.items():  # fmt: skip
    S(getattr(L, _name, None), *_args)

# --- decompositions: what is not unique is checked through a function that is ---


def conj(a):
    return tape.lift(np.conj)(a)


def squares(ys):
    return [y * conj(y) for y in (ys if isinstance(ys, list) else [ys])]


def unordered(ys):
    """The same of eigenvalues that may change places: sums over all of them."""
    w, v = ys if isinstance(ys, list) else (ys, None)
    sums = [total(w), total(w * w), total(w * w * w)]
    return sums if v is None else [*sums, total(v * conj(v) * w[..., None, :])]


def total(a):
    return tape.lift(np.sum)(a, axis=-1)


_v = regular(3)
_apart = _v @ np.diag([1.0, 2.0, 4.0]) @ np.linalg.inv(_v)
for _stack in [(), (2,)]:
    S(L.cholesky, spd(3, *_stack))
    S(L.cholesky, spd(3, *_stack), upper=True)
    S(L.eigh, spd(3, *_stack), _gauge=squares)
    S(L.eigh, x(3, 3), "U", _gauge=squares)
    S(L.eigvalsh, spd(3, *_stack))
    S(L.eigvals, np.broadcast_to(_apart, (*_stack, 3, 3)).copy(), _gauge=unordered)
    S(L.eig, np.broadcast_to(_apart, (*_stack, 3, 3)).copy(), _gauge=unordered)
    S(L.svd, x(*_stack, 3, 3), _gauge=squares)
    S(L.svd, x(*_stack, 4, 2), full_matrices=False, _gauge=squares)
    S(L.svd, x(*_stack, 2, 4), full_matrices=False, _gauge=squares)
    S(L.svd, x(*_stack, 3, 2), compute_uv=False)
    S(L.qr, x(*_stack, 3, 3))
    S(L.qr, x(*_stack, 4, 2))
    S(L.qr, x(*_stack, 2, 4))
    S(L.qr, x(*_stack, 4, 2), mode="r")
S(L.svd, x(3, 2), _gauge=squares)
S(L.svd, x(2, 3), _gauge=squares)
S(L.qr, x(3, 2), mode="complete")
S(getattr(L, "svdvals", None), x(2, 3, 2))
_h = z(3, 3)
S(L.cholesky, _h @ np.conj(_h.T) + 2 * np.eye(3))
S(L.eigh, _h + np.conj(_h.T), _gauge=squares)
S(L.eigvalsh, _h + np.conj(_h.T))
S(L.svd, z(3, 2), full_matrices=False, _gauge=squares)
S(L.qr, z(3, 2))
S(L.qr, z(3, 3))
S(L.eig, z(3, 3), _gauge=squares)
S(L.eigvals, z(3, 3))
S(L.eigvals, np.array([[1.0, -2.0], [3.0, 0.5]]))

# --- Fourier transforms ---

F = np.fft
for _f in (F.fft, F.ifft, F.rfft, F.irfft, F.hfft, F.ihfft):
    for _kwargs in [{}, {"n": 4}, {"n": 7}, {"axis": 0}, {"norm": "ortho"}, {"norm": "forward", "n": 6}]:
        _value = z(3, 5) if _f in (F.irfft, F.hfft) else x(3, 5)
        S(_f, _value, **_kwargs, _complex=_f in (F.fft, F.ifft))
for _f in (F.fft2, F.ifft2, F.fftn, F.ifftn, F.rfft2, F.rfftn, F.irfft2, F.irfftn):
    for _kwargs in [{}, {"s": (3, 4)}, {"axes": (0, 1)}, {"norm": "ortho"}, {"s": (2, 6), "axes": (-1, 0)}]:
        if "s" in _kwargs and "axes" not in _kwargs and _f in (F.fftn, F.ifftn, F.rfftn, F.irfftn):
            _kwargs = {**_kwargs, "axes": (1, 2)}
        _value = z(2, 3, 4) if _f in (F.irfft2, F.irfftn) else x(2, 3, 4)
        S(_f, _value, **_kwargs)
S(F.fftshift, x(2, 5))
S(F.ifftshift, x(2, 5), axes=1)

# --- polynomials ---

S(np.polyval, x(4), x(3))
S(np.polyval, x(4), 1.5)
S(np.polyadd, x(3), x(2))
S(np.polysub, x(2), x(3))
S(np.polymul, x(3), x(2))
S(np.polydiv, x(5), p(3))
S(np.polydiv, x(4), p(1))
S(np.polyder, x(4))
S(np.polyder, x(5), 2)
S(np.polyint, x(3))
S(np.polyint, x(3), m=2, k=[1.5, 0.5])
S(np.polyfit, np.linspace(-1, 1, 6), x(6), 2)
S(np.polyfit, np.linspace(-1, 1, 6), x(6), 2, w=p(6))
S(np.polyfit, np.linspace(-1, 1, 6), x(6), 2, cov=True)
S(np.polyfit, np.linspace(-1, 1, 6), x(6, 2), 2)
S(np.polyfit, np.linspace(-1, 1, 6), x(6), 2, full=True)
S(np.poly, spread(3))
S(np.roots, np.array([1.0, -6.0, 11.0, -6.0]) + 0.1 * u(4), _step=2e-5, _rtol=1e-6)
S(np.roots, np.array([1.0, 2.0, 5.0]))
S(np.polynomial.polyutils.mapdomain, x(3), np.array([0.5, 2.0]), np.array([-1.0, 1.5]))
S(np.polynomial.polyutils.mapparms, np.array([0.5, 2.0]), np.array([-1.0, 1.5]))
