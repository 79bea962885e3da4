"""Methods and attributes of ndarray, as functions of the array and of the method's own arguments.

Most are the NumPy function of the same name; those whose parameters differ from the function's are written
out.
"""

import operator

import numpy as np

from srcgrad.rules import registry
from srcgrad.rules.helpers import positions, project, put_back
from srcgrad.rules.kinds import composite, elementwise, linear, nondiff
from srcgrad.rules.numpy.arrange import inverse_permutation

# --- parameters as in the function of the same name ---

_SAME = """
    choose conj conjugate copy cumprod cumsum diagonal dot max mean min prod ravel repeat squeeze std sum
    swapaxes take trace var all any argmax argmin argpartition argsort nonzero round searchsorted
"""
for _name in _SAME.split():
    registry.METHODS[_name] = registry.TABLE[getattr(np, _name)]

registry.ATTRIBUTES.update(
    T=registry.TABLE[np.transpose], real=registry.TABLE[np.real], imag=registry.TABLE[np.imag]
)
if hasattr(np, "matrix_transpose"):
    registry.ATTRIBUTES["mT"] = registry.TABLE[np.matrix_transpose]
registry.ATTRIBUTES["flat"] = registry.TABLE[np.ravel]

# --- parameters of their own ---


@linear(np.ndarray.reshape, "a", view=True)
def reshape(a, /, *shape, order="C", copy=None, g):
    return np.reshape(g, np.shape(a), order=order)


@linear(np.ndarray.transpose, "a", view=True)
def transpose(a, /, *axes, g):
    return np.transpose(g, inverse_permutation(axes)) if axes and axes[0] is not None else np.transpose(g)


@linear(np.ndarray.flatten, "a")
def flatten(a, /, order="C", *, g):
    return np.reshape(g, np.shape(a), order=order)


@linear(np.ndarray.astype, "a")
def astype(a, /, dtype, order="K", casting="unsafe", subok=True, copy=True, *, g):
    return project(g, a)


@linear(np.ndarray.view, "a", view=True)
def view(a, /, *, g):
    return g


@linear(getattr(np.ndarray, "to_device", None), "a", view=True)
def to_device(a, /, device, *, stream=None, g):
    return g


@linear(np.ndarray.item, "a")
def item(a, /, *args, g):
    return put_back(g, positions(a).item(*args), a)


@linear(np.ndarray.tolist, "a")
def tolist(a, /, *, g):
    return project(np.array(g), a)


@linear(np.ndarray.compress, "a")
def compress(a, /, condition, axis=None, out=None, *, g):
    return put_back(g, np.compress(condition, positions(a), axis), a)


@elementwise(np.ndarray.clip, wrt=("a", "min", "max"))
def clip(a, min=None, max=None, out=None, *, ans, g):
    return (
        np.where(ans == a, g, 0.0),
        np.where((ans == min) & (a < min), g, 0.0),
        np.where((ans == max) & (ans != a), g, 0.0),
    )


nondiff(np.ndarray.tobytes, np.ndarray.setflags, np.ndarray.dump, np.ndarray.dumps)

_OWN = """
    reshape transpose flatten astype view to_device item tolist compress clip fill put sort partition tobytes
"""
for _name in _OWN.split():
    if hasattr(np.ndarray, _name):
        registry.METHODS[_name] = registry.TABLE[getattr(np.ndarray, _name)]

for _name, _rule in registry.METHODS.items():
    registry.alias(getattr(np.ndarray, _name), _rule)

# --- operators by their method names ---

_OPERATORS = """
    add Add  sub Sub  mul Mult  truediv Div  floordiv FloorDiv  mod Mod  pow Pow  matmul MatMult  and BitAnd
    or BitOr  xor BitXor  lshift LShift  rshift RShift  neg USub  pos UAdd  invert Invert
    eq Eq  ne NotEq  lt Lt  le LtE  gt Gt  ge GtE
"""
for _name, _node in zip(_OPERATORS.split()[::2], _OPERATORS.split()[1::2], strict=True):
    registry.alias(getattr(np.ndarray, f"__{_name}__"), registry.TABLE[registry.OPERATORS[_node]])
registry.alias(np.ndarray.__abs__, registry.TABLE[np.absolute])
registry.alias(np.ndarray.__divmod__, registry.TABLE[np.divmod])
registry.alias(np.ndarray.__radd__, registry.TABLE[np.add])
registry.alias(np.ndarray.__rmul__, registry.TABLE[np.multiply])
registry.alias(np.ndarray.__getitem__, registry.TABLE[operator.getitem])
registry.alias(np.ndarray.__setitem__, registry.TABLE[operator.setitem])
registry.alias(np.ndarray.__float__, registry.TABLE[float])
registry.alias(np.ndarray.__complex__, registry.TABLE[complex])


@composite(np.ndarray.__rsub__)
def rsub(x, y, /):
    return y - x


@composite(np.ndarray.__rtruediv__)
def rtruediv(x, y, /):
    return y / x


@composite(np.ndarray.__rmod__)
def rmod(x, y, /):
    return y % x


@composite(np.ndarray.__rpow__)
def rpow(x, y, /):
    return y**x


@composite(np.ndarray.__rmatmul__)
def rmatmul(x, y, /):
    return y @ x


@composite(np.ndarray.__rdivmod__)
def rdivmod(x, y, /):
    return np.divmod(y, x)


@composite(np.ndarray.__iter__)
def iter_(x, /):
    return iter([x[k] for k in range(len(x))])
