"""Optimisers over tensors: SGD, Adam, and LBFGS by way of SciPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from srcgrad.runtime.eager.modes import enable_grad, no_grad
from srcgrad.runtime.eager.tensor import Tensor

__all__ = ["LBFGS", "SGD", "Adam", "AdamW", "Optimizer"]


class Optimizer:
    """What the optimisers share: groups of parameters, with options each.

    Parameters
    ----------
    params : iterable of tensors, or of dicts with ``params`` and options
    defaults : dict
        Options of groups that do not say otherwise.
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{type(params).__name__}"
            )
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Add parameters with options of their own."""
        given = group["params"]
        tensors = [given] if isinstance(given, Tensor) else list(given)
        for tensor in tensors:
            if not isinstance(tensor, Tensor):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {type(tensor).__name__}"
                )
            if not tensor.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
        self.param_groups.append({**self.defaults, **group, "params": tensors})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for group in self.param_groups:
            for tensor in group["params"]:
                if set_to_none:
                    tensor.grad = None
                elif tensor.grad is not None:
                    tensor.grad.detach_()
                    tensor.grad.zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step down the gradients."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with no_grad():
            for group in self.param_groups:
                for tensor in group["params"]:
                    if tensor.grad is not None:
                        self._update(tensor, tensor.grad.value, group, self.state.setdefault(tensor, {}))
                        tensor.cell[0] += 1
        return loss

    def _update(self, tensor: Tensor, g: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """The options, and what has been collected, by the numbers of the parameters."""
        tensors = [t for group in self.param_groups for t in group["params"]]
        numbers = {id(t): k for k, t in enumerate(tensors)}
        groups = [
            {**group, "params": [numbers[id(t)] for t in group["params"]]} for group in self.param_groups
        ]
        return {"state": {numbers[id(t)]: dict(s) for t, s in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up where `state_dict` was made."""
        tensors = [t for group in self.param_groups for t in group["params"]]
        self.state = {tensors[k]: dict(s) for k, s in state_dict["state"].items()}
        for group, saved in zip(self.param_groups, state_dict["param_groups"], strict=True):
            group.update({key: value for key, value in saved.items() if key != "params"})


def _check(value: float, name: str) -> None:
    if value < 0:
        raise ValueError(f"Invalid {name}: {value}")


class SGD(Optimizer):
    """Gradient descent, with momentum.

    Examples
    --------
    >>> import srcgrad as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.SGD([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        _check(lr, "learning rate")
        _check(momentum, "momentum value")
        _check(weight_decay, "weight_decay value")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {**defaults, "nesterov": nesterov, "maximize": maximize})

    def _update(self, tensor: Tensor, g: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
        if group["maximize"]:
            g = -g
        if group["weight_decay"]:
            g = g + group["weight_decay"] * tensor.value
        momentum = group["momentum"]
        if momentum:
            known = state.get("momentum_buffer")
            if known is None:
                known = state["momentum_buffer"] = g.copy()
            else:
                known *= momentum
                known += (1 - group["dampening"]) * g
            g = g + momentum * known if group["nesterov"] else known
        tensor.value -= group["lr"] * g


class Adam(Optimizer):
    """Adam: steps scaled by running means of the gradient and of its square."""

    decoupled = False

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        _check(lr, "learning rate")
        _check(eps, "epsilon value")
        for k, beta in enumerate(betas):
            if not 0 <= beta < 1:
                raise ValueError(f"Invalid beta parameter at index {k}: {beta}")
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**defaults, "amsgrad": amsgrad, "maximize": maximize})

    def _update(self, tensor: Tensor, g: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
        if group["maximize"]:
            g = -g
        if group["weight_decay"]:
            if self.decoupled:
                tensor.value *= 1 - group["lr"] * group["weight_decay"]
            else:
                g = g + group["weight_decay"] * tensor.value
        if not state:
            state.update(step=0, exp_avg=np.zeros_like(g), exp_avg_sq=np.zeros_like(g))
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = np.zeros_like(g)
        state["step"] += 1
        first, second = group["betas"]
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        mean += (1 - first) * (g - mean)
        square *= second
        square += (1 - second) * g * g
        if group["amsgrad"]:
            square = np.maximum(state["max_exp_avg_sq"], square, out=state["max_exp_avg_sq"])
        size = np.sqrt(square) / math.sqrt(1 - second ** state["step"]) + group["eps"]
        tensor.value -= group["lr"] / (1 - first ** state["step"]) * mean / size


class AdamW(Adam):
    """Adam with weight decay apart from the gradient."""

    decoupled = True

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        *more: Any,
        **named: Any,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, *more, **named)


class LBFGS(Optimizer):
    """The limited-memory quasi-Newton method of SciPy.

    Parameters
    ----------
    params : iterable of tensors
    max_iter : int
        Iterations a step.
    history_size : int
        Pairs that the approximation of the Hessian is made of.
    tolerance_grad, tolerance_change : float
        When to stop.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        defaults = {"lr": lr, "max_iter": max_iter, "max_eval": max_eval or max_iter * 5 // 4}
        more = {
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
        }
        super().__init__(params, {**defaults, **more})

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Minimise what the closure computes, from the present parameters."""
        from scipy.optimize import minimize

        if closure is None:
            raise TypeError("LBFGS needs a closure that computes the loss again")
        group = self.param_groups[0]
        tensors: list[Tensor] = group["params"]

        def place(point: Any) -> None:
            start = 0
            for tensor in tensors:
                part = point[start : start + tensor.value.size]
                tensor.value[...] = part.reshape(tensor.value.shape)
                tensor.cell[0] += 1
                start += tensor.value.size

        first: list[Any] = []

        def objective(point: Any) -> tuple[float, Any]:
            place(point)
            with enable_grad():
                loss = closure()
            first.append(loss)
            grads = [np.zeros_like(t.value) if t.grad is None else t.grad.value for t in tensors]
            return float(loss.detach()), np.concatenate([g.reshape(-1) for g in grads]).astype(np.float64)

        start = np.concatenate([t.value.reshape(-1) for t in tensors]).astype(np.float64)
        options = {"maxiter": group["max_iter"], "maxfun": group["max_eval"], "maxcor": group["history_size"]}
        options |= {"gtol": group["tolerance_grad"], "ftol": group["tolerance_change"]}
        place(minimize(objective, start, jac=True, method="L-BFGS-B", options=options).x)
        return first[0]
