"""Random tensor programs, run by PyTorch and by srcgrad, statement by statement: ``python -m tests.eager.random_programs``.

The arguments are the first seed and how many.  What differs is cut down to the statements that matter and printed; a
program that has been put right goes to ``programs.txt``, and `record_torch` writes down what PyTorch shows for it.
PyTorch has to be installed.  Some of what is printed is meant: this package takes more (numbers in place of tensors,
writes that its rules survive), and it has no half-precision complex numbers and no lazy conjugates.
"""

from __future__ import annotations

import math
import random
import re
import sys
import warnings
from pathlib import Path
from typing import Any

SHAPES = ["()", "(1,)", "(3,)", "(2,3)", "(3,2)", "(2,2)", "(2,1,3)", "(3,3)", "(0,)", "(2,0)"]
NUMBERS = ["2", "-1", "0.5", "1.5", "True", "0", "3", "1j", "-0.3", "1e-3", "100"]


def _tables() -> dict[str, list[str]]:
    text = (Path(__file__).parent / "random_statements.txt").read_text()
    tables = (table.splitlines() for table in text.strip().split("\n\n"))
    return {title.strip("[]"): lines for title, *lines in tables}


# Expressions of a variable {a}, another {b} and a number {s}; each group with how often it is taken.
TABLES = _tables()
NEW = {
    "functions": 10,
    "reductions": 8,
    "views": 18,
    "parts": 6,
    "pairs": 16,
    "with_numbers": 10,
    "conversions": 2,
}
STATEMENTS = {"writes": 14, "changes": 14}
ASKED = {"questions": 4, "gradients": 4}


def leaf(rng: random.Random) -> str:
    """A new tensor."""
    shape = eval(rng.choice(SHAPES if rng.random() < 0.25 else SHAPES[:8]))
    kind = rng.choices("fibc", [80, 10, 6, 4])[0]
    draw = {
        "f": lambda: round(rng.uniform(-2, 2), 2),
        "i": lambda: rng.randint(-3, 4),
        "b": lambda: rng.random() < 0.5,
        "c": lambda: complex(round(rng.uniform(-2, 2), 1), round(rng.uniform(-2, 2), 1)),
    }[kind]

    def nest(shape: tuple[int, ...]) -> Any:
        return [nest(shape[1:]) for _ in range(shape[0])] if shape else draw()

    more = rng.choices(["", ", dtype=T.float64"], [7, 3])[0] if kind == "f" else ""
    if 0 in shape and kind == "i":
        more += ", dtype=T.int64"
    if kind in "fc" and rng.random() < 0.65:
        more += ", requires_grad=True"
    return f"T.tensor({nest(shape)}{more})"


def statement(rng: random.Random, names: list[str], new: str) -> str:
    """One more statement over these variables, that may make a new one."""
    groups = {"": 10, **NEW, **STATEMENTS, **ASKED}
    group = rng.choices(list(groups), list(groups.values()))[0]
    if not group:
        return f"{new} = {leaf(rng)}"
    a = names[-1] if rng.random() < 0.5 else rng.choice(names)
    number = rng.choice(NUMBERS)
    b = number if group == "writes" and rng.random() < 0.25 else rng.choice(names)
    text = rng.choice(TABLES[group]).replace("{a}", a).replace("{b}", b).replace("{s}", number)
    if group in NEW:
        text = f"{new} = {text}"
    elif group in ASKED:
        return f"out = {text}"
    return f"with T.no_grad(): {text}" if rng.random() < 0.1 else text


def space_for(T: Any) -> dict[str, Any]:
    """The names that programs use."""
    import numpy as np

    return {"T": T, "F": T.nn.functional, "A": T.autograd, "np": np, "log": [], "rep": lambda g: g.tolist()}


def make(seed: int, length: int = 14) -> list[str]:
    """A program; PyTorch runs it as it is made, so that most statements make sense."""
    import torch

    rng = random.Random(seed)
    program = [f"v0 = {leaf(rng)}", f"v1 = {leaf(rng)}"]
    space = space_for(torch)
    for line in program:
        exec(line, space)
    names, k = ["v0", "v1"], 2
    for _ in range(60):
        if len(program) >= length:
            break
        line = statement(rng, names, f"v{k}")
        try:
            exec(line, space)
        except Exception:
            if rng.random() < 0.85:
                continue
        program.append(line)
        k += 1
        alive = [n for n in (f"v{j}" for j in range(k)) if isinstance(space.get(n), torch.Tensor)]
        names = [n for n in alive if space[n].numel() < 60] or names
    return program + [f"({n} * {n}.detach().cos()).sum().backward(retain_graph=True)" for n in names[-2:]]


def observe(T: Any, program: list[str]) -> list[Any]:
    """After each statement: the error, if there was one, and what all variables are."""
    space, seen = space_for(T), []
    for line in program:
        error = None
        space["out"] = None
        try:
            exec(line, space)
        except Exception as raised:
            error = [c.__name__ for c in type(raised).__mro__ if c not in (object, BaseException, Exception)]
        state = {}
        for name, value in list(space.items()):
            if not re.fullmatch(r"v\d+|out", name):
                continue
            state[name] = plain(value, T)
            if isinstance(value, T.Tensor) and name != "out" and value.is_leaf and value.grad is not None:
                state[f"{name}.grad"] = value.grad.tolist()
        seen.append((error, state, list(space["log"])))
    return seen


def plain(value: Any, T: Any) -> Any:
    """What can be seen of a value."""
    if isinstance(value, T.Tensor):
        try:
            node = value.grad_fn
        except RuntimeError:
            return "a view that PyTorch refuses to look at"
        name = None if node is None else type(node).__name__
        return [str(value.dtype), list(value.shape), value.tolist(), value.requires_grad, value.is_leaf, name]
    if isinstance(value, (list, tuple)):
        return [plain(item, T) for item in value]
    return value if isinstance(value, (bool, int, float, complex, str, type(None))) else str(value)


def close(a: Any, b: Any) -> bool:
    """Whether two observations agree, up to rounding."""
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(close(a[key], b[key]) for key in a)
    if isinstance(a, complex) or isinstance(b, complex):
        return close(complex(a).real, complex(b).real) and close(complex(a).imag, complex(b).imag)
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-4) or (math.isnan(a) and math.isnan(b))
    return bool(a == b)


def difference(program: list[str]) -> tuple[int, str] | None:
    """The first statement after which the two differ, and how."""
    import torch

    import srcgrad

    pairs = zip(observe(torch, program), observe(srcgrad, program))
    for k, ((error, state, log), (our_error, our_state, our_log)) in enumerate(pairs):
        if "that PyTorch refuses" in str(state) or "NotImplemented'" in str(state):
            return None
        if (error is None) != (our_error is None) or (error and our_error and error[0] not in our_error):
            return k, f"PyTorch {error}, srcgrad {our_error}"
        for name in state:
            if not close(state[name], our_state.get(name)):
                return k, f"{name}: PyTorch {state[name]}, srcgrad {our_state.get(name)}"
        if not close(log, our_log):
            return k, f"hooks: PyTorch {log}, srcgrad {our_log}"
    return None


def shrink(program: list[str], found: tuple[int, str]) -> tuple[list[str], tuple[int, str]]:
    """Without the statements that do not matter for the difference in the last one."""
    program = program[: found[0] + 1]
    for k in range(len(program) - 2, -1, -1):
        shorter = program[:k] + program[k + 1 :]
        again = difference(shorter)
        if (
            again is not None
            and again[0] == len(shorter) - 1
            and again[1].split(":")[0] == found[1].split(":")[0]
        ):
            program, found = shorter, again
    return program, found


def main() -> None:
    warnings.simplefilter("ignore")
    first, count = map(int, sys.argv[1:3])
    for seed in range(first, first + count):
        program = make(seed)
        found = difference(program)
        if found is not None:
            program, found = shrink(program, found)
            print(f"--- seed {seed}", *program, f">>> {found[1][:500]}", sep="\n", flush=True)


if __name__ == "__main__":
    main()
