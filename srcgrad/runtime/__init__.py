"""Tensors, recorded graphs and the engine that walks them."""
