"""Fourier transforms: linear, and the adjoint is the inverse with the scale on the other side.

`n` and `s` cut or pad before the transform; `fitted` undoes that.
"""

import numpy as np

from srcgrad.rules.helpers import project
from srcgrad.rules.kinds import composite, linear, nondiff


def swapped(norm):
    """The norm of the adjoint transform: what one direction scales, the other does not."""
    return {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}[norm]


nondiff(swapped)


def fitted(t, a):
    """`t` cut or padded with zeros at the end of each axis to the shape of `a`."""
    shape = np.shape(a)
    cut = t[tuple(slice(n) for n in shape)]
    missing = [(0, n - m) for n, m in zip(shape, np.shape(cut), strict=True)]
    return project(np.pad(cut, missing) if any(n for _, n in missing) else cut, a)


def half_weights(t, n, axis, t_axis_length):
    """Doubles what stands for two conjugate frequencies in a half spectrum of `n` points."""
    weights = np.full(t_axis_length, 2.0)
    weights[0] = 1.0
    if n % 2 == 0:
        weights[n // 2 :] = 1.0
    shape = [1] * np.ndim(t)
    shape[axis] = -1
    return t * np.reshape(weights, shape).astype(np.result_type(np.real(t)))


# --- one axis ---


@linear(np.fft.fft, "a")
def fft(a, n=None, axis=-1, norm=None, out=None, *, g):
    return fitted(np.fft.ifft(g, axis=axis, norm=swapped(norm)), a)


@linear(np.fft.ifft, "a")
def ifft(a, n=None, axis=-1, norm=None, out=None, *, g):
    return fitted(np.fft.fft(g, axis=axis, norm=swapped(norm)), a)


@linear(np.fft.rfft, "a")
def rfft(a, n=None, axis=-1, norm=None, out=None, *, g):
    n = np.shape(a)[axis] if n is None else n
    return fitted(np.fft.ifft(g, n, axis, swapped(norm)), a)


@linear(np.fft.irfft, "a")
def irfft(a, n=None, axis=-1, norm=None, out=None, *, g):
    half = np.fft.rfft(g, axis=axis, norm=swapped(norm))
    return fitted(half_weights(half, np.shape(g)[axis], axis, np.shape(half)[axis]), a)


@composite(np.fft.hfft)
def hfft(a, n=None, axis=-1, norm=None, out=None):
    return np.fft.irfft(np.conj(a), n, axis, swapped(norm))


@composite(np.fft.ihfft)
def ihfft(a, n=None, axis=-1, norm=None, out=None):
    return np.conj(np.fft.rfft(a, n, axis, swapped(norm)))


# --- several axes ---


def transformed_axes(s, axes):
    """The axes of a transform of several axes; None for all."""
    return axes if axes is not None or s is None else tuple(range(-len(s), 0))


nondiff(transformed_axes)


@linear(np.fft.fftn, "a")
def fftn(a, s=None, axes=None, norm=None, out=None, *, g):
    return fitted(np.fft.ifftn(g, axes=transformed_axes(s, axes), norm=swapped(norm)), a)


@linear(np.fft.ifftn, "a")
def ifftn(a, s=None, axes=None, norm=None, out=None, *, g):
    return fitted(np.fft.fftn(g, axes=transformed_axes(s, axes), norm=swapped(norm)), a)


@linear(np.fft.fft2, "a")
def fft2(a, s=None, axes=(-2, -1), norm=None, out=None, *, g):
    return fitted(np.fft.ifftn(g, axes=transformed_axes(s, axes), norm=swapped(norm)), a)


@linear(np.fft.ifft2, "a")
def ifft2(a, s=None, axes=(-2, -1), norm=None, out=None, *, g):
    return fitted(np.fft.fftn(g, axes=transformed_axes(s, axes), norm=swapped(norm)), a)


@composite(np.fft.rfftn)
def rfftn(a, s=None, axes=None, norm=None, out=None):
    axes = tuple(range(np.ndim(a))) if axes is None and s is None else transformed_axes(s, axes)
    half = np.fft.rfft(a, None if s is None or s[-1] == -1 else s[-1], axes[-1], norm)
    return np.fft.fftn(half, None if s is None else s[:-1], axes[:-1], norm) if len(axes) > 1 else half


@composite(np.fft.irfftn)
def irfftn(a, s=None, axes=None, norm=None, out=None):
    axes = tuple(range(np.ndim(a))) if axes is None and s is None else transformed_axes(s, axes)
    whole = np.fft.ifftn(a, None if s is None else s[:-1], axes[:-1], norm) if len(axes) > 1 else a
    return np.fft.irfft(whole, None if s is None or s[-1] == -1 else s[-1], axes[-1], norm)


@composite(np.fft.rfft2)
def rfft2(a, s=None, axes=(-2, -1), norm=None, out=None):
    return np.fft.rfftn(a, s, axes, norm)


@composite(np.fft.irfft2)
def irfft2(a, s=None, axes=(-2, -1), norm=None, out=None):
    return np.fft.irfftn(a, s, axes, norm)


# --- shifts ---


@linear(np.fft.fftshift, "x")
def fftshift(x, axes=None, *, g):
    return np.fft.ifftshift(g, axes)


@linear(np.fft.ifftshift, "x")
def ifftshift(x, axes=None, *, g):
    return np.fft.fftshift(g, axes)
