"""Item 2: expressions, operators in every mix of int, float and array, builtins, math."""

import math
from math import exp, sqrt
from math import sin as sine

import numpy as np

from tests.language.corpus import mat, pos, program, vec


@program(0.5)
@program(-0.5)
def ternary(x):
    return x * x if x > 0 else -x


@program(0.5)
def nested_ternary(x):
    y = x if x > 1 else (x * x if x > 0 else x**3)
    return y + (1.0 if y > 10 else y)


@program(0.5, 2.0)
def ternary_in_argument(x, y):
    return np.sin(x if x > y else y * x) * (y if y > 1 else 0.0)


@program(0.5, 2.0)
def and_as_value(x, y):
    z = x and y * x
    return z * z


@program(0.0, 2.0, argnums=1)
def and_short_circuits(x, y):
    z = x and 1.0 / x
    return z + y * y


@program(0.0, 2.0, argnums=1)
def or_as_value(x, y):
    z = x or y
    return z * z


@program(0.5, None, argnums=0)
def or_default(x, scale):
    scale = scale or 3.0
    return x * x * scale


@program(0.5, 0.25, 4.0)
def chain_of_and_or(x, y, z):
    w = x and y and z or 1.0
    v = 0.0 or x or z
    return w * v


@program(0.5)
def not_in_condition(x):
    y = x
    if not x > 1.0:
        y = y * 2.0
    if not (x > 0 and y > 3.0):
        y = y * y
    return y


@program(0.5)
def chained_comparison(x):
    if 0.0 < x < 1.0:
        return x * x
    return x


@program(0.5)
def chained_comparison_with_call(x):
    if 0.0 <= np.sin(x) < np.cos(x) <= 1.0:
        return np.sin(x) * x
    return x


@program(0.5)
def walrus_in_condition(x):
    if (y := x * x) > 0.1:
        return y * x
    return x


@program(0.5)
def walrus_in_while(x):
    y = x
    i = 0
    while (z := y * y) < 3.0 and i < 10:
        y = z + x
        i += 1
    return y * z


@program(0.5)
def walrus_in_expression(x):
    return (y := np.sin(x)) * y + (z := y * x) * z


@program(vec(4))
def walrus_in_comprehension(a):
    return sum(last := v * v for v in a) * last


@program(0.5)
def f_string_and_print(x):
    y = x * x
    label = f"x={x:.3f} y={y!r}"
    print(label, end="\n")
    print("in the middle", y, sep=": ")
    return y * len(label[:4]) * x


@program(mat(2, 3), mat(3, 2, 1.0))
def matmul(a, b):
    c = a @ b
    return np.sum(c * c)


@program(mat(2, 3), vec(3), vec(2))
def matmul_vectors(a, v, w):
    return w @ a @ v + (a @ v) @ w


@program(vec(3), vec(3, 1.0))
def inner_product(v, w):
    return v @ w * (w @ w)


@program(mat(3, 3), vec(3))
def matmul_augmented(a, v):
    b = np.eye(3)
    b = b @ a
    b @= a
    return np.sum(b @ v)


@program(7.3, 2.1)
def floor_division(x, y):
    return (x // y) * x + y


@program(7.3, 2.1)
def modulo(x, y):
    return (x % y) * x


@program(-7.3)
def modulo_negative(x):
    return (x % 3) * (x % 3) + x // 2


@program(vec(4) * 5.0)
def modulo_array(a):
    return np.sum((a % 1.5) ** 2 + a // 2.0)


@program(7.3, 2.1)
def divmod_builtin(x, y):
    q, r = divmod(x, y)
    return q * r * r


@program(1.4)
def power_int_constants(x):
    return x**3 + x**2 + x**1 + x**0 + x**-2


@program(1.4)
def power_constant_base(x):
    return 2**x + 3.0**x + 1**x


@program(1.4, 2.3)
def power_float_float(x, y):
    return x**y + y**x


@program(-1.4)
def power_negative_base(x):
    return x**3 - x**2


@program(1.4, 3)
@program(1.4, 0)
@program(1.4, -2)
def power_int_variable(x, n):
    return x**n * x


@program(pos(3), 1.7)
def power_array_float(a, p):
    return np.sum(a**p)


@program(pos(3), pos(3, 1.0))
def power_array_array(a, b):
    return np.sum(a**b)


@program(1.3, pos(3))
def power_float_array(x, b):
    return np.sum(x**b + 2**b)


@program(pos(3))
def power_array_int_array(a):
    return np.sum(a ** np.array([1, 2, 3]))


@program(vec(3))
def power_array_int(a):
    return np.sum(a**2 * a**3)


@program(1.4)
def pow_builtin(x):
    return pow(x, 3) + pow(2.0, x)


@program(0.0)
def power_at_zero(x):
    return x**2 + x**3 + x


@program(0.7)
def int_float_mix(x):
    return 2 * x + x / 3 - 5 + (1 - x) * 7 // 1 + x


@program(vec(3), 0.7)
def array_scalar_mix(a, x):
    return np.sum(2 * a + x * a - a / x + x / (a + 3.0) + 1)


@program(vec(3), mat(2, 3))
def broadcasting(v, m):
    return np.sum((m + v) * m - v * 2.0)


@program(mat(2, 1), mat(1, 3), 0.4)
def broadcasting_outer(c, r, x):
    return np.sum(c * r + x) * np.sum(c - r)


@program(vec(3), 0.3)
def broadcasting_scalar_into_array(v, x):
    y = v * x
    z = x + v
    return np.sum(y * z) * x


@program(0.7)
def unary_operators(x):
    return -x * +x - (-(-x)) + (-x) ** 2


@program(vec(3))
def unary_operators_array(a):
    return np.sum(-a * +a + abs(-a))


@program(0.7)
def bool_arithmetic(x):
    return (x > 0) * x + (x > 1) * x * 100 + True * x


@program(vec(4))
def mask_arithmetic(a):
    return np.sum((a > 0) * a**2 - (a < 0) * a)


@program(-0.7, 0.3, 1.1)
def abs_min_max(x, y, z):
    return abs(x) * max(x, y, z) + min(y, z) * max(x, 0.0) + min(x, 5)


@program([0.4, -0.3, 0.9])
def min_max_of_list(xs):
    return max(xs) * min(xs) + max(xs) ** 2


@program([0.4, -0.3, 0.9])
def max_with_key(xs):
    return max(xs, key=abs) * min(xs, key=lambda v: v * v)


@program([], 0.4, argnums=1)
def max_with_default(xs, x):
    return max(xs, default=2.0) * x


@program([0.4, -0.3, 0.9], 0.2)
def sum_builtin(xs, x):
    return sum(xs) * sum(xs, x) + sum([x, x * x])


@program(vec(4))
def sum_of_array(a):
    return sum(a) * sum(a * a)


@program(mat(2, 3))
def sum_of_rows(a):
    r = sum(a)
    return np.sum(r * r)


@program(0.7)
def float_int_len(x):
    n = int(3.7)
    y = float(x) * float(n) + float(2)
    return y * len([x, y, 3])


@program(2.7)
def int_of_active(x):
    return int(x) * x + round(x) * x


@program(vec(1))
def float_of_array_element(a):
    return float(a[0]) * 3.0 + float(a[0] * a[0])


@program(2.718)
def round_digits(x):
    return round(x, 1) * x


@program([0.4, -0.3, 0.9])
def sorted_values(xs):
    s = sorted(xs)
    return s[0] + 2.0 * s[1] + 3.0 * s[2] ** 2


@program([0.4, -0.3, 0.9])
def sorted_with_key_reverse(xs):
    s = sorted(xs, key=lambda v: -v, reverse=True)
    return s[0] * s[1] + s[2]


@program([0.4, -0.3, 0.9])
def map_and_filter(xs):
    ys = map(lambda v: v * v + 1.0, filter(lambda v: v > 0, xs))
    return sum(ys)


@program([0.4, -0.3, 0.9])
def map_to_list(xs):
    ys = list(map(np.sin, xs))
    return ys[0] * ys[1] * ys[2]


@program([0.4, -0.3, 0.9], [1.0, 2.0, 3.0])
def map_two_lists(xs, ys):
    return sum(map(lambda a, b: a * b * a, xs, ys))


@program([0.4, -0.3, 0.9])
def any_all(xs):
    y = xs[0]
    if all(v < 1 for v in xs) and any(v < 0 for v in xs):
        y = y * xs[1]
    return y


@program(0.6)
def math_module(x):
    return (
        math.sin(x) * math.cos(x) + math.tan(x) + math.exp(x) * math.log(x) + math.sqrt(x)
        + math.atan(x) + math.asin(x) + math.acos(x) + math.sinh(x) + math.cosh(x) * math.tanh(x)
    )  # fmt: skip


@program(0.6)
def math_more(x):
    return (
        math.log2(x) + math.log10(x) + math.log1p(x) + math.expm1(x) + math.pow(x, 2.5) + math.fabs(-x)
        + math.erf(x) + math.erfc(x) + math.gamma(x) + math.lgamma(x) + math.atanh(x) + math.asinh(x)
    )  # fmt: skip


@program(0.6, 1.7)
def math_two_arguments(x, y):
    return math.atan2(x, y) + math.hypot(x, y) + math.log(y, 3.0) + math.copysign(x, -1.0) + math.fmod(y, x)


@program(0.63)
def math_constants_and_steps(x):
    return (
        x * math.pi + math.floor(x * 10) * x + math.ceil(x) * x * math.e + math.degrees(x) + math.radians(x)
    )


@program([0.2, 0.5, 0.7])
def math_fsum_prod(xs):
    return math.fsum(xs) * math.prod(xs)


@program(0.6)
def math_imported_names(x):
    return sine(x) * exp(x) + sqrt(x)


@program(1.2)
def math_isfinite_guard(x):
    y = x * x
    if math.isnan(y) or math.isinf(y):
        return 0.0
    return y * x


@program(vec(5))
def numpy_reductions(a):
    return np.sum(a) + np.mean(a * a) + np.prod(a) + np.max(a) * np.min(a) + np.std(a) + np.var(a)


@program(mat(3, 4))
def numpy_axes(a):
    return np.sum(np.sum(a * a, axis=0) * np.mean(a) + np.max(a, axis=0)) + np.sum(np.prod(a, axis=-1))


@program(mat(3, 4))
def numpy_keepdims(a):
    z = a - np.max(a, axis=1, keepdims=True)
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    return np.sum(p * p)


@program(pos(4))
def numpy_elementwise(a):
    return np.sum(
        np.sin(a) + np.cos(a) * np.tan(a / 2) + np.exp(-a) + np.log(a) * np.sqrt(a) + np.tanh(a)
        + np.abs(a - 1.0) + np.square(a) + np.reciprocal(a) + np.arctan(a) + np.log1p(a) + np.expm1(a)
    )  # fmt: skip


@program(pos(4), vec(4))
def numpy_binary(a, b):
    return np.sum(
        np.maximum(a, b) * np.minimum(a, b * 2) + np.hypot(a, b) + np.arctan2(b, a) + np.power(a, b)
        + np.logaddexp(a, b) + np.fmod(a, 0.7) + np.copysign(a, b)
    )  # fmt: skip


@program(vec(4))
def numpy_where(a):
    return np.sum(np.where(a > 0, a * a, -3.0 * a))


@program(vec(4) * 2.0)
def numpy_clip(a):
    return np.sum(np.clip(a, -0.5, 1.0) ** 2 * a)


@program(vec(3), vec(3, 1.0))
def numpy_stacking(a, b):
    c = np.concatenate([a, b * a])
    d = np.stack([a, b])
    e = np.hstack((a, 2.0 * b))
    f = np.vstack((a, b))
    return np.sum(c * c) + np.sum(d[0] * d[1]) + np.prod(e) + np.sum(f @ a)


@program(vec(6))
def numpy_shapes(a):
    b = np.reshape(a, (2, 3))
    c = b.T @ b
    d = np.expand_dims(a, 0) * np.ravel(b)[:, None]
    return np.sum(c * c) + np.sum(d) + np.sum(np.squeeze(a[None, :]) * np.transpose(b).flatten())


@program(vec(4))
def numpy_cumulative(a):
    return np.sum(np.cumsum(a) ** 2) + np.sum(np.diff(a) ** 2) + np.cumprod(a)[-1]


@program(vec(3), vec(3, 1.0))
def numpy_products(a, b):
    return (
        np.dot(a, b) * np.vdot(a, a) + np.sum(np.outer(a, b) ** 2) + np.inner(a, b) + np.sum(np.cross(a, b))
    )


@program(mat(2, 3), mat(3, 2))
def numpy_einsum_tensordot(a, b):
    return np.einsum("ij,ji->", a, b) + np.sum(np.tensordot(a, b, axes=1) ** 2) + np.trace(a @ b)


@program(mat(3, 3) + 3.0 * np.eye(3), vec(3))
def numpy_linalg(a, b):
    x = np.linalg.solve(a, b)
    return np.sum(x * x) + np.linalg.det(a) + np.sum(np.linalg.inv(a)) + np.linalg.norm(b)


@program(vec(5))
def numpy_sort_and_search(a):
    s = np.sort(a)
    i = np.argmax(a)
    return s[0] * s[-1] ** 2 + a[i] ** 2 + np.median(a) * np.argmin(a)


@program(vec(4))
def numpy_methods(a):
    return a.sum() * a.mean() + a.max() * a.min() + a.dot(a) + a.prod() + a.std() + a.clip(0.0, 1.0).sum()


@program(mat(2, 3))
def numpy_method_axes(a):
    return (a.sum(axis=0) * a.mean(0)).sum() + a.sum(axis=1, keepdims=True).prod() + a.T.dot(a).trace()


@program(vec(4))
def numpy_creation(a):
    b = np.zeros_like(a) + np.ones_like(a) * a
    c = np.full(4, 2.0) * b + np.arange(4) * a + np.linspace(0.0, 1.0, 4)
    return np.sum(c * np.eye(4) @ a)


@program(0.6)
def numpy_on_scalars(x):
    return np.sin(x) * np.exp(x) + np.sqrt(x) * np.maximum(x, 0.2) + np.power(x, 3) + np.sum(x) + np.abs(-x)


@program(0.6)
def array_from_scalars(x):
    a = np.array([x, x * x, 1.0])
    b = np.array([[x, 2.0], [np.sin(x), x]])
    return np.sum(a * a) + np.linalg.det(b)


@program(0.6, vec(2))
def array_from_arrays(x, v):
    a = np.array([v, v * x])
    return np.sum(a @ a)


@program(mat(3, 3))
def indexing_kinds(a):
    return a[0, 1] * a[-1, -1] + np.sum(a[1]) * a[1][2] + np.sum(a[:, 0] * a[2, :]) + np.sum(a[::2, 1:] ** 2)


@program(mat(3, 3))
def indexing_advanced(a):
    i = np.array([0, 2, 0])
    picked = a[i] * 2.0
    pairs = a[i, [1, 1, 1]]
    return np.sum(picked**2) + np.prod(pairs) + np.sum(a[a > 0.0]) + np.sum(a[..., None, 0] ** 2)


@program(0.6)
def lambda_called_in_place(x):
    return (lambda v, w=2.0: v * v * w)(x) + (lambda: x)()


@program(0.6)
def deep_expression(x):
    return ((((x + 1) * x + 2) * x + 3) * x + np.sin(((x * x) / (1 + x)) - (x - (x - (x * 2))))) / (1 + x * x)


@program(0.6)
def string_methods_for_dispatch(x):
    mode = "  Square ".strip().lower()
    if mode.startswith("sq") and mode in {"square", "cube"}:
        y = x * x
    else:
        y = x
    return y


@program(0.6)
def bit_operations_on_ints(x):
    n = (5 & 6) | (1 << 3) ^ 2
    return x * n + (~n) * x * x


@program(0.6)
def is_and_in_operators(x):
    flag = None
    y = x
    if flag is None and 2 in (1, 2, 3) and "a" not in "xyz":
        y = y * x
    return y


@program(1.5)
def log_sum_exp_by_hand(x):
    xs = [x, 2 * x, -x]
    top = max(xs)
    return top + math.log(sum(math.exp(v - top) for v in xs))


@program(0.6)
def float_methods(x):
    y = x * x
    if (2.0).is_integer() and not y.is_integer():
        y = y * x
    return y


@program(0.6)
def complex_parts_of_real(x):
    return x.real * x.conjugate() + x.imag


@program(0.9, 1.2, -0.3)
def common_subexpressions(x, y, z):
    return (x * y + z) * (x * y + z) + np.sin(x * y) / (x * y)
