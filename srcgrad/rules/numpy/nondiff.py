"""Functions of NumPy through which no derivative passes: they run, and contribute zero."""

import numpy as np

from srcgrad.rules.helpers import stop_gradient, zero_tangent
from srcgrad.rules.kinds import nondiff

# Constants, whatever they are made of.
nondiff(stop_gradient, zero_tangent)

# Steps: flat wherever they have a slope.
nondiff(np.ceil, np.floor, np.trunc, np.rint, np.round, np.around, np.fix, np.sign, np.signbit, np.heaviside)
nondiff(np.floor_divide, np.spacing)

# Comparisons, logic and bits.
nondiff(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
nondiff(np.logical_and, np.logical_or, np.logical_xor, np.logical_not, np.all, np.any)
nondiff(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift)
nondiff(getattr(np, "bitwise_count", None), np.gcd, np.lcm, np.packbits, np.unpackbits)
nondiff(
    np.allclose,
    np.array_equal,
    np.array_equiv,
    np.isclose,
    np.isin,
    np.isfinite,
    np.isinf,
    np.isnan,
    np.isnat,
)
nondiff(
    np.isneginf,
    np.isposinf,
    np.iscomplex,
    np.isreal,
    np.iscomplexobj,
    np.isrealobj,
    np.isscalar,
    np.isfortran,
)
nondiff(np.may_share_memory, np.shares_memory, np.iterable)

# Positions and counts.
nondiff(
    np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.argsort, np.argpartition, np.lexsort, np.argwhere
)
nondiff(np.nonzero, np.flatnonzero, np.count_nonzero, np.searchsorted, np.digitize)
nondiff(np.ravel_multi_index, np.unravel_index, np.ix_, np.indices, np.mask_indices)
nondiff(np.diag_indices, np.diag_indices_from, np.tril_indices, np.tril_indices_from)
nondiff(np.triu_indices, np.triu_indices_from, np.einsum_path, np.linalg.matrix_rank)

# Shapes and types.
nondiff(
    np.shape, np.ndim, np.size, np.broadcast_shapes, np.can_cast, np.common_type, np.result_type, np.isdtype
)
nondiff(np.issubdtype, np.min_scalar_type, np.mintypecode, np.promote_types, np.typename, np.dtype)

# Constants.
nondiff(np.empty, np.empty_like, np.zeros, np.zeros_like, np.ones, np.ones_like, np.eye, np.identity, np.tri)
nondiff(np.bartlett, np.blackman, np.hamming, np.hanning, np.fft.fftfreq, np.fft.rfftfreq)

# What says nothing about the numbers in an array, and what makes indices.
nondiff(np.s_, np.index_exp, np.mgrid, np.ogrid)
nondiff(
    np.ndarray.shape,
    np.ndarray.ndim,
    np.ndarray.size,
    np.ndarray.dtype,
    np.ndarray.itemsize,
    np.ndarray.nbytes,
)
nondiff(np.ndarray.strides, np.ndarray.flags, np.ndarray.base, np.ndarray.ctypes, np.ndarray.data)
nondiff(getattr(np.ndarray, "device", None), np.ndarray.__len__, np.ndarray.__bool__, np.ndarray.__contains__)
nondiff(
    np.ndarray.__int__, np.ndarray.__index__, np.ndarray.__iand__, np.ndarray.__ior__, np.ndarray.__ixor__
)
nondiff(np.ndarray.__ilshift__, np.ndarray.__irshift__, np.ndarray.__ifloordiv__, np.ndarray.__rfloordiv__)
nondiff(np.ndarray.__rand__, np.ndarray.__ror__, np.ndarray.__rxor__)
nondiff(np.ndarray.__rlshift__, np.ndarray.__rrshift__)
