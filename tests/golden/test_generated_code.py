"""What generated code must be beyond being right: nothing recorded in vain, inactive lines as they stand."""

import ast
import inspect
import textwrap
import traceback

import numpy as np
import pytest

from tests.language.all_programs import case_named
from tests.language.truth import quiet

srcgrad = pytest.importorskip("srcgrad", exc_type=ImportError)


def source_of(f, *args, argnums=0):
    """The code of a gradient after a call."""
    g = srcgrad.grad(f, argnums)
    with quiet():
        g(*args)
    compile(g.source, "<generated>", "exec")
    return g.source


def statements(text):
    """All statements of a program, without positions."""
    return {
        ast.dump(node) for node in ast.walk(ast.parse(textwrap.dedent(text))) if isinstance(node, ast.stmt)
    }


def test_inactive_lines_are_kept_verbatim():
    case = case_named("guards/heavy_validation_around_one_formula")
    generated = statements(source_of(case.function, *case.args))
    original = ast.parse(textwrap.dedent(inspect.getsource(case.function))).body[0]
    assert isinstance(original, ast.FunctionDef)
    for node in original.body:
        active = isinstance(node, ast.Return) or (
            isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "result"
        )
        logs_result = "print(result)" in ast.unparse(node)
        if not active and not logs_result:
            assert ast.dump(node) in generated, f"not as it stands: {ast.unparse(node)}"


def is_taped(text):
    return "_tape" in text or ".append(" in text


def test_linear_programs_record_nothing():
    def weights(a):
        total = 0.0
        for i in range(len(a)):
            total += a[i] * i
        return total

    def stencil(a):
        y = np.zeros(len(a))
        for i in range(1, len(a)):
            y[i] = a[i] - a[i - 1]
        y[1:] += 2.0 * a[:-1]
        return np.sum(y)

    def fixed_loop(x):
        y = x
        for _ in range(5):
            y = 0.5 * y + x
        return y

    for program, arg in ((weights, np.ones(4)), (stencil, np.ones(4)), (fixed_loop, 0.5)):
        assert not is_taped(source_of(program, arg)), program.__name__


def test_straight_line_code_has_no_tape_and_no_helper():
    def f(x, y):
        z = x * y
        w = np.sin(z) + z
        return w * x

    text = source_of(f, 0.5, 0.7, argnums=(0, 1))
    assert not is_taped(text)
    assert "project" not in text


def test_only_what_the_adjoint_reads_is_recorded():
    """``y`` is read by the derivative of the product, ``s`` and ``z`` by nothing."""

    def f(x):
        y = x
        s = 0.0
        for _ in range(4):
            z = y + 1.0
            s = s + z
            y = y * x
        return s + y

    text = source_of(f, 0.5)
    assert "y_tape" in text
    assert "s_tape" not in text and "z_tape" not in text


def test_adjoints_carry_the_source_line_as_comment():
    def f(x):
        y = np.sin(x) * x
        return y * y

    text = source_of(f, 0.5)
    assert any("#" in line and "np.sin(x) * x" in line.split("#", 1)[1] for line in text.splitlines())


def test_generated_lines_stand_in_tracebacks():
    def f(x):
        y = x * x
        return 1.0 / (y - 0.25)

    try:
        srcgrad.grad(f)(0.5)
    except ZeroDivisionError as error:
        shown = "".join(traceback.format_exception(error))
    else:
        pytest.fail("no error")
    assert "y - 0.25" in shown


def test_second_order_code_is_a_program_too():
    def f(x):
        y = x
        for _ in range(3):
            y = np.sin(y) * x
        return y

    gg = srcgrad.grad(srcgrad.grad(f))
    gg(0.5)
    compile(gg.source, "<generated>", "exec")


def test_code_is_short():
    """A gradient is at most some five times as long as its program."""
    for name in (
        "flow/while_tolerance",
        "inplace/trajectory",
        "real/newton_root",
        "inplace/cholesky_in_place",
    ):
        case = case_named(name)
        plain = [line for line in inspect.getsource(case.function).splitlines() if line.strip()]
        made = [
            line
            for line in source_of(case.function, *case.args).splitlines()
            if line.strip() and not line.strip().startswith("#")
        ]
        assert len(made) <= 5 * len(plain), name
