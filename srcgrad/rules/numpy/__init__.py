"""Rules of NumPy, one file a family."""

from srcgrad.rules.numpy import contraction as contraction
from srcgrad.rules.numpy import elementwise as elementwise
from srcgrad.rules.numpy import join as join
from srcgrad.rules.numpy import kinks as kinks
from srcgrad.rules.numpy import nondiff as nondiff
from srcgrad.rules.numpy import reductions as reductions
from srcgrad.rules.numpy import shape as shape
