"""Reading the council's work. Every list starts at `access`, so that a conflict of interest hides a unit everywhere."""

from councils.opening import appraisal_step
from councils.queries.access import (
    appraisable_by,
    leaves_for,
    may_finalise,
    readable_by,
    without_conflicts_of,
)
from councils.queries.coverage import coverage, seats
from councils.queries.decisions import standing
from councils.queries.desk import leaf_desk, rule_of, unit_desk
from councils.queries.progress import by_block, cycles_of, progress

__all__ = [
    "appraisable_by",
    "appraisal_step",
    "by_block",
    "coverage",
    "cycles_of",
    "leaf_desk",
    "leaves_for",
    "may_finalise",
    "progress",
    "readable_by",
    "rule_of",
    "seats",
    "standing",
    "unit_desk",
    "without_conflicts_of",
]
