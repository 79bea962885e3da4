"""Rules of the module operator, the same as those of the operators themselves."""

import operator

import numpy as np

from srcgrad.rules import registry
from srcgrad.rules.kinds import nondiff

for _function, _ufunc in {
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.mul: np.multiply,
    operator.truediv: np.divide,
    operator.mod: np.remainder,
    operator.pow: np.power,
    operator.neg: np.negative,
    operator.pos: np.positive,
    operator.matmul: np.matmul,
    operator.abs: abs,
    pow: np.power,
}.items():
    registry.alias(_function, registry.TABLE[_ufunc])

nondiff(operator.floordiv, operator.lt, operator.le, operator.eq, operator.ne, operator.ge, operator.gt)
nondiff(
    operator.not_, operator.truth, operator.is_, operator.is_not, operator.and_, operator.or_, operator.xor
)
nondiff(
    operator.invert, operator.lshift, operator.rshift, operator.contains, operator.index, operator.countOf
)
nondiff(operator.indexOf, operator.length_hint)
