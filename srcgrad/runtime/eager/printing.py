"""Printing tensors the way PyTorch does."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from srcgrad.runtime.eager.dtypes import bool_, complex64, complex128, default, float64, int64
from srcgrad.runtime.eager.graph import Leaf
from srcgrad.runtime.eager.tensor import Tensor

__all__ = ["set_printoptions", "tensor_text"]


class _Options:
    __slots__ = ("edgeitems", "linewidth", "precision", "sci_mode", "threshold")

    def __init__(self) -> None:
        self.precision: int = 4
        self.threshold: float = 1000
        self.edgeitems: int = 3
        self.linewidth: int = 80
        self.sci_mode: bool | None = None


_options = _Options()
_PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed.

    Parameters
    ----------
    precision : int, optional
        Digits after the point.
    threshold : int, optional
        Number of elements above which a tensor is printed in part.
    edgeitems : int, optional
        How many are then printed at each end.
    linewidth : int, optional
        Characters a line.
    profile : {"default", "short", "full"}, optional
        All of these at once.
    sci_mode : bool, optional
        Force scientific notation on or off; decided by the numbers if not given.

    Examples
    --------
    >>> import srcgrad as torch
    >>> torch.set_printoptions(precision=2)
    >>> torch.tensor([1.2345])
    tensor([1.23])
    >>> torch.set_printoptions(profile="default")
    """
    given = dict(_PROFILES[profile]) if profile is not None else {}
    named = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    given.update({key: value for key, value in named.items() if value is not None})
    for key, value in given.items():
        setattr(_options, key, value)
    _options.sci_mode = sci_mode


class _Format:
    """How the numbers of one tensor are written: all alike."""

    def __init__(self, values: Any) -> None:
        self.whole = True
        self.scientific = False
        self.width = 1
        self.floating = values.dtype.kind == "f"
        flat = values.reshape(-1)
        if not self.floating:
            self.width = max([1, *(len(self.plain(v)) for v in flat.tolist())])
            return
        wide = flat.astype(np.float64)
        wide = wide[np.isfinite(wide) & (wide != 0)]
        if not wide.size:
            return
        finite = np.abs(wide)
        low, high = float(finite.min()), float(finite.max())
        self.whole = bool((wide == np.ceil(wide)).all())
        self.scientific = high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4
        if _options.sci_mode is not None:
            self.scientific = _options.sci_mode
        self.width = max(len(self.plain(v)) for v in wide.tolist())

    def plain(self, value: Any) -> str:
        if not self.floating:
            return str(value)
        if self.scientific:
            return f"{value:.{_options.precision}e}"
        if self.whole:
            text = f"{value:.0f}"
            return text if math.isinf(value) or math.isnan(value) else text + "."
        return f"{value:.{_options.precision}f}"

    def __call__(self, value: Any) -> str:
        return self.plain(value).rjust(self.width)


def _number(value: Any, forms: tuple[_Format, ...]) -> str:
    if len(forms) == 1:
        return forms[0](value)
    real = forms[0](value.real)
    imaginary = (forms[1](value.imag) + "j").lstrip()
    return f"{real}{imaginary}" if imaginary[0] in "+-" else f"{real}+{imaginary}"


def _vector(values: Any, indent: int, short: bool, forms: tuple[_Format, ...]) -> str:
    width = sum(form.width for form in forms) + 2 + (1 if len(forms) == 2 else 0)
    line = max(1, math.floor((_options.linewidth - indent) / width))
    edge = _options.edgeitems
    items = values.tolist()
    if short and not edge:
        texts = ["..."]
    elif short and len(items) > 2 * edge:
        texts = [
            *(_number(v, forms) for v in items[:edge]),
            " ...",
            *(_number(v, forms) for v in items[-edge:]),
        ]
    else:
        texts = [_number(v, forms) for v in items]
    lines = [texts[k : k + line] for k in range(0, len(texts), line)]
    return "[" + (",\n" + " " * (indent + 1)).join(", ".join(part) for part in lines) + "]"


def _nested(values: Any, indent: int, short: bool, forms: tuple[_Format, ...]) -> str:
    if values.ndim == 0:
        return str(_number(values.tolist(), forms))
    if values.ndim == 1:
        return _vector(values, indent, short, forms)
    edge = _options.edgeitems
    if short and len(values) > 2 * edge:
        parts = [
            *(_nested(v, indent + 1, short, forms) for v in values[:edge]),
            "...",
            *(_nested(v, indent + 1, short, forms) for v in values[len(values) - edge :]),
        ]
    else:
        parts = [_nested(v, indent + 1, short, forms) for v in values]
    return "[" + ("," + "\n" * (values.ndim - 1) + " " * (indent + 1)).join(parts) + "]"  # type: ignore[no-any-return]


def _summarised(values: Any) -> Any:
    """The elements that are printed of a long tensor: they decide the format."""
    for axis, n in enumerate(values.shape):
        if n > 2 * _options.edgeitems:
            kept = [*range(_options.edgeitems), *range(n - _options.edgeitems, n)]
            values = np.take(values, kept, axis=axis)
    return values


def _contents(values: Any, indent: int) -> str:
    short = values.size > _options.threshold
    shown = _summarised(values) if short else values
    if values.dtype.kind == "c":
        forms: tuple[_Format, ...] = (_Format(shown.real), _Format(shown.imag))
    else:
        if values.dtype == np.float16:
            values, shown = values.astype(np.float32), shown.astype(np.float32)
        forms = (_Format(shown),)
    return _nested(values, indent, short, forms)


def tensor_text(tensor: Tensor) -> str:
    """The text of a tensor, as ``repr`` gives it."""
    start = "tensor("
    indent = len(start)
    value = tensor.value
    kind = tensor.dtype
    usual = kind in (default.dtype, int64, bool_) or kind is (
        complex128 if default.dtype is float64 else complex64
    )
    suffixes: list[str] = []
    if value.size == 0:
        if value.ndim != 1:
            suffixes.append(f"size={tuple(value.shape)}")
        if kind is not default.dtype:
            suffixes.append(f"dtype={kind}")
        text = "[]"
    else:
        if not usual:
            suffixes.append(f"dtype={kind}")
        text = _contents(value, indent)
    node = tensor.source()
    if isinstance(node, Leaf):
        suffixes.append("requires_grad=True")
    elif node is not None:
        suffixes.append(f"grad_fn=<{node.name}>")
    parts = [start + text]
    length = len(parts[0]) - parts[0].rfind("\n") + 1
    for suffix in suffixes:
        if length + len(suffix) + 2 > _options.linewidth:
            parts.append(",\n" + " " * indent + suffix)
            length = indent + len(suffix)
        else:
            parts.append(", " + suffix)
            length += len(suffix) + 2
    return "".join(parts) + ")"
