"""The four objectives of ADBench: mixture model, bundle adjustment, hand tracking, LSTM.

The formulas are those of Srajer, Kukelova and Fitzgibbon, "A benchmark of selected algorithmic differentiation tools on
some problems in computer vision and machine learning" (2018); the data are random numbers of the kind described there.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.kernels.kernel import Array, Kernel

__all__ = ["KERNELS"]


# --- a Gaussian mixture ------------------------------------------------------------------------------------


def gaussian_mixture(alphas: Array, means: Array, factors: Array, x: Array, gamma: float) -> Any:
    """Log-likelihood of points under a mixture; inverse covariances by their factors, with a Wishart prior."""
    n, d = x.shape
    components = alphas.shape[0]
    diagonals = np.exp(factors[:, :d])
    terms = np.zeros((n, components))
    for k in range(components):
        low = np.zeros((d, d))
        start = d
        for i in range(d - 1):
            low[i + 1 :, i] = factors[k, start : start + d - 1 - i]
            start += d - 1 - i
        centred = x - means[k]
        scaled = centred * diagonals[k] + centred @ low.T
        terms[:, k] = alphas[k] + np.sum(factors[k, :d]) - 0.5 * np.sum(scaled * scaled, axis=1)
    largest = np.max(terms, axis=1)
    total = np.sum(largest + np.log(np.sum(np.exp(terms - largest[:, None]), axis=1)))
    top = np.max(alphas)
    normalizer = n * (top + np.log(np.sum(np.exp(alphas - top))))
    prior = 0.5 * gamma * gamma * (np.sum(diagonals * diagonals) + np.sum(factors[:, d:] ** 2))
    return total - normalizer + prior


def _mixture(n: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(31)
    d, k = 10, 10
    return (
        rng.standard_normal(k),
        rng.random((k, d)),
        0.5 * rng.standard_normal((k, d * (d + 1) // 2)),
        rng.standard_normal((n, d)),
        1.0,
    )


# --- bundle adjustment -------------------------------------------------------------------------------------


def bundle_adjustment(cameras: Array, points: Array, weights: Array, features: Array, seeds: Array) -> Any:
    """Weighted errors of projected points, one camera and one point for each observation, times seeds.

    Each error depends on the parameters of its own observation only. So the gradients for the seeds (1, 0) and (0, 1)
    are all blocks of the sparse Jacobian.
    """
    rotation, centre = cameras[:, 0:3], cameras[:, 3:6]
    focal, principal, radial = cameras[:, 6], cameras[:, 7:9], cameras[:, 9:11]
    moved = points - centre
    angle = np.sqrt(np.sum(rotation * rotation, axis=1))
    axis = rotation / angle[:, None]
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    along = np.sum(axis * moved, axis=1)[:, None] * (1.0 - cosine)
    turned = moved * cosine + np.cross(axis, moved) * sine + axis * along
    plane = turned[:, :2] / turned[:, 2:]
    square = np.sum(plane * plane, axis=1)
    bend = 1.0 + radial[:, 0] * square + radial[:, 1] * square * square
    projected = plane * (bend * focal)[:, None] + principal
    errors = weights[:, None] * (projected - features)
    return np.sum(errors * seeds)


def _bundle(n: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(31)
    cameras = 0.5 * rng.standard_normal((n, 11))
    points = rng.standard_normal((n, 3)) + np.array([0.0, 0.0, 8.0])
    seeds = np.zeros((n, 2))
    seeds[:, 0] = 1.0
    return cameras, points, rng.random(n), rng.standard_normal((n, 2)), seeds


# --- a hand ------------------------------------------------------------------------------------------------


def rotation_of(angles: Array) -> Array:
    """Turn about the x axis, then the y axis, then the z axis."""
    cx, cy, cz = math.cos(angles[0]), math.cos(angles[1]), math.cos(angles[2])
    sx, sy, sz = math.sin(angles[0]), math.sin(angles[1]), math.sin(angles[2])
    turn = np.zeros((3, 3))
    turn[0, 0] = cy * cz
    turn[0, 1] = sx * sy * cz - cx * sz
    turn[0, 2] = cx * sy * cz + sx * sz
    turn[1, 0] = cy * sz
    turn[1, 1] = sx * sy * sz + cx * cz
    turn[1, 2] = cx * sy * sz - sx * cz
    turn[2, 0] = -sy
    turn[2, 1] = sx * cy
    turn[2, 2] = cx * cy
    return turn


def hand_tracking(
    pose: Array, parents: Array, bones: Array, skin: Array, weights: Array, target: Array
) -> Any:
    """Distances between measured points and a skin that moves with a tree of bones."""
    count = bones.shape[0]
    turns = np.zeros((count, 3, 3))
    places = np.zeros((count, 3))
    turns[0] = rotation_of(pose[0])
    for k in range(1, count):
        parent = parents[k]
        turns[k] = turns[parent] @ rotation_of(pose[k])
        places[k] = places[parent] + turns[parent] @ bones[k]
    surface = np.zeros_like(target)
    for k in range(count):
        surface += weights[:, k, None] * ((skin - bones[k]) @ turns[k].T + places[k])
    difference = surface - target
    return np.sum(difference * difference)


def _hand(n: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(31)
    parents = np.array([-1, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19, 0])
    count = parents.shape[0]
    weights = rng.random((n, count))
    return (
        0.3 * rng.standard_normal((count, 3)),
        parents,
        rng.standard_normal((count, 3)),
        rng.standard_normal((n, 3)),
        weights / np.sum(weights, axis=1, keepdims=True),
        rng.standard_normal((n, 3)),
    )


# --- a recurrent network -----------------------------------------------------------------------------------


def sigmoid(x: Array) -> Array:
    """The logistic function."""
    return 1.0 / (1.0 + np.exp(-x))


def lstm(layers: Array, ends: Array, state: Array, sequence: Array) -> Any:
    """How well a small recurrent network of elementwise gates predicts the next character."""
    width = sequence.shape[1]
    state = state.copy()
    total = 0.0
    for t in range(sequence.shape[0] - 1):
        x = sequence[t] * ends[0]
        for i in range(0, layers.shape[0], 2):
            weight, bias, hidden, cell = layers[i], layers[i + 1], state[i], state[i + 1]
            forget = sigmoid(x * weight[:width] + bias[:width])
            enter = sigmoid(hidden * weight[width : 2 * width] + bias[width : 2 * width])
            leave = sigmoid(x * weight[2 * width : 3 * width] + bias[2 * width : 3 * width])
            change = np.tanh(hidden * weight[3 * width :] + bias[3 * width :])
            state[i + 1] = cell * forget + enter * change
            state[i] = leave * np.tanh(state[i + 1])
            x = state[i]
        prediction = x * ends[1] + ends[2]
        scores = prediction - np.log(np.sum(np.exp(prediction)) + 2.0)
        total += np.sum(sequence[t + 1] * scores)
    return -total / ((sequence.shape[0] - 1) * width)


def _lstm(n: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(31)
    depth, width = 2, 14
    characters = rng.integers(0, 2, (n, width)).astype(float)
    return (
        rng.uniform(-1.0, 1.0, (2 * depth, 4 * width)),
        rng.uniform(-1.0, 1.0, (3, width)),
        rng.uniform(-1.0, 1.0, (2 * depth, width)),
        characters,
    )


KERNELS = (
    Kernel(gaussian_mixture, _mixture, 1_000, 20, wrt=(0, 1, 2)),
    Kernel(bundle_adjustment, _bundle, 5_000, 30, wrt=(0, 1, 2)),
    Kernel(hand_tracking, _hand, 500, 20),
    Kernel(lstm, _lstm, 200, 10, wrt=(0, 1)),
)
