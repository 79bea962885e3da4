"""Every refusal is an SrcgradError that says where and what to do."""

import datetime
import inspect
import re

import numpy as np
import pytest

srcgrad = pytest.importorskip("srcgrad", exc_type=ImportError)
errors = pytest.importorskip("srcgrad.errors", exc_type=ImportError)


# A function that has neither source nor rule, whatever rules are added.
mystery = np.frompyfunc(float.__abs__, 1, 1)


def refused(f, *args, kind=errors.SrcgradError, argnums=0, **kwargs):
    """The error of differentiating ``f``, at the decoration or at the first call."""
    with pytest.raises(kind) as caught:
        srcgrad.grad(f, argnums)(*args, **kwargs)
    assert isinstance(caught.value, errors.SrcgradError)
    assert re.match(r"SG\d\d\d: ", str(caught.value))
    return caught.value


def line_of(f, text):
    """Line number of the line of ``f`` that contains ``text``."""
    lines, first = inspect.getsourcelines(f)
    return first + next(i for i, line in enumerate(lines) if text in line)


def assert_points_at(error, f, text):
    """The message names file and line, quotes the line, and puts carets under part of it."""
    message = str(error)
    assert f"{inspect.getsourcefile(f)}:{line_of(f, text)}" in message
    lines = message.splitlines()
    quoted = next(i for i, line in enumerate(lines) if text in line and not line.startswith("SG"))
    assert re.fullmatch(r"\s+\^+\s*", lines[quoted + 1])


def square(x):
    return x * x


@pytest.mark.parametrize("value", [3, np.int64(3), np.arange(3), True, "text", None, [1, 2], b"x"])
def test_argument_without_derivative(value):
    error = refused(square, value, kind=TypeError)
    assert "x" in str(error)


def test_integer_argument_says_what_to_write():
    assert "float" in str(refused(square, 3, kind=errors.InputTypeError))


def test_integer_elsewhere_is_no_error():
    def f(x, n):
        return x * n

    assert srcgrad.grad(f)(2.0, 3) == 3
    refused(f, 2.0, 3, kind=TypeError, argnums=1)
    refused(f, 2.0, 3, kind=TypeError, argnums=(0, 1))


@pytest.mark.parametrize(
    "f",
    [
        lambda a: a * 2.0,
        lambda a: (np.sum(a), np.sum(a)),
        lambda a: [np.sum(a)],
        lambda a: {"loss": np.sum(a)},
        lambda a: None,
        lambda a: "text",
        lambda a: np.sum(a) * 1j,
    ],
    ids=["array", "tuple", "list", "dict", "none", "text", "complex"],
)
def test_output_that_is_no_real_scalar(f):
    refused(f, np.ones(3), kind=errors.OutputError)
    with pytest.raises(errors.OutputError):
        srcgrad.value_and_grad(f)(np.ones(3))


def test_array_output_suggests_vjp():
    assert "vjp" in str(refused(lambda a: a * 2.0, np.ones(3)))


def test_has_aux_needs_a_pair():
    with pytest.raises(errors.SrcgradError):
        srcgrad.grad(square, has_aux=True)(2.0)


def test_function_without_source():
    namespace: dict = {}
    exec("def f(x):\n    return x * x\n", namespace)
    refused(namespace["f"], 1.0, kind=errors.SourceNotFoundError)


def test_callee_without_source_and_without_rule_is_named():
    namespace: dict = {}
    exec("def hidden(x):\n    return float(str(x)) * 2.0\n", namespace)
    hidden = namespace["hidden"]

    def f(x):
        y = hidden(x)
        return y * x

    try:
        slope = srcgrad.grad(f)(1.5)
    except errors.SrcgradError as error:
        assert "hidden" in str(error)
    else:
        assert slope == pytest.approx(6.0), "silently wrong"


def test_generator():
    def f(x):
        yield x * x

    assert_points_at(refused(f, 1.0, kind=errors.UnsupportedError), f, "yield")


def test_coroutine():
    async def f(x):
        return x * x

    error = refused(f, 1.0, kind=errors.UnsupportedError)
    assert f"{inspect.getsourcefile(f)}:" in str(error)


def test_async_generator():
    async def f(x):
        yield x

    refused(f, 1.0, kind=errors.UnsupportedError)


def test_value_without_a_rule():
    def f(x):
        y = x * 2.0
        z = mystery(y)
        return z * x

    error = refused(f, 1.0, kind=errors.MissingRuleError)
    assert "mystery" in str(error)
    assert_points_at(error, f, "mystery(y)")


def test_builtin_of_another_library_without_a_rule():
    def f(x):
        return datetime.timedelta(seconds=x).total_seconds()

    refused(f, 1.0)


def test_parameter_that_a_rule_does_not_take():
    def f(a):
        return np.sum(a, where=np.array([True, False, True]), initial=3.0)

    try:
        slope = srcgrad.grad(f)(np.ones(3))
    except errors.SrcgradError as error:
        assert_points_at(error, f, "np.sum")
    else:
        np.testing.assert_array_equal(slope, [1.0, 0.0, 1.0])


@pytest.mark.parametrize("argnums", [2, -3, "z", (0, 5), (0, "w"), 1.5, (0, 0), None])
def test_argnums_that_do_not_fit(argnums):
    def f(x, y):
        return x * y

    refused(f, 1.0, 2.0, argnums=argnums)


def test_not_a_function():
    with pytest.raises((errors.SrcgradError, TypeError)):
        srcgrad.grad(3.0)(1.0)


def test_wrong_number_of_arguments_is_the_functions_own_error():
    with pytest.raises(TypeError, match="missing|argument"):
        srcgrad.grad(square)()
    with pytest.raises(TypeError):
        srcgrad.grad(square)(1.0, 2.0)
    with pytest.raises(TypeError):
        srcgrad.grad(square)(1.0, other=2.0)


def test_own_exceptions_pass_unchanged():
    def f(x):
        if x > 1.0:
            raise ValueError(f"too large: {x}")
        return x * x

    assert srcgrad.grad(f)(0.5) == 1.0
    with pytest.raises(ValueError, match="too large: 2.0") as caught:
        srcgrad.grad(f)(2.0)
    assert not isinstance(caught.value, errors.SrcgradError)


def test_errors_of_python_are_the_same():
    def f(x, k):
        values = [x, x * x]
        y = values[k]
        z = y / (x - 1.0)
        return z * undefined if x > 5.0 else z  # noqa: F821

    slope = srcgrad.grad(f)
    for args in ((0.5, 7), (1.0, 0), (6.0, 0)):
        with pytest.raises(Exception) as plain:
            f(*args)
        with pytest.raises(type(plain.value)) as compiled:
            slope(*args)
        assert str(compiled.value) == str(plain.value)


def test_unbound_local_is_an_error_too():
    def f(x):
        if x > 1.0:
            y = x
        return y * x

    assert srcgrad.grad(f)(2.0) == 4.0
    with pytest.raises(UnboundLocalError):
        srcgrad.grad(f)(0.5)


def test_writing_a_global_array_is_never_silent():
    """Derivatives cannot be followed out of the function: an error, or the right gradient."""

    def f(x):
        STORE[0] = x
        return STORE[0] * x

    before = STORE.copy()
    try:
        slope = srcgrad.grad(f)(3.0)
    except errors.SrcgradError:
        return
    finally:
        STORE[:] = before
    assert slope == 6.0


STORE = np.zeros(2)


def test_error_in_a_callee_names_the_callees_line():
    def helper(v):
        w = v + 1.0
        return mystery(w)

    def f(x):
        return helper(x) * x

    assert_points_at(refused(f, 1.0), helper, "mystery(w)")


def test_every_error_class_is_also_a_builtin_one():
    for kind in vars(errors).values():
        if (
            isinstance(kind, type)
            and issubclass(kind, errors.SrcgradError)
            and kind is not errors.SrcgradError
        ):
            assert len(kind.__mro__) > 4, f"{kind.__name__} is only an SrcgradError"
