"""See ``kernels/adbench.py``."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def gaussian_mixture(alphas: Any, means: Any, factors: Any, x: Any, gamma: Any) -> Any:
    n, d = x.shape
    diagonals = jnp.exp(factors[:, :d])
    columns, rows = np.triu_indices(d, 1)

    def term(alpha: Any, mean: Any, factor: Any, diagonal: Any) -> Any:
        low = jnp.zeros((d, d)).at[rows, columns].set(factor[d:])
        centred = x - mean
        scaled = centred * diagonal + centred @ low.T
        return alpha + jnp.sum(factor[:d]) - 0.5 * jnp.sum(scaled * scaled, axis=1)

    terms = jax.vmap(term)(alphas, means, factors, diagonals)
    total = jnp.sum(jax.nn.logsumexp(terms, axis=0))
    prior = 0.5 * gamma * gamma * (jnp.sum(diagonals * diagonals) + jnp.sum(factors[:, d:] ** 2))
    return total - n * jax.nn.logsumexp(alphas) + prior


def bundle_adjustment(cameras: Any, points: Any, weights: Any, features: Any, seeds: Any) -> Any:
    rotation, centre = cameras[:, 0:3], cameras[:, 3:6]
    focal, principal, radial = cameras[:, 6], cameras[:, 7:9], cameras[:, 9:11]
    moved = points - centre
    angle = jnp.sqrt(jnp.sum(rotation * rotation, axis=1))
    axis = rotation / angle[:, None]
    cosine, sine = jnp.cos(angle)[:, None], jnp.sin(angle)[:, None]
    along = jnp.sum(axis * moved, axis=1)[:, None] * (1.0 - cosine)
    turned = moved * cosine + jnp.cross(axis, moved) * sine + axis * along
    plane = turned[:, :2] / turned[:, 2:]
    square = jnp.sum(plane * plane, axis=1)
    bend = 1.0 + radial[:, 0] * square + radial[:, 1] * square * square
    errors = weights[:, None] * (plane * (bend * focal)[:, None] + principal - features)
    return jnp.sum(errors * seeds)


def lstm(layers: Any, ends: Any, state: Any, sequence: Any) -> Any:
    width = sequence.shape[1]
    sigmoid = jax.nn.sigmoid

    def step(state: Any, pair: Any) -> Any:
        now, following = pair
        x = now * ends[0]
        for i in range(0, layers.shape[0], 2):
            w, b = layers[i].reshape(4, width), layers[i + 1].reshape(4, width)
            hidden, cell = state[i], state[i + 1]
            forget, enter = sigmoid(x * w[0] + b[0]), sigmoid(hidden * w[1] + b[1])
            leave, change = sigmoid(x * w[2] + b[2]), jnp.tanh(hidden * w[3] + b[3])
            cell = cell * forget + enter * change
            x = leave * jnp.tanh(cell)
            state = state.at[i + 1].set(cell).at[i].set(x)
        prediction = x * ends[1] + ends[2]
        scores = prediction - jnp.log(jnp.sum(jnp.exp(prediction)) + 2.0)
        return state, jnp.sum(following * scores)

    totals = jax.lax.scan(step, state, (sequence[:-1], sequence[1:]))[1]
    return -jnp.sum(totals) / ((sequence.shape[0] - 1) * width)


def rotation_of(angles: Any) -> Any:
    cx, cy, cz = jnp.cos(angles)
    sx, sy, sz = jnp.sin(angles)
    return jnp.array(
        [
            [cy * cz, sx * sy * cz - cx * sz, cx * sy * cz + sx * sz],
            [cy * sz, sx * sy * sz + cx * cz, cx * sy * sz - sx * cz],
            [-sy, sx * cy, cx * cy],
        ]
    )


def hand_tracking(pose: Any, parents: Any, bones: Any, skin: Any, weights: Any, target: Any) -> Any:
    count = bones.shape[0]
    local = jax.vmap(rotation_of)(pose)

    def attach(k: Any, state: Any) -> Any:
        turns, places = state
        turn = turns[parents[k]]
        places = places.at[k].set(places[parents[k]] + turn @ bones[k])
        return turns.at[k].set(turn @ local[k]), places

    turns = jnp.zeros((count, 3, 3)).at[0].set(local[0])
    turns, places = jax.lax.fori_loop(1, count, attach, (turns, jnp.zeros((count, 3))))
    moved = jnp.einsum("nkj,kij->nki", skin[:, None] - bones, turns) + places
    difference = jnp.sum(weights[:, :, None] * moved, axis=1) - target
    return jnp.sum(difference * difference)
