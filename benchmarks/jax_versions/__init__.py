"""The kernels as JAX needs them: compiled, loops through `jax.lax`, arrays that are never written; one file a family.

A loop whose number of trips depends on the numbers has no reverse mode in JAX, so some kernels are missing.
"""
