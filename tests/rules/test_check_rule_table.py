"""`srcgrad.check_rule`, which users run on their rules, passes every rule of the table.

One sample of each function in a run; with ``-m slow`` all of them.
"""

import numpy as np
import pytest

import srcgrad
from tests.rules.test_rules import SAMPLES, label
from tests.rules.test_updates import S as UPDATES

ALL = [*SAMPLES, *UPDATES]
FIRST = list({sample.op: sample for sample in reversed(ALL)}.values())[::-1]
REST = [sample for sample in ALL if not any(sample is first for first in FIRST)]


def check(sample):
    gauge = sample.gauge
    through = gauge and (lambda ys: gauge(list(ys) if isinstance(ys, tuple) else ys))
    options = {"wrt": sample.wrt, "tolerance": max(1e-6, 10 * sample.rtol), "through": through}
    with np.errstate(all="ignore"):
        srcgrad.check_rule(sample.op, *sample.args, **options, **sample.kwargs)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sample", FIRST, ids=label)
def test_first_sample(sample):
    check(sample)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sample", REST, ids=label)
def test_other_samples(sample):
    check(sample)
