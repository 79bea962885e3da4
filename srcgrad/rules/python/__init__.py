"""Rules of Python itself: built-ins, math, cmath, operator."""

from srcgrad.rules.python import builtin as builtin
from srcgrad.rules.python import cmath_ as cmath_
from srcgrad.rules.python import gamma as gamma
from srcgrad.rules.python import math_ as math_
from srcgrad.rules.python import operator_ as operator_
