"""Small versions of what people really write."""

import math

import numpy as np

from tests.language.corpus import mat, pos, program, vec


@program(1.7)
def newton_root(a):
    x = 1.0
    for _ in range(50):
        f = x**3 - a
        if abs(f) < 1e-13:
            break
        x -= f / (3.0 * x * x)
    return x


@program(np.array([0.55, 0.028, 0.8, 0.024]), np.array([30.0, 4.0]))
def lotka_volterra_rk4(p, start):
    def rhs(u):
        return np.array([p[0] * u[0] - p[1] * u[0] * u[1], -p[2] * u[1] + p[3] * u[0] * u[1]])

    steps, h = 8, 0.1
    path = np.zeros((steps + 1, 2))
    path[0] = start
    for n in range(steps):
        u = path[n]
        k1 = rhs(u)
        k2 = rhs(u + 0.5 * h * k1)
        k3 = rhs(u + 0.5 * h * k2)
        k4 = rhs(u + h * k3)
        path[n + 1] = u + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return np.sum(np.log(path[1:, 0])) + np.mean(path[:, 1])


@program(1.3, 0.2)
def adaptive_step_ode(rate, y):
    t, h = 0.0, 0.3
    while t < 1.0:
        if t + h > 1.0:
            h = 1.0 - t
        full = y + h * rate * y * (1.0 - y)
        half = y + 0.5 * h * rate * y * (1.0 - y)
        half = half + 0.5 * h * rate * half * (1.0 - half)
        if abs(full - half) > 1e-2:
            h *= 0.5
            continue
        t += h
        y = half
        h *= 1.5
    return y


@program(mat(3, 3), 0.1)
def heat_equation_two_buffers(u, k):
    padded = np.zeros((5, 5))
    padded[1:-1, 1:-1] = u
    for _ in range(3):
        new = padded.copy()
        new[1:-1, 1:-1] = padded[1:-1, 1:-1] + k * (
            padded[2:, 1:-1] + padded[:-2, 1:-1] + padded[1:-1, 2:] + padded[1:-1, :-2]
            - 4.0 * padded[1:-1, 1:-1]
        )  # fmt: skip
        padded, new = new, padded
    return np.sum(padded**2)


@program(mat(4, 3), vec(4), mat(1, 4, 2.0), vec(1))
def mlp_loss(w1, b1, w2, b2):
    x = np.array([[0.1, 0.5, -0.3], [0.7, -0.2, 0.4]])
    target = np.array([0.2, -0.1])
    hidden = np.maximum(x @ w1.T + b1, 0.0)
    out = (hidden @ w2.T + b2)[:, 0]
    return np.mean((out - target) ** 2) + 1e-2 * np.sum(w1 * w1)


@program(mat(3, 2))
def softmax_cross_entropy(w):
    x = np.array([[0.2, 1.0], [-0.5, 0.3], [0.8, -0.7], [0.1, 0.1]])
    labels = np.array([0, 2, 1, 1])
    logits = x @ w.T
    logits -= logits.max(axis=1, keepdims=True)
    p = np.exp(logits)
    p /= p.sum(axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(labels)), labels]))


@program(vec(4), vec(4, 1.0), 0.3)
def lstm_cell(x, h, bias):
    c = np.zeros(2)
    for t in range(2):
        gates = x * h + bias
        i = 1.0 / (1.0 + np.exp(-gates[:2]))
        g = np.tanh(gates[2:])
        c = c * 0.5 + i * g
        h = np.concatenate([i * np.tanh(c), g])
    return np.sum(h * h)


@program(pos(3), mat(3, 2), vec(2))
def gaussian_mixture_log_likelihood(weights, means, point):
    terms = []
    for k in range(3):
        d = point - means[k]
        terms.append(np.log(weights[k] / np.sum(weights)) - 0.5 * np.sum(d * d))
    top = max(terms)
    return top + math.log(sum(math.exp(t - top) for t in terms))


@program(vec(3), vec(3, 1.0))
def rodrigues_rotation(r, point):
    theta = math.sqrt(r[0] ** 2 + r[1] ** 2 + r[2] ** 2)
    if theta < 1e-12:
        return np.sum(point)
    w = r / theta
    c, s = math.cos(theta), math.sin(theta)
    rotated = point * c + np.cross(w, point) * s + w * np.dot(w, point) * (1.0 - c)
    return rotated[0] * rotated[1] + rotated[2]


@program(100.0, 0.2, 0.05)
def black_scholes(spot, sigma, rate):
    strike, t = 95.0, 0.75
    d1 = (math.log(spot / strike) + (rate + 0.5 * sigma**2) * t) / (sigma * math.sqrt(t))
    d2 = d1 - sigma * math.sqrt(t)

    def cdf(v):
        return 0.5 * (1.0 + math.erf(v / math.sqrt(2.0)))

    return spot * cdf(d1) - strike * math.exp(-rate * t) * cdf(d2)


@program(50.0, 0.3)
def binomial_american_put(spot, sigma):
    n, rate, t, strike = 6, 0.04, 1.0, 52.0
    dt = t / n
    up = math.exp(sigma * math.sqrt(dt))
    q = (math.exp(rate * dt) - 1.0 / up) / (up - 1.0 / up)
    values = [max(strike - spot * up ** (2 * j - n), 0.0) for j in range(n + 1)]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1):
            hold = math.exp(-rate * dt) * (q * values[j + 1] + (1.0 - q) * values[j])
            values[j] = max(hold, strike - spot * up ** (2 * j - i))
    return values[0]


@program(np.array([[0.7, 0.3], [0.4, 0.6]]), np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0.5, 0.5]))
def hmm_forward(transition, emission, start):
    observed = [0, 1, 1, 0]
    alpha = start * emission[:, observed[0]]
    log_total = 0.0
    for o in observed[1:]:
        scale = alpha.sum()
        log_total += np.log(scale)
        alpha = (alpha / scale) @ transition * emission[:, o]
    return log_total + np.log(alpha.sum())


@program(vec(5), vec(4, 1.0))
def dynamic_time_warping(a, b):
    cost = np.full((len(a) + 1, len(b) + 1), np.inf)
    cost[0, 0] = 0.0
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            d = (a[i - 1] - b[j - 1]) ** 2
            cost[i, j] = d + min(cost[i - 1, j], cost[i, j - 1], cost[i - 1, j - 1])
    return cost[len(a), len(b)]


@program(np.array([0.0, 0.9, 2.1]), np.array([[0.1, 0.2], [1.3, 0.1], [0.4, 1.2]]))
def lennard_jones_pairs(shift, positions):
    positions[:, 0] += shift * 0.1
    energy = 0.0
    n = len(positions)
    for i in range(n):
        for j in range(i + 1, n):
            r = positions[i] - positions[j]
            r2 = np.sum(r * r)
            if r2 > 6.25:
                continue
            s6 = (1.0 / r2) ** 3
            energy += 4.0 * (s6 * s6 - s6)
    return energy


@program(np.array([0.3, 0.2]))
def two_joint_arm(angles):
    target = np.array([1.1, 0.9])
    position = np.zeros(2)
    total = 0.0
    for length, angle in zip([1.0, 0.8], angles):
        total += angle
        position = position + length * np.array([np.cos(total), np.sin(total)])
    miss = position - target
    return miss @ miss


@program(vec(3))
def jacobi_iteration(b):
    a = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 5.0]])
    x = np.zeros_like(b)
    r = np.diag(a)
    for it in range(200):
        new = (b - a @ x + r * x) / r
        if np.max(np.abs(new - x)) < 1e-14:
            break
        x = new
    return np.sum(x * x)


@program(vec(3))
def conjugate_gradient(b):
    a = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 5.0]])
    x = np.zeros(3)
    r = b - a @ x
    p = r.copy()
    rs = r @ r
    for _ in range(3):
        ap = a @ p
        alpha = rs / (p @ ap)
        x += alpha * p
        r -= alpha * ap
        new = r @ r
        if np.sqrt(new) < 1e-13:
            break
        p = r + (new / rs) * p
        rs = new
    return x @ x


@program(vec(6))
def fft_by_hand(a):
    n = len(a)
    total = 0.0
    for k in range(n):
        re, im = 0.0, 0.0
        for t in range(n):
            angle = 2.0 * math.pi * k * t / n
            re += a[t] * math.cos(angle)
            im -= a[t] * math.sin(angle)
        total += (re * re + im * im) * k
    return total


@program(vec(7), vec(3, 1.0))
def convolution_in_place(signal, kernel):
    out = np.zeros(len(signal) + len(kernel) - 1)
    for i, k in enumerate(kernel):
        out[i : i + len(signal)] += k * signal
    return np.sum(out**3)


@program(0.3, 1.2)
def horner_and_secant(a, b):
    def poly(x):
        y = 0.0
        for c in (1.0, -a, 0.5, -b):
            y = y * x + c
        return y

    x0, x1 = 0.5, 1.5
    for _ in range(60):
        f0, f1 = poly(x0), poly(x1)
        if abs(f1) < 1e-14 or f1 == f0:
            break
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
    return x1


@program(pos(4), pos(4, 1.0))
def sinkhorn(p, q):
    p = p / np.sum(p)
    q = q / np.sum(q)
    cost = (np.arange(4.0)[:, None] - np.arange(4.0)) ** 2
    kernel = np.exp(-cost / 2.0)
    u = np.ones(4)
    for _ in range(10):
        v = q / (kernel.T @ u)
        u = p / (kernel @ v)
    return np.sum(u[:, None] * kernel * v * cost)


@program(vec(2) * 2.0)
def gradient_descent_inside(start):
    def rosen_gradient(v):
        x, y = v
        return np.array([-2.0 * (1.0 - x) - 40.0 * x * (y - x * x), 20.0 * (y - x * x)])

    v = start
    velocity = np.zeros(2)
    for _ in range(5):
        velocity = 0.5 * velocity - 0.005 * rosen_gradient(v)
        v = v + velocity
    return np.sum(v * v)


@program(pos(5))
def kalman_filter(z):
    x, p, q, r = 0.0, 1.0, 0.1, 0.5
    log_likelihood = 0.0
    for measurement in z:
        p = p + q
        s = p + r
        gain = p / s
        innovation = measurement - x
        log_likelihood -= 0.5 * (innovation**2 / s + math.log(s))
        x = x + gain * innovation
        p = (1.0 - gain) * p
    return log_likelihood


@program(vec(3), vec(3, 1.0), vec(3, 2.0))
def cubic_spline_segments(x, y, s):
    knots = np.cumsum(np.exp(x))
    total = 0.0
    for query in (1.2, 2.0, 2.4):
        i = 0
        while i < len(knots) - 2 and knots[i + 1] < query:
            i += 1
        h = knots[i + 1] - knots[i]
        t = (query - knots[i]) / h
        total += (1 - t) * y[i] + t * y[i + 1] + t * (1 - t) * (s[i] * (1 - t) + s[i + 1] * t) * h
    return total
