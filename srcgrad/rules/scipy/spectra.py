"""Spectra of pieces of a signal: Fourier transforms of overlapping windows, back and forth."""

import numpy as np
import scipy.signal as ss

from srcgrad.rules.kinds import composite, nondiff


def window_of(window, nperseg, size):
    """The window as numbers, no longer than the signal."""
    if isinstance(window, str | tuple):
        length = min(256 if nperseg is None else int(nperseg), size)
        return ss.get_window(window, length)
    return np.asarray(window)


def frequencies(nfft, fs, onesided):
    """The frequencies of a transform of so many points."""
    return (np.fft.rfftfreq(nfft) if onesided else np.fft.fftfreq(nfft)) * fs


def starts(size, length, step):
    """Places of the elements of each piece: one row a piece."""
    first = np.arange(0, size - length + 1, step)
    return first[:, None] + np.arange(length)


nondiff(window_of, starts)


def pieces(x, window, noverlap, nfft, detrend, onesided):
    """Transforms of the pieces along the last axis: pieces in the last axis but one, frequencies last."""
    length = len(window)
    parts = x[..., starts(np.shape(x)[-1], length, length - noverlap)]
    if detrend:
        parts = ss.detrend(parts, type=detrend) if isinstance(detrend, str) else detrend(parts)
    parts = parts * window
    return np.fft.rfft(parts, nfft) if onesided else np.fft.fft(parts, nfft)


def continued(x, boundary, n):
    """The signal with n more points on both sides of the last axis."""
    ends = [(0, 0)] * (np.ndim(x) - 1) + [(n, n)]
    if boundary == "odd":
        left, right = 2 * x[..., :1] - x[..., n:0:-1], 2 * x[..., -1:] - x[..., -2 : -n - 2 : -1]
        return np.concatenate([left, x, right], axis=-1)
    return np.pad(x, ends, mode={"zeros": "constant", "constant": "edge", "even": "reflect"}[boundary])


@composite(ss.stft)
def stft(
    x, fs=1.0, window="hann_periodic", nperseg=256, noverlap=None, nfft=None, detrend=False,
    return_onesided=True, boundary="zeros", padded=True, axis=-1, scaling="spectrum",
):  # fmt: skip
    x = np.moveaxis(x, axis, -1)
    window = window_of(window, nperseg, np.shape(x)[-1])
    length = len(window)
    noverlap = length // 2 if noverlap is None else noverlap
    before = [(0, 0)] * (np.ndim(x) - 1)
    if boundary is not None:
        x = continued(x, boundary, length // 2)
    if padded:
        x = np.pad(x, [*before, (0, -(np.shape(x)[-1] - length) % (length - noverlap))])
    onesided = bool(return_onesided) and not np.iscomplexobj(x)
    nfft = length if nfft is None else nfft
    result = pieces(x, window, noverlap, nfft, detrend, onesided)
    scale = 1 / np.sum(window) if scaling == "spectrum" else 1 / np.sqrt(fs * np.sum(window * window))
    times = (np.arange(np.shape(result)[-2]) * (length - noverlap) + length / 2) / fs
    times = times - (length / 2) / fs if boundary is not None else times
    result = np.moveaxis(np.swapaxes(result, -1, -2) * scale, -2, axis - 1 if axis < 0 else axis)
    return frequencies(nfft, fs, onesided), times, result


@composite(ss.istft)
def istft(
    Zxx, fs=1.0, window="hann_periodic", nperseg=None, noverlap=None, nfft=None, input_onesided=True,
    boundary=True, time_axis=-1, freq_axis=-2, scaling="spectrum",
):  # fmt: skip
    parts = np.moveaxis(Zxx, (time_axis, freq_axis), (-2, -1))
    points = np.shape(parts)[-1]
    points = 2 * (points - 1) if input_onesided else points
    length = (
        points + (1 if input_onesided and nperseg == points + 1 else 0) if nperseg is None else int(nperseg)
    )
    nfft = (length if input_onesided and length == points + 1 else points) if nfft is None else int(nfft)
    noverlap = length // 2 if noverlap is None else int(noverlap)
    window = window_of(window, length, length)
    parts = (np.fft.irfft(parts, nfft) if input_onesided else np.fft.ifft(parts, nfft))[..., :length]
    scale = np.sum(window) if scaling == "spectrum" else np.sqrt(fs * np.sum(window * window))
    count, step = np.shape(parts)[-2], length - noverlap
    size = length + (count - 1) * step
    weights = np.zeros(size)
    total = np.zeros((*np.shape(parts)[:-2], size))
    before = [(0, 0)] * (np.ndim(parts) - 2)
    for k in range(count):
        ends = (k * step, size - length - k * step)
        total = total + np.pad(parts[..., k, :] * (window * scale), [*before, ends])
        weights = weights + np.pad(window * window, ends)
    if boundary:
        total, weights = (
            total[..., length // 2 : size - length // 2],
            weights[length // 2 : size - length // 2],
        )
    total = total / np.where(weights > 1e-10, weights, 1.0)
    place, other = time_axis % np.ndim(Zxx), freq_axis % np.ndim(Zxx)
    total = np.moveaxis(total, -1, place - 1 if other < place else place)
    return np.arange(np.shape(total)[0]) / fs, total  # SciPy counts times along the first axis


@composite(ss.csd)
def csd(
    x, y, fs=1.0, window="hann_periodic", nperseg=None, noverlap=None, nfft=None, detrend="constant",
    return_onesided=True, scaling="density", axis=-1, average="mean",
):  # fmt: skip
    x, y = np.moveaxis(x, axis, -1), np.moveaxis(y, axis, -1)
    before, size = [(0, 0)] * (np.ndim(x) - 1), max(np.shape(x)[-1], np.shape(y)[-1])
    x, y = (
        np.pad(x, [*before, (0, size - np.shape(x)[-1])]),
        np.pad(y, [*before, (0, size - np.shape(y)[-1])]),
    )
    window = window_of(window, nperseg, size)
    length = len(window)
    noverlap = length // 2 if noverlap is None else noverlap
    nfft = length if nfft is None else nfft
    onesided = bool(return_onesided) and not (np.iscomplexobj(x) or np.iscomplexobj(y))
    first = pieces(x, window, noverlap, nfft, detrend, onesided)
    product = np.conj(first) * pieces(y, window, noverlap, nfft, detrend, onesided)
    scale = 1 / np.sum(window) ** 2 if scaling == "spectrum" else 1 / (fs * np.sum(window * window))
    sides = np.ones(np.shape(product)[-1])
    if onesided:
        sides[1 : None if nfft % 2 else -1] = 2.0
    product = product * (scale * sides)
    if average == "median":
        middle = np.median(np.real(product), axis=-2) + 1j * np.median(np.imag(product), axis=-2)
        result = middle / median_bias(np.shape(product)[-2])
    else:
        result = np.mean(product, axis=-2)
    return frequencies(nfft, fs, onesided), np.moveaxis(result, -1, axis)


def median_bias(n):
    """The median of n exponentially distributed numbers over their mean (Allen et al. 2012)."""
    k = 2 * np.arange(1.0, (n - 1) // 2 + 1)
    return 1 + np.sum(1 / (k + 1) - 1 / k)


nondiff(median_bias)


@composite(ss.welch)
def welch(
    x, fs=1.0, window="hann_periodic", nperseg=None, noverlap=None, nfft=None, detrend="constant",
    return_onesided=True, scaling="density", axis=-1, average="mean",
):  # fmt: skip
    places, power = ss.csd(
        x, x, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis, average
    )
    return places, np.real(power)
