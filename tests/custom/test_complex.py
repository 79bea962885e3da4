"""Complex functions: holomorphic derivatives, and PyTorch's convention for real results."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import ArgumentError, InputTypeError, OutputError

Z = 0.7 + 0.4j


def loop(z):
    w = z
    for _ in range(3):
        w = w * w + z
    return w


def loop_slope(z):
    w, slope = z, 1.0
    for _ in range(3):
        w, slope = w * w + z, 2 * w * slope + 1
    return slope


HOLOMORPHIC = [
    (lambda z: z * z, lambda z: 2 * z),
    (lambda z: np.exp(1j * z), lambda z: 1j * np.exp(1j * z)),
    (lambda z: np.sin(z) / z, lambda z: np.cos(z) / z - np.sin(z) / z**2),
    (lambda z: np.sqrt(z) * np.log(z), lambda z: np.log(z) / (2 * np.sqrt(z)) + 1 / np.sqrt(z)),
    (loop, loop_slope),
]


@pytest.mark.parametrize(("function", "slope"), HOLOMORPHIC)
def test_derivatives_of_holomorphic_functions(function, slope):
    found = srcgrad.grad(function, holomorphic=True)(Z)
    assert isinstance(found, complex)
    assert found == pytest.approx(slope(Z), rel=1e-12)
    single = srcgrad.grad(function, holomorphic=True)(np.complex64(Z))
    assert single.dtype == np.complex64 and complex(single) == pytest.approx(slope(Z), rel=1e-5)
    # A pullback multiplies by the conjugate.
    _, back = srcgrad.vjp(function, Z)
    assert back(1.0 + 2.0j)[0] == pytest.approx((1.0 + 2.0j) * np.conj(slope(Z)), rel=1e-12)


def test_second_derivative_of_a_holomorphic_function():
    first = srcgrad.grad(lambda z: z**3, holomorphic=True)
    assert srcgrad.grad(first, holomorphic=True)(Z) == pytest.approx(6 * Z, rel=1e-12)


def test_several_arguments_and_arrays():
    both = srcgrad.grad(lambda z, w: z * w + w**2, argnums=(0, 1), holomorphic=True)
    assert both(Z, 2j) == pytest.approx((2j, Z + 4j))
    z = np.array([1.0 + 1j, 2.0 - 0.5j])
    kept = z.copy()
    np.testing.assert_allclose(srcgrad.grad(lambda z: np.sum(z**3), holomorphic=True)(z), 3 * z**2)
    matrix = np.array([[1j, 2.0], [0.5, 1.0 - 1j], [3.0, 0.0]])
    found = srcgrad.jacobian(lambda z: matrix @ z**2, holomorphic=True)(z)
    np.testing.assert_allclose(found, matrix * 2 * z)
    assert np.array_equal(z, kept)
    assert srcgrad.jacobian(lambda z: z * z, holomorphic=True)(Z) == pytest.approx(2 * Z)


@pytest.mark.parametrize(
    "function", [abs, lambda z: z * np.conj(z), lambda z: np.real(z) + 1j], ids=["abs", "square", "real"]
)
def test_functions_that_are_not_holomorphic(function):
    with pytest.raises(OutputError, match="holomorphic"):
        srcgrad.grad(lambda z: function(z), holomorphic=True)(Z)


def test_what_does_not_go_with_it():
    with pytest.raises(InputTypeError, match="complex numbers"):
        srcgrad.grad(lambda z: z * 1j, holomorphic=True)(1.0)
    with pytest.raises(ArgumentError):
        srcgrad.grad(lambda z: z, has_aux=True, holomorphic=True)
    with pytest.raises(ArgumentError):
        srcgrad.jacobian(lambda z: z, has_aux=True, holomorphic=True)
    with pytest.raises(OutputError, match="one number"):
        srcgrad.grad(lambda z: z * 1.0, holomorphic=True)(np.array([1j, 2j]))


# --- real results: PyTorch's convention ----------------------------------------------------------------


def power(z):
    return np.sum(np.abs(z) ** 2)


def mixed(z):
    w = np.exp(1j * z) * np.conj(z)
    return np.sum(np.real(w) ** 2 + np.imag(w) * np.angle(z))


def inverse(z):
    return np.sum(np.abs(1.0 / (z - 2.0)))


POINTS = np.array([3.0 + 4.0j, 0.5 - 1.0j])


def test_the_gradient_of_a_real_result_points_uphill():
    assert srcgrad.grad(lambda z: abs(z) ** 2)(3.0 + 4.0j) == pytest.approx(6.0 + 8.0j)


@pytest.mark.parametrize("function", [power, mixed, inverse])
def test_the_convention_by_differences(function):
    h = 1e-6
    found = srcgrad.grad(function)(POINTS)
    for k in range(2):
        step = h * np.eye(2)[k]
        real = (function(POINTS + step) - function(POINTS - step)) / (2 * h)
        imaginary = (function(POINTS + 1j * step) - function(POINTS - 1j * step)) / (2 * h)
        assert found[k] == pytest.approx(real + 1j * imaginary, rel=1e-6)


def test_the_convention_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    z = torch.tensor(POINTS, requires_grad=True)
    w = torch.exp(1j * z) * torch.conj(z)
    (torch.real(w) ** 2 + torch.imag(w) * torch.angle(z)).sum().backward()
    np.testing.assert_allclose(srcgrad.grad(mixed)(POINTS), z.grad.numpy(), rtol=1e-12)
    z.grad = None
    torch.autograd.backward(torch.sin(z), torch.tensor([1.0 + 2j, 3.0 + 0j]))
    _, back = srcgrad.vjp(np.sin, POINTS)
    np.testing.assert_allclose(back(np.array([1.0 + 2j, 3.0]))[0], z.grad.numpy(), rtol=1e-12)


def test_real_parts_take_real_cotangents():
    """An imaginary cotangent says nothing about a real part."""
    for function in (np.real, np.imag, np.angle):
        _, back = srcgrad.vjp(lambda z: function(z) + 1j, Z)
        assert back(1j) == (0j,)
