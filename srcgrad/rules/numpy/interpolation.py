"""Piecewise linear interpolation."""

import numpy as np

from srcgrad.rules.helpers import as_array
from srcgrad.rules.kinds import composite


# On a knot the derivative is that of the piece to the right.
@composite(np.interp, exact=True)
def interp(x, xp, fp, left=None, right=None, period=None):
    if period is not None:
        period = abs(period)
        x, xp = x % period, as_array(xp) % period
        order = np.argsort(xp)
        xp, fp = xp[order], as_array(fp)[order]
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
    xp, fp = as_array(xp), as_array(fp)
    if len(xp) == 1:
        inside = fp[0] + 0.0 * x
    else:
        k = np.clip(np.searchsorted(xp, x, "right") - 1, 0, len(xp) - 2)
        inside = fp[k] + (fp[k + 1] - fp[k]) / (xp[k + 1] - xp[k]) * (x - xp[k])
    inside = np.where(x > xp[-1], fp[-1] if right is None or period is not None else right, inside)
    return np.where(x < xp[0], fp[0] if left is None or period is not None else left, inside)[()]
