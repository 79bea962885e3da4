"""Is everything there that srcgrad needs, and does it work?"""

from __future__ import annotations

import importlib.metadata
import platform
from dataclasses import dataclass

__all__ = ["Finding", "examine"]

REQUIRED = ("numpy", "gast", "astunparse")
OPTIONAL = {
    "numba": "compiles gradients to machine code (pip install 'srcgrad[jit]')",
    "matplotlib": "draws pictures (pip install 'srcgrad[plot]')",
    "jinja2": "reports as pages (pip install 'srcgrad[inspect]')",
    "pygments": "colours on the command line and in pages (pip install 'srcgrad[inspect]')",
    "scipy": "the examples' minimisers",
    "jax": "only to compare with",
    "torch": "only to compare with",
    "autograd": "only to compare with",
}


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Parameters
    ----------
    name : str
        What was looked at.
    result : str
        A version, or what happened.
    good : bool
        False where srcgrad cannot work like this.
    note : str
        What it is for, where that is not plain.
    """

    name: str
    result: str
    good: bool = True
    note: str = ""


def examine() -> list[Finding]:
    """Look at Python, the packages, and one gradient."""
    findings = [
        Finding("python", f"{platform.python_version()} ({platform.python_implementation()})"),
        Finding("platform", f"{platform.system()} {platform.machine()}"),
        Finding("srcgrad", _version("srcgrad") or "used from a folder, not installed"),
    ]
    for name in REQUIRED:
        version = _version(name)
        findings.append(Finding(name, version or "missing", version is not None, "required"))
    for name, purpose in OPTIONAL.items():
        findings.append(Finding(name, _version(name) or "not installed", note=f"optional: {purpose}"))
    findings.append(_trial())
    findings += _back_ends()
    return findings


def _back_ends() -> list[Finding]:
    """What can run generated code, and where machine code is kept."""
    names = ["python", *(["numba"] if _version("numba") is not None else [])]
    note = "what runs generated code" + ("; jit=True chooses numba" if len(names) > 1 else "")
    found = [Finding("back ends", ", ".join(names), note=note)]
    try:
        from srcgrad.transform.loops import cache

        kept = cache.info()
        found.append(
            Finding("cache", f"{kept.entries} gradients", note=f"{kept.size / 2**20:.1f} MB in {kept.folder}")
        )
    except OSError as error:
        found.append(Finding("cache", "not readable", note=str(error)))
    return found


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cube(x: float) -> float:
    return x * x * x


def _trial() -> Finding:
    try:
        import srcgrad

        slope = srcgrad.grad(_cube)(2.0)
    except Exception as error:
        return Finding("trial", f"failed: {type(error).__name__}: {error}", good=False)
    return Finding("trial", f"the derivative of x*x*x at 2 is {slope}", good=abs(slope - 12.0) < 1e-9)
