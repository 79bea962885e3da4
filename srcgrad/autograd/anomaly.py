"""Anomaly mode: name the line that made the node whose backward went wrong."""

from __future__ import annotations

import traceback
import warnings
from types import TracebackType
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from srcgrad.runtime.eager import graph
from srcgrad.runtime.eager.graph import Node, Variable

__all__ = ["detect_anomaly", "failed", "is_anomaly_enabled", "set_detect_anomaly"]

_made: WeakKeyDictionary[Node, str] = WeakKeyDictionary()
_check_nan = True


def _note(node: Node) -> None:
    frames = [
        f for f in traceback.extract_stack() if "srcgrad" not in f.filename.replace("\\", "/").split("/")
    ]
    _made[node] = "".join(traceback.format_list(frames or traceback.extract_stack()))


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return graph.trace is not None


def failed(node: Node, what: Any) -> None:
    """Called by the engine with an exception, or with the cotangents that a node gave."""
    if isinstance(what, BaseException):
        _tell(node)
        return
    if not _check_nan:
        return
    for k, part in enumerate(what):
        value = part.value if isinstance(part, Variable) else part
        if value is not None and np.asarray(value).dtype.kind in "fc" and np.isnan(value).any():
            _tell(node)
            raise RuntimeError(f"Function '{node.name}' returned nan values in its {k}th output.")


def _tell(node: Node) -> None:
    made = _made.get(node)
    if made is None:
        text = (
            f"Error detected in {node.name}. No forward pass information available. Enable detect anomaly "
            f"during "
            "forward pass for more information."
        )
    else:
        text = f"Error detected in {node.name}. Traceback of forward call that caused the error:\n{made}"
    warnings.warn(text, UserWarning, stacklevel=4)


class set_detect_anomaly:
    """Switch anomaly mode, at once or for a block.

    Parameters
    ----------
    mode : bool
    check_nan : bool
        Also raise where a backward function gives NaN.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        global _check_nan
        self._before = graph.trace, _check_nan
        graph.trace = _note if mode else None
        _check_nan = check_nan

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        global _check_nan
        graph.trace, _check_nan = self._before


class detect_anomaly:
    """A block in which errors of the backward pass name the line of the forward pass.

    Examples
    --------
    >>> import srcgrad as torch
    >>> with torch.autograd.detect_anomaly():
    ...     torch.autograd.is_anomaly_enabled()
    True
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._check_nan = check_nan
        self._inner: list[set_detect_anomaly] = []

    def __enter__(self) -> None:
        self._inner.append(set_detect_anomaly(True, self._check_nan))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inner.pop().__exit__(kind, error, trace)
