"""``srcgrad.odeint``: initial value problems, with the adjoint of the steps that were taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from srcgrad.custom import custom_vjp
from srcgrad.errors import ArgumentError, ConvergenceError
from srcgrad.pullback import pullback_of
from srcgrad.runtime.written import written
from srcgrad.versions import being_recorded

__all__ = ["odeint"]


def odeint(
    f: Callable[..., Any],
    y0: Any,
    t: Any,
    *args: Any,
    rtol: float = 1e-8,
    atol: float = 1e-10,
    max_steps: int = 100_000,
) -> Any:
    """Solve ``dy/dt = f(y, t, *args)``, differentiable by ``y0`` and ``args``.

    The method of Dormand and Prince of order 5, with steps of their own length between the times asked for. The
    derivative is that of the steps as they were taken (their lengths held), so it agrees with differences of the result
    to rounding where those take the same steps, and with the derivative of the exact solution to the tolerance. It costs
    about two steps a step, whatever the number of parameters, and keeps ``y`` at each step.

    Parameters
    ----------
    f : callable
        ``f(y, t, *args)`` with the shape of ``y``. Values that it captures count as constants.
    y0 : array or number
        The state at ``t[0]``.
    t : array
        Times, increasing or decreasing, of the results.
    *args
        Parameters: numbers, arrays, and tuples, lists or dicts of these.
    rtol, atol : float
        A step is accepted if its error is at most ``atol + rtol * abs(y)`` in the root mean square.
    max_steps : int

    Returns
    -------
    array
        Of shape ``(len(t),) + shape of y0``; the first entry is ``y0``.

    Raises
    ------
    ArgumentError
        If ``t`` does not go one way, or ``f`` returns another shape.
    ConvergenceError
        If there are too many steps, or they become too small.
    CustomFunctionError
        If a derivative is asked for by ``t``, or ``f`` captures a value that carries one.

    Examples
    --------
    >>> import numpy as np, srcgrad
    >>> def decay(y, t, rate):
    ...     return -rate * y
    >>> y = srcgrad.odeint(decay, np.array([1.0]), np.array([0.0, 1.0]), 2.0)
    >>> bool(abs(y[1, 0] - np.exp(-2.0)) < 1e-8)
    True
    >>> slope = srcgrad.grad(lambda k: srcgrad.odeint(decay, np.array([1.0]), np.array([0.0, 1.0]), k)[1, 0])
    >>> bool(abs(slope(2.0) + np.exp(-2.0)) < 1e-8)
    True
    """
    if isinstance(y0, (list, tuple)):
        y0 = np.stack(y0)
    if getattr(y0, "dtype", np.dtype(float)).kind in "iub":
        y0 = y0.astype(float)
    options = (len(args), rtol, atol, max_steps)
    versions = _solvers.setdefault(f, {})
    solver = versions.get(options)
    if solver is None:
        solver = versions[options] = _solver(f, *options)
    return solver(y0, t, *args)


_solvers: WeakKeyDictionary[Callable[..., Any], dict[Any, custom_vjp]] = WeakKeyDictionary()

# The functions of one solver as text: second derivatives go through it, and `step` is compiled for the types at hand.
_STAGES = """\
    k1 = f(y, t{args})
    k2 = f(y + h * (1 / 5 * k1), t + 1 / 5 * h{args})
    k3 = f(y + h * (3 / 40 * k1 + 9 / 40 * k2), t + 3 / 10 * h{args})
    k4 = f(y + h * (44 / 45 * k1 - 56 / 15 * k2 + 32 / 9 * k3), t + 4 / 5 * h{args})
    k5 = f(y + h * (19372 / 6561 * k1 - 25360 / 2187 * k2 + 64448 / 6561 * k3 - 212 / 729 * k4), t + 8 / 9 * h{args})
    k6 = f(
        y + h * (9017 / 3168 * k1 - 355 / 33 * k2 + 46732 / 5247 * k3 + 49 / 176 * k4 - 5103 / 18656 * k5), t + h{args}
    )
    new = y + h * (35 / 384 * k1 + 500 / 1113 * k3 + 125 / 192 * k4 - 2187 / 6784 * k5 + 11 / 84 * k6)
"""
_TEXTS = {
    "step": "def step(y, t, h{args}):\n" + _STAGES + "    return new\n",
    "trial": "def trial(y, t, h{args}):\n"
    + _STAGES
    + """\
    k7 = f(new, t + h{args})
    return new, h * (
        71 / 57600 * k1 - 71 / 16695 * k3 + 71 / 1920 * k4 - 17253 / 339200 * k5 + 22 / 525 * k6 - 1 / 40 * k7
    )
""",
    "odeint": """\
def odeint(y0, t{args}):
    return steps(y0, t, [{values}])[1]
""",
    "fwd": """\
def fwd(y0, t{args}):
    taken, found = steps(y0, t, [{values}])
    if not being_recorded():
        return found, (taken, [{values}])
    y = y0 * 1.0
    states, found = [], [y]
    for _, time, h, reached in taken:
        states.append((y, time, h, reached))
        y = step(y, time, h{args})
        if reached:
            found.append(y)
    return np.stack(found), (states, [{values}])
""",
    "bwd": """\
def bwd(t, saved, g):
    states, args = saved
    place = len(g) - 1
    y_bar, bars = 0.0 * g[0], [None] * len(args)
    for y, time, h, reached in reversed(states):
        if reached:
            y_bar = y_bar + g[place]
            place = place - 1
        parts = pullback_of(step, [y, time, h, *args])(y_bar)
        y_bar = parts[0]
        bars = [added(old, new) for old, new in zip(bars, parts[3:])]
    return (y_bar + g[0], *bars)
""",
}


def _solver(f: Callable[..., Any], count: int, rtol: float, atol: float, max_steps: int) -> custom_vjp:
    values = ", ".join(f"a{k}" for k in range(count))
    args = f", {values}" if values else ""
    scope: dict[str, Any] = {
        "f": f, "np": np, "added": added, "being_recorded": being_recorded, "pullback_of": pullback_of,
    }  # fmt: skip

    def plain(value: Any) -> Any:
        from srcgrad.runtime.recorded.apply import plain

        return plain(value)

    def steps(y0: Any, t: Any, args: list[Any]) -> tuple[list[Any], Any]:
        given = plain(args) if being_recorded() else args
        control = _Control(f, scope["trial"], rtol, atol, max_steps)
        return control.run(plain(y0) if being_recorded() else y0, np.asarray(t, float), given)

    scope["steps"] = steps
    for name, text in _TEXTS.items():
        scope[name] = written(text.replace("{args}", args).replace("{values}", values), name, scope)
    solver = custom_vjp(scope["odeint"], nondiff_argnums=1)
    solver.defvjp(scope["fwd"], scope["bwd"])
    return solver


@dataclass(frozen=True)
class _Control:
    """How long steps are."""

    f: Callable[..., Any]
    trial: Callable[..., Any]
    rtol: float
    atol: float
    max_steps: int

    def run(self, y0: Any, t: Any, args: list[Any]) -> tuple[list[Any], Any]:
        """The steps taken, each with its start, its length and whether it reached a time asked for; and the results."""
        if t.ndim != 1 or not t.size or (np.any(np.diff(t) <= 0.0) and np.any(np.diff(t) >= 0.0)):
            raise ArgumentError(
                "the times of odeint are to be increasing or decreasing, in an array of one axis"
            )
        y, time, found = y0 * 1.0, float(t[0]), [y0 * 1.0]
        taken: list[Any] = []
        h = self.first_step(y, time, float(t[-1]), args)
        for target in t[1:].tolist():
            while time != target:
                left = target - time
                last = abs(left) <= abs(h) * (1.0 + 1e-12)
                length = left if last else h
                new, error = self.trial(y, time, length, *args)
                norm = self.norm(error, y, new)
                if not norm <= 1.0:
                    h = length * (max(0.2, 0.9 * norm**-0.2) if np.isfinite(norm) else 0.2)
                    if abs(h) <= 1e-14 * max(abs(time), abs(target)):
                        raise ConvergenceError(
                            f"odeint cannot go on at t = {time:.6g}: its steps have become too small",
                            way_out="look whether the solution exists there; allow larger errors (rtol, atol)",
                        )
                    continue
                if len(taken) >= self.max_steps:
                    raise ConvergenceError(
                        f"odeint has taken {self.max_steps} steps and is at t = {time:.6g}",
                        way_out="allow more (max_steps) or larger errors (rtol, atol); it is no method for stiff equations",
                    )
                taken.append((y, time, length, last))
                y, time = new, target if last else time + length
                longer = length * min(5.0, 0.9 * norm**-0.2 if norm else 5.0)
                h = max(h, longer, key=abs) if last else longer
            found.append(y)
        return taken, np.stack(found)

    def norm(self, error: Any, y: Any, new: Any) -> float:
        """Size of an error, 1 for what is just allowed."""
        scale = self.atol + self.rtol * np.maximum(np.abs(y), np.abs(new))
        return float(np.sqrt(np.mean(np.abs(error / scale) ** 2)))

    def first_step(self, y: Any, start: float, end: float, args: list[Any]) -> float:
        """A length for the first step, after Hairer."""
        slope = self.f(y, start, *args)
        if np.shape(slope) != np.shape(y):
            raise ArgumentError(f"f returned shape {np.shape(slope)} for y of shape {np.shape(y)}")
        size, speed = self.norm(y, y, y), self.norm(slope, y, y)
        length = 0.01 * size / speed if size > 1e-5 and speed > 1e-5 else 1e-6
        return float(np.copysign(min(length, abs(end - start)), end - start))


def added(old: Any, new: Any) -> Any:
    """The sum of two cotangents with the same structure; None is zero."""
    if old is None or new is None:
        return new if old is None else old
    if isinstance(old, (tuple, list)):
        return [added(a, b) for a, b in zip(old, new, strict=True)]
    if isinstance(old, dict):
        return {key: added(part, new[key]) for key, part in old.items()}
    return old + new
