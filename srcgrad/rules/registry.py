"""Where the rules are kept and how they are found.

`TABLE` maps the function itself to its rule, so every alias of a function has the same rule. The files of the
table are imported at the first look-up, those about SciPy once the program has imported that part of SciPy
itself.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable
from typing import Any

from srcgrad.rules.helpers import safe_product
from srcgrad.rules.rule import Rule

__all__ = [
    "ATTRIBUTES",
    "DRAWS",
    "METHODS",
    "OPERATORS",
    "TABLE",
    "alias",
    "enter",
    "load",
    "public_name",
    "rule_for",
    "rule_for_attribute",
    "rule_for_method",
]

TABLE: dict[Any, Rule] = {}
#: Rules of methods of ndarray, by name: rule of a function whose first argument is the array.
METHODS: dict[str, Rule] = {}
#: Rules of attributes of ndarray, by name: rule of a function of the array alone.
ATTRIBUTES: dict[str, Rule] = {}
#: Rules of methods of random number generators, by name.
DRAWS: dict[str, Rule] = {}
#: NumPy functions that operators stand for, by name of the syntax tree class.
OPERATORS: dict[str, Callable[..., Any]] = {}
#: Names given to functions that cannot tell their own.
NAMES: dict[Any, str] = {}

#: Files of the table about NumPy and Python, in the order in which they are read.
_FILES = """
    numpy.elementwise numpy.kinks numpy.shape numpy.join numpy.index numpy.reductions numpy.quantiles
    numpy.nans numpy.scans numpy.sorting numpy.conversion numpy.construct numpy.contraction numpy.linalg
    numpy.decompositions numpy.fft numpy.polynomial numpy.interpolation numpy.emath numpy.ufunc_methods
    numpy.update numpy.nondiff python.builtin python.math_ python.gamma python.cmath_ python.operator_
    numpy.methods
"""
#: Files about parts of SciPy.
_SCIPY = {
    "special": "special exponentials moments bessel",
    "linalg": "linalg decompositions matrix_functions structured",
    "signal": "signal spectra",
    "stats": "stats multivariate",
    "integrate": "integrate",
}

#: Files not read yet, each with the package that the program must have imported before.
_waiting: dict[str, str] = {
    **{f"srcgrad.rules.{file}": "numpy" for file in _FILES.split()},
    "srcgrad.rules.numpy.random": "numpy.random",
    "srcgrad.rules.numpy.series": "numpy.polynomial",
    "srcgrad.rules.python.statistics_": "statistics",
    "srcgrad.rules.python.functools_": "functools",
    **{f"srcgrad.rules.scipy.{file}": f"scipy.{part}" for part in _SCIPY for file in _SCIPY[part].split()},
}
_loading = threading.RLock()


def load() -> bool:
    """Import the files of the table whose package the program has imported; True if there were any."""
    with _loading:
        ready = [file for file, package in _waiting.items() if package in sys.modules]
        for file in ready:
            _waiting.pop(file, None)
            try:
                importlib.import_module(file)
            except ModuleNotFoundError as error:
                if error.name is None or not error.name.startswith("srcgrad.rules"):
                    raise
        return bool(ready)


def nan_safe(*ops: Any) -> None:
    """Let products of elementwise rules be 0 where the cotangent is 0: of these functions, or of all."""
    load()
    for op in ops or tuple(TABLE):
        rule = rule_for(op)
        variants = () if rule is None else (rule, rule.scalar, *rule.by_arity.values())
        for variant in variants:
            if variant is not None and op is not safe_product:
                variant.nan_safe = True
                vars(variant).pop("pullbacks", None)
                vars(variant).pop("tangents", None)


def enter(rule: Rule) -> None:
    """Put a rule in the table; a later one for the same function replaces it."""
    TABLE[rule.op] = rule


def alias(op: Any, rule: Rule | None) -> None:
    """Let another function have the same rule."""
    if op is not None and rule is not None:
        TABLE[op] = rule


def rule_for(op: Any) -> Rule | None:
    """The rule of a function, None if the table has none; never raises."""
    try:
        rule = TABLE.get(op)
        if rule is None and load():
            rule = TABLE.get(op)
    except TypeError:
        return None
    return rule if rule is not None else _of_generator(op)


def _of_generator(op: Any) -> Rule | None:
    """The rule of a method of a random number generator, whichever generator it is."""
    random = sys.modules.get("numpy.random")
    owner = getattr(op, "__self__", None)
    if random is None or not isinstance(owner, random.Generator | random.RandomState):
        return None
    load()
    return DRAWS.get(getattr(op, "__name__", ""))


def rule_for_method(name: str) -> Rule | None:
    """The rule of a method of ndarray as a function of the array and the method's own arguments."""
    load()
    return METHODS.get(name)


def rule_for_attribute(name: str) -> Rule | None:
    """The rule of an attribute of ndarray as a function of the array."""
    load()
    return ATTRIBUTES.get(name)


def public_name(op: Any) -> str:
    """Dotted name under which users know a function."""
    try:
        if op in NAMES:
            return NAMES[op]
    except TypeError:
        return repr(op)
    owner = getattr(op, "__self__", None)
    plain: str = getattr(op, "__name__", None) or type(op).__name__
    if owner is not None and type(owner).__name__ == "ufunc":
        return f"{public_name(owner)}.{plain}"
    if owner is not None and type(owner).__name__ == "RandomState":
        return f"numpy.random.{plain}"
    if type(op).__name__ in ("ufunc", "MultiUFunc"):
        return f"{_home_of_ufunc(op, plain)}.{plain}"
    if owner is not None and type(owner).__module__.startswith("scipy.stats"):
        family = getattr(owner, "name", None) or type(owner).__name__.removesuffix("_gen")
        return f"scipy.stats.{family}.{plain}"
    objclass = getattr(op, "__objclass__", None)
    if objclass is not None:
        return f"{objclass.__module__}.{objclass.__name__}.{plain}"
    module = getattr(op, "__module__", None) or "builtins"
    if module.startswith("scipy."):
        module = ".".join(part for part in module.split(".")[:2])
    if module == "_operator":
        module = "operator"
    return f"{module}.{getattr(op, '__qualname__', plain)}"


def _home_of_ufunc(op: Any, plain: str) -> str:
    special = sys.modules.get("scipy.special")
    return "scipy.special" if special is not None and getattr(special, plain, None) is op else "numpy"


def _operators() -> None:
    import numpy as np

    NAMES.update({np.r_: "numpy.r_", np.c_: "numpy.c_", np.s_: "numpy.s_", np.index_exp: "numpy.index_exp"})
    NAMES.update({np.mgrid: "numpy.mgrid", np.ogrid: "numpy.ogrid"})

    binary = {
        "Add": np.add,
        "Sub": np.subtract,
        "Mult": np.multiply,
        "Div": np.divide,
        "FloorDiv": np.floor_divide,
        "Mod": np.remainder,
        "Pow": np.power,
        "MatMult": np.matmul,
        "BitAnd": np.bitwise_and,
        "BitOr": np.bitwise_or,
        "BitXor": np.bitwise_xor,
        "LShift": np.left_shift,
        "RShift": np.right_shift,
    }
    unary = {"USub": np.negative, "UAdd": np.positive, "Invert": np.invert, "Not": np.logical_not}
    compare = {
        "Eq": np.equal,
        "NotEq": np.not_equal,
        "Lt": np.less,
        "LtE": np.less_equal,
        "Gt": np.greater,
        "GtE": np.greater_equal,
    }
    OPERATORS.update({**binary, **unary, **compare})


_operators()
