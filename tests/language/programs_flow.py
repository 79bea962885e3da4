"""Item 1: loops and exits."""

import math

import numpy as np

from tests.language.corpus import mat, pos, program, vec


@program(1.3)
def straight_line(x):
    y = x * x
    z = np.sin(y) + y
    return z * x


@program(2.0)
def while_tolerance(a):
    x = a
    while abs(x * x - a) > 1e-13:
        x = 0.5 * (x + a / x)
    return x


@program(1.1, 5)
@program(1.1, 1)
@program(1.1, 0)
def while_counted(x, n):
    y = 1.0
    i = 0
    while i < n:
        y = y * x + math.sin(y)
        i += 1
    return y


@program(0.3)
@program(3.5)
def while_on_value(x):
    y = x
    while y < 3.0:
        y = y * y + 0.7
    return y * x


@program(0.9)
def while_true_break_in_the_middle(x):
    y = x
    count = 0
    while True:
        y = np.sin(y) + 0.5
        count += 1
        if count == 4:
            break
        y = y * x
    return y


@program(0.9)
def while_true_break_first(x):
    y = x
    while True:
        y = y * y
        if y < 5.0:
            break
        y = y * 100.0
    return y + x


@program(1.5)
def while_true_return(x):
    y = x
    k = 0
    while True:
        y = y * 1.3 + 0.1
        k += 1
        if y > 4.0:
            return y * k


@program(0.4)
def while_continue(x):
    i = 0
    total = 0.0
    while i < 7:
        i += 1
        if i % 3 == 0:
            continue
        total += x**i
    return total


@program(0.4, 10)
@program(0.4, 3)
def while_else(x, limit):
    i = 0
    y = x
    while i < 5:
        i += 1
        y = y + x * y
        if i == limit:
            break
    else:
        y = y * 3.0
    return y


@program(1.2, 4)
@program(1.2, 0)
def for_range(x, n):
    y = x
    for i in range(n):
        y = y * x + i
    return y


@program(0.7)
def for_range_start_stop_step(x):
    total = x
    for i in range(2, 11, 3):
        total = total * np.cos(i * x)
    return total


@program(0.7)
def for_range_backwards(x):
    y = 0.0
    for i in range(5, -1, -1):
        y = y * x + i * x
    return y


@program(0.7, 0)
@program(0.7, 2)
@program(0.7, 5)
@program(0.7, 99)
def for_break(x, stop):
    y = x
    for i in range(6):
        if i == stop:
            break
        y = y * y + x
    return y


@program(0.7, 0)
@program(0.7, 3)
@program(0.7, 5)
def for_return(x, stop):
    y = x
    for i in range(6):
        y = y + x * y * 0.3
        if i == stop:
            return y * i + x
    return y


@program(0.7, 2)
@program(0.7, 50)
def for_else(x, stop):
    y = x
    for i in range(6):
        y = y * 1.1 + x
        if i == stop:
            break
    else:
        y = np.exp(-y)
    return y


@program(0.7, 3)
@program(0.7, 40)
def for_else_return(x, stop):
    y = x
    for i in range(4):
        y = y * x
        if i == stop:
            return y
    else:
        return y + 10.0 * x


@program(vec(5))
def for_over_array(a):
    total = 0.0
    for v in a:
        total = total * 0.5 + v * v
    return total


@program([0.3, 0.6, -0.2])
def for_over_list(values):
    p = 1.0
    for v in values:
        p = p * (1.0 + v)
    return p


@program((0.3, 0.6, -0.2))
def for_over_tuple(values):
    s = 0.0
    for v in values:
        s = np.sin(s + v)
    return s


@program(mat(3, 4))
def for_over_rows(a):
    total = 0.0
    for row in a:
        total = total + np.sum(row * row) * row[0]
    return total


@program(vec(4))
def for_enumerate(a):
    total = 0.0
    for i, v in enumerate(a):
        total += (i + 1) * v**2
    return total


@program(vec(4))
def for_enumerate_start(a):
    total = 0.0
    for i, v in enumerate(a, start=3):
        total += i * np.exp(v)
    return total


@program(vec(4), vec(4, 2.0))
def for_zip(a, b):
    total = 0.0
    for u, v in zip(a, b):
        total = total + u * v * total + u
    return total


@program([0.1, 0.5, 0.9], vec(5))
def for_zip_unequal(a, b):
    total = 0.0
    for u, v in zip(a, b):
        total += u * v
    return total


@program(vec(4), [0.2, 0.4, 0.6, 0.8])
def for_enumerate_zip(a, b):
    total = 1.0
    for i, (u, v) in enumerate(zip(a, b)):
        total = total * (u + i * v)
    return total


@program(vec(4))
def for_reversed(a):
    y = 0.0
    for v in reversed(a):
        y = y * 0.5 + v
    return y


@program([0.2, 0.7, 1.1])
def for_reversed_list(xs):
    y = 0.0
    for v in reversed(xs):
        y = y * 0.5 + v * v
    return y


@program(0.6)
def for_reversed_range(x):
    y = x
    for i in reversed(range(4)):
        y = y * x + i
    return y


@program({"a": 0.5, "b": 1.5})
def for_dict_items(d):
    total = 0.0
    for key, value in d.items():
        total += value**2 if key == "a" else value**3
    return total


@program({"a": 0.5, "b": 1.5})
def for_dict_values(d):
    product = 1.0
    for value in d.values():
        product *= value
    return product


@program({"a": 0.5, "b": 1.5})
def for_dict_keys(d):
    total = 0.0
    for key in d:
        total = total * 2.0 + np.sin(d[key])
    return total


@program(0.8)
def for_constant_list(x):
    y = 0.0
    for c in [1.0, -2.0, 0.5]:
        y = y * x + c
    return y


@program(0.8)
def for_constant_strings(x):
    y = x
    for word in ("sin", "cos", "sq"):
        if word == "sin":
            y = np.sin(y)
        elif word == "cos":
            y = np.cos(y)
        else:
            y = y * y
    return y


@program(0.8)
def nested_for(x):
    y = x
    for i in range(3):
        for j in range(i + 1):
            y = y + np.sin(x * j) * 0.1 * y
    return y


@program(0.8)
def nested_break_inner(x):
    y = x
    for i in range(4):
        for j in range(4):
            if j > i:
                break
            y = y + 0.1 * y * x
        y = y * 0.9
    return y


@program(0.8)
def nested_break_by_flag(x):
    y = x
    found = False
    for i in range(4):
        for j in range(4):
            y = y * 1.05 + 0.01 * x
            if i * j == 4:
                found = True
                break
        if found:
            break
    return y


@program(0.8, 0)
@program(0.8, 4)
@program(0.8, 100)
def return_from_nested_loops(x, stop):
    y = x
    for i in range(3):
        for j in range(3):
            if i * j == stop:
                return y * x
            y = y + 0.2 * y * x
        y = y * y * 0.5
    return y - x


@program(0.8)
def while_in_for(x):
    y = 0.1
    for k in range(3):
        z = y + x
        while z < k + 1.5:
            z = z * 1.4
        y = z * 0.5
    return y


@program(0.8)
def for_in_while(x):
    y = x
    n = 0
    while n < 3:
        for k in range(n):
            y = y * np.cos(k * y)
        n = n + 1
        y = y + x
    return y


@program(0.8)
def continue_in_nested(x):
    y = 0.0
    for i in range(5):
        if i == 1:
            continue
        for j in range(3):
            if j == i:
                continue
            y = y * 0.5 + x * (i + j)
    return y


@program(1.7)
@program(0.2)
@program(-1.0)
def early_returns(x):
    if x < 0.0:
        return x * x
    if x < 1.0:
        return x**3
    y = np.sin(x)
    return y / x


@program(1.7)
@program(-1.7)
def return_in_both_branches(x):
    if x > 0:
        return np.log(x)
    else:
        return x * x * x


@program(0.5)
@program(1.5)
@program(2.5)
@program(3.5)
def elif_chain(x):
    if x < 1:
        y = x
    elif x < 2:
        y = x * x
    elif x < 3:
        y = x * x * x
    else:
        y = 1 / x
    return y + x


@program(0.5)
@program(-0.5)
def nested_ifs(x):
    y = x * 2.0
    if x > 0:
        if y > 0.5:
            y = y * y
            if y > 10.0:
                y = 0.0 * y
        else:
            y = -y
    else:
        y = y - 1.0
        if y < -100.0:
            return y
    return y * x


@program(0.5)
def branch_without_else(x):
    y = x
    if x > 0.1:
        y = y * 3.0
    if x > 100.0:
        y = y * 5.0
    return y


@program(0.5)
def branch_with_pass(x):
    y = x * x
    if y > 0:
        pass
    else:
        y = -y
    return y


@program(0.5)
def constant_condition(x):
    if True:
        x = x * 2.0
    if False:
        x = x * 100.0
    return x * x


@program(0.5)
def overwritten_in_loop(x):
    y = x
    for i in range(4):
        t = y * y
        y = np.sin(t) + x
        t = y * 0.5
        y = y * t
    return y


@program(0.5)
def loop_carried_pair(x):
    a, b = x, 1.0
    for i in range(5):
        a, b = b, a + b * x
    return a * b


@program(0.5)
def unused_loop_result(x):
    y = x
    for i in range(3):
        y = y * 2.0
        z = y * y
    return x * x


@program(0.5)
def result_independent_of_argument(x):
    y = 0.0
    for i in range(3):
        y = y + i
    return y


@program(0.5)
def constant_result(x):
    return 3.0


@program(0.9)
def branch_in_loop(x):
    y = x
    for i in range(6):
        if y > 1.0:
            y = y * 0.4
        else:
            y = y + x
    return y


@program(0.9)
def loop_in_branch(x):
    y = x
    if x > 0.5:
        for i in range(3):
            y = y * x
    else:
        while y < 1.0:
            y = y * 2.0
    return y + 1.0


@program(0.01, costly=True, smooth=False)
def million_trips(x):
    y = 0.5
    i = 0
    while i < 1_000_000:
        y = y + 1e-6 * (x - y * y)
        i += 1
    return y


@program(0.3, costly=True)
def hundred_thousand_for(x):
    y = x
    for i in range(100_000):
        y = y * 0.99999 + 1e-6 * x * x
    return y


@program(0.3, 0.8)
def collatz_length(x, y):
    n = 27
    while n != 1:
        if n % 2 == 0:
            n = n // 2
            x = x + 0.01 * y
        else:
            n = 3 * n + 1
            x = np.sin(x)
    return x * y


@program(1.9)
def bisection(c):
    low, high = 0.0, 10.0
    x = c
    while high - low > 0.5:
        middle = 0.5 * (low + high)
        if middle * middle > c:
            high = middle
            x = x * 0.9
        else:
            low = middle
            x = x + 0.1 * c
    return x


@program(pos(6))
def scan_with_state(a):
    peak = a[0]
    total = 0.0
    for i in range(1, len(a)):
        if a[i] > peak:
            peak = a[i]
        total += peak * peak * i
    return total


@program(pos(4), 0.1)
def loop_over_len(a, x):
    total = 0.0
    n = len(a)
    for i in range(n - 1):
        total += (a[i + 1] - a[i]) ** 2 * x
    return total


@program(pos(6))
def loop_over_shape(a):
    s = 0.0
    for i in range(a.shape[0]):
        s = s + np.log(a[i]) * s + a[i]
    return s


@program(vec(6))
def for_over_slice(a):
    s = 1.0
    for v in a[1:5:2]:
        s = s * v
    return s


@program(vec(6))
def for_over_expression(a):
    s = 0.0
    for v in np.sin(a) * 2.0:
        s = s * s + v
    return s


@program(mat(3, 3))
def for_over_transpose(a):
    s = 0.0
    for column in a.T:
        s = s + column[0] * column[1] * s + column[2]
    return s


@program(vec(4))
def for_over_tolist(a):
    s = 0.0
    for v in a.tolist():
        s = s * 0.3 + v * v
    return s


@program(np.zeros((0,)), 0.4)
def for_over_empty_array(a, x):
    y = x
    for v in a:
        y = y * v
    return y * x


@program([], 0.4, argnums=1)
def for_over_empty_list(values, x):
    y = x
    for v in values:
        y = y * v
    return y * 3.0


@program(0.4)
def while_with_compound_condition(x):
    y = x
    i = 0
    while y < 4.0 and i < 10:
        y = y * 1.5 + x
        i += 1
    return y


@program(0.4)
def while_not(x):
    y = x
    done = False
    while not done:
        y = y + x * x
        done = y > 1.0
    return y


@program(5.0)
def break_then_code_after_loop(x):
    y = x
    for i in range(10):
        y = y / 2.0
        if y < 1.0:
            break
    y = y + i
    y = y * x
    return y


@program(0.3)
def loop_variable_after_loop(x):
    for i in range(4):
        x = x * 1.1
    return x * i


@program(0.3)
def for_unused_variable(x):
    for _ in range(3):
        x = x * x + 0.2
    return x


@program(vec(3))
def power_iteration(v):
    a = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, 0.2], [0.1, 0.2, 1.0]])
    for _ in range(12):
        v = a @ v
        v = v / np.sqrt(np.sum(v * v))
    return v[0] * v[1]


@program(1.0, 2.0)
def statements_after_return_never_run(x, y):
    z = x * y
    return z * z
    z = 0.0
    return z


@program(0.5)
def loop_with_two_exits(x):
    y = x
    for i in range(10):
        y = y * 1.5
        if y > 50.0:
            return -y
        if y > 4.0:
            break
        if i == 1:
            continue
        y = y + 0.1
    return y


@program(0.5, 1)
@program(0.5, 2)
@program(0.5, 7)
def break_continue_else_return(x, stop):
    y = x
    for i in range(4):
        if i == stop:
            break
        if i % 2:
            continue
        y = y * x + 1.0
    else:
        for j in range(2):
            y = y - x * j
            if j == 1:
                return y * y
    return y


DATA = np.array([0.3, -0.2, 0.9, 0.4])


@program(0.7, static=True)
def data_in_a_loop(a):
    total = 0.0
    for y in DATA:
        e = y - a
        total -= 0.5 * e * e
    for k, y in enumerate(DATA[1:]):
        total += a * y * k
    return total


@program(0.7, static=True)
def rows_of_data_in_a_loop(a):
    total = 0.0
    for row in DATA.reshape(2, 2):
        total += np.sum(row * a) ** 2
    for t, y in zip([0.0, 1.0, 2.0, 3.0], DATA):
        total *= 1.0 + a * t * y
    return total
