"""Moving assessments from state to state. Every move is checked against the table, saved, and kept in the history."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import Assessment, StatusChange
from assessments.queries.missing import Missing, missing
from assessments.services.common import NotAllowedNow, lock_assessment, lock_for_writing
from assessments.states import BEGIN_APPRAISAL, FINALISE, SEND_BACK, SUBMIT, Transition
from par_index.core import audit


class Incomplete(Exception):
    """The sheet lacks points, or evidence and account; `missing` names the leaves."""

    def __init__(self, missing: Missing):
        count = missing.leaf_count
        super().__init__(
            ngettext(
                "The sheet cannot be submitted: %(count)d criterion is incomplete.",
                "The sheet cannot be submitted: %(count)d criteria are incomplete.",
                count,
            )
            % {"count": count}
        )
        self.missing = missing


class ReasonMissing(Exception):
    """An act that somebody has to answer for was asked for without its reason."""

    def __init__(self):
        super().__init__(_("Write the reason: the unit reads it and works by it."))


@transaction.atomic
def submit(*, assessment_id: int, by, at: datetime, automatic: bool = False) -> Assessment:
    """
    Hand the unit's sheet in. Afterwards it changes only when it is sent back.

    :param automatic: at the deadline, by the portal: the sheet is marked so, and the step need not be open any more
    :raises NotAllowedNow: the sheet is not open for writing
    :raises Incomplete: a leaf lacks points, or has neither evidence nor account
    """
    assessment = lock_assessment(assessment_id) if automatic else lock_for_writing(assessment_id, at)
    lacking = missing(assessment)
    if lacking:
        raise Incomplete(lacking)
    assessment.submitted_at = at
    assessment.submitted_automatically = automatic
    return _move(assessment, SUBMIT, by=by, at=at)


@transaction.atomic
def send_back(*, assessment_id: int, reason: str, by, at: datetime) -> Assessment:
    """
    Return a submitted sheet to its unit, which then writes into it again, also past the deadline.

    :raises ReasonMissing: `reason` is empty
    :raises NotAllowedNow: the sheet is not submitted, or already finalised or published
    """
    if not reason.strip():
        raise ReasonMissing
    assessment = lock_assessment(assessment_id)
    return _move(assessment, SEND_BACK, reason=reason.strip(), by=by, at=at)


def begin_appraisal(*, assessment: Assessment, by, at: datetime) -> Assessment:
    """
    Take a submitted sheet under appraisal; part of the transaction that locked it and decides its first leaf.

    :raises NotAllowedNow: the sheet is not submitted
    """
    return _move(assessment, BEGIN_APPRAISAL, by=by, at=at)


def finalise(*, assessment: Assessment, by, at: datetime) -> Assessment:
    """
    Finish a unit's appraisal; part of the transaction that locked it and saw that every leaf is decided.

    :raises NotAllowedNow: the sheet is not under appraisal
    """
    assessment.finalised_at = at
    return _move(assessment, FINALISE, by=by, at=at)


def move_all(assessments: Iterable[Assessment], transition: Transition, *, by, at: datetime) -> int:
    """
    Move many assessments at once, in a fixed number of queries; the caller has locked them and audits the whole.

    :returns: how many there were
    :raises NotAllowedNow: one of them is not in a state from which the transition leads
    """
    moved = list(assessments)
    changes = []
    for assessment in moved:
        _check(assessment, transition)
        changes.append(_change(assessment, transition, "", by, at))
        assessment.status = transition.target
    Assessment.objects.bulk_update(moved, ["status"], batch_size=500)
    StatusChange.objects.bulk_create(changes, batch_size=500)
    return len(moved)


def _move(
    assessment: Assessment, transition: Transition, *, by, at: datetime, reason: str = ""
) -> Assessment:
    _check(assessment, transition)
    _change(assessment, transition, reason, by, at).save()
    assessment.status = transition.target
    assessment.save(update_fields=["status", "submitted_at", "submitted_automatically", "finalised_at"])
    audit.record(
        action=transition.name,
        by=by,
        at=at,
        target=f"assessment {assessment.pk}",
        unit=assessment.unit.code,
        cycle=assessment.cycle.code,
        **({"reason": reason} if reason else {}),
    )
    return assessment


def _check(assessment: Assessment, transition: Transition) -> None:
    if assessment.status not in transition.sources:
        raise NotAllowedNow(
            _("The sheet of %(unit)s is in the state “%(state)s”; this is not possible now.")
            % {"unit": assessment.unit, "state": assessment.get_status_display()}
        )


def _change(assessment: Assessment, transition: Transition, reason: str, by, at: datetime) -> StatusChange:
    return StatusChange(
        assessment=assessment,
        source=assessment.status,
        target=transition.target,
        reason=reason,
        by=by,
        at=at,
    )
