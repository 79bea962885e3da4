"""Constructs of all items nested in each other."""

import functools
import math

import numpy as np

from tests.language.corpus import mat, pos, program, vec


@program(vec(5))
def writes_in_while_with_break_and_alias(a):
    y = a * 1.0
    z = y[1:]
    i = 0
    while True:
        y[i] = y[i] * z[i] + 0.1
        if i == 3 or y[i] > 5.0:
            break
        i += 1
    else:
        y[0] = 100.0
    return np.sum(y * z[0])


@program(vec(4))
def return_from_loop_after_writes(a):
    y = np.zeros(4)
    for i, v in enumerate(a):
        y[i] = v * v
        if np.sum(y) > 1.0:
            y[0] += y[i] * 3.0
            return np.sum(y) * v
    return y[0]


@program(vec(6))
def list_of_views_swapped(a):
    y = a * 1.0
    parts = [y[:3], y[3:]]
    for k in range(3):
        parts[0], parts[1] = parts[1], parts[0]
        parts[0] *= parts[1] * 0.5
    return np.sum(y * np.arange(6.0))


@program(vec(4))
def callee_writes_in_branch_in_loop(a):
    def bump(u, i, by):
        if i % 2:
            u[i] += by
            return u[i]
        u[i - 1] *= by
        return by

    y = a * 1.0
    total = 0.0
    for i in range(4):
        total += bump(y, i, a[i]) * y[0]
    return total + np.sum(y * y)


@program(0.7)
def closure_in_loop_in_branch(x):
    total = 0.0
    for i in range(4):
        scale = x * i

        def f(v):
            return v * scale + i

        if i % 2:
            total += f(total + x)
        else:
            total = f(total) * x
    return total


@program(0.7)
def recursion_with_list_and_loop(x):
    def walk(depth, trail):
        if depth == 0:
            total = 0.0
            for i, v in enumerate(trail):
                total += v * i
            return total
        trail.append(trail[-1] * x)
        left = walk(depth - 1, trail)
        trail.pop()
        return left + walk(depth - 1, [x, 2.0 * x])

    return walk(3, [1.0])


@program([0.3, -0.8, 1.2])
def comprehension_of_ternaries_and_calls(xs):
    def f(v, k=2):
        return v**k if v > 0 else -v

    ys = [f(v) if i else f(v, k=3) for i, v in enumerate(xs) if v != 0.0]
    zs = {i: y * ys[0] for i, y in enumerate(ys)}
    return sum(zs.values()) * max(ys)


@program(vec(5))
def try_in_loop_with_writes(a):
    y = a * 1.0
    for i in range(5):
        try:
            y[i] = y[i + 1] * a[i]
        except IndexError:
            y[i] = a[0] * y[0]
        finally:
            y[0] *= 1.1
    return np.sum(y * y)


@program(0.7)
def with_in_while_with_return(x):
    y = x
    n = 0
    while n < 10:
        with np.errstate(all="ignore"):
            y = y * 1.4 + x
            if y > 3.0:
                return y * n
        n += 1
    return y


@program(vec(4), vec(4, 2.0))
def double_buffer_with_early_exit_and_call(a, b):
    def relax(source, target):
        for i in range(1, 4):
            target[i] = 0.5 * (source[i] + source[i - 1])
        target[0] = source[0]
        return np.sum(target * target)

    u, v = a * 1.0, b * 1.0
    for k in range(5):
        size = relax(u, v)
        u, v = v, u
        if size < 0.6:
            break
    return size + np.sum(u * v)


@program(vec(3), {"rate": 0.1, "steps": 4})
def options_dict_with_loop(v, options):
    rate = options["rate"]
    for k in range(options["steps"]):
        g = 2.0 * v + np.roll(v, 1)
        v = v - rate * g
    return np.sum(v * v)


@program(pos(3), 1.5)
def walrus_chain_in_loop(a, x):
    total = 0.0
    for v in a:
        if (w := v * x) > 1.0 and (u := w - 1.0) < 5.0:
            total += u * w
        elif (z := w * w) > 0.5:
            total -= z
    return total


@program(0.7)
def generator_of_lambda_results(x):
    fs = [lambda v, k=k: v * k + x for k in range(3)]
    return functools.reduce(lambda acc, f: f(acc) * 0.5, fs, x) + sum(f(x) for f in fs)


@program(mat(3, 3))
def triangular_loops_with_continue(m):
    y = m.copy()
    for i in range(3):
        for j in range(3):
            if j == i:
                continue
            if j > i:
                break
            y[i, j] = y[j, i] * y[i, i] + m[i, j]
        y[i] /= 1.0 + y[i, 0] ** 2
    return np.sum(y * y)


@program(0.7)
def match_in_loop_with_stack(x):
    stack = [x]
    for token in ["dup", "mul", "push", "add", "sin", "dup", "mul"]:
        match token, len(stack):
            case "dup", _:
                stack.append(stack[-1])
            case "push", n:
                stack.append(x * n)
            case ("mul" | "add") as op, _:
                b, a = stack.pop(), stack.pop()
                stack.append(a * b if op == "mul" else a + b)
            case _:
                stack[-1] = np.sin(stack[-1])
    return stack[0] * 2.0


@program(0.7)
def type_change_with_break(x):
    y = x
    for i in range(5):
        if isinstance(y, float) and i == 2:
            y = np.array([y, x])
        elif not isinstance(y, float):
            y = y * y
            if np.sum(y) < 0.5:
                break
        else:
            y = y * 1.2
    return np.sum(y)


@program(vec(3))
def row_views_written_by_callee_in_comprehension(a):
    def fill(row, v):
        row[:] = v * a
        return np.sum(row)

    m = np.zeros((3, 3))
    totals = [fill(row, v) for row, v in zip(m, a)]
    return np.sum(m * m) + totals[0] * totals[2]


class Tape:
    def __init__(self, n):
        self.data = np.zeros(n)
        self.size = 0

    def push(self, v):
        self.data[self.size] = v
        self.size += 1

    def last(self):
        return self.data[self.size - 1]


@program(0.7)
def object_with_array_written_in_loop(x):
    tape = Tape(5)
    tape.push(x)
    while tape.size < 5:
        tape.push(tape.last() * x + tape.data[0])
    return np.sum(tape.data) * tape.last()


@program(0.7)
def exits_at_three_depths(x):
    y = x
    for i in range(4):
        for j in range(4):
            k = 0
            while True:
                k += 1
                y = y * 1.01 + 0.01 * x
                if k > j:
                    break
                if y > 2.5:
                    return y * (i + 10 * j)
            if j == 2:
                break
        else:
            y = y * 50.0
        if i == 2:
            continue
        y = y + 0.1
    return y


@program(vec(4))
def conditional_alias_then_loop(a):
    u = a * 1.0
    v = a * 2.0
    w = u
    for i in range(4):
        if i % 2:
            w = v
        w[i] += u[0] * v[3]
        v = u
        u = w
    return np.sum(u * a) + np.sum(v)


@program(vec(4))
def list_buffer_rotated(a):
    buffers = [a * 1.0, a * 2.0, np.zeros(4)]
    for _ in range(4):
        buffers[2][:] = buffers[0] * 0.5 + buffers[1]
        buffers = [buffers[1], buffers[2], buffers[0]]
    return np.sum(buffers[1] * a) + buffers[0][1]


@program(vec(3))
def nested_functions_share_array(a):
    state = a * 1.0
    history = []

    def advance(k):
        def inner(i):
            state[i] += k * state[i - 1]

        for i in range(3):
            inner(i)
        history.append(state.copy())

    advance(0.1)
    advance(a[0])
    return np.sum(history[0] * history[1]) + state[2]


@program(0.7)
def default_argument_is_active(x):
    total = 0.0
    for i in range(3):

        def f(v, scale=x * i):
            return v * scale

        total += f(x + i)
    return total


@program(vec(6))
def sliding_window_views(a):
    y = a * 1.0
    total = 0.0
    for i in range(4):
        window = y[i : i + 3]
        window[1] = np.mean(window)
        total += window[0] * window[2]
    return total + y[3] ** 2


@program(0.3)
def numeric_cascade(x):
    values = [x, 1.0 - x]
    n = 2
    while (total := sum(v * v for v in values)) > 0.1 and n < 7:
        top = max(values)
        values = [v * 0.8 if v == top else v + 0.01 * total for v in values]
        n += 1
        if n % 3 == 0:
            values.append(total * 0.1)
    return sum(values) * len(values)


@program(mat(2, 3), vec(3))
def everything_in_one(m, v):
    state = {"w": m.copy(), "log": []}

    def layer(w, u, activation=np.tanh):
        z = w @ u
        for i in range(len(z)):
            z[i] = activation(z[i]) if z[i] > -0.5 else z[i] * 0.1
        return z

    best = None
    for step in range(4):
        out = layer(state["w"], v)
        score = float(np.sum(out * out))
        state["log"].append(score)
        if best is None or score > best:
            best = score
        if step and abs(state["log"][-1] - state["log"][-2]) < 1e-12:
            break
        state["w"][step % 2] *= 1.0 + 0.1 * out[0]
        v = v - 0.05 * (state["w"].T @ out)
    else:
        best = best * 2.0
    return best + math.fsum(state["log"])
