"""SciPy's rules where samples do not reach: chains, edges of domains, orders beyond the second, refusals."""

import numpy as np
import pytest
import scipy.integrate as si
import scipy.linalg as sla
import scipy.special as sc
import scipy.stats as st

import srcgrad
from srcgrad.errors import SrcgradError
from srcgrad.rules import rule_for
from srcgrad.rules.scipy.bessel import orders
from srcgrad.rules.scipy.moments import hurwitz, lower_beta, lower_gamma, upper_gamma
from tests.rules import check
from tests.rules.draw import rng_for


def agree(f, *args, rtol=1e-6):
    """The gradient by srcgrad along a direction is what differences say."""
    gradients = srcgrad.grad(f, argnums=tuple(range(len(args))))(*args)
    direction = [check.random_like(x, rng_for("direction")) for x in args]
    (expected,) = check.differences(lambda v: f(*v), list(args), direction, 1e-4)
    assert check.product(gradients, direction) == pytest.approx(expected, rel=rtol, abs=rtol)


# --- the integrals behind derivatives for parameters ---


def test_incomplete_integrals_are_those_of_scipy():
    for a, x in [(0.3, 0.1), (2.0, 3.0), (50.0, 40.0), (0.1, 5.0), (3.0, 1e-5), (100.0, 200.0)]:
        np.testing.assert_allclose(lower_gamma(a, x, 0), sc.gammainc(a, x), rtol=1e-12)
        np.testing.assert_allclose(upper_gamma(a, x, 0), sc.gammaincc(a, x), rtol=1e-11)
    for a, b, x in [(0.3, 0.2, 0.1), (2.0, 3.0, 0.9), (0.5, 0.1, 0.999), (100.0, 2.0, 0.99), (0.5, 0.5, 1.0)]:
        np.testing.assert_allclose(lower_beta(a, b, x, 0, 0), sc.betainc(a, b, x), rtol=1e-12)
    for x, q in [(1.5, 1.0), (2.0, 0.3), (20.0, 1.0)]:
        np.testing.assert_allclose(hurwitz(x, q, 0), sc.zeta(x, q), rtol=1e-12)
    assert np.isnan(hurwitz(0.5, 1.0, 0))


@pytest.mark.parametrize("name", ["jv", "yv", "ive", "kve"])
def test_bessel_integrals_are_those_of_scipy(name):
    for v, x in [(0.3, 0.2), (2.0, 3.0), (1.5, 30.0), (0.0, 0.01), (3.0, 100.0)]:
        np.testing.assert_allclose(orders(name, v, x, 0), getattr(sc, name)(v, x), rtol=1e-9)
    assert np.isnan(orders(name, 1.0, 0.0, 1))


def test_third_derivatives():
    def third(f):
        return srcgrad.grad(srcgrad.grad(srcgrad.grad(f)))

    assert third(lambda x: sc.erf(x))(0.4) == pytest.approx(
        2 / np.sqrt(np.pi) * np.exp(-0.16) * (4 * 0.16 - 2), rel=1e-12
    )
    expected = 2.5 * sc.polygamma(2, 2.5) + 3 * sc.polygamma(1, 2.5)
    assert third(lambda x: x * sc.gammaln(x))(2.5) == pytest.approx(expected, rel=1e-12)
    h = 1e-3
    second = srcgrad.grad(srcgrad.grad(lambda a: a * sc.gammainc(a, 1.7)))
    expected = (second(1.2 + h) - second(1.2 - h)) / (2 * h)
    assert third(lambda a: a * sc.gammainc(a, 1.7))(1.2) == pytest.approx(expected, rel=1e-5)


# --- edges ---


def test_far_tails():
    h = srcgrad.grad(lambda x: st.norm.logcdf(x))
    assert h(-40.0) == pytest.approx(40.0249, rel=1e-5)
    assert srcgrad.grad(lambda x: sc.log_ndtr(x))(-1e8) == pytest.approx(1e8, rel=1e-12)
    assert srcgrad.grad(lambda x: sc.expit(x))(40.0) == pytest.approx(np.exp(-40.0), rel=1e-12)
    big = np.array([1000.0, 0.0, -1000.0])
    np.testing.assert_allclose(srcgrad.grad(lambda x: sc.logsumexp(x))(big), [1.0, 0.0, 0.0])
    np.testing.assert_array_equal(srcgrad.grad(lambda x: np.exp(sc.logsumexp(x)))(np.full(2, -np.inf)), 0.0)


def test_outside_the_support():
    for family, shapes in ((st.gamma, (1.5,)), (st.chi2, (3.0,)), (st.beta, (1.5, 2.0))):
        for name in ("pdf", "cdf", "sf", "logsf", "logpdf", "logcdf"):
            with np.errstate(all="ignore"):
                assert srcgrad.grad(getattr(family, name))(-0.5, *shapes) == 0.0
                assert srcgrad.grad(getattr(family, name), argnums=1)(-0.5, *shapes) == 0.0


def test_zeros_of_rgamma():
    """The slope of 1/gamma at -n is (-1)**n n!."""
    np.testing.assert_allclose(
        [srcgrad.grad(lambda x: sc.rgamma(x))(-float(n)) for n in range(4)], [1, -1, 2, -6]
    )


def test_unknown_derivatives_are_refused():
    for f, args in ((sc.hyp2f1, (0.5, 1.2, 1.7, 0.3)), (sc.hyp1f1, (0.5, 1.2, 0.3)), (sc.hyp0f1, (0.5, 0.3))):
        assert np.isfinite(srcgrad.grad(f, argnums=len(args) - 1)(*args))
        with pytest.raises(SrcgradError, match="not known"):
            srcgrad.grad(f)(*args)
    with pytest.raises(SrcgradError, match="lfilter"):
        srcgrad.grad(lambda x: np.sum(__import__("scipy.signal").signal.lfilter([1.0], [1.0], x, zi=[0.0])))(
            np.ones(3)
        )


# --- chains in which what is arbitrary cancels ---

A = np.array([[4.0, 1.0, 0.3], [1.0, 5.0, 0.7], [0.3, 0.7, 3.0]])
B = np.array([1.0, -2.0, 0.5])


def test_factor_then_solve():
    agree(lambda a, b: np.sum(sla.cho_solve(sla.cho_factor(a), b) ** 2), A, B)
    agree(lambda a, b: np.sum(sla.cho_solve(sla.cho_factor(a, lower=True), b) ** 2), A, B)
    agree(lambda a, b: np.sum(sla.lu_solve(sla.lu_factor(a), b) ** 2), A + np.triu(A), B)


def test_schur_forms_make_the_matrix():
    a = np.array([[1.0, 2.0, 0.3], [-1.5, 1.2, 0.7], [0.2, -0.4, 3.0]])

    def again(a):
        t, z = sla.rsf2csf(*sla.schur(a))
        return np.sum(np.real(z @ np.tanh(0.1 * t) @ np.conj(z.T)) * A)

    def through_real(a):
        t, z = sla.schur(a)
        return np.sum((z @ t @ t @ z.T) * A)

    np.testing.assert_allclose(
        srcgrad.grad(through_real)(a), srcgrad.grad(lambda a: np.sum(a @ a * A))(a), rtol=1e-9, atol=1e-12
    )
    assert srcgrad.grad(again)(a).shape == (3, 3)


def test_matrix_functions_agree_with_each_other():
    agree(lambda a: np.sum(sla.logm(sla.expm(0.1 * a)) * A), A + np.triu(A))
    agree(lambda a: np.sum(sla.sqrtm(a @ a.T + A) * A), A)


def test_degenerate_eigenvalues_in_a_pencil():
    gradient = srcgrad.grad(lambda a, b: np.sum(sla.eigh(a, b)[0]), argnums=(0, 1))(2 * np.eye(3), np.eye(3))
    np.testing.assert_allclose(gradient[0], np.eye(3), atol=1e-12)
    np.testing.assert_allclose(gradient[1], -2 * np.eye(3), atol=1e-12)


# --- differential equations ---


def pendulum(y, t, damping):
    return np.array([y[1], -damping * y[1] - np.sin(y[0])])


def test_odeint():
    times = np.array([0.0, 0.5, 2.0])

    def loss(y0, damping):
        return np.sum(si.odeint(pendulum, y0, times, args=(damping,), rtol=1e-10, atol=1e-10) ** 2)

    agree(loss, np.array([1.0, 0.3]), 0.2, rtol=1e-5)


def test_rules_of_methods_have_the_names_that_users_write():
    assert rule_for(st.norm.logpdf).name == "scipy.stats.norm.logpdf"
    assert rule_for(st.multivariate_normal.pdf).name == "scipy.stats.multivariate_normal.pdf"
    assert rule_for(sc.erf).name == "scipy.special.erf"
    assert rule_for(sla.solve).name == "scipy.linalg.solve"


def test_loaded_when_scipy_is():
    """Looking up rules imports no part of SciPy."""
    import subprocess
    import sys

    program = (
        "import sys, numpy as np; from srcgrad.rules import rule_for; rule_for(np.sin); rule_for(print)\n"
    )
    program += "assert not any(name.startswith('scipy') for name in sys.modules), 'scipy'"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_permission_to_overwrite_is_not_used():
    a = np.array([[3.0, 1.0], [1.0, 2.0]])

    def program(a):
        b = a * 1.0
        x = sla.solve(b, np.ones(2), overwrite_a=True)
        return np.sum(x * x)

    plain = srcgrad.grad(lambda a: np.sum(sla.solve(a, np.ones(2)) ** 2))(a)
    np.testing.assert_allclose(srcgrad.grad(program)(a), plain)
