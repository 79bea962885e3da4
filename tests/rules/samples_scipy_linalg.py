"""Sample calls of scipy.linalg."""

import numpy as np
import scipy.linalg as sla

from tests.rules.draw import Samples, p, regular, spd, spread, start, x, z

S = Samples()
start(7)


def hermitian(n):
    a = z(n, n)
    return a @ np.conj(a.T) + n * np.eye(n)


def magnitudes(factors):
    """What does not depend on the phases of vectors."""
    w, *vectors = factors
    return [w, *(abs(v) ** 2 for v in vectors)]


def squares(factors):
    return [abs(part) ** 2 for part in factors]


# --- solutions ---

for _b in (3, (3, 2)):
    _b = _b if isinstance(_b, tuple) else (_b,)
    S(sla.solve, regular(3), x(*_b))
    S(sla.solve, regular(3), x(*_b), transposed=True)
    S(sla.solve, regular(3) + 0.3j * x(3, 3), z(*_b))
    S(sla.solve, spd(3), x(*_b), assume_a="pos")
    S(sla.solve, spd(3), x(*_b), lower=True, assume_a="sym")
    S(sla.solve, hermitian(3), z(*_b), assume_a="her")
    for _trans in (0, 1, "C"):
        S(sla.solve_triangular, regular(3), x(*_b), _trans)
        S(sla.solve_triangular, regular(3) + 0.3j * x(3, 3), z(*_b), trans=_trans, lower=True)
    S(sla.solve_triangular, regular(3), x(*_b), unit_diagonal=True)
    for _lower in (False, True):
        S(sla.cho_solve, (regular(3), _lower), x(*_b))
        S(sla.cho_solve, (regular(3) + 0.3j * x(3, 3), _lower), z(*_b))
    for _trans in (0, 1):
        S(sla.lu_solve, (regular(3), np.array([1, 2, 2])), x(*_b), trans=_trans)
    S(sla.solve_banded, (1, 2), regular(4)[:4] + 3, x(4, *_b[1:]), _wrt=["ab", "b"])
    S(sla.solve_banded, (2, 1), z(4, 5) + 3, z(5, *_b[1:]))
    S(sla.solve_toeplitz, (np.array([5.0, 1.0, 2.0]), x(3)), x(*_b))
    S(sla.solve_toeplitz, np.array([5.0, 1.0, 2.0]), x(*_b))
S(sla.solve_toeplitz, (np.array([5.0, 1.0j, 2.0]), z(3)), z(3))
S(sla.lu_solve, (regular(3) + 0.3j * x(3, 3), np.array([0, 2, 2])), z(3), trans=2)
S(sla.lstsq, x(4, 2), x(4))
S(sla.lstsq, x(4, 2), x(4, 3))
S(sla.solve_sylvester, regular(3), regular(2), x(3, 2))
S(sla.solve_sylvester, regular(3) + 1j * x(3, 3), regular(2), z(3, 2))
S(sla.solve_continuous_lyapunov, regular(3), x(3, 3))

# --- inverses, determinants, norms ---

S(sla.inv, regular(3), _complex=True)
S(sla.det, regular(3), _complex=True)
S(sla.pinv, x(4, 2))
S(sla.pinv, x(2, 3), rtol=1e-10)
for _ord in (None, "fro", 1, np.inf, 2, "nuc"):
    S(sla.norm, x(3, 2), _ord)
S(sla.norm, p(3), 3)
S(sla.norm, x(3, 2), axis=1, keepdims=True)

# --- decompositions ---

for _lower in (False, True):
    S(sla.cholesky, spd(3), _lower)
    S(sla.cholesky, hermitian(3), lower=_lower)
    S(sla.cholesky_banded, p(2, 4) + ([[3.0], [0.0]] if _lower else [[0.0], [3.0]]), lower=_lower)
    S(sla.eigvalsh, spd(3), lower=_lower)
    S(sla.eigvalsh, spd(3), spd(3), lower=_lower)
    S(sla.eigh, spd(3), lower=_lower, _gauge=magnitudes)
    S(sla.eigh, spd(3), spd(3), lower=_lower, _gauge=magnitudes)
    S(sla.eigh, hermitian(3), hermitian(3), lower=_lower, _gauge=magnitudes, _second=False)
S(sla.eigh, spd(3), spd(3), eigvals_only=True)
for _shape in ((3, 3), (4, 2), (2, 4)):
    S(sla.lu, x(*_shape))
    S(sla.lu, x(*_shape), permute_l=True)
    S(sla.lu_factor, x(*_shape))
S(sla.lu, x(3, 3), p_indices=True)
S(sla.eig, x(3, 3) + np.diag(spread(3)), _gauge=magnitudes, _second=False)
S(sla.eigvals, x(3, 3) + np.diag(spread(3)))
S(sla.eigh_tridiagonal, spread(4), x(3), _gauge=magnitudes)
S(sla.eigh_tridiagonal, spread(4), x(3), eigvals_only=True)
for _mode in ("full", "economic"):
    S(sla.qr, x(4, 2), mode=_mode, _gauge=lambda ys: [ys[1]], _second=False)
S(sla.qr, x(3, 3))
S(sla.qr, x(2, 4))
S(sla.qr, x(4, 2), mode="economic")
S(sla.svd, x(3, 3), _gauge=squares)
S(sla.svd, x(3, 2), full_matrices=False, _gauge=squares)
S(sla.svd, x(3, 2), compute_uv=False)
S(sla.svdvals, x(3, 2))
for _side in ("right", "left"):
    S(sla.polar, regular(3), side=_side)
    S(sla.polar, x(4, 2), _side)
    S(sla.polar, x(2, 3), _side)

# --- functions of matrices ---

S(sla.expm, x(3, 3), _complex=True)
S(sla.expm, x(2, 2, 2))
S(sla.expm_frechet, x(3, 3), x(3, 3))
S(sla.expm_frechet, x(2, 2), x(2, 2), compute_expm=False)
S(sla.sqrtm, spd(3))
S(sla.sqrtm, regular(3) + 0.3j * x(3, 3))
S(sla.logm, spd(3), _rtol=1e-6)
S(sla.logm, regular(3) + 0.3j * x(3, 3), _rtol=1e-6)
for _f in (sla.cosm, sla.sinm, sla.coshm, sla.sinhm, sla.tanm, sla.tanhm):
    S(_f, x(2, 2))
S(sla.funm, spd(3), np.exp)
S(sla.funm, regular(3), np.cos)

# --- forms reached by a unitary turn: real, with pairs of complex eigenvalues, complex ---

_pair = np.array([[1.0, 2.0, 0.3], [-1.5, 1.2, 0.7], [0.2, -0.4, 3.0]])
_four = np.array([[1.0, 2.0, 0.3, 0.1], [-1.5, 1.2, 0.7, 0.4], [0.2, -0.4, 3.0, 2.0], [0.3, 0.1, -2.5, 3.3]])
S(sla.schur, spread(3, 3), _single=False)
S(sla.schur, _pair, _single=False)
S(sla.schur, _four, _single=False)
S(sla.schur, _pair + 0.3j * x(3, 3), output="complex", _gauge=squares)
S(sla.hessenberg, x(4, 4))
S(sla.hessenberg, x(4, 4), calc_q=True)
S(sla.rsf2csf, *sla.schur(_pair), _wrt=["Z"])

# --- patterns ---

S(sla.toeplitz, x(3))
S(sla.toeplitz, z(3))
S(sla.toeplitz, x(3), x(4))
S(sla.hankel, x(3))
S(sla.hankel, x(3), x(2))
S(sla.circulant, x(4))
S(sla.block_diag, x(2, 2), x(3), x(1, 2))
