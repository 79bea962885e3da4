"""How a pass of the static compiler says that it cannot go on."""

from __future__ import annotations

import gast


class Refused(Exception):
    """The static transform does not cover a construct.

    Never seen by users: the pipeline catches it and records the function define-by-run instead, so
    refusing is always safe. The inspector shows the reason.
    """

    def __init__(self, node: gast.AST, reason: str) -> None:
        super().__init__(reason)
        self.node = node
        self.reason = reason
