"""`srcgrad.check_rule` passes rules that are right and says what is wrong with the others."""

import linecache

import numpy as np
import pytest
import scipy.linalg as sla
import scipy.special as sc

import srcgrad
from srcgrad.errors import MissingRuleError, RuleCheckError
from srcgrad.rules import registry


def made(source, **names):
    """Names that a piece of source defines, with `f` an operation that has a rule."""
    source = "@rule.operation\ndef f(x, y=1.0):\n    return x * x * y\n\n" + source
    filename = f"<rule {hash(source)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    namespace = {"np": np, "rule": srcgrad.rule, "__name__": "made", **names}
    exec(compile(source, filename, "exec"), namespace)
    return namespace["f"]


@pytest.fixture(autouse=True)
def table_as_before():
    """The rules that a test registers are gone afterwards."""
    registry.load()
    before = dict(registry.TABLE)
    yield
    registry.TABLE.clear()
    registry.TABLE.update(before)


X = np.array([1.0, 2.0, -0.5])


def test_rules_of_the_table():
    srcgrad.check_rule(np.multiply, X, 2.0)
    srcgrad.check_rule(np.cumsum, X)
    srcgrad.check_rule(np.linalg.inv, np.array([[2.0, 1.0], [0.3, 1.0]]))
    srcgrad.check_rule(sc.gammainc, 1.5, np.array([0.5, 2.0]))
    srcgrad.check_rule(sla.expm, np.array([[0.2, 1.0], [0.3, 0.1]]))
    srcgrad.check_rule(np.ptp, X)
    srcgrad.check_rule(np.multiply, X + 1j, 2.0 - 1j)
    srcgrad.check_rule(np.fill_diagonal, np.eye(3), X)
    srcgrad.check_rule(np.floor, X)


def test_right_rule():
    srcgrad.check_rule(
        made("@rule.elementwise(f, wrt=['x', 'y'])\ndef g(x, y=1.0):\n    return 2 * x * y, x * x"), X, 3.0
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("@rule.elementwise(f, wrt=['x'])\ndef g(x, y=1.0):\n    return x", r"wrong for x: entry \(2,\) is"),
        ("@rule.vjp(f, 'x')\ndef g(x, y=1.0, *, g):\n    return 2 * g * x * y", "no forward mode"),
        ("@rule.vjp(f, 'x')\ndef g(x, y=1.0, *, g):\n    return 2 * g * x * y\n"
         "@rule.jvp(f)\ndef t(x, y=1.0, *, dx):\n    return dx * x * y", "forward mode gives"),
        ("def opaque(x):\n    return np.array([2 * float(t) for t in x])\n"
         "@rule.elementwise(f, wrt=['x'])\ndef g(x, y=1.0):\n    return opaque(x)", "second derivative|"),
        ("@rule.elementwise(f, wrt=['x'])\ndef g(x, y=1.0):\n    return 2 * np.nextafter(x, x)", "nextafter|second"),
    ],
)  # fmt: skip
def test_wrong_rules(source, message):
    with pytest.raises((RuleCheckError, TypeError), match=message):
        srcgrad.check_rule(made(source), X)


def test_without_rule():
    with pytest.raises(MissingRuleError, match="no derivative rule"):
        srcgrad.check_rule(lambda x: x, X)


def test_rules_reach_every_engine():
    """Compiled, recorded and eager gradients agree about a function that none of them can look into."""
    from srcgrad.transform.recorded import record_vjp

    f = made(
        "@rule.elementwise(f, wrt=['x'])\ndef g(x, y=1.0):\n    return 3.0 * np.sign(x)"
    )  # not f's own slope
    expected = 3.0 * np.sign(X)

    def total(x):
        return np.sum(f(x))

    np.testing.assert_array_equal(srcgrad.grad(total)(X), expected)
    np.testing.assert_array_equal(record_vjp(total, (X,), {}, [0])[1](1.0)[0], expected)
    x = srcgrad.tensor(X, requires_grad=True)
    f(x).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), expected)
