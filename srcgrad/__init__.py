"""Gradients of ordinary Python and NumPy programs, compiled or recorded."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from srcgrad import rule as rule
    from srcgrad.api import grad as grad
    from srcgrad.api import value_and_grad as value_and_grad
    from srcgrad.api import vjp as vjp
    from srcgrad.check_gradients import check_grads as check_grads
    from srcgrad.checks import check_rule as check_rule
    from srcgrad.custom import custom_jvp as custom_jvp
    from srcgrad.custom import custom_vjp as custom_vjp
    from srcgrad.hessians import hessian as hessian
    from srcgrad.hessians import hvp as hvp
    from srcgrad.hessians import vhp as vhp
    from srcgrad.implicit import fixed_point as fixed_point
    from srcgrad.implicit import implicit_function as implicit_function
    from srcgrad.inspection.eager_graph import graph as graph
    from srcgrad.inspection.gather import inspect as inspect
    from srcgrad.island import compiled as compiled
    from srcgrad.jacobians import elementwise_grad as elementwise_grad
    from srcgrad.jacobians import jacfwd as jacfwd
    from srcgrad.jacobians import jacobian as jacobian
    from srcgrad.jacobians import jacrev as jacrev
    from srcgrad.jacobians import value_and_jacobian as value_and_jacobian
    from srcgrad.ode import odeint as odeint
    from srcgrad.pushforward import jvp as jvp
    from srcgrad.pushforward import linearize as linearize
    from srcgrad.rules.helpers import stop_gradient as stop_gradient
    from srcgrad.runtime.checkpointing import checkpoint as checkpoint
    from srcgrad.runtime.debugging import debug_nans as debug_nans
    from srcgrad.runtime.surgery import insert_grad_of as insert_grad_of
    from srcgrad.scalar_derivative import derivative as derivative
    from srcgrad.sparse import sparse_hessian as sparse_hessian
    from srcgrad.sparse import sparse_jacobian as sparse_jacobian
    from srcgrad.vectorized import vectorize as vectorize

__version__ = "0.1.0"

_API = {
    "check_grads": "check_gradients",
    "check_rule": "checks",
    "checkpoint": "runtime.checkpointing",
    "compiled": "island",
    "debug_nans": "runtime.debugging",
    "custom_jvp": "custom",
    "custom_vjp": "custom",
    "fixed_point": "implicit",
    "implicit_function": "implicit",
    "insert_grad_of": "runtime.surgery",
    "odeint": "ode",
    "derivative": "scalar_derivative",
    "elementwise_grad": "jacobians",
    "grad": "api",
    "graph": "inspection.eager_graph",
    "hessian": "hessians",
    "hvp": "hessians",
    "inspect": "inspection.gather",
    "jacfwd": "jacobians",
    "jacobian": "jacobians",
    "jacrev": "jacobians",
    "jvp": "pushforward",
    "linearize": "pushforward",
    "sparse_hessian": "sparse",
    "sparse_jacobian": "sparse",
    "stop_gradient": "rules.helpers",
    "value_and_grad": "api",
    "value_and_jacobian": "jacobians",
    "vectorize": "vectorized",
    "vhp": "hessians",
    "vjp": "api",
}
_MODULES = ("autograd", "func", "linalg", "nn", "optim", "rule", "special")


def __getattr__(name: str) -> Any:
    # Loaded when asked for: `import srcgrad` is to cost next to nothing.
    if name in _MODULES:
        return import_module(f"srcgrad.{name}")
    if name in _API:
        value = globals()[name] = getattr(import_module(f"srcgrad.{_API[name]}"), name)
        return value
    names = import_module("srcgrad.runtime.eager.torch_names")
    if name in names.__all__:
        value = getattr(names, name)
        globals()[name] = value
        return value
    why = names.ABSENT.get(name)
    raise AttributeError(f"module 'srcgrad' has no attribute {name!r}" + (f": {why}" if why else ""))
