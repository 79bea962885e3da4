"""How a pass of the static compiler says that it cannot go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gast

if TYPE_CHECKING:
    from srcgrad.transform.source import Source


class Refused(Exception):
    """The static transform does not cover a construct.

    Never seen by users: the pipeline catches it and records the function define-by-run instead, so
    refusing is always safe. The inspector shows the reason.
    """

    def __init__(self, node: gast.AST, reason: str) -> None:
        super().__init__(reason)
        self.node = node
        self.reason = reason
        self.source: Source | None = (
            None  # the function that the node is in, once a pass that knows it was passed
        )

    def within(self, source: Source) -> Refused:
        """The refusal, located in a function unless it was located before."""
        if self.source is None:
            self.source = source
        return self
