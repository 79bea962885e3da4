"""Rules of NumPy, one file a family."""

from srcgrad.rules.numpy import elementwise as elementwise  # isort: split

from srcgrad.rules.numpy import construct as construct
from srcgrad.rules.numpy import contraction as contraction
from srcgrad.rules.numpy import conversion as conversion
from srcgrad.rules.numpy import decompositions as decompositions
from srcgrad.rules.numpy import emath as emath
from srcgrad.rules.numpy import fft as fft
from srcgrad.rules.numpy import index as index
from srcgrad.rules.numpy import interpolation as interpolation
from srcgrad.rules.numpy import join as join
from srcgrad.rules.numpy import kinks as kinks
from srcgrad.rules.numpy import linalg as linalg
from srcgrad.rules.numpy import nans as nans
from srcgrad.rules.numpy import nondiff as nondiff
from srcgrad.rules.numpy import polynomial as polynomial
from srcgrad.rules.numpy import quantiles as quantiles
from srcgrad.rules.numpy import reductions as reductions
from srcgrad.rules.numpy import scans as scans
from srcgrad.rules.numpy import shape as shape
from srcgrad.rules.numpy import sorting as sorting
from srcgrad.rules.numpy import ufunc_methods as ufunc_methods
from srcgrad.rules.numpy import update as update

from srcgrad.rules import python as python  # isort: split

from srcgrad.rules.numpy import methods as methods  # isort: split
