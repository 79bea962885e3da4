"""Activations, layers and losses, as functions."""

from srcgrad.nn import activations, convolutions, layers, losses
from srcgrad.nn.activations import *  # noqa: F403
from srcgrad.nn.convolutions import *  # noqa: F403
from srcgrad.nn.layers import *  # noqa: F403
from srcgrad.nn.losses import *  # noqa: F403

__all__ = [*activations.__all__, *convolutions.__all__, *layers.__all__, *losses.__all__]
