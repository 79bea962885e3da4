"""Run one case of the differential test and write down what can be seen of it.

A case is a piece of Python in which ``T`` is the library (PyTorch for the recorder, srcgrad for the test) and
``see(value)`` notes an observation.  The observations of one case are a list that JSON can hold.
"""

from __future__ import annotations

import gc
import math
import re
import warnings
import zlib
from typing import Any

import numpy as np


def data(name: str, shape: tuple[int, ...], kind: str) -> Any:
    """The numbers of an input: always the same for the same name, shape and kind."""
    rng = np.random.default_rng(zlib.crc32(f"{name}{shape}{kind}".encode()))
    if kind == "int":
        return rng.integers(-4, 5, shape)
    if kind == "nat":
        return rng.integers(1, 6, shape)
    if kind == "bool":
        return rng.random(shape) < 0.5
    if kind == "complex":
        return rng.uniform(-1, 1, shape) + 1j * rng.uniform(-1, 1, shape)
    low, high = {"any": (-2, 2), "pos": (0.4, 2.5), "unit": (-0.9, 0.9), "prob": (0.1, 0.9), "big": (1.2, 4)}[
        kind.rstrip("3")
    ]
    values = rng.uniform(low, high, shape)
    return values.astype(np.float32) if kind.endswith("3") else values


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, complex):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, np.ndarray):
        return {
            "array": str(value.dtype),
            "shape": list(value.shape),
            "values": plain(value.reshape(-1).tolist()),
        }
    if isinstance(value, np.generic):
        return plain(value.item())
    if type(value).__name__ in ("Tensor", "Parameter"):
        node = value.grad_fn
        flat = value.detach().reshape(-1)
        return {
            "tensor": str(value.dtype),
            "shape": [int(n) for n in value.shape],
            "values": plain(flat.tolist()),
            "grad": bool(value.requires_grad),
            "fn": None if node is None else type(node).__name__,
        }
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value)


def observe(T: Any, code: str) -> list[Any]:
    """What a case shows; an exception is the last observation."""
    seen: list[Any] = []

    def see(*values: Any) -> None:
        seen.extend(plain(value) for value in values)

    def fails(function: Any, *args: Any, **kwargs: Any) -> None:
        try:
            function(*args, **kwargs)
        except Exception as error:
            seen.append(_error(error))
        else:
            seen.append("no error")

    space = {
        "T": T,
        "F": T.nn.functional,
        "A": T.autograd,
        "see": see,
        "fails": fails,
        "np": np,
        "data": data,
        "gc": gc,
        "warnings": warnings,
        "program": lambda text: _program(T, see, text),
        "ops": lambda *a, **k: _op(T, see, *a, **k),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(code, "<case>", "exec"), space)
        except Exception as error:
            seen.append(_error(error))
    return seen


def _error(error: Exception) -> dict[str, Any]:
    kinds = [c.__name__ for c in type(error).__mro__ if c not in (object, BaseException, Exception)]
    return {"error": kinds, "message": str(error).split("\n")[0][:300]}


def _program(T: Any, see: Any, text: str) -> None:
    """Each statement by itself, errors noted; then all variables ``v0``, ``v1`` and so on with their gradients."""
    space: dict[str, Any] = {
        "T": T,
        "F": T.nn.functional,
        "A": T.autograd,
        "np": np,
        "log": [],
        "rep": lambda g: g.tolist(),
    }
    for line in text.splitlines():
        try:
            exec(line, space)
        except Exception as error:
            see(
                type(error).__name__
                if type(error).__module__ == "builtins"
                else type(error).__base__.__name__
            )
    for name in sorted(name for name in space if re.fullmatch(r"v\d+|out|gs", name)):
        value = space[name]
        see(name, value)
        if isinstance(value, T.Tensor):
            see(value.is_leaf, repr(value) if value.numel() < 7 else "")
            if value.is_leaf or value.retains_grad:
                see(None if value.grad is None else value.grad.detach())
    see(space["log"])


def _op(T: Any, see: Any, expression: str, inputs: str, second: bool = True) -> None:
    """An operation: its value, gradients for a seed of unequal numbers, and gradients of the gradients."""
    space: dict[str, Any] = {"T": T, "F": T.nn.functional, "L": T.linalg, "np": np}
    active = []
    for part in inputs.split():
        name, _, rest = part.partition("=")
        shape, _, kind = rest.partition(":")
        numbers = data(name, tuple(int(n) for n in shape.split(",") if n), kind or "any")
        tensor = T.tensor(numbers)
        if numbers.dtype.kind in "fc":
            tensor.requires_grad_()
            active.append(tensor)
        space[name] = tensor
    out = eval(expression, space)
    outs = [o for o in (out if isinstance(out, (tuple, list)) else (out,))]
    see(*outs)
    outs = [o for o in outs if isinstance(o, T.Tensor) and o.requires_grad]
    if not outs:
        return
    seeds = [T.tensor(data("seed", tuple(o.shape), "any")).to(o.dtype) for o in outs]
    grads = T.autograd.grad(outs, active, seeds, create_graph=True, allow_unused=True)
    see(*[None if g is None else g.detach() for g in grads])
    if not second:
        return
    # A second gradient of zero may be zeros, or nothing at all: that is the library's business.
    total = sum(
        (g * T.tensor(data("second", tuple(g.shape), "any")).to(g.dtype)).sum()
        for g in grads
        if g is not None
    )
    total = total.abs() if total.is_complex() else total
    twice = T.autograd.grad(total, active, allow_unused=True) if total.requires_grad else [None] * len(active)
    see(
        *[
            np.zeros(tuple(x.shape)).tolist() if g is None else (g.detach() + 0).tolist()
            for g, x in zip(twice, active)
        ]
    )


WORD = re.compile(r"[a-zA-Z_]{4,}")


def differ(expected: Any, found: Any, where: str = "") -> str | None:
    """The first difference of two observations, None if they agree."""
    if isinstance(expected, dict) and "error" in expected:
        if not isinstance(found, dict) or "error" not in found:
            return f"{where}: no error, expected {expected}; found {found}"
        if expected["error"][0] not in found["error"] and not (set(expected["error"]) & set(found["error"])):
            return f"{where}: {found}, expected {expected}"
        words, ours = set(WORD.findall(expected["message"])), set(WORD.findall(found["message"]))
        if len(words & ours) < len(words) / 2:
            return f"{where}: message {found['message']!r}, expected {expected['message']!r}"
        return None
    if isinstance(expected, dict) and "values" in expected and isinstance(found, dict):
        for key in expected:
            if key != "values" and expected[key] != found.get(key):
                return f"{where}.{key}: {found.get(key)}, expected {expected[key]}"
        single = (
            "32" in str(expected.get("tensor", expected.get("array")))
            or "16" in str(expected.get("tensor", ""))
            or "complex64" in str(expected.get("tensor", ""))
        )
        a, b = (np.array(_numbers(v["values"])) for v in (expected, found))
        tolerance = 2e-5 if single else 1e-8
        if a.shape != b.shape or not np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True):
            return f"{where}: values {found['values']}, expected {expected['values']}"
        return None
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return f"{where}: {len(found)} observations {found}, expected {len(expected)} {expected}"
        for k, (a, b) in enumerate(zip(expected, found)):
            difference = differ(a, b, f"{where}[{k}]")
            if difference:
                return difference
        return None
    if isinstance(expected, complex) or isinstance(found, complex):
        return (
            None
            if np.isclose(complex(expected), complex(found))
            else f"{where}: {found}, expected {expected}"
        )
    if isinstance(expected, float) and isinstance(found, (int, float)):
        return (
            None
            if math.isclose(expected, found, rel_tol=2e-5, abs_tol=1e-7)
            else f"{where}: {found}, expected {expected}"
        )
    return None if expected == found else f"{where}: {found!r}, expected {expected!r}"


def _numbers(values: Any) -> Any:
    return [_numbers(v) if isinstance(v, list) else float(v) for v in values]
