"""Densities and distribution functions of scipy.stats.

Each family has the slopes of its logarithmic density, of its distribution function and of the upper tail, in
the standard variable ``u = (x - loc) / scale``: in u, in the shape parameters, in scale. The rules are those
slopes, times the density or divided by the probability. Outside the support all of them are 0.
"""

import math

import numpy as np
import scipy.special as sc
import scipy.stats as st

from srcgrad.rules.kinds import elementwise
from srcgrad.rules.scipy.moments import beta_density, gamma_density, lower_beta, lower_gamma, upper_gamma

LOC = ("x", "loc", "scale")
A = ("x", "a", "loc", "scale")
DF = ("x", "df", "loc", "scale")
AB = ("x", "a", "b", "loc", "scale")


def probability(ans):
    """What a logarithm of a probability stands for; 1 outside the support, where slopes are 0."""
    return np.exp(np.where(np.isneginf(ans), 0.0, ans))


# --- the normal distribution ---


def normal_density(u):
    """The standard density."""
    return np.exp(-0.5 * u * u) / math.sqrt(2 * math.pi)


def normal_hazard(u):
    """The density over the probability of the upper tail, also where both vanish."""
    return math.sqrt(2 / math.pi) / sc.erfcx(u / math.sqrt(2))


@elementwise(st.norm.logpdf, wrt=LOC)
def norm_logpdf(x, loc=0, scale=1):
    u = (x - loc) / scale
    return -u / scale, u / scale, (u * u - 1) / scale


@elementwise(st.norm.pdf, wrt=LOC)
def norm_pdf(x, loc=0, scale=1, *, ans):
    u = (x - loc) / scale
    return -ans * u / scale, ans * u / scale, ans * (u * u - 1) / scale


@elementwise(st.norm.cdf, wrt=LOC)
def norm_cdf(x, loc=0, scale=1):
    u = (x - loc) / scale
    p = normal_density(u) / scale
    return p, -p, -u * p


@elementwise(st.norm.sf, wrt=LOC)
def norm_sf(x, loc=0, scale=1):
    u = (x - loc) / scale
    p = normal_density(u) / scale
    return -p, p, u * p


@elementwise(st.norm.logcdf, wrt=LOC)
def norm_logcdf(x, loc=0, scale=1):
    u = (x - loc) / scale
    h = normal_hazard(-u) / scale
    return h, -h, -u * h


@elementwise(st.norm.logsf, wrt=LOC)
def norm_logsf(x, loc=0, scale=1):
    u = (x - loc) / scale
    h = normal_hazard(u) / scale
    return -h, h, u * h


# --- the gamma distribution, and chi2: gamma with half the degrees of freedom and twice the scale ---


def gamma_of_log(x, a, loc, scale):
    """Slopes of the logarithmic density: in x, in the shape, in the scale."""
    u = (x - loc) / scale
    inside, v = u > 0, np.where(u > 0, u, 1.0)
    s = inside * ((a - 1) / v - 1) / scale
    return s, inside * (np.log(v) - sc.psi(a)), -1 / scale * inside - u * s


def gamma_of_cdf(x, a, loc, scale):
    """Slopes of the distribution function."""
    u = (x - loc) / scale
    inside, v = u > 0, np.where(u > 0, u, 1.0)
    p = inside * gamma_density(a, v) / scale
    return p, inside * (lower_gamma(a, v, 1) - sc.psi(a) * sc.gammainc(a, v)), -u * p


def gamma_of_sf(x, a, loc, scale):
    """Slopes of the upper tail."""
    u = (x - loc) / scale
    inside, v = u > 0, np.where(u > 0, u, 1.0)
    p = inside * gamma_density(a, v) / scale
    return -p, inside * (upper_gamma(a, v, 1) - sc.psi(a) * sc.gammaincc(a, v)), u * p


@elementwise(st.gamma.logpdf, wrt=A)
def gamma_logpdf(x, a, loc=0, scale=1):
    s, c, k = gamma_of_log(x, a, loc, scale)
    return s, c, -s, k


@elementwise(st.gamma.pdf, wrt=A)
def gamma_pdf(x, a, loc=0, scale=1, *, ans):
    s, c, k = gamma_of_log(x, a, loc, scale)
    return ans * s, ans * c, -ans * s, ans * k


@elementwise(st.gamma.cdf, wrt=A)
def gamma_cdf(x, a, loc=0, scale=1):
    s, c, k = gamma_of_cdf(x, a, loc, scale)
    return s, c, -s, k


@elementwise(st.gamma.sf, wrt=A)
def gamma_sf(x, a, loc=0, scale=1):
    s, c, k = gamma_of_sf(x, a, loc, scale)
    return s, c, -s, k


@elementwise(st.gamma.logcdf, wrt=A)
def gamma_logcdf(x, a, loc=0, scale=1, *, ans):
    s, c, k = gamma_of_cdf(x, a, loc, scale)
    p = probability(ans)
    return s / p, c / p, -s / p, k / p


@elementwise(st.gamma.logsf, wrt=A)
def gamma_logsf(x, a, loc=0, scale=1, *, ans):
    s, c, k = gamma_of_sf(x, a, loc, scale)
    p = probability(ans)
    return s / p, c / p, -s / p, k / p


@elementwise(st.chi2.logpdf, wrt=DF)
def chi2_logpdf(x, df, loc=0, scale=1):
    s, c, k = gamma_of_log(x, 0.5 * df, loc, 2 * scale)
    return s, 0.5 * c, -s, 2 * k


@elementwise(st.chi2.pdf, wrt=DF)
def chi2_pdf(x, df, loc=0, scale=1, *, ans):
    s, c, k = gamma_of_log(x, 0.5 * df, loc, 2 * scale)
    return ans * s, 0.5 * ans * c, -ans * s, 2 * ans * k


@elementwise(st.chi2.cdf, wrt=DF)
def chi2_cdf(x, df, loc=0, scale=1):
    s, c, k = gamma_of_cdf(x, 0.5 * df, loc, 2 * scale)
    return s, 0.5 * c, -s, 2 * k


@elementwise(st.chi2.sf, wrt=DF)
def chi2_sf(x, df, loc=0, scale=1):
    s, c, k = gamma_of_sf(x, 0.5 * df, loc, 2 * scale)
    return s, 0.5 * c, -s, 2 * k


@elementwise(st.chi2.logcdf, wrt=DF)
def chi2_logcdf(x, df, loc=0, scale=1, *, ans):
    s, c, k = gamma_of_cdf(x, 0.5 * df, loc, 2 * scale)
    p = probability(ans)
    return s / p, 0.5 * c / p, -s / p, 2 * k / p


@elementwise(st.chi2.logsf, wrt=DF)
def chi2_logsf(x, df, loc=0, scale=1, *, ans):
    s, c, k = gamma_of_sf(x, 0.5 * df, loc, 2 * scale)
    p = probability(ans)
    return s / p, 0.5 * c / p, -s / p, 2 * k / p


# --- Student's t: its tail is half of an incomplete beta function at df / (df + u**2) ---


def t_of_log(x, df, loc, scale):
    """Slopes of the logarithmic density: in x, in the degrees of freedom, in the scale."""
    u = (x - loc) / scale
    s, square = -(df + 1) * u / (df + u * u), u * u / df
    digammas = sc.psi(0.5 * (df + 1)) - sc.psi(0.5 * df)
    c = 0.5 * (digammas - 1 / df - np.log1p(square) + (df + 1) * square / (df + u * u))
    return s / scale, c, -(1 + u * s) / scale


def t_of_cdf(x, df, loc, scale):
    """Slopes of the distribution function; those of the upper tail are their negatives."""
    u = (x - loc) / scale
    a, z = 0.5 * df, df / (df + u * u)
    p = np.exp(-sc.betaln(a, 0.5) - 0.5 * np.log(df) - (a + 0.5) * np.log1p(u * u / df))
    tail = lower_beta(a, 0.5, z, 1, 0) - (sc.psi(a) - sc.psi(a + 0.5)) * sc.betainc(a, 0.5, z)
    return p / scale, -0.5 * u * p / df - 0.25 * np.sign(u) * tail, -u * p / scale


@elementwise(st.t.logpdf, wrt=DF)
def t_logpdf(x, df, loc=0, scale=1):
    s, c, k = t_of_log(x, df, loc, scale)
    return s, c, -s, k


@elementwise(st.t.pdf, wrt=DF)
def t_pdf(x, df, loc=0, scale=1, *, ans):
    s, c, k = t_of_log(x, df, loc, scale)
    return ans * s, ans * c, -ans * s, ans * k


@elementwise(st.t.cdf, wrt=DF)
def t_cdf(x, df, loc=0, scale=1):
    s, c, k = t_of_cdf(x, df, loc, scale)
    return s, c, -s, k


@elementwise(st.t.sf, wrt=DF)
def t_sf(x, df, loc=0, scale=1):
    s, c, k = t_of_cdf(x, df, loc, scale)
    return -s, -c, s, -k


@elementwise(st.t.logcdf, wrt=DF)
def t_logcdf(x, df, loc=0, scale=1, *, ans):
    s, c, k = t_of_cdf(x, df, loc, scale)
    p = probability(ans)
    return s / p, c / p, -s / p, k / p


@elementwise(st.t.logsf, wrt=DF)
def t_logsf(x, df, loc=0, scale=1, *, ans):
    s, c, k = t_of_cdf(x, df, loc, scale)
    p = probability(ans)
    return -s / p, -c / p, s / p, -k / p


# --- the beta distribution ---


def beta_of_log(x, a, b, loc, scale):
    """Slopes of the logarithmic density: in x, in both shapes, in the scale."""
    u = (x - loc) / scale
    inside, v = (u > 0) & (u < 1), np.where((u > 0) & (u < 1), u, 0.5)
    s, both = inside * ((a - 1) / v - (b - 1) / (1 - v)) / scale, sc.psi(a + b)
    of_a, of_b = inside * (np.log(v) - sc.psi(a) + both), inside * (np.log1p(-v) - sc.psi(b) + both)
    return s, of_a, of_b, -1 / scale * inside - u * s


def beta_of_cdf(x, a, b, loc, scale):
    """Slopes of the distribution function."""
    u = (x - loc) / scale
    inside, v = (u > 0) & (u < 1), np.where((u > 0) & (u < 1), u, 0.5)
    p, whole = inside * beta_density(a, b, v) / scale, sc.betainc(a, b, v)
    of_a = inside * (lower_beta(a, b, v, 1, 0) - (sc.psi(a) - sc.psi(a + b)) * whole)
    of_b = inside * (lower_beta(a, b, v, 0, 1) - (sc.psi(b) - sc.psi(a + b)) * whole)
    return p, of_a, of_b, -u * p


def beta_of_sf(x, a, b, loc, scale):
    """Slopes of the upper tail: the mirror image."""
    s, of_b, of_a, _ = beta_of_cdf(loc + scale - x, b, a, 0.0, scale)
    return -s, of_a, of_b, (x - loc) / scale * s


@elementwise(st.beta.logpdf, wrt=AB)
def beta_logpdf(x, a, b, loc=0, scale=1):
    s, c, d, k = beta_of_log(x, a, b, loc, scale)
    return s, c, d, -s, k


@elementwise(st.beta.pdf, wrt=AB)
def beta_pdf(x, a, b, loc=0, scale=1, *, ans):
    s, c, d, k = beta_of_log(x, a, b, loc, scale)
    return ans * s, ans * c, ans * d, -ans * s, ans * k


@elementwise(st.beta.cdf, wrt=AB)
def beta_cdf(x, a, b, loc=0, scale=1):
    s, c, d, k = beta_of_cdf(x, a, b, loc, scale)
    return s, c, d, -s, k


@elementwise(st.beta.sf, wrt=AB)
def beta_sf(x, a, b, loc=0, scale=1):
    s, c, d, k = beta_of_sf(x, a, b, loc, scale)
    return s, c, d, -s, k


@elementwise(st.beta.logcdf, wrt=AB)
def beta_logcdf(x, a, b, loc=0, scale=1, *, ans):
    s, c, d, k = beta_of_cdf(x, a, b, loc, scale)
    p = probability(ans)
    return s / p, c / p, d / p, -s / p, k / p


@elementwise(st.beta.logsf, wrt=AB)
def beta_logsf(x, a, b, loc=0, scale=1, *, ans):
    s, c, d, k = beta_of_sf(x, a, b, loc, scale)
    p = probability(ans)
    return s / p, c / p, d / p, -s / p, k / p
