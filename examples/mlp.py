"""Train a small neural network to read handwritten digits.

The network is a list of (weights, bias) pairs and a loop over it; the gradient comes back as a list of pairs
of the same shape. The 1,797 pictures of 8 x 8 pixels are the ones that ship with scikit-learn.

Run it with

    python examples/mlp.py
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import Progress
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import srcgrad

Array = npt.NDArray[np.float64]
Layers = list[tuple[Array, Array]]


# --- The model: plain NumPy ---------------------------------------------------------------------------------


def scores(layers: Layers, images: Array) -> Array:
    """One score for each picture and digit."""
    values = images
    for weights, bias in layers[:-1]:
        values = np.tanh(values @ weights + bias)
    weights, bias = layers[-1]
    return values @ weights + bias


def loss(layers: Layers, images: Array, digits: npt.NDArray[np.int64]) -> float:
    """Mean cross entropy of the predicted digits."""
    s = scores(layers, images)
    s = s - np.max(s, axis=1, keepdims=True)
    log_probabilities = s - np.log(np.sum(np.exp(s), axis=1, keepdims=True))
    return -float(np.mean(log_probabilities[np.arange(len(digits)), digits]))


# --- The training -------------------------------------------------------------------------------------------


def new_layers(sizes: Sequence[int], seed: int = 0) -> Layers:
    """Random weights scaled to the number of inputs, and biases of zero."""
    rng = np.random.default_rng(seed)
    pairs = pairwise(sizes)
    return [(rng.standard_normal((n, m)) / np.sqrt(n), np.zeros(m)) for n, m in pairs]


def accuracy(layers: Layers, images: Array, digits: npt.NDArray[np.int64]) -> float:
    """Share of the pictures that are read correctly."""
    return float(np.mean(np.argmax(scores(layers, images), axis=1) == digits))


def train(
    layers: Layers,
    images: Array,
    digits: npt.NDArray[np.int64],
    *,
    epochs: int,
    batch: int = 32,
    rate: float = 0.1,
    momentum: float = 0.9,
    report: Callable[[int, float], None] = lambda epoch, value: None,
) -> Layers:
    """Stochastic gradient descent with momentum; returns the trained layers."""
    differentiated = srcgrad.value_and_grad(loss)
    rng = np.random.default_rng(1)
    speeds = [(np.zeros_like(w), np.zeros_like(b)) for w, b in layers]
    for epoch in range(epochs):
        order = rng.permutation(len(digits))
        total = 0.0
        for first in range(0, len(order), batch):
            chosen = order[first : first + batch]
            value, gradients = differentiated(layers, images[chosen], digits[chosen])
            total += value * len(chosen)
            speeds = [
                (momentum * v - rate * dw, momentum * u - rate * db)
                for (v, u), (dw, db) in zip(speeds, gradients, strict=True)
            ]
            layers = [(w + v, b + u) for (w, b), (v, u) in zip(layers, speeds, strict=True)]
        report(epoch, total / len(order))
    return layers


def load(test_share: float = 0.25) -> tuple[Array, Array, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pictures (pixels from 0 to 1) and digits for training and for testing."""
    digits = load_digits()
    parts = train_test_split(
        digits.data / 16.0, digits.target, test_size=test_share, random_state=0, stratify=digits.target
    )
    return parts[0], parts[1], parts[2], parts[3]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description="Train a small network on handwritten digits.")
    parser.add_argument("--hidden", type=int, nargs="*", default=[48, 32], help="sizes of the hidden layers")
    parser.add_argument("--epochs", type=int, default=25, help="passes over the training pictures")
    options = parser.parse_args(arguments)

    console = Console()
    train_images, test_images, train_digits, test_digits = load()
    layers = new_layers([train_images.shape[1], *options.hidden, 10])
    count = sum(w.size + b.size for w, b in layers)
    console.print(f"{len(train_digits)} pictures to learn from, {len(test_digits)} to test, {count} weights")
    console.print(
        f"before: {accuracy(layers, test_images, test_digits):.1%} of the test pictures read correctly"
    )
    with Progress(console=console) as progress:
        task = progress.add_task("training", total=options.epochs)
        layers = train(
            layers,
            train_images,
            train_digits,
            epochs=options.epochs,
            report=lambda epoch, value: progress.update(task, advance=1, description=f"loss {value:.4f}"),
        )
    console.print(
        f"after: {accuracy(layers, test_images, test_digits):.1%} of the test pictures read correctly"
    )


if __name__ == "__main__":
    main()
