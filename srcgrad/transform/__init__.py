"""The compiler: function object -> core Python -> adjoint source, one pass a file."""
