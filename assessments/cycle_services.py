"""Acts of the cycle manager: steps, and leaves that do not apply to a unit. Every write goes through here."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from assessments.models import Assessment, Cycle, Exemption, Step, Unit
from assessments.queries.missing import completeness
from assessments.services import NotAllowedNow, ReasonMissing, lock_assessment, move_all, send_back, submit
from assessments.states import OPEN
from criteria.models import Criterion
from par_index.core import audit


class DeadlineInPast(Exception):
    """A step would end before the moment it opens."""

    def __init__(self):
        super().__init__(_("The deadline lies in the past. Give a date and time after this moment."))


class OwnUnit(Exception):
    """A manager acts on the unit they belong to; a second person must (docs/domain.md §4)."""

    def __init__(self, unit: Unit):
        super().__init__(
            _("You belong to %(unit)s. Ask another cycle manager to do this for it.") % {"unit": unit}
        )


def _lock_cycle(cycle_id: int) -> Cycle:
    cycle = Cycle.objects.select_for_update().get(pk=cycle_id)
    if cycle.published_at is not None:
        raise NotAllowedNow(_("The results of this cycle are published; its steps no longer change."))
    return cycle


@transaction.atomic
def open_step(*, cycle_id: int, kind: str, ends_at: datetime | None, by, at: datetime) -> Step:
    """
    Open a step now, until `ends_at` (None: until somebody closes it). Opening a closed step again extends it.

    Opening the self-assessment moves every sheet in preparation to being scored.

    :raises DeadlineInPast: `ends_at` is not after `at`
    :raises NotAllowedNow: the step is open already, or the cycle is published
    """
    cycle = _lock_cycle(cycle_id)
    if ends_at is not None and ends_at <= at:
        raise DeadlineInPast
    step, _created = Step.objects.get_or_create(cycle=cycle, kind=kind)
    if step.is_open(at):
        raise NotAllowedNow(_("The step “%(step)s” is open already.") % {"step": step.get_kind_display()})
    step.opened_at, step.closed_at, step.ends_at = at, None, ends_at
    if step.starts_at is None or step.starts_at > at:
        step.starts_at = at
    step.save()
    opened = 0
    if kind == Step.Kind.SELF_ASSESSMENT:
        opened = move_all(_locked(cycle, Assessment.Status.PREPARING), OPEN, by=by, at=at)
    audit.record(
        action="step.opened",
        by=by,
        at=at,
        target=f"cycle {cycle.pk}",
        step=kind,
        ends_at=ends_at and ends_at.isoformat(),
        opened=opened,
    )
    return step


@transaction.atomic
def close_step(*, cycle_id: int, kind: str, by, at: datetime) -> Step:
    """
    Close an open step now.

    Closing the self-assessment hands in every complete draft, marked as submitted automatically; incomplete ones
    stay where they are, locked by the closed step (docs/domain.md §4).

    :raises NotAllowedNow: the step is not open, or the cycle is published
    """
    cycle = _lock_cycle(cycle_id)
    step = Step.objects.filter(cycle=cycle, kind=kind).first()
    if step is None or step.opened_at is None or step.closed_at is not None:
        raise NotAllowedNow(_("The step “%(step)s” is not open.") % {"step": Step.Kind(kind).label})
    step.closed_at = at
    step.save(update_fields=["closed_at"])
    submitted = _submit_complete_drafts(cycle, by, at) if kind == Step.Kind.SELF_ASSESSMENT else 0
    audit.record(
        action="step.closed", by=by, at=at, target=f"cycle {cycle.pk}", step=kind, submitted=submitted
    )
    return step


def _submit_complete_drafts(cycle: Cycle, by, at: datetime) -> int:
    drafts = list(_locked(cycle, Assessment.Status.DRAFT))
    far = completeness(drafts)
    complete = [draft for draft in drafts if far[draft.pk].is_complete]
    for draft in complete:
        submit(assessment_id=draft.pk, by=by, at=at, automatic=True)
    return len(complete)


def _locked(cycle: Cycle, status: str) -> QuerySet[Assessment]:
    rows = Assessment.objects.select_for_update(of=("self",)).select_related("block")
    return rows.filter(cycle=cycle, status=status).order_by("pk")


@transaction.atomic
def send_back_sheet(*, assessment_id: int, reason: str, by, at: datetime) -> Assessment:
    """
    `assessments.services.send_back` as the cycle manager's act: never on one's own unit.

    :raises OwnUnit: the manager belongs to the unit
    """
    assessment = Assessment.objects.select_related("unit").get(pk=assessment_id)
    if Unit.objects.belonging_to(by).filter(pk=assessment.unit_id).exists():
        raise OwnUnit(assessment.unit)
    return send_back(assessment_id=assessment_id, reason=reason, by=by, at=at)


class AppliesAlready(Exception):
    """The leaf is settled as not applicable, or was never settled so."""


@transaction.atomic
def exempt(*, assessment_id: int, criterion_id: int, reason: str, by, at: datetime) -> Exemption:
    """
    Fix a leaf as not applicable to a unit, before self-scoring opens (docs/domain.md §2).

    :raises ReasonMissing: `reason` is empty
    :raises OwnUnit: the manager belongs to the unit
    :raises NotAllowedNow: the sheet is past preparation
    :raises AppliesAlready: the leaf is exempt already
    """
    assessment = _in_preparation(assessment_id, by)
    if not reason.strip():
        raise ReasonMissing
    leaf = Criterion.objects.get(pk=criterion_id, version=assessment.block.version_id, children=None)
    exemption, created = Exemption.objects.get_or_create(
        assessment=assessment, criterion=leaf, defaults={"reason": reason.strip(), "by": by, "at": at}
    )
    if not created:
        raise AppliesAlready(
            _("Criterion %(code)s is marked as not applicable already.") % {"code": leaf.code}
        )
    _record("exemption.given", assessment, leaf, by, at, reason=exemption.reason)
    return exemption


@transaction.atomic
def withdraw_exemption(*, assessment_id: int, criterion_id: int, by, at: datetime) -> None:
    """
    Make a leaf apply to the unit again; raises as `exempt` does.

    :raises AppliesAlready: the leaf is not exempt
    """
    assessment = _in_preparation(assessment_id, by)
    leaf = Criterion.objects.get(pk=criterion_id, version=assessment.block.version_id)
    deleted, _rows = Exemption.objects.filter(assessment=assessment, criterion=leaf).delete()
    if not deleted:
        raise AppliesAlready(_("Criterion %(code)s applies to this unit already.") % {"code": leaf.code})
    _record("exemption.withdrawn", assessment, leaf, by, at)


def _in_preparation(assessment_id: int, by) -> Assessment:
    assessment = lock_assessment(assessment_id)
    if Unit.objects.belonging_to(by).filter(pk=assessment.unit_id).exists():
        raise OwnUnit(assessment.unit)
    if assessment.status != Assessment.Status.PREPARING:
        raise NotAllowedNow(
            _("Self-scoring of %(unit)s has begun; from here on the council decides what does not apply.")
            % {"unit": assessment.unit}
        )
    return assessment


def _record(action: str, assessment: Assessment, leaf: Criterion, by, at: datetime, **detail) -> None:
    audit.record(
        action=action, by=by, at=at, target=f"assessment {assessment.pk}", criterion=leaf.code, **detail
    )
