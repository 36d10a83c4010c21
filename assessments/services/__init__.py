"""Every change of an assessment goes through one of these functions."""

from assessments.services.common import NotAllowedNow, lock_assessment, lock_for_writing
from assessments.services.evidence import (
    Document,
    NothingAttached,
    RefusedFiles,
    attach_evidence,
    remove_evidence,
)
from assessments.services.moves import (
    Incomplete,
    ReasonMissing,
    begin_appraisal,
    finalise,
    move_all,
    send_back,
    submit,
)
from assessments.services.scoring import NotSelfScored, StaleVersion, record_score

__all__ = [
    "Document",
    "Incomplete",
    "NotAllowedNow",
    "NotSelfScored",
    "NothingAttached",
    "ReasonMissing",
    "RefusedFiles",
    "StaleVersion",
    "attach_evidence",
    "begin_appraisal",
    "finalise",
    "lock_assessment",
    "lock_for_writing",
    "move_all",
    "record_score",
    "remove_evidence",
    "send_back",
    "submit",
]
