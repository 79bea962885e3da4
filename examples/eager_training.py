"""Train four small models with eager tensors, the way one does in PyTorch.

Logistic regression by L-BFGS and a net with one hidden layer by Adam on scikit-learn's breast cancer data, a
recurrent net that adds up sequences of differing lengths, and Newton's method with Hessian-vector products
by double backward.

Run it with

    python examples/eager_training.py
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer

import srcgrad as torch

F = torch.nn.functional


def cancer_data() -> tuple[torch.Tensor, torch.Tensor]:
    """Standardised measurements, and whether the tumour is benign."""
    data = load_breast_cancer()
    x = (data.data - data.data.mean(0)) / data.data.std(0)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(data.target, dtype=torch.float32)


def accuracy(scores: torch.Tensor, target: torch.Tensor) -> float:
    """The share of scores on the right side of zero."""
    right: float = ((scores > 0) == (target > 0.5)).float().mean().item()
    return right


def logistic_regression(x: torch.Tensor, target: torch.Tensor) -> float:
    """Fit a linear model by L-BFGS; returns its accuracy."""
    w = torch.zeros(x.shape[1], requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([w, b], max_iter=50)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        penalty = 1e-3 * (w * w).sum()
        loss = F.binary_cross_entropy_with_logits(x @ w + b, target) + penalty
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        return accuracy(x @ w + b, target)


def perceptron(x: torch.Tensor, target: torch.Tensor, epochs: int = 20, width: int = 16) -> float:
    """Fit a net with one hidden layer by Adam on small batches; returns its accuracy."""
    torch.manual_seed(0)
    n = x.shape[1]
    weights = [
        torch.randn(n, width) / n**0.5,
        torch.zeros(width),
        torch.randn(width) / width**0.5,
        torch.zeros(1),
    ]
    a, b, c, d = (w.requires_grad_() for w in weights)
    optimizer = torch.optim.Adam([a, b, c, d], lr=0.01)

    def model(batch: torch.Tensor) -> torch.Tensor:
        return torch.tanh(batch @ a + b) @ c + d

    for _ in range(epochs):
        for part in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            F.binary_cross_entropy_with_logits(model(x[part]), target[part]).backward()
            optimizer.step()
    with torch.no_grad():
        return accuracy(model(x), target)


def recurrent(steps: int = 300, width: int = 8) -> tuple[float, float]:
    """Learn to add up sequences of 1 to 8 numbers; returns the mean loss at the beginning and at the end."""
    torch.manual_seed(1)
    weights = [0.5 * torch.randn(width), torch.randn(width, width) / width**0.5, torch.randn(width) / width]
    u, w, v = (each.requires_grad_() for each in weights)
    optimizer = torch.optim.Adam([u, w, v], lr=0.01)
    rng = np.random.default_rng(0)
    losses = []
    for _ in range(steps):
        sequence = torch.tensor(rng.uniform(-0.5, 0.5, rng.integers(1, 9)), dtype=torch.float32)
        state = torch.zeros(width)
        for number in sequence:
            state = torch.tanh(number * u + w @ state)
        loss = (state @ v - sequence.sum()) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return float(np.mean(losses[:50])), float(np.mean(losses[-50:]))


def newton(steps: int = 15) -> tuple[torch.Tensor, float]:
    """Minimise Rosenbrock's function in 4 dimensions; Hessian-vector products solve the Newton equation."""
    x = torch.tensor([1.3, 0.8, 1.2, 2.0], dtype=torch.float64, requires_grad=True)

    def rosenbrock(x: torch.Tensor) -> torch.Tensor:
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    for _ in range(steps):
        (slope,) = torch.autograd.grad(rosenbrock(x), x, create_graph=True)
        columns = [
            torch.autograd.grad(slope, x, e, retain_graph=True)[0] for e in torch.eye(4, dtype=torch.float64)
        ]
        with torch.no_grad():
            direction = torch.linalg.solve(torch.stack(columns), slope.detach())
            rate, here = 1.0, rosenbrock(x)
            while rosenbrock(x - rate * direction) > here and rate > 1e-4:
                rate /= 2
            x -= rate * direction
    return x.detach(), rosenbrock(x).item()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Train small models with eager tensors.")
    parser.add_argument("--epochs", type=int, default=20, help="passes over the data for the perceptron")
    parser.add_argument("--steps", type=int, default=300, help="sequences for the recurrent net")
    options: Any = parser.parse_args(arguments)
    x, target = cancer_data()
    print(f"logistic regression: {logistic_regression(x, target):.1%} right")
    print(f"perceptron: {perceptron(x, target, options.epochs):.1%} right")
    before, after = recurrent(options.steps)
    print(f"recurrent net: loss {before:.4f} at the beginning, {after:.4f} at the end")
    point, value = newton()
    print(f"Newton: {value:.1e} at {point}")


if __name__ == "__main__":
    main()
