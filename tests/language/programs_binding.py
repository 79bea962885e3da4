"""Item 3: assignment in every form, names, scopes."""

import math

import numpy as np

from tests.language.corpus import mat, pos, program, vec

SCALE = 2.5
WEIGHTS = np.array([0.5, -1.5, 2.0])


@program(0.6)
def chained(x):
    y = z = w = x * x
    y = y * 2.0
    return y + z * w


@program(vec(3))
def chained_arrays_alias(a):
    y = z = a * 2.0
    y[0] = 5.0
    return np.sum(z * a)


@program(0.6)
def annotated(x: float) -> float:
    y: float = x * x
    z: "float"
    z = y * x
    return z


@program([0.1, 0.2, 0.3, 0.4])
def starred(xs):
    first, *middle, last = xs
    return first * last + sum(middle) * first


@program([0.1, 0.2, 0.3, 0.4])
def starred_head(xs):
    *head, last = xs
    return head[0] * head[1] * head[2] * last


@program(((0.1, 0.2), [0.3, (0.4, 0.5)]))
def nested_targets(t):
    (a, b), [c, (d, e)] = t
    return a * b + c * d * e


@program(vec(3))
def unpack_array(v):
    a, b, c = v
    return a * b * c + a


@program(mat(2, 3))
def unpack_rows(m):
    u, v = m
    return np.sum(u * v) * u[0]


@program(0.4, 0.9)
def swap(x, y):
    x, y = y, x
    x, y = y * x, x
    return x * x + y


@program(0.4, 0.9, 1.4)
def rotate(x, y, z):
    for _ in range(4):
        x, y, z = y, z, x * y
    return x + y * z


@program(vec(3))
def swap_elements(a):
    b = a.copy()
    b[0], b[2] = b[2], b[0]
    return b[0] * b[0] + 3.0 * b[1] + b[2]


@program(0.4)
def delete_name(x):
    y = x * x
    z = y * 2.0
    del y
    y = z * x
    return y


@program(0.4)
def loop_variable_rebound(x):
    total = 0.0
    for i in range(4):
        i = i * 2 + 1
        total += i * x**2
    return total


@program(vec(4))
def loop_element_rebound(a):
    total = 0.0
    for v in a:
        v = v * v
        v += 1.0
        total += v * v
    return total


@program(0.4)
def one_loop_variable_for_two_loops(x):
    for i in range(2):
        x = x + 0.1 * i
        for i in range(3):
            x = x * 1.1 + 0.01 * i
    return x * i


@program(0.6)
@program(-0.6)
def defined_on_one_path(x):
    if x > 0:
        y = x * x
    if x > 0:
        return y * x
    return x


@program(0.6)
def defined_in_loop_only(x):
    for i in range(3):
        y = x * i
    return y * y


@program(0.6, 0)
@program(0.6, 3)
def defined_in_loop_or_before(x, n):
    y = x
    for i in range(n):
        z = y * 2.0
        y = z + x
    return y


@program(0.6)
def changes_type(x):
    y = x
    y = [y, y * 2.0]
    y = y[0] * y[1]
    y = np.array([y, x])
    y = np.sum(y * y)
    return y


@program(0.6)
def changes_type_in_loop(x):
    y = x
    for i in range(3):
        if i == 1:
            y = np.array([y, y * x])
        else:
            y = y * 2.0
    return np.sum(y)


@program(0.6)
def int_becomes_float(x):
    total = 0
    for i in range(3):
        total = total + x * i
    return total


@program(0.6)
def int_becomes_float_product(x):
    p = 1
    for _ in range(4):
        p *= x
    return p


@program(0.6)
def none_becomes_float(x):
    best = None
    for i in range(4):
        v = math.sin(x * (i + 1))
        if best is None or v > best:
            best = v
    return best * x


@program(0.6)
def names_like_adjoints(x):
    x_bar = x * x
    y_bar = x_bar * 2.0
    y = y_bar * x
    y_bar = y * y
    return y_bar + x_bar


@program(0.6)
def names_like_generated(x):
    ret = x * x
    t = ret * 2.0
    t_2 = t * ret
    x_tape = [t, t_2]
    g = x_tape[0] * x_tape[1]
    ans = g + ret
    for i in range(2):
        ans = ans * x
        t = ans * 0.5
    saved, result, value, out, tmp = t, ans, g, ret, x
    return saved + result + value * out * tmp


@program(0.6)
def names_like_helpers(x):
    project = x * 2.0
    restore = project * project
    scatter, accumulate, unbroadcast, push, pop, stack, tape = x, x, x, x, x, x, x
    return restore * scatter + accumulate * unbroadcast + push * pop * stack * tape


@program(0.6)
def names_in_loop_like_generated(x_bar):
    y_bar = x_bar
    y = 0.0
    for k in range(3):
        y = y + y_bar * k
        y_bar = y_bar * y
        y_bar_2 = y_bar + 1.0
        returned = y_bar_2
    return y * returned


@program(0.6)
def return_of_named_ret(ret):
    if ret > 10:
        return ret
    ret = ret * ret
    return ret


@program(0.6)
def shadowed_builtins(x):
    sum = x * x
    max = sum + 1.0
    list = [sum, max]
    len = list[0] * list[1]
    range = len * 2.0
    abs = range - x
    return abs * range


@program([0.3, 0.7])
def shadowed_parameter_names(list):
    sum = 0.0
    for float in list:
        sum = sum + float * float
    return sum


@program(0.6)
def shadowed_module(x):
    np = x * 2.0
    math = np * np
    return math + np


@program(0.6)
def shadowed_np_by_alias(x):
    import math as np

    return np.sin(x) * np.sqrt(x)


@program(0.6)
def dunder_and_underscore_names(x):
    _ = x * x
    __y = _ * 2.0
    _x_ = __y * _
    return _x_


@program(0.6)
def unicode_names(x):
    α = x * x
    θ_bar = np.sin(α)
    return α * θ_bar


@program(0.6)
def reads_global(x):
    return x * x * SCALE


@program(vec(3))
def reads_global_array(v):
    return np.sum(v * WEIGHTS) ** 2 + WEIGHTS[0]


@program(0.6)
def argument_rebound(x):
    x = x * 2.0
    x = x + x * x
    return x


@program(0.6)
def argument_augmented(x):
    x += 1.0
    x *= x
    x -= 0.5
    x /= 3.0
    x **= 2
    return x


@program(7.6)
def augmented_floor_mod(x):
    y = x * x
    y //= 2.0
    z = x * x
    z %= 5.0
    return y * x + z


@program(0.6)
def augmented_self_reference(x):
    y = x
    y += y * y
    y *= y + x
    y -= y / 2
    return y


@program(0.6)
def multiple_values_in_one_line(x):
    a, b, c = x, x * 2.0, 3
    (d) = a
    [e, f] = b, c
    return a * b * c * d * e * f


@program(0.6)
def empty_statements(x):
    """A docstring."""
    "a string statement"
    1 + 1
    ...
    x
    pass
    return x * x


@program(0.6)
def global_statement_read(x):
    global SCALE
    return x * SCALE * x


@program(0.6)
def tuple_unpack_from_call(x):
    def pair(v):
        return v * v, v + 1.0

    a, b = pair(x)
    (c, d), e = pair(a), b
    return a * b + c * d * e


# fmt: off
@program(0.6)
def long_lines_and_parentheses(x):
    y = (
        x
        + x * x
        # a comment in the middle
        + np.sin(
            x,
        )
    )
    return y; z = 3


@program(0.6)
def semicolons(x):
    y = x * x; z = y * x; w = z + y
    return w


@program(0.6)
def one_line_bodies(x):
    if x > 0: x = x * x
    for i in range(2): x = x + i * x
    while x < 2: x = x * 1.5
    return x
# fmt: on


@program(0.6, 0.7)
def unused_argument(x, y):
    return x * x


@program(0.6, 0.7)
def many_uses_of_one_value(x, y):
    t = x * y
    a = t + t
    b = t * t
    c = a * b * t
    d = c - t
    return d * d + t


@program(0.6)
def rebinding_through_many_names(x):
    a = x
    b = a
    c = b
    a = a * 2.0
    b = b + a
    c = c * b
    d = c
    c = d * d
    return a + b + c + d


@program(pos(3))
def same_name_scalar_then_array(a):
    y = a[0]
    y = y * a
    y = y[1] * y[2]
    return y


@program(0.6)
def local_import_forms(x):
    import math as m
    from math import cos
    from math import sin as s

    import numpy.linalg

    return m.exp(x) * cos(x) + s(x) + numpy.linalg.norm(np.array([x, 2.0]))


@program(0.6)
def local_function_with_default(x):
    def scaled(v, by=3.0, *, shift=0.5):
        return v * by + shift

    return scaled(x) + scaled(x, 2.0) * scaled(v=x, by=x, shift=x)


@program(0.6)
def loop_variable_shadows_argument(x):
    total = x * x
    for x in range(3):
        total = total * 1.5 + x
    return total


@program(0.6)
def variable_assigned_before_and_after_branch(x):
    y = x * 2.0
    z = y
    if z > 0:
        y = y * z
        z = y
    y = y + z
    return y * z
