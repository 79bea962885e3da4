"""Functions that write into an argument, against differences."""

import operator

import numpy as np
import pytest

from srcgrad.rules import Kind, registry
from tests.rules import check
from tests.rules.draw import Samples, p, regular, rng_for, spread, start, x, z

S = Samples()
start(4)
A = np.ndarray
m = np.array([[True, False, True], [False, True, True]])

for _index in (
    1, (1, 2), slice(None, None, -1), (slice(None), 1), Ellipsis, m, np.array([1, 0]),
    (np.array([0, 1]), slice(0, 2)),
):  # fmt: skip
    S(operator.setitem, x(2, 3), _index, x())
    S(operator.setitem, x(2, 3), _index, x(*np.shape(np.zeros((2, 3))[_index])))
S(operator.setitem, z(2, 3), 0, z(3))
S(operator.setitem, x(2, 3), slice(0, 1), x(3))
S(operator.setitem, x(3), np.array([0, 0, 1]), x(3))
S(operator.setitem, x(3), np.array([0, 0, 1]), x())
S(A.__setitem__, x(2, 3), (0, 1), x())
S(np.copyto, x(2, 3), x(3))
S(np.copyto, x(2, 3), x(), where=m)
S(np.copyto, x(2, 3), x(2, 3), where=m)
S(np.put, x(2, 3), [0, 4, -1], x(3))
S(np.put, x(2, 3), [0, 4, 4, 1], x(2))
S(np.put, x(2, 3), [0, 9], x(2), mode="clip")
S(np.place, x(2, 3), m, x(2))
S(np.place, x(2, 3), m, x(4))
S(np.putmask, x(2, 3), m, x(2, 3))
S(np.putmask, x(2, 3), m, x(2))
S(np.put_along_axis, x(2, 3), np.array([[0], [2]]), x(2, 1), axis=1)
S(np.put_along_axis, x(2, 3), np.array([[0, 1], [2, 2]]), x(2, 2), axis=1)
S(np.fill_diagonal, x(3, 3), x())
S(np.fill_diagonal, x(3, 3), x(3))
S(np.fill_diagonal, x(5, 2), x(2), wrap=True)
S(A.fill, x(2, 3), x())
S(A.put, x(2, 3), [0, 4, 4], x(2))
S(A.sort, spread(3, 4))
S(A.sort, spread(3, 4), axis=0)
S(A.partition, spread(3, 4), 1)
S(A.partition, spread(3, 4), 1, axis=0)
i = np.array([0, 2, 2, 1, 2])
S(np.add.at, x(3), i, x(5))
S(np.add.at, x(3), i, x())
S(np.add.at, x(3, 2), ([0, 0], slice(None)), x(2, 2))
S(np.subtract.at, x(3), i, x(5))
S(np.multiply.at, x(3), i, x(5))
S(np.multiply.at, x(3), i, np.array([1.5, 0.0, 2.0, 0.0, 3.0]))
S(np.multiply.at, x(3), i, np.array([1.5, 0.0, 2.0, 1.5, 0.0]))
S(np.multiply.at, z(3), i, z(5))
S(np.divide.at, x(3), i, p(5))
S(np.negative.at, x(3), [0, 1])
for _name in ("iadd", "isub", "imul", "itruediv", "ipow"):
    for _shape in [(2, 3), (3,), (2, 1), ()]:
        S(getattr(A, f"__{_name}__"), p(2, 3), p(*_shape))
S(A.__imul__, z(3), z(3))
S(A.__itruediv__, z(3), z(3) + 3)
S(A.__imod__, 3 * p(3) + 0.1, 0.3 * p(3) + 0.01, _step=1e-4)
S(A.__imatmul__, x(2, 3), regular(3))


def label(sample):
    return f"{sample.op.__qualname__}{[np.shape(a) for a in sample.args if check.is_inexact(a)]}".replace(
        " ", ""
    )


@pytest.mark.parametrize("sample", S, ids=label)
def test_update(sample):
    with np.errstate(all="ignore"):
        check.check_update(sample.op, sample.args, sample.kwargs, rng_for(label(sample)), step=sample.step)


def test_every_update_has_a_sample():
    registry.load()
    sampled = {registry.rule_for(sample.op) for sample in S}
    missing = {r.name for r in registry.TABLE.values() if r.kind is Kind.UPDATE and r not in sampled}
    # what examples of the documentation register in the same process is not the table's
    assert not {name for name in missing if not name.startswith(("__main__.", "<run_path>."))}
