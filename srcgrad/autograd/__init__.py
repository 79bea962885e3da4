"""Gradients of eager tensors."""

from srcgrad.autograd import functional
from srcgrad.autograd.anomaly import detect_anomaly, is_anomaly_enabled, set_detect_anomaly
from srcgrad.autograd.engine import backward, grad
from srcgrad.autograd.function import Function
from srcgrad.autograd.gradcheck import gradcheck, gradgradcheck
from srcgrad.runtime.eager.modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from srcgrad.runtime.eager.tensor import Tensor as Variable

__all__ = [
    "Function", "Variable", "backward", "detect_anomaly", "enable_grad", "functional", "grad", "gradcheck",
    "gradgradcheck", "inference_mode", "is_anomaly_enabled", "no_grad", "set_detect_anomaly",
    "set_grad_enabled",
]  # fmt: skip
