"""Coverage of the rule table against the list of what NumPy and SciPy offer.

Usage::

    python scripts/coverage.py            print the coverage
    python scripts/coverage.py --page     write docs/coverage.md

The list (``docs/data/numpy_coverage.csv``) has a row for each name. It says whether the name is
differentiable ("yes"), runs with a derivative of zero ("nondiff-passthrough") or holds no numbers to
differentiate ("no"), and which other packages have it.
"""

from __future__ import annotations

import csv
import importlib
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from srcgrad.rules import Kind, Rule, registry, rule_for, rule_for_attribute, rule_for_method
from srcgrad.rules.exceptions import EXCEPTIONS
from srcgrad.rules.parameters import keywords_of

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "docs" / "data" / "numpy_coverage.csv"
PAGE = ROOT / "docs" / "coverage.md"
PEERS = {
    "hips_autograd_rule": "HIPS autograd",
    "jax_name": "JAX",
    "mygrad_rule": "MyGrad",
    "torch_name": "PyTorch",
}

#: Conventions where a derivative does not exist, or has to be chosen.
CONVENTIONS = {
    "absolute abs fabs __abs__": "0 at 0",
    "maximum minimum fmax fmin": "equal operands share the cotangent equally",
    "max min amax amin nanmax nanmin ptp": "equal elements share the cotangent equally",
    "clip": "a value on its bound counts as not clipped",
    "sqrt": "infinite at 0",
    "norm vector_norm matrix_norm hypot std nanstd": "0 at the origin",
    "power pow float_power": "slope of x**0 is 0; slope in y is 0 at x = 0, NaN at x < 0",
    "prod cumprod nanprod nancumprod cumulative_prod": "exact with zeros",
    "cholesky eigh eigvalsh": "gradient in the triangle that is read",
    "eigh eig svd": "0 where eigenvalues meet and the loss does not notice, NaN where it does",
    "unique unique_all unique_counts unique_inverse unique_values union1d": "equal elements share equally",
    "interp": "slope of the right piece on a knot",
    "sort partition": "equal elements keep their order",
    "where": "the branch not taken gets 0; a NaN slope in it spreads unless its argument is guarded, or nan_safe",
    "histogram histogram2d histogramdd": "weights, and edges that are counted out between the extrema",
    "qr svd": "NaN where the loss sees columns that the matrix does not fix",
    "det": "exact at singular matrices, to second order",
    "accumulate": "of equal extrema the first",
    "angle": "NaN at 0",
    "solve": "gradient in the triangle that is read, if assume_a says there is one",
    "cho_factor cholesky_banded": "gradient in the triangle that is read",
    "jv yv iv ive kv kve jn": "order too, for positive arguments",
    "gammainc gammaincc betainc zeta": "all parameters; zeta in x for x > 1",
    "hyp1f1 hyp2f1": "variable only; the parameters raise an error",
    "pdf logpdf cdf logcdf sf logsf": "0 outside the support",
    "odeint": "through the steps of an adaptive method of order eight",
    "funm": "for matrices with a basis of eigenvectors",
    "schur hessenberg": "where the form is fixed but for phases: 0 for turning them",
}


@dataclass(frozen=True)
class Row:
    """One name of the list with what the table says about it."""

    name: str
    wanted: str
    category: str
    note: str
    peers: tuple[str, ...]
    rule: Rule | None
    present: bool

    @property
    def covered(self) -> bool:
        """Whether the table does what the list asks for."""
        if not self.present or self.wanted == "no":
            return True
        if self.rule is None:
            return self.name == "numpy.newaxis"  # is None: there is nothing to look up
        return self.wanted != "yes" or self.rule.kind is not Kind.NONDIFF


def rows() -> list[Row]:
    """All rows of the list."""
    with LIST.open(newline="") as file:
        return [_row(entry) for entry in csv.DictReader(file)]


def _row(entry: dict[str, str]) -> Row:
    name = entry["name"]
    rule, present = find(name)
    peers = tuple(label for column, label in PEERS.items() if entry[column])
    return Row(
        name, entry["differentiable"], entry["category"], entry["note"].strip('"'), peers, rule, present
    )


def find(name: str) -> tuple[Rule | None, bool]:
    """The rule of a dotted name, and whether the installed version has that name at all."""
    if name.startswith("numpy.ufunc."):
        name = name.replace("numpy.ufunc.", "numpy.add.")
    parts = name.split(".")
    found: Any = importlib.import_module(parts[0])
    for k, part in enumerate(parts[1:], 2):
        if not hasattr(found, part):
            try:
                importlib.import_module(".".join(parts[:k]))
            except ImportError:
                return None, False
        found = getattr(found, part)
    rule = rule_for(found)
    if rule is None and parts[1] == "ndarray":
        rule = rule_for_method(parts[-1]) or rule_for_attribute(parts[-1])
    return rule, True


def summary(table: list[Row]) -> list[str]:
    """Lines that say how much is covered."""
    lines = []
    for package in ("numpy", "scipy"):
        for wanted, what in (("yes", "differentiable"), ("nondiff-passthrough", "derivative zero")):
            chosen = [r for r in table if r.name.startswith(package) and r.wanted == wanted and r.present]
            excused = [r for r in chosen if not r.covered and r.name in EXCEPTIONS]
            covered = sum(r.covered for r in chosen)
            more = f", {len(excused)} left out with a reason" if excused else ""
            lines.append(f"{package:6} {what:16} {covered:4} of {len(chosen)}{more}")
    return lines


def missing(table: list[Row], package: str) -> list[str]:
    """Names without a rule and without a reason."""
    return [
        r.name for r in table if r.name.startswith(package) and not r.covered and r.name not in EXCEPTIONS
    ]


def orders() -> dict[Rule, int]:
    """The highest order of derivative that tests hold against differences, by rule."""
    sys.path.insert(0, str(ROOT))
    from tests.rules import test_rules, test_updates

    result: dict[Rule, int] = {}
    for sample in [*test_rules.SAMPLES, *test_updates.S]:
        rule = rule_for(sample.op)
        if rule is not None:
            result[rule] = max(
                result.get(rule, 0), 2 if sample.second and rule.kind is not Kind.UPDATE else 1
            )
    return result


def refused() -> list[str]:
    """Parameters of functions that their rules do not take, as lines of a list."""
    lines = []
    for rule in sorted(set(registry.TABLE.values()), key=lambda rule: rule.name):
        if rule.kind in (Kind.NONDIFF, Kind.UPDATE) or not rule.name.startswith(("numpy.", "scipy.")):
            continue
        if isinstance(rule.op, np.ufunc | type):
            continue
        own = rule.signature.parameters
        theirs = keywords_of(rule.op) if not rule.name.startswith("numpy.ndarray.") else None
        lacking = sorted((theirs or set()) - own.keys() - {"start_or_stop"})
        lacking = [name for name in lacking if not name.startswith("overwrite_")]
        if lacking and not any(p.kind is p.VAR_KEYWORD for p in own.values()):
            lines.append(f"- `{rule.name}`: " + ", ".join(f"`{name}`" for name in lacking))
    return lines


def page(table: list[Row]) -> str:
    """Text of docs/coverage.md."""
    tested = orders()
    conventions = {name: text for names, text in CONVENTIONS.items() for name in names.split()}
    kinds = Counter(rule.kind.value for rule in set(registry.TABLE.values()))
    lines = [
        "# Coverage",
        "",
        "What the rule table knows of NumPy and of the parts of SciPy that other packages differentiate.",
        "This page is written by `python scripts/coverage.py --page`; a test fails when the coverage falls.",
        "",
        "```text",
        *summary(table),
        "```",
        "",
        "Rules by kind: " + ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())) + ".",
        "Orders is the highest derivative that tests hold against differences.",
        "Forward mode follows from every rule.",
        "",
        "## Parameters",
        "",
        "A parameter that a rule does not take, or has no derivative for, is an error that shows the line, unless it is",
        "passed at its default. Of ufuncs, `out` works, `where` works together with `out`, and `dtype` where the result is",
        "floating-point. Permissions to overwrite an argument are not made use of. Not taken are:",
        "",
        *refused(),
        "",
        "## Left out, and why",
        "",
        *[f"- `{name}`: {reason}" for name, reason in sorted(EXCEPTIONS.items())],
        "",
    ]
    groups = {"numpy": "NumPy", "scipy": "SciPy"}
    for package, title in groups.items():
        chosen = [r for r in table if r.name.startswith(package) and r.wanted == "yes" and r.present]
        lines += [
            f"## {title}",
            "",
            "| name | rule | orders | conventions, notes | also in |",
            "|---|---|---|---|---|",
        ]
        for r in chosen:
            kind = r.rule.kind.value if r.rule is not None else "left out" if r.name in EXCEPTIONS else "none"
            order = str(tested.get(r.rule, "")) if r.rule is not None else ""
            convention = conventions.get(r.name.rpartition(".")[2], "")
            notes = "; ".join(part for part in (convention, r.note) if part)
            lines.append(f"| `{r.name}` | {kind} | {order} | {notes} | {', '.join(r.peers)} |")
        lines.append("")
    zero = [r.name for r in table if r.wanted == "nondiff-passthrough" and r.present and r.covered]
    lines += ["## Derivative zero", "", "These run as they stand and let no derivative through.", ""]
    lines += [", ".join(f"`{name}`" for name in zero), ""]
    return "\n".join(lines)


def main() -> None:
    """Print the coverage, or write the page."""
    table = rows()
    if "--page" in sys.argv:
        PAGE.write_text(page(table))
        print(f"wrote {PAGE.relative_to(ROOT)}")
    print("\n".join(summary(table)))
    for package in ("numpy", "scipy"):
        names = missing(table, package)
        if names:
            print(f"missing in {package}: {', '.join(names)}")
    print(f"NumPy {np.__version__}, {len(set(registry.TABLE.values()))} rules")


if __name__ == "__main__":
    main()
