"""Which functions are methods of tensors, which exist in place, and what else they are called."""

from __future__ import annotations

__all__ = ["ACTIVATIONS", "ALIASES", "HELPERS", "IN_PLACE", "LINALG", "NO_METHODS", "NUMPY_NAMES"]

# Another name, and the function it stands for.
ALIASES = {
    "abs": "absolute", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "arctan2": "atan2", "negative": "neg", "sub": "subtract",
    "mul": "multiply", "div": "divide", "true_divide": "divide", "clip": "clamp", "fix": "trunc",
    "greater": "gt", "greater_equal": "ge", "less": "lt", "less_equal": "le", "not_equal": "ne",
    "swapaxes": "transpose", "swapdims": "transpose", "moveaxis": "movedim", "concat": "cat",
    "concatenate": "cat", "special_expit": "sigmoid", "ger": "outer",
}  # fmt: skip

# Top-level name, and the function of `linalg` behind it.
LINALG = {
    "det": "det", "inverse": "inv", "slogdet": "slogdet", "logdet": "logdet", "pinverse": "pinv",
    "qr": "qr", "matrix_power": "matrix_power", "cholesky": "cholesky", "cholesky_solve": "cholesky_solve",
}  # fmt: skip

# Activations that are also offered at the top.
ACTIVATIONS = ("celu", "dropout", "hardshrink", "layer_norm", "prelu", "selu", "threshold")

# Keywords of NumPy, and PyTorch's.
NUMPY_NAMES = {
    "axis": "dim", "keepdims": "keepdim",
}  # fmt: skip

# Functions of the modules of operations that are none themselves.
HELPERS = frozenset(
    (  # noqa: SIM905
        "along apply attach axes_of axis_of binary cast chosen clone_plain conj_transpose converted fields getitem "
        "in_place into logit_plain named nonempty one_hot operand ordered plain_add plain_index plain_subtract "
        "promote put record same_memory shifted sizes special step to_numpy type_name unary underivable unfit view"
    ).split()
)

# Functions that are no methods.
NO_METHODS = frozenset(
    (  # noqa: SIM905
        "atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors bucketize celu dropout "
        "cartesian_prod cat cdist column_stack combinations dstack einsum hstack isin meshgrid rpow rsub "
        "layer_norm searchsorted selu setitem stack threshold tensordot trapezoid vstack"
    ).split()
)

# Functions that also exist in place, with an underscore.
IN_PLACE = (  # noqa: SIM905
    "abs absolute acos acosh add addcdiv addcmul addmm addmv addbmm baddbmm addr asin asinh atan "
    "atan2 arccos arcsin arctan arccosh arcsinh arctanh atanh bitwise_and bitwise_not bitwise_or "
    "bitwise_xor ceil clamp clamp_max clamp_min clip copysign cos cosh cumprod cumsum deg2rad "
    "digamma div divide eq erf erfc erfinv exp exp2 expm1 fix floor floor_divide fmod frac ge gt "
    "hypot lerp le lgamma log log10 log1p log2 logical_and logical_not logical_or logical_xor logit "
    "lt masked_scatter mul multiply nan_to_num ne neg negative pow rad2deg reciprocal relu remainder "
    "renorm round rsqrt sgn sigmoid sign sin sinc sinh sqrt square sub subtract tan tanh tril triu "
    "true_divide trunc xlogy float_power i0"
).split()
