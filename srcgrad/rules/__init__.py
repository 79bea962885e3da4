from __future__ import annotations

from srcgrad.rules.registry import (
    ATTRIBUTES,
    METHODS,
    OPERATORS,
    rule_for,
    rule_for_attribute,
    rule_for_method,
)
from srcgrad.rules.rule import Derivative, Kind, Pullback, Rule, Tangent, Update

__all__ = [
    "ATTRIBUTES",
    "METHODS",
    "OPERATORS",
    "Derivative",
    "Kind",
    "Pullback",
    "Rule",
    "Tangent",
    "Update",
    "rule_for",
    "rule_for_attribute",
    "rule_for_method",
]
