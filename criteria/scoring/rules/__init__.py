"""
Scoring rules: declared data in, points out, with the sentence that explains them.

A rule is read from the parameter text of the criteria sheet by `parse_rule` and applied by `Rule.score`.
The text is a list of entries `key = value` separated by `;`; each module holds the rule kinds that are
alike.
"""

from criteria.scoring.numbers import round_points
from criteria.scoring.rules.base import (
    Field,
    InvalidDeclaration,
    NumberError,
    Outcome,
    Rule,
    RuleError,
    RuleKind,
    parse_number,
)
from criteria.scoring.rules.declared import format_declared, split_declared
from criteria.scoring.rules.parsing import parse_rule

__all__ = [
    "Field",
    "InvalidDeclaration",
    "NumberError",
    "Outcome",
    "Rule",
    "RuleError",
    "RuleKind",
    "format_declared",
    "parse_number",
    "parse_rule",
    "round_points",
    "split_declared",
]
