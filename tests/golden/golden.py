"""Which programs have golden files, and what belongs into one."""

from __future__ import annotations

import pathlib

from tests.language.all_programs import case_named
from tests.language.truth import quiet

FOLDER = pathlib.Path(__file__).parent / "expected"

# Short programs that between them show every kind of statement the compiler writes.
NAMES = (
    "flow/straight_line",
    "flow/while_tolerance",
    "flow/while_counted",
    "flow/while_true_return",
    "flow/for_range",
    "flow/for_break",
    "flow/for_return",
    "flow/for_over_array",
    "flow/for_zip",
    "flow/early_returns",
    "flow/nested_for",
    "flow/branch_in_loop",
    "expressions/ternary",
    "expressions/matmul",
    "expressions/broadcasting",
    "expressions/numpy_keepdims",
    "binding/names_like_adjoints",
    "binding/swap",
    "inplace/write_elements",
    "inplace/augmented_in_loop",
    "inplace/write_slice",
    "inplace/augmented_mask",
    "inplace/augmented_repeated_integer_array",
    "inplace/view_slice",
    "inplace/double_buffering_slices",
    "inplace/callee_writes_argument",
    "inplace/trajectory",
    "inplace/cholesky_in_place",
    "calls/callee_called_many_times",
    "calls/recursion",
    "calls/gradient_by_nested_containers",
    "containers/list_append_of_previous",
    "guards/heavy_validation_around_one_formula",
    "real/newton_root",
    "real/lotka_volterra_rk4",
    "real/heat_equation_two_buffers",
)

# The same in forward mode.
FORWARD = (
    "flow/straight_line",
    "flow/while_tolerance",
    "flow/for_break",
    "flow/early_returns",
    "flow/branch_in_loop",
    "expressions/matmul",
    "expressions/broadcasting",
    "expressions/numpy_keepdims",
    "binding/swap",
    "inplace/write_elements",
    "inplace/augmented_mask",
    "inplace/view_slice",
    "inplace/callee_writes_argument",
    "inplace/cholesky_in_place",
    "calls/recursion",
    "containers/list_append_of_previous",
    "real/newton_root",
)
#: Names of golden files: of gradients, of tangents, and of many tangents at once.
FILES = (*NAMES, *(f"jvp/{name}" for name in FORWARD), *(f"columns/{name}" for name in FORWARD))


def path_of(name: str) -> pathlib.Path:
    """Where the golden file of a program is."""
    return FOLDER / f"{name.replace('/', '_')}.py.txt"


def generated(name: str) -> str:
    """The code that the compiler writes for a program's gradient, or its tangent."""
    import srcgrad
    from srcgrad.pushforward import compiled_for

    mode, _, rest = name.partition("/")
    if mode in ("jvp", "columns"):
        case = case_named(rest)
        args, _ = case.fresh()
        wanted = case.argnums if isinstance(case.argnums, tuple) else (case.argnums,)
        moving = [1.0 if k in wanted else None for k in range(len(args))]
        found = compiled_for(case.function, args, moving, columns=mode == "columns")
        assert found is not None
        return found[0].compiled.source.rstrip() + "\n"
    case = case_named(name)
    compiled = srcgrad.grad(case.function, case.argnums)
    args, kwargs = case.fresh()
    with quiet():
        compiled(*args, **kwargs)
    return str(compiled.source).rstrip() + "\n"
