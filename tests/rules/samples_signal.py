"""Sample calls of scipy.signal and scipy.integrate."""

import numpy as np
import scipy.integrate as si
import scipy.signal as ss

from tests.rules.draw import Samples, start, x, z

S = Samples()
start(8)

for _mode in ("full", "same", "valid"):
    for _f in (ss.convolve, ss.fftconvolve, ss.oaconvolve, ss.correlate):
        S(_f, x(5), x(3), _mode)
        S(_f, x(2), x(4), mode=_mode)
        S(_f, x(4, 3), x(2, 3), _mode)
        S(_f, z(5), z(2), _mode)
    for _f in (ss.convolve2d, ss.correlate2d):
        S(_f, x(4, 3), x(2, 2), _mode)
        S(_f, z(4, 3), z(3, 2), _mode)
for _f in (ss.convolve2d, ss.correlate2d):
    S(_f, x(4, 3), x(2, 3), fillvalue=1.5)
    S(_f, x(4, 3), x(2, 3), mode="same", boundary="wrap")
    S(_f, x(4, 4), x(3, 2), mode="full", boundary="symm")
    S(_f, x(4, 4), x(3, 2), mode="valid", boundary="symm")

S(ss.lfilter, x(3), np.array([1.5, 0.3, -0.2]), x(6))
S(ss.lfilter, x(2), np.array([1.0, -0.5, 0.1, 0.2]), x(2, 6))
S(ss.lfilter, x(3), np.array([2.0]), x(5, 2), axis=0)
S(ss.lfilter, z(2), np.array([1.0, 0.4j]), z(5))
S(ss.detrend, x(6))
S(ss.detrend, x(2, 6), axis=0, type="constant")
S(ss.detrend, x(8), bp=[4])

for _more in (
    {},
    {"nperseg": 4, "detrend": "linear", "scaling": "spectrum"},
    {"nperseg": 4, "noverlap": 1, "average": "median", "window": "hamming"},
    {"nperseg": 5, "nfft": 8, "detrend": False},
):
    S(ss.welch, x(12), **_more)
    S(ss.csd, x(12), x(12), **_more)
S(ss.csd, x(2, 12), x(2, 9), nperseg=4)
S(ss.welch, x(12, 2), fs=2.0, nperseg=4, axis=0)
S(ss.welch, z(10), nperseg=4)
for _more in (
    {"nperseg": 4},
    {"nperseg": 5, "noverlap": 3, "boundary": "even"},
    {"nperseg": 4, "boundary": None, "padded": False},
    {"nperseg": 4, "scaling": "psd", "boundary": "odd"},
):
    S(ss.stft, x(11), **_more)
S(ss.stft, x(11, 2), nperseg=4, axis=0)
S(ss.stft, z(11), nperseg=4, return_onesided=False)
S(ss.istft, z(3, 5))
S(ss.istft, z(2, 3, 5), nperseg=4, noverlap=2, scaling="psd")
S(ss.istft, z(4, 5), input_onesided=False, boundary=False)

S(si.trapezoid, x(5))
S(si.trapezoid, x(3, 2), x(3), axis=0)
S(si.trapezoid, x(2, 3), dx=0.3)
S(si.cumulative_trapezoid, x(5))
S(si.cumulative_trapezoid, x(2, 3), x(3), initial=0)
S(si.simpson, x(5))
S(si.simpson, x(2, 4), np.array([0.0, 0.4, 1.0, 1.5]))
S(si.simpson, x(2, 7), x=np.cumsum(np.abs(x(7)) + 0.3))
S(si.simpson, x(6), dx=0.2)
S(si.romb, x(5), 0.5)
for _f in (ss.fftconvolve, ss.oaconvolve):
    for _mode in ("full", "same", "valid"):
        S(_f, x(2, 5), x(1, 3), _mode, axes=1)
        S(_f, x(4, 2, 3), x(3, 2, 1), mode=_mode, axes=(0, -2))
