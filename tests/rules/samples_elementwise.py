"""Sample calls of functions of each element."""

import cmath
import math
import operator

import numpy as np

from tests.rules.draw import Samples, p, spread, start, u, x, z

S = Samples()
start(1)

#: Unary functions, where to take arguments from, and whether complex ones are allowed.
UNARY = [
    *[(f, x, True) for f in (np.negative, np.positive, np.square, np.exp, np.exp2, np.expm1, np.sin, np.cos)],
    *[(f, x, True) for f in (np.sinh, np.cosh, np.tanh, np.arctan, np.arcsinh)],
    *[(f, x, False) for f in (np.radians, np.deg2rad, np.degrees, np.rad2deg, np.i0, np.cbrt, np.sinc)],
    *[(f, x, False) for f in (np.fabs,)],
    *[(f, x, True) for f in (np.absolute, np.real, np.imag, np.conjugate)],
    *[(f, p, True) for f in (np.sqrt, np.reciprocal, np.log, np.log2, np.log10, np.log1p, np.angle)],
    *[(f, u, True) for f in (np.tan, np.arcsin, np.arccos, np.arctanh)],
    *[(f, p, True) for f in (np.emath.sqrt, np.emath.log, np.emath.log2, np.emath.log10)],
    *[(f, u, True) for f in (np.emath.arcsin, np.emath.arccos, np.emath.arctanh)],
]
for _f, _draw, _complex in UNARY:
    if _f is np.cbrt:
        _draw = p
    elif _f is np.arccosh:
        continue
    for _shape in [(), (3,), (2, 1, 3), (0,)]:
        _value = _draw(*_shape)
        if _f is np.angle or _f in (np.real, np.imag):
            _value = np.asarray(_value) + 0.0
        S(_f, _value, _complex=_complex and _f not in (np.angle,), _second=_f is not np.imag)
    S(_f, np.array(_draw()), _second=_f is not np.imag)
S(np.arccosh, 1 + p(3), _complex=True)
S(np.angle, z(3))
S(np.angle, z(2), deg=True)
S(np.emath.sqrt, -p(3))
S(np.emath.power, p(3), 2.5)
S(np.emath.power, p(3), p(3))
S(np.emath.logn, 1 + p(3), p(3))

#: Binary functions and where both arguments come from.
BINARY = [
    *[(f, x, x, True) for f in (np.add, np.subtract, np.multiply)],
    (np.divide, x, p, True),
    (np.power, p, x, True),
    (np.float_power, p, x, False),
    *[(f, x, p, False) for f in (np.arctan2, np.hypot, np.logaddexp, np.logaddexp2, np.copysign)],
    *[(f, spread, lambda *s: spread(*s) + 0.33, False) for f in (np.maximum, np.minimum, np.fmax, np.fmin)],
    *[(f, lambda *s: 3 * p(*s) + 0.1, lambda *s: 0.3 * p(*s) + 0.01, False) for f in (np.remainder, np.fmod)],
]
SHAPES = [
    ((), (3,)),
    ((3,), (2, 3)),
    ((2, 1), (1, 3)),
    ((1,), (3,)),
    ((), ()),
    ((2, 2), (2, 2)),
    ((0, 2), (2,)),
]
for _f, _left, _right, _complex in BINARY:
    for _a, _b in SHAPES:
        _step = 1e-4 if _f in (np.remainder, np.fmod) else 1e-3
        S(_f, _left(*_a), _right(*_b), _complex=_complex, _step=_step, _second=_step == 1e-3)
        S(_f, np.array(_left(*_b)), _right(*_a), _step=_step, _second=False)

S(np.power, x(3), 3)
S(np.power, x(3), 2.0, _wrt=["x"], _complex=True)
S(np.power, np.array([0.0, 1.0, -2.0]), 2, _wrt=["x"])
S(np.power, x(2), np.array([0.0, 2.0]), _wrt=["x"])
S(np.ldexp, x(3), np.array([1, -2, 3]))
S(np.ldexp, x(), 3)
S(np.modf, x(4), _second=False)
S(np.frexp, p(3), _second=False)
S(np.divmod, 3 * p(3) + 0.1, 0.3 * p(3) + 0.02, _step=1e-4, _second=False)
S(np.nan_to_num, x(3))

S(np.clip, spread(4), -1.0, 1.0, _wrt=["a"])
S(np.clip, spread(4), -1.05, 1.05)
S(np.clip, spread(2, 3), np.array([-1.05, -0.55, 0.1]), 1.63)
S(np.clip, spread(4), None, 1.05)
S(np.clip, spread(4), a_min=-1.05, a_max=None)
if np.lib.NumpyVersion(np.__version__) >= "2.1.0":
    S(np.clip, spread(4), min=-1.05, max=1.05)
S(np.where, np.array([True, False, True]), x(3), x(2, 1), _complex=True)
S(np.where, np.array([[True], [False]]), x(), x(3))

# --- Python numbers ---

for _f in (
    math.exp,
    math.expm1,
    math.sin,
    math.cos,
    math.tan,
    math.sinh,
    math.cosh,
    math.tanh,
    math.asinh,
    math.atan,
):
    S(_f, x())
for _f in (
    math.sqrt,
    math.log,
    math.log2,
    math.log10,
    math.log1p,
    math.gamma,
    math.lgamma,
    math.erf,
    math.erfc,
):
    S(_f, p())
for _f in (math.asin, math.acos, math.atanh, math.radians, math.degrees, math.fabs):
    S(_f, u())
for _f in ("cbrt", "exp2"):
    S(getattr(math, _f, None), p())
S(math.lgamma, -1.3)
S(math.gamma, -2.4)
S(math.lgamma, 50.5)
S(math.acosh, 1.7)
S(math.log, 2.5, 3.5)
S(math.pow, p(), x())
S(math.atan2, x(), x())
S(math.hypot, x(), x())
S(math.hypot, x(), x(), x())
S(math.hypot, x(), x(), x(), x())
S(math.dist, [1.0, 2.0], [0.3, -0.4])
S(math.prod, [1.5, -2.0, 0.7])
S(math.prod, [1.5, 0.0, 0.7], start=2.5, _second=False)
S(math.fsum, [1.5, 0.0, 0.7])
S(getattr(math, "sumprod", None), [1.5, 2.0], [0.7, 3.0])
S(getattr(math, "fma", None), 1.5, 2.5, 3.5)
S(math.fmod, 7.3, 2.1, _second=False)
S(math.remainder, 7.3, 2.1, _second=False)
S(math.copysign, 1.3, -2.0, _wrt=["x"], _second=False)
S(math.ldexp, 1.3, 4, _second=False)
S(math.modf, 2.7, _second=False)
S(math.frexp, 2.7, _second=False)

for _f in (
    cmath.exp,
    cmath.sin,
    cmath.cos,
    cmath.tan,
    cmath.sinh,
    cmath.cosh,
    cmath.tanh,
    cmath.sqrt,
    cmath.log,
):
    S(_f, 0.7 + 0.4j)
for _f in (cmath.log10, cmath.asin, cmath.acos, cmath.atan, cmath.asinh, cmath.acosh, cmath.atanh):
    S(_f, 0.6 + 0.3j)
S(cmath.log, 0.7 + 0.4j, 2.0 + 0.5j)
S(cmath.phase, 0.7 + 0.4j, _second=False)
S(cmath.polar, 0.7 + 0.4j, _second=False)
S(cmath.rect, 1.3, 0.6, _second=False)

S(abs, -1.3)
S(abs, x(3))
S(abs, 1.2 + 0.7j)
S(pow, 1.3, 2.2)
S(float, 1.5)
S(float, np.array(1.5))
S(complex, 1.5, 0.7, _second=False)
S(divmod, 7.3, 2.1, _second=False)
S(max, 1.3, 2.4)
S(min, 1.3, 2.4)
S(max, 1.3, 2.4, 0.7, _second=False)
S(min, 1.3, 2.4, 0.7, _second=False)
S(max, [1.3, 2.4, 0.7], _second=False)
S(min, [1.3, 2.4, 0.7], _second=False)
S(sum, [1.3, 2.4, 0.7], _second=False)
S(sum, [x(3), x(3)], _second=False)
S(sum, [1.3, 2.4, 0.7], 2.5, _second=False)
S(sum, x(3), _second=False)
S(sorted, [1.3, 2.4, 0.7], _second=False)
S(sorted, [1.3, 2.4, 0.7], reverse=True, _second=False)
S(list, [1.3, 2.4], _second=False)
S(tuple, [1.3, 2.4], _second=False)

for _f in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow):
    S(_f, 1.7, 2.3)
    S(_f, p(3), p(2, 1))
S(operator.mod, 7.3, 2.1, _second=False)
S(operator.neg, x(3))
S(operator.pos, x(3))
S(operator.abs, x(3))
S(operator.matmul, x(2, 3), x(3))

for _name in ("add", "sub", "mul", "truediv", "pow", "radd", "rsub", "rmul", "rtruediv", "rpow"):
    S(getattr(np.ndarray, f"__{_name}__"), p(2, 3), p(3), _complex=True)
for _name in ("mod", "rmod", "divmod", "rdivmod"):
    _divisor = 0.3 * p(3) + 0.02
    _pair = ((np.array([2, 5, 7]) + 0.1 + 0.4 * p(3)) * _divisor, _divisor)
    S(
        getattr(np.ndarray, f"__{_name}__"),
        *(_pair if _name[0] != "r" else _pair[::-1]),
        _step=1e-4,
        _second=False,
    )
S(np.ndarray.__neg__, x(2, 3))
S(np.ndarray.__pos__, x(2, 3))
S(np.ndarray.__abs__, x(2, 3))
