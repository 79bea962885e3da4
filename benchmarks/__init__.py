"""How fast srcgrad's gradients are, beside the programs themselves and beside other packages.

Run everything with ``python -m benchmarks``; ``--quick`` gives a first impression in a few seconds.
"""

import os

# One core for everybody: counted processor time then compares, and does not depend on how many cores there are.
# It works only before the libraries are loaded, which is why it stands here.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(variable, "1")
