"""Activations, layers and losses, as functions."""

from srcgrad.nn import activations, layers, losses
from srcgrad.nn.activations import *  # noqa: F403
from srcgrad.nn.layers import *  # noqa: F403
from srcgrad.nn.losses import *  # noqa: F403

__all__ = [*activations.__all__, *layers.__all__, *losses.__all__]
