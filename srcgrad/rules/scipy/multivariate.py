"""Discrete and multivariate distributions of scipy.stats."""

import math

import numpy as np
import scipy.linalg as sla
import scipy.special as sc
import scipy.stats as st

from srcgrad.rules.helpers import as_array
from srcgrad.rules.kinds import composite, elementwise
from srcgrad.rules.scipy.stats import probability

# --- Poisson: counts have no derivative ---


def poisson_mass(k, mu):
    """The probability of a whole number."""
    count = np.maximum(np.floor(k), 0.0)
    return (k >= 0) * np.exp(sc.xlogy(count, mu) - mu - sc.gammaln(count + 1))


@elementwise(st.poisson.pmf, wrt=("mu",))
def poisson_pmf(k, mu, loc=0, *, ans):
    return ans * ((k - loc) / mu - 1)


@elementwise(st.poisson.logpmf, wrt=("mu",))
def poisson_logpmf(k, mu, loc=0, *, ans):
    return (ans > -math.inf) * ((k - loc) / mu - 1)


@elementwise(st.poisson.cdf, wrt=("mu",))
def poisson_cdf(k, mu, loc=0):
    return -poisson_mass(k - loc, mu)


@elementwise(st.poisson.sf, wrt=("mu",))
def poisson_sf(k, mu, loc=0):
    return poisson_mass(k - loc, mu)


@elementwise(st.poisson.logcdf, wrt=("mu",))
def poisson_logcdf(k, mu, loc=0, *, ans):
    return -poisson_mass(k - loc, mu) / probability(ans)


@elementwise(st.poisson.logsf, wrt=("mu",))
def poisson_logsf(k, mu, loc=0, *, ans):
    return poisson_mass(k - loc, mu) / probability(ans)


# --- the multivariate normal distribution; of the covariance the lower triangle is read, as in SciPy ---


def mean_and_root(mean, cov):
    """The mean as a vector, and the Cholesky factor of the covariance."""
    cov = np.eye(1 if mean is None else np.size(mean)) if cov is None else as_array(cov)
    size = np.size(mean) if mean is not None else np.shape(cov)[0] if np.ndim(cov) == 2 else 1
    if np.ndim(cov) < 2:
        cov = cov * np.eye(size)
    return np.zeros(size) if mean is None else np.reshape(mean, (size,)), np.linalg.cholesky(cov)


@composite(st.multivariate_normal.logpdf)
def normal_logpdf(x, mean=None, cov=1):
    mean, root = mean_and_root(mean, cov)
    size = np.size(mean)
    points = np.reshape(x, (-1, size))
    u = sla.solve_triangular(root, np.transpose(points - mean), lower=True)
    constant = -0.5 * size * math.log(2 * math.pi) - np.sum(np.log(np.diagonal(root)))
    result = constant - 0.5 * np.sum(u * u, axis=0)
    shape = np.shape(x) if size == 1 and np.ndim(x) < 2 else np.shape(x)[:-1]
    return result[0] if np.size(result) == 1 else np.reshape(result, shape)


@composite(st.multivariate_normal.pdf)
def normal_pdf(x, mean=None, cov=1):
    return np.exp(normal_logpdf(x, mean, cov))


@composite(st.multivariate_normal.entropy)
def normal_entropy(mean=None, cov=1):
    mean, root = mean_and_root(mean, cov)
    return 0.5 * np.size(mean) * (1 + math.log(2 * math.pi)) + np.sum(np.log(np.diagonal(root)))


# --- Dirichlet: the last share may be left out ---


@composite(st.dirichlet.logpdf)
def dirichlet_logpdf(x, alpha):
    x, alpha = as_array(x), as_array(alpha)
    if np.shape(x)[0] == np.shape(alpha)[0] - 1:
        x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)])
    constant = sc.gammaln(np.sum(alpha)) - np.sum(sc.gammaln(alpha))
    return constant + np.sum(np.transpose(sc.xlogy(alpha - 1, np.transpose(x))), axis=0)


@composite(st.dirichlet.pdf)
def dirichlet_pdf(x, alpha):
    return np.exp(dirichlet_logpdf(x, alpha))
