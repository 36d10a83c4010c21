"""The one door to every change of the council: its seats and assignments, and its decisions."""

from councils.services.appointments import (
    AlreadySeated,
    NoSuchAssignment,
    NothingToAssign,
    appoint,
    assign,
    assign_by_agency,
    dismiss,
    unassign,
)
from councils.services.decisions import (
    NothingToAccept,
    NotYours,
    PointsOutOfRange,
    ReasonMissing,
    StaleView,
    Undecided,
    accept,
    accept_many,
    adjust,
    decide_not_applicable,
    enter,
    finalise,
)

__all__ = [
    "AlreadySeated",
    "NoSuchAssignment",
    "NotYours",
    "NothingToAccept",
    "NothingToAssign",
    "PointsOutOfRange",
    "ReasonMissing",
    "StaleView",
    "Undecided",
    "accept",
    "accept_many",
    "adjust",
    "appoint",
    "assign",
    "assign_by_agency",
    "decide_not_applicable",
    "dismiss",
    "enter",
    "finalise",
    "unassign",
]
