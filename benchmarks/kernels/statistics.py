"""Statistics of data, and formulas over many points."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.kernels.kernel import Array, Kernel, random

__all__ = ["KERNELS"]


def correlation(data: Array) -> Any:
    """Correlations of the columns, row by row of the result."""
    m = data.shape[1]
    centred = (data - np.mean(data, axis=0)) / np.std(data, axis=0)
    centred = centred / np.sqrt(data.shape[0])
    corr = np.eye(m)
    for i in range(m - 1):
        corr[i + 1 :, i] = corr[i, i + 1 :] = centred[:, i] @ centred[:, i + 1 :]
    return np.sum(corr * corr)


def covariance(data: Array) -> Any:
    """Covariances of the columns, row by row of the result."""
    m = data.shape[1]
    data = data - np.mean(data, axis=0)
    cov = np.zeros((m, m))
    for i in range(m):
        cov[i:, i] = data[:, i] @ data[:, i:] / (data.shape[0] - 1.0)
        cov[i, i:] = cov[i:, i]
    return np.sum(cov * cov)


def arc_distance(theta_1: Array, phi_1: Array, theta_2: Array, phi_2: Array) -> Any:
    """Distances on a sphere."""
    temp = (
        np.sin((theta_2 - theta_1) / 2.0) ** 2
        + np.cos(theta_1) * np.cos(theta_2) * np.sin((phi_2 - phi_1) / 2.0) ** 2
    )
    return np.sum(2.0 * np.arctan2(np.sqrt(temp), np.sqrt(1.0 - temp)))


def azimuthal_integration(data: Array, radius: Array, rings: int) -> Any:
    """Means of an image over rings."""
    largest = np.max(radius)
    result = np.zeros(rings)
    for k in range(rings):
        inner, outer = largest * k / rings, largest * (k + 1) / rings
        mask = (radius > inner) & (radius <= outer)
        result[k] = np.mean(data[mask])
    return np.sum(result * result)


def formula(x: Array) -> Any:
    """A formula over a long vector."""
    y = np.sin(x) * np.exp(-x * x)
    return np.sum(y / (1.0 + x * x))


KERNELS = (
    Kernel(correlation, lambda n: (random(n + 20, n),), 200, 10),
    Kernel(covariance, lambda n: (random(n + 20, n),), 200, 10),
    Kernel(
        arc_distance,
        lambda n: tuple(random(n, seed=k, low=0.1, high=1.2) for k in range(4)),
        100_000,
        100,
        wrt=(0, 1, 2, 3),
    ),
    Kernel(azimuthal_integration, lambda n: (random(n), random(n, seed=1, low=0.01), 50), 40_000, 2_000),
    Kernel(formula, lambda n: (random(n),), 200_000, 1_000),
)
