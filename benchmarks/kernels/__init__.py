"""The kernels: plain NumPy functions, one file for each family."""

from __future__ import annotations

from benchmarks.kernels import (
    adbench,
    factorizations,
    flows,
    networks,
    products,
    scalars,
    statistics,
    stencils,
    sweeps,
)
from benchmarks.kernels.kernel import Kernel

__all__ = ["KERNELS"]

KERNELS: tuple[Kernel, ...] = (
    *stencils.KERNELS,
    *flows.KERNELS,
    *sweeps.KERNELS,
    *products.KERNELS,
    *factorizations.KERNELS,
    *statistics.KERNELS,
    *networks.KERNELS,
    *scalars.KERNELS,
    *adbench.KERNELS,
)
