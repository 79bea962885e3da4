"""See ``kernels/flows.py``; the channel's loop ends by its numbers, which JAX cannot differentiate in reverse."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.kernels.flows import _DT, _NU, _RHO


def cavity_flow(u: Any, v: Any, p: Any, steps: int) -> Any:
    dx = dy = 2.0 / (u.shape[0] - 1)

    def inner(a: Any) -> tuple[Any, ...]:
        return a[1:-1, 1:-1], a[1:-1, 2:], a[1:-1, :-2], a[2:, 1:-1], a[:-2, 1:-1]

    def step(_: Any, state: Any) -> Any:
        u, v, p = state
        here, east, west, north, south = inner(u)
        v_here, v_east, v_west, v_north, v_south = inner(v)
        along, across = (east - west) / (2.0 * dx), (v_north - v_south) / (2.0 * dy)
        mixed = (north - south) / (2.0 * dy) * (v_east - v_west) / (2.0 * dx)
        b = _RHO * ((along + across) / _DT - along**2 - 2.0 * mixed - across**2)

        def relax(_: Any, p: Any) -> Any:
            _, p_east, p_west, p_north, p_south = inner(p)
            around = (p_east + p_west) * dy**2 + (p_north + p_south) * dx**2
            size = 2.0 * (dx**2 + dy**2)
            p = p.at[1:-1, 1:-1].set(around / size - dx**2 * dy**2 / size * b)
            p = p.at[:, -1].set(p[:, -2])
            p = p.at[0, :].set(p[1, :])
            p = p.at[:, 0].set(p[:, 1])
            return p.at[-1, :].set(0.0)

        p = jax.lax.fori_loop(0, 10, relax, p)
        _, p_east, p_west, p_north, p_south = inner(p)
        new_u = (
            here
            - here * _DT / dx * (here - west)
            - v_here * _DT / dy * (here - south)
            - _DT / (2.0 * _RHO * dx) * (p_east - p_west)
            + _NU * _DT / dx**2 * (east - 2.0 * here + west)
            + _NU * _DT / dy**2 * (north - 2.0 * here + south)
        )
        new_v = (
            v_here
            - here * _DT / dx * (v_here - v_west)
            - v_here * _DT / dy * (v_here - v_south)
            - _DT / (2.0 * _RHO * dy) * (p_north - p_south)
            + _NU * _DT / dx**2 * (v_east - 2.0 * v_here + v_west)
            + _NU * _DT / dy**2 * (v_north - 2.0 * v_here + v_south)
        )
        u = jnp.pad(new_u, 1).at[-1, :].set(1.0)
        return u, jnp.pad(new_v, 1), p

    u, v, _ = jax.lax.fori_loop(0, steps, step, (u, v, p))
    return jnp.sum(u * u + v * v)
