"""See ``kernels/statistics.py``."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp


def correlation(data: Any) -> Any:
    centred = (data - jnp.mean(data, axis=0)) / jnp.std(data, axis=0) / jnp.sqrt(data.shape[0])
    corr = centred.T @ centred
    corr = jnp.where(jnp.eye(data.shape[1]) > 0.0, 1.0, corr)
    return jnp.sum(corr * corr)


def covariance(data: Any) -> Any:
    data = data - jnp.mean(data, axis=0)
    cov = data.T @ data / (data.shape[0] - 1.0)
    return jnp.sum(cov * cov)


def arc_distance(theta_1: Any, phi_1: Any, theta_2: Any, phi_2: Any) -> Any:
    temp = (
        jnp.sin((theta_2 - theta_1) / 2.0) ** 2
        + jnp.cos(theta_1) * jnp.cos(theta_2) * jnp.sin((phi_2 - phi_1) / 2.0) ** 2
    )
    return jnp.sum(2.0 * jnp.arctan2(jnp.sqrt(temp), jnp.sqrt(1.0 - temp)))


def azimuthal_integration(data: Any, radius: Any, rings: int) -> Any:
    largest = jnp.max(radius)
    edges = largest * jnp.arange(rings + 1) / rings
    masks = (radius > edges[:-1, None]) & (radius <= edges[1:, None])
    means = jnp.sum(jnp.where(masks, data, 0.0), axis=1) / jnp.sum(masks, axis=1)
    return jnp.sum(means * means)


def formula(x: Any) -> Any:
    y = jnp.sin(x) * jnp.exp(-x * x)
    return jnp.sum(y / (1.0 + x * x))
