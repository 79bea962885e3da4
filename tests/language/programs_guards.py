"""Item 7: with, try, assert, raise, match, warnings, the checks that library code has."""

import contextlib
import logging
import numbers
import warnings

import numpy as np

from tests.language.corpus import mat, pos, program, vec

logger = logging.getLogger(__name__)


class Quiet:
    """A context manager that counts how often it was entered and left."""

    def __init__(self, value=2.0):
        self.value = value
        self.events = []

    def __enter__(self):
        self.events.append("in")
        return self

    def __exit__(self, *error):
        self.events.append("out")
        return False


class Swallow:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return kind is ValueError


@contextlib.contextmanager
def scaled(x):
    yield x * 2.0


@program(0.6)
def with_errstate(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = x * x
        z = np.log(y)
    return z * y


@program(vec(3))
def with_return_inside(a):
    with np.errstate(all="ignore"):
        if a[0] > 100.0:
            return a[0]
        return np.sum(a / (a + 3.0))


@program(0.6)
def with_user_manager(x):
    with Quiet() as q:
        y = x * q.value
    return y * y * len(q.events)


@program(0.6)
def with_two_managers(x):
    with Quiet(3.0) as q, np.errstate(over="ignore"):
        y = x * q.value
        y = y * y
    return y


@program(0.6)
def with_active_manager(x):
    with scaled(x) as s:
        y = s * s
    return y + x


@program(0.6)
def with_in_loop_and_break(x):
    y = x
    for i in range(5):
        with Quiet() as q:
            y = y * x + q.value
            if i == 2:
                break
            if i == 1:
                continue
            y = y + 1.0
    return y


@program(0.6)
def with_swallowed_error(x):
    y = x
    with Swallow():
        y = y * 2.0
        if y > 0:
            raise ValueError("stop")
        y = y * 100.0
    return y * x


@program(0.6)
def with_suppress(x):
    y = x * x
    with contextlib.suppress(KeyError):
        y = y * 3.0
        {}["missing"]
        y = y * 100.0
    return y


@program(0.6)
def with_nested_loops(x):
    total = 0.0
    with np.errstate(all="ignore"):
        for i in range(3):
            with np.errstate(over="raise"):
                total += np.exp(x * i)
    return total


@program(0.6)
def try_without_throw(x):
    try:
        y = x * x
    except ValueError:
        y = x
    return y * x


@program(0.6)
def try_else_finally(x):
    log = []
    y = x
    try:
        y = y * 2.0
    except ZeroDivisionError:
        y = 0.0
    else:
        y = y * x
    finally:
        log.append(1)
        y = y + 1.0
    return y * len(log)


@program(0.6)
def try_throw_abandons(x):
    y = x
    try:
        y = y * y
        z = y * 3.0
        if z > 0:
            raise ValueError("no")
        y = y * 100.0
    except ValueError:
        y = y + z
    return y * x


@program(0.0, 0.6, argnums=1)
def try_division_by_zero(x, y):
    try:
        z = y / x
    except ZeroDivisionError:
        z = y * y
    return z + x


@program(0.6)
def try_throw_in_callee(x):
    def check(v):
        w = v * 2.0
        if w > 1.0:
            raise RuntimeError("too large")
        return w

    try:
        y = check(x)
    except RuntimeError as error:
        y = x * x * len(str(error))
    return y


@program(0.6)
def try_in_loop_with_throws(x):
    y = x
    for i in range(5):
        try:
            y = y + x * i
            if i % 2 == 0:
                raise KeyError(i)
            y = y * 1.1
        except KeyError:
            y = y * 0.9
    return y


@program(0.6)
def try_return_inside(x):
    try:
        if x > 0:
            return x * x
        y = x
    except ValueError:
        y = 0.0
    return y


@program(0.6)
def try_finally_with_return(x):
    log = []
    try:
        return x * x * 3.0
    finally:
        log.append("done")


@program(0.6)
def try_nested(x):
    y = x
    try:
        try:
            y = y * 2.0
            raise ValueError
        except KeyError:
            y = y * 50.0
        finally:
            y = y + x
    except ValueError:
        y = y * y
    return y


@program(0.6)
def try_reraise(x):
    y = x
    try:
        try:
            y = y * 2.0
            raise ValueError("inner")
        except ValueError as error:
            y = y * 3.0
            raise KeyError("outer") from error
    except KeyError:
        y = y * x
    return y


@program(0.6)
def try_several_handlers(x):
    y = x
    for kind in (ValueError, KeyError, IndexError):
        try:
            y = y * x + 1.0
            raise kind("x")
        except ValueError:
            y = y * 2.0
        except (KeyError, IndexError) as error:
            y = y + x if isinstance(error, KeyError) else y * y
    return y


@program(vec(3))
def try_write_before_throw(a):
    y = a * 1.0
    try:
        y[0] = a[1] * a[2]
        y[7] = 1.0
        y[1] = 100.0
    except IndexError:
        y[2] *= a[0]
    return np.sum(y * y)


@program(mat(2, 2) + 2.0 * np.eye(2))
def try_linalg(m):
    try:
        inverse = np.linalg.inv(m)
    except np.linalg.LinAlgError:
        inverse = np.eye(2)
    return np.sum(inverse * inverse)


@program(vec(3))
def try_inactive_import(a):
    try:
        import no_such_module_at_all as fast
    except ImportError:
        fast = None
    return np.sum(a * a) if fast is None else fast.sum(a)


@program(0.6)
def asserts(x):
    assert x > 0, "x must be positive"
    y = x * x
    assert y < 1.0
    return y * x


@program(0.6)
def raises_not_taken(x):
    if x < 0:
        raise ValueError(f"negative: {x}")
    if not isinstance(x, float):
        raise TypeError("not a float")
    return np.sqrt(x)


@program("cube", 0.6)
@program("square", 0.6)
@program("other", 0.6)
def match_string(mode, x):
    match mode:
        case "square":
            y = x * x
        case "cube":
            y = x**3
        case _:
            y = x
    return y


@program([0.4, 0.6])
@program([0.4])
@program([0.4, 0.5, 0.6, 0.7])
def match_sequence(xs):
    match xs:
        case [a]:
            return a * a
        case [a, b]:
            return a * b
        case [a, *rest]:
            return a * sum(rest)
    return 0.0


@program(0.6)
def match_values_and_guards(x):
    total = 0.0
    for i in range(5):
        match i:
            case 0:
                total += x
            case 1 | 2:
                total += x * x
            case n if n > 3:
                total += x**n
            case _:
                total *= x
    return total


@program({"kind": "circle", "r": 0.7})
@program({"kind": "box", "w": 0.7, "h": 0.4})
def match_mapping(shape):
    match shape:
        case {"kind": "circle", "r": r}:
            return np.pi * r * r
        case {"kind": "box", "w": w, "h": h}:
            return w * h
    return 0.0


class Circle:
    __match_args__ = ("r",)

    def __init__(self, r):
        self.r = r


@program(0.6)
def match_class(x):
    match Circle(x * 2.0):
        case Circle(r):
            return r * r
    return x


@program((0.4, (0.5, 0.6)))
def match_nested_tuple(t):
    match t:
        case (a, (b, c)):
            return a * b + c * c
        case _:
            return 0.0


@program(0.6)
def warns(x):
    y = x * x
    if y < 1.0:
        warnings.warn("small", stacklevel=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.warn("hidden", stacklevel=1)
        y = y * x
    return y


@program(vec(4))
def library_style_checks(a):
    """Checks as SciPy and scikit-learn have them."""
    a = np.asarray(a, dtype=float)
    if a.ndim != 1:
        raise ValueError(f"expected a vector, got {a.ndim} dimensions")
    if a.size == 0:
        return 0.0
    if not np.all(np.isfinite(a)):
        raise ValueError("not finite")
    logger.debug("shape %s", a.shape)
    n = a.shape[0]
    return np.sum(a * a) / n


@program(0.6)
@program(vec(3))
def scalar_or_array_check(x):
    x = np.asarray(x)
    scalar = x.ndim == 0
    x = np.atleast_1d(x)
    y = np.sum(x * x)
    return y[()] if scalar else y


@program(pos(3), "l2")
@program(pos(3), "l1")
def string_dispatch(a, norm):
    norms = {"l1": lambda v: np.sum(np.abs(v)), "l2": lambda v: np.sqrt(np.sum(v * v))}
    if norm not in norms:
        raise KeyError(norm)
    return norms[norm](a)


@program(0.6)
def numbers_check(x):
    if isinstance(x, numbers.Real) and not isinstance(x, bool):
        y = float(x)
    else:
        raise TypeError(type(x).__name__)
    return y * y


@program(vec(3), None, argnums=0)
@program(vec(3), np.array([1.0, 2.0, 3.0]), argnums=0)
def optional_weights(a, weights):
    if weights is None:
        weights = np.ones(len(a))
    elif len(weights) != len(a):
        raise ValueError("lengths differ")
    return np.sum(weights * a * a) / np.sum(weights)


@program(0.6)
def hasattr_and_getattr(x):
    y = x * x
    if hasattr(y, "shape") and getattr(y, "shape", ()) != ():
        y = np.sum(y)
    name = "sin"
    return getattr(np, name)(y) * x


@program(vec(3))
def callable_check_and_try(a):
    transform = np.tanh
    if callable(transform):
        b = transform(a)
    else:
        b = a
    try:
        n = len(b)
    except TypeError:
        n = 1
    return np.sum(b) / n


@program(vec(4))
def heavy_validation_around_one_formula(a):
    seen = []
    options = {"verbose": False, "method": "BFGS"}
    for key, value in sorted(options.items()):
        seen.append(f"{key}={value}")
    unknown = [k for k in options if k not in ("verbose", "method")]
    if unknown:
        raise TypeError(", ".join(unknown))

    class Local:
        rate = 0.5

    method = options["method"].lower().strip()
    logger.info("%s with %s", method, "; ".join(seen))
    result = Local.rate * np.sum(np.sin(a) * a)
    if options["verbose"]:
        print(result)
    return result


@program(0.6)
def exception_as_control_flow(x):
    values = iter([1.0, 2.0, 3.0])
    total = 0.0
    while True:
        try:
            v = next(values)
        except StopIteration:
            break
        total = total * x + v * x
    return total


@program(0.6)
def try_return_in_loop(x):
    y = x
    for i in range(5):
        try:
            y = y * 1.3 + 0.1
            if i == 3:
                return y * x
            if i == 1:
                raise ValueError
            if i == 2:
                continue
        except ValueError:
            y = y - x
        finally:
            y = y * 1.01
    return y


@program(0.6)
def try_break_through_finally(x):
    y = x
    n = 0
    while True:
        try:
            y = y * 1.5
            if y > 2.0:
                break
        finally:
            n += 1
            y = y + 0.1 * x
    return y * n


@program(0.6)
def finally_overrides_return(x):
    def f(v):
        try:
            return v * v
        finally:
            return v * 3.0  # noqa: B012

    return f(x) * x


@program(0.6)
def match_with_or_and_literals(x):
    total = x
    for token in (1, "two", 3.0, None, True, (1, 2)):
        match token:
            case bool():
                total *= 2.0
            case int(n):
                total += n * x
            case "two" | "zwei":
                total = total * x
            case float():
                total -= x * x
            case None:
                pass
            case (a, b):
                total += a * b * x
    return total


@program({"name": "linear", "coef": [0.5, 0.25], "scale": 2.0})
def nested_options_validation(spec):
    if "name" not in spec:
        raise KeyError("name")
    coef = spec["coef"]
    if not all(isinstance(c, float) for c in coef):
        raise TypeError("floats expected")
    kind = spec["name"].upper()
    y = coef[0] * spec["scale"]
    if kind == "LINEAR":
        y = y + coef[1]
    return y * y


@program(0.6)
def context_manager_changes_value(x):
    class Scale:
        def __init__(self, v):
            self.v = v

        def __enter__(self):
            self.v = self.v * 2.0
            return self.v

        def __exit__(self, *error):
            self.v = 0.0

    s = Scale(x)
    with s as v:
        y = v * v + s.v
    return y + s.v * x


@program(0.6)
def generator_function_inside(x):
    def powers(v, n):
        p = 1.0
        for _ in range(n):
            yield p
            p = p * v

    total = 0.0
    for k, p in enumerate(powers(x, 4)):
        total += k * p
    return total + sum(powers(x, 3))
