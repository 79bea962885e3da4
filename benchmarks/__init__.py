"""How fast srcgrad's gradients are, beside the programs themselves and beside other packages.

Run everything with ``python -m benchmarks``; ``--quick`` gives a first impression in a few seconds.
"""
