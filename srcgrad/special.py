"""Special functions of tensors; SciPy is imported when one is first used."""

from srcgrad.runtime.eager.elementwise import exp2, expm1, i0, log1p
from srcgrad.runtime.eager.norms import log_softmax, logsumexp, softmax
from srcgrad.runtime.eager.special_functions import (
    digamma,
    erf,
    erfc,
    erfinv,
    logit,
    polygamma,
    sinc,
    special,
    xlogy,
)
from srcgrad.runtime.eager.special_functions import lgamma as gammaln
from srcgrad.runtime.eager.special_functions import sigmoid as expit

__all__ = [
    "digamma", "entr", "erf", "erfc", "erfcx", "erfinv", "exp2", "expit", "expm1", "gammaln", "i0",
    "i0e", "i1", "i1e",
    "log1p", "log_ndtr", "log_softmax", "logit", "logsumexp", "ndtr", "ndtri", "polygamma", "psi",
    "sinc", "softmax",
    "xlog1py", "xlogy",
]  # fmt: skip

psi = digamma
ndtr, log_ndtr, ndtri = (
    special("ndtr", "SpecialNdtr"),
    special("log_ndtr", "SpecialLogNdtr"),
    special("ndtri", "SpecialNdtri"),
)
i0e, i1, i1e = special("i0e", "SpecialI0E"), special("i1", "SpecialI1"), special("i1e", "SpecialI1E")
entr, erfcx = special("entr", "SpecialEntr"), special("erfcx", "SpecialErfcx")
xlog1py = special("xlog1py", "SpecialXlog1Py", 2)
