"""What a graph keeps for the way back does not change behind its back: it is a copy, or a later write is an error."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad as T


def leaf(*numbers):
    return T.tensor(list(numbers), dtype=T.float64, requires_grad=True)


# An operation of a tensor and an array; the gradient for ones, before the array is written over.
BESIDE_ARRAYS = {
    "operator": (lambda x, a: x * a, [2.0, 3.0]),
    "reflected": (lambda x, a: a * x, [2.0, 3.0]),
    "ufunc": (lambda x, a: np.multiply(x, a), [2.0, 3.0]),
    "function": (lambda x, a: np.dot(x, a), [2.0, 3.0]),
    "sequence": (lambda x, a: np.einsum("i,i->", x, a), [2.0, 3.0]),
    "composite": (lambda x, a: np.average(x, weights=a), [0.4, 0.6]),
    "where": (lambda x, a: T.where(T.tensor(a > 2.5), x, 0.0), [0.0, 1.0]),
}


@pytest.mark.parametrize("name", list(BESIDE_ARRAYS))
def test_array_beside_a_tensor(name):
    function, expected = BESIDE_ARRAYS[name]
    x, a = leaf(1.0, 1.0), np.array([2.0, 3.0])
    y = function(x, a)
    a[:] = 100.0
    y.sum().backward()
    assert np.allclose(x.grad, expected)


def test_index_array():
    x, index = leaf(1.0, 2.0, 3.0), np.array([0, 2])
    y = x[index]
    index[:] = 1
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("name", ["max", "min", "sort", "cummax", "mode", "median", "topk", "kthvalue"])
def test_indices_that_were_handed_out(name):
    x = leaf(1.0, 3.0, 2.0)
    extra = (1,) if name in ("topk", "kthvalue") else (0,)
    values, indices = getattr(x, name)(*extra)
    (expected,) = T.autograd.grad(values.sum(), x, retain_graph=True)
    indices.zero_()
    try:
        (found,) = T.autograd.grad(values.sum(), x)
    except RuntimeError:
        return
    assert found.tolist() == expected.tolist()


@pytest.mark.parametrize(
    "name", ["addcmul_", "addcdiv_", "lerp_", "hypot_", "mul_", "div_", "sub_", "atan2_"]
)
def test_operand_of_its_own_write(name):
    """In place or not, the gradient is the same: also where inner steps keep the old value."""
    x, w = leaf(1.5, 2.0), leaf(0.5, 3.0)
    more = (w, w) if name.startswith("addc") else (w, 0.3) if name == "lerp_" else (w,)
    y = x * 2
    getattr(y, name)(*more)
    found = T.autograd.grad((y * y.detach()).sum(), (x, w))
    y = getattr(x * 2, name.removesuffix("_"))(*more)
    expected = T.autograd.grad((y * y.detach()).sum(), (x, w))
    assert all(np.allclose(a, b) for a, b in zip(found, expected))


def test_element_of_an_array():
    a, x = np.zeros(2), leaf(1.0, 2.0)
    with pytest.raises((RuntimeError, ValueError)) as caught:
        a[0] = x[0] * 2
    assert "no history" in str(caught.value.__cause__ or caught.value)
    with T.no_grad():
        a[0] = x[1]
    assert a.tolist() == [2.0, 0.0]


def test_view_of_a_tensor_that_was_turned_in_place():
    y = leaf(1.0, 2.0) * 1
    part = y[0]
    y.unsqueeze_(0)
    y.mul_(2)
    with pytest.raises(RuntimeError, match="take the view again"):
        part.sum().backward()


def test_writing_into_stretches_that_share_elements():
    with pytest.raises(RuntimeError, match="clone"):
        (leaf(1.0, 2.0, 3.0) * 1).unfold(0, 2, 1).mul_(2)


def test_written_base_of_stretches():
    y = leaf(1.0, 2.0, 3.0) * 1
    z = y.unfold(0, 2, 1) ** 2
    y.mul_(3)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_result_without_derivative_does_not_lose_the_graph():
    with pytest.raises(NotImplementedError, match="derivative"):
        leaf(1.0, 2.0, 1.0).unique().sum().backward()


def test_mapped_function_that_writes_outside():
    total = T.zeros(2)
    with pytest.raises(RuntimeError, match="outside"):
        T.func.vmap(lambda row: total.add_(row))(T.ones(3, 2))


def test_numbers_of_a_recording_warn() -> None:
    """PyTorch warns once a process, so that this cannot be recorded from it."""
    total = T.ones(2, requires_grad=True).sum()
    with pytest.warns(UserWarning, match="to a scalar"):
        made = T.tensor([total, total])
    assert not made.requires_grad
    with pytest.raises(TypeError, match="must be Number"):
        T.full((2,), total)


def test_bfloat16_says_what_to_use() -> None:
    with pytest.raises(TypeError, match="float16"):
        T.ones(1).bfloat16()
    with pytest.raises(AttributeError, match="float16"):
        T.bfloat16  # noqa: B018
