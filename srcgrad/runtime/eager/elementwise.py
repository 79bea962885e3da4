"""Elementwise functions under PyTorch's names.  Their derivatives are the table's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.rules.kinds import elementwise as rule_elementwise
from srcgrad.runtime.eager.comparisons import eq, gt, lt
from srcgrad.runtime.eager.dtypes import promote, type_name
from srcgrad.runtime.eager.fast import apply, binary, unary
from srcgrad.runtime.eager.graph import Node, Variant
from srcgrad.runtime.eager.modes import recording
from srcgrad.runtime.eager.operands import cast, into, operand
from srcgrad.runtime.eager.tensor import Tensor
from srcgrad.runtime.eager.views import view


def _unary(op: Any, title: str) -> Callable[..., Tensor]:
    return unary(op, f"{title}Backward0")


sin, cos, tan = _unary(np.sin, "Sin"), _unary(np.cos, "Cos"), _unary(np.tan, "Tan")
asin, acos, atan = _unary(np.arcsin, "Asin"), _unary(np.arccos, "Acos"), _unary(np.arctan, "Atan")
sinh, cosh, tanh = _unary(np.sinh, "Sinh"), _unary(np.cosh, "Cosh"), _unary(np.tanh, "Tanh")
asinh, acosh, atanh = _unary(np.arcsinh, "Asinh"), _unary(np.arccosh, "Acosh"), _unary(np.arctanh, "Atanh")
exp, exp2 = _unary(np.exp, "Exp"), _unary(np.exp2, "Exp2")


def _expm1(a: Any) -> Any:
    return np.expm1(a)


# Of its own value alone, as in PyTorch: the argument may be written over.
@rule_elementwise(_expm1)
def _expm1_rule(a, *, ans):  # type: ignore[no-untyped-def]
    return ans + 1


expm1 = unary(_expm1, "Expm1Backward0")
log, log2, log10, log1p = (
    _unary(np.log, "Log"), _unary(np.log2, "Log2"), _unary(np.log10, "Log10"), _unary(np.log1p, "Log1P"),
)  # fmt: skip
sqrt = _unary(np.sqrt, "Sqrt")
deg2rad, rad2deg = _unary(np.deg2rad, "Deg2Rad"), _unary(np.rad2deg, "Rad2Deg")
i0 = _unary(np.i0, "I0")
_float_reciprocal = _unary(np.reciprocal, "Reciprocal")


def reciprocal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 / input``."""
    return _float_reciprocal(input, out=out)


def _same_kind(op: Any, title: str) -> Callable[..., Tensor]:
    """A function that also takes integers, and leaves them integers."""
    of_floats = _unary(op, title)

    def call(input: Tensor, *, out: Tensor | None = None) -> Tensor:
        if isinstance(input, Tensor) and input.value.dtype.kind in "biu":
            made = Tensor(op(input.value))
            return made if out is None else into(out, made)
        return of_floats(input, out=out)

    return call


_negative = _same_kind(np.negative, "Neg")


def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``-input``."""
    if isinstance(input, Tensor) and input.value.dtype.kind == "b":
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a "
            "mask, use "
            "the `~` or `logical_not()` operator instead."
        )
    return _negative(input, out=out)


absolute = _same_kind(np.absolute, "Abs")


def positive(input: Tensor) -> Tensor:
    """The tensor itself."""
    if input.value.dtype.kind == "b":
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


def _zero(g: Any, saved: Any) -> tuple[Any]:
    return (np.zeros_like(g),)


def step(compute: Any, title: str) -> Callable[..., Tensor]:
    """A function whose derivative is zero: it stays in the graph."""
    variant = Variant(f"{title}Backward0", _zero)

    def call(input: Tensor, *, out: Tensor | None = None) -> Tensor:
        value = input.value
        if value.dtype.kind == "c":
            raise NotImplementedError(f"{title.lower()} is not supported for complex inputs")
        made = Tensor(value.copy() if value.dtype.kind in "biu" and title != "Sign" else compute(value))
        node = input.source()
        if node is not None and recording.get() > 0:
            made.node = Node(variant, (node,), (), (), 0, variant.name)
        return made if out is None else into(out, made)

    return call


def _signs(a: Any) -> Any:
    # No sign at all, as PyTorch has it, of what is no number.
    return a.copy() if a.dtype.kind == "b" else np.where(a != a, np.zeros((), a.dtype), np.sign(a))


sign, floor, ceil = step(_signs, "Sign"), step(np.floor, "Floor"), step(np.ceil, "Ceil")
trunc = step(np.trunc, "Trunc")
_rint = step(np.rint, "Round")


def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """Round to the nearest, halves to even."""
    if decimals:
        return step(lambda a: np.round(a, decimals), "Round")(input, out=out)
    return _rint(input, out=out)


def sgn(input: Tensor) -> Tensor:
    """The sign; for complex numbers the number divided by its absolute value."""
    if input.value.dtype.kind != "c":
        return named(sign(input), "SgnBackward0")
    size = absolute(input)
    made: Tensor = where(eq(size, 0), Tensor(np.zeros_like(input.value)), input / size)
    return made


def frac(input: Tensor) -> Tensor:
    """The part behind the point."""
    return named(input - trunc(input), "FracBackward0")


def named(made: Tensor, name: str) -> Tensor:
    """Call the node of a result of several operations by the name of the whole."""
    if made.node is not None:
        made.node.name = name
    return made


# --- of two operands ---

plain_add = binary(np.add, "AddBackward0")
plain_subtract = binary(np.subtract, "SubBackward0")
multiply = binary(np.multiply, "MulBackward0")
_divide = binary(np.divide, "DivBackward0", integers=False)


atan2 = binary(np.arctan2, "Atan2Backward0", integers=False)
hypot = binary(np.hypot, "HypotBackward0")


def _integer(x: Any) -> bool:
    return x.value.dtype.kind in "biu" if isinstance(x, Tensor) else isinstance(x, int)


def _by_second(op: Any, title: str) -> Callable[..., Tensor]:
    """A function whose node is called otherwise for a second tensor."""
    of_numbers, of_tensors = binary(op, f"{title}Backward0"), binary(op, f"{title}Backward1")

    def call(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
        if _integer(input) and _integer(other):
            _no_zero(other.value if isinstance(other, Tensor) else other)
        return (of_tensors if isinstance(other, Tensor) else of_numbers)(input, other, out=out)

    return call


fmod, remainder = _by_second(np.fmod, "Fmod"), _by_second(np.remainder, "Remainder")
maximum, minimum = binary(np.maximum, "MaximumBackward0"), binary(np.minimum, "MinimumBackward0")
fmax, fmin = binary(np.fmax, "FmaxBackward0"), binary(np.fmin, "FminBackward0")
logaddexp, logaddexp2 = (
    binary(np.logaddexp, "LogaddexpBackward0"), binary(np.logaddexp2, "Logaddexp2Backward0"),
)  # fmt: skip
copysign = binary(np.copysign, "CopysignBackward0", integers=False)


def _scaled(other: Any, alpha: Any) -> Any:
    if isinstance(alpha, float) and _integer(other):
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    return other if alpha == 1 else other * alpha


def add(input: Any, other: Any, *, alpha: Any = 1, out: Tensor | None = None) -> Tensor:
    """``input + alpha * other``."""
    return plain_add(input, _scaled(other, alpha), out=out)


def subtract(input: Any, other: Any, *, alpha: Any = 1, out: Tensor | None = None) -> Tensor:
    """``input - alpha * other``."""
    return plain_subtract(input, _scaled(other, alpha), out=out)


def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """``other - alpha * input``."""
    return named(plain_subtract(other, _scaled(input, alpha)), "RsubBackward1")


def divide(input: Any, other: Any, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """``input / other``, rounded on request."""
    if rounding_mode is None:
        return _divide(input, other, out=out)
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    if _integer(input) and _integer(other):
        a, b = (t.value if isinstance(t, Tensor) else t for t in (input, other))
        _no_zero(b)
        made = Tensor(
            np.floor_divide(a, b) if rounding_mode == "floor" else np.trunc(np.true_divide(a, b)).astype(int)
        )
    else:
        quotient = _divide(input, other)
        made = named(floor(quotient) if rounding_mode == "floor" else trunc(quotient), "DivBackward2")
        if rounding_mode == "floor":
            # Not the quotient rounded down, which may itself have been rounded up.
            a, b = (t.value if isinstance(t, Tensor) else t for t in (input, other))
            made.value = np.asarray(np.floor_divide(a, b), made.value.dtype)
    return made if out is None else into(out, made)


def _no_zero(divisor: Any) -> None:
    if not np.all(divisor):
        raise RuntimeError("ZeroDivisionError")


def floor_divide(input: Any, other: Any) -> Tensor:
    """The quotient, rounded down."""
    return divide(input, other, rounding_mode="floor")


def where(condition: Any, input: Any = None, other: Any = None, *, out: Tensor | None = None) -> Any:
    """Elements of `input` where the condition holds, of `other` elsewhere.

    Examples
    --------
    >>> import srcgrad as torch
    >>> x = torch.tensor([-1.0, 2.0])
    >>> torch.where(x > 0, x, 0.0)
    tensor([0., 2.])
    """
    mask = condition.value if isinstance(condition, Tensor) else condition
    if isinstance(condition, Tensor) and mask.dtype.kind != "b" and input is not None:
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {type_name(condition.dtype)}"
        )
    if input is None and other is None:
        return tuple(Tensor(part) for part in np.nonzero(mask))
    a, b = operand(input), operand(other)
    kind = promote([t.value if isinstance(t, Tensor) else t for t in (a, b)])
    parts = [
        (t if t.value.dtype == kind else cast(t, kind))
        if isinstance(t, Tensor)
        else Tensor(np.asarray(t, kind))
        for t in (a, b)
    ]
    made = apply(np.where, condition, *parts, name="WhereBackward0")
    return made if out is None else into(out, made)


def clamp(input: Tensor, min: Any = None, max: Any = None, *, out: Tensor | None = None) -> Tensor:
    """The nearest number between `min` and `max`; the slope at the bounds is one."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if input.value.dtype.kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")
    made = input
    for bound, beyond in ((min, lt), (max, gt)):
        if bound is not None:
            limit = bound.value if isinstance(bound, Tensor) else bound
            # A bound that is no number makes the result none.
            made = where(beyond(made, bound).value | (limit != limit), bound, made)
    tensors = any(isinstance(t, Tensor) and (t.value.ndim or t.requires_grad) for t in (min, max))
    made = named(made, "ClampBackward0" if tensors else "ClampBackward1")
    return made if out is None else into(out, made)


def clamp_min(input: Tensor, min: Any) -> Tensor:
    """The input, or `min` where that is greater."""
    made = clamp(input, min)
    return named(made, f"ClampMinBackward{int(isinstance(min, Tensor))}")


def clamp_max(input: Tensor, max: Any) -> Tensor:
    """The input, or `max` where that is less."""
    made = clamp(input, None, max)
    return named(made, f"ClampMaxBackward{int(isinstance(max, Tensor))}")


def relu(input: Tensor) -> Tensor:
    """``max(input, 0)``, with slope zero at zero."""
    if input.value.dtype.kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu")
    zero = Tensor(np.zeros((), input.value.dtype))
    return named(apply(np.where, input.value <= 0, zero, input), "ReluBackward0")


def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """``input + weight * (end - input)``."""
    return named(
        input + weight * (end - input), "LerpBackward1" if isinstance(weight, Tensor) else "LerpBackward0"
    )


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """``input + value * tensor1 * tensor2``."""
    return named(input + _scaled(tensor1, value) * tensor2, "AddcmulBackward0")


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """``input + value * tensor1 / tensor2``."""
    return named(input + _scaled(tensor1, value) / tensor2, "AddcdivBackward0")


def nan_to_num(
    input: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """Numbers in place of NaN and the infinities."""
    value = input.value
    if value.dtype.kind not in "fc":
        return input.clone()  # type: ignore[no-any-return]
    info = np.finfo(value.dtype)
    made = where(np.isnan(value), nan, input)
    made = where(np.isposinf(value), float(info.max) if posinf is None else posinf, made)
    made = where(np.isneginf(value), float(info.min) if neginf is None else neginf, made)
    return named(made, "NanToNumBackward0")


def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """The step function, with the given values at zero."""
    return underivable(input, np.heaviside(input.value, values.value), "Heaviside")


def underivable(input: Tensor, value: Any, title: str) -> Tensor:
    """A result that PyTorch has no derivative for: an error when a gradient is to go through it."""

    def refuse(g: Any, saved: Any) -> Any:
        raise NotImplementedError(f"the derivative for '{title.lower()}' is not implemented.")

    made = Tensor(value)
    node = input.source()
    if node is not None and recording.get() > 0:
        made.node = Node(Variant(f"{title}Backward0", refuse), (node,), (), (), 0, f"{title}Backward0")
    return made


# --- complex numbers ---


def conj(input: Tensor) -> Tensor:
    """The conjugate."""
    if input.value.dtype.kind != "c":
        return input
    return apply(np.conjugate, input, name="ConjBackward0")  # type: ignore[no-any-return]


def angle(input: Tensor) -> Tensor:
    """The angle of a complex number."""
    return apply(np.angle, input, name="AngleBackward0")  # type: ignore[no-any-return]


def real(input: Tensor) -> Tensor:
    """The real part: a view of a complex tensor."""
    if input.value.dtype.kind != "c":
        return input
    return view(np.real, input, name="SelectBackward0")


def imag(input: Tensor) -> Tensor:
    """The imaginary part: a view of a complex tensor."""
    if input.value.dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return view(np.imag, input, name="SelectBackward0")


def divide_plain(input: Any, other: Any) -> Tensor:
    """``input / other``."""
    return _divide(input, other)


def rdiv(input: Tensor, other: Any) -> Tensor:
    """``other / input``."""
    if isinstance(other, (int, float, complex)) and input.value.dtype.kind in "fc":
        return multiply(reciprocal(input), other)
    return _divide(other, input)
