"""Consolidating a cycle, confirming a run and publishing it: the three acts that make results."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from assessments.models import Assessment, Cycle
from criteria.scoring import consolidation
from criteria.scoring.merging import DecidedLeaf
from criteria.scoring.rollup import AreaTotals, digits_12, percent_2
from criteria.scoring.tree import Node
from par_index.core import audit
from par_index.core.jobs import Run
from par_index.results import exports
from par_index.results.checklist import compute
from par_index.results.models import (
    AreaResult,
    Consolidation,
    Document,
    LeafResult,
    Publication,
    UnitResult,
)
from par_index.results.queries import Inputs, current_digest, gather

UNITS_AT_ONCE = 100  # rows of so many units are written by one statement per table


class Refused(Exception):
    """The person may, but the state of the cycle does not allow it now. The text is a sentence for the user."""


class AlreadyPublished(Refused):
    def __init__(self):
        super().__init__(_("The results of this cycle have been published; they no longer change."))


class Stale(Refused):
    """What went into the run has changed since; a new run shows the results of today."""

    def __init__(self):
        super().__init__(
            _(
                "Scores or settings have changed since this run. Consolidate again and look at the differences."
            )
        )


class AlreadyConfirmed(Refused):
    def __init__(self):
        super().__init__(_("This run has been confirmed."))


class NotConfirmed(Refused):
    def __init__(self):
        super().__init__(_("The chair of the council has not confirmed this run."))


class InvalidDecision(Exception):
    """The decision's particulars will not do; `errors` has a sentence for each field (number, date, signer)."""

    def __init__(self, errors: dict[str, str]):
        super().__init__(" ".join(errors.values()))
        self.errors = errors


# --- consolidate --------------------------------------------------------------------------------------------------


def consolidate(*, cycle_id: int, by, at: datetime, run: Run | None = None) -> Consolidation:
    """
    Merge what units, council and surveys said, roll up, rank, and store the outcome as a run.

    The same inputs give the same run, so a second call, at once or by a worker that takes over, finds the first
    one's. The rows are written in one transaction: a worker that dies leaves nothing half done.

    :param run: the job that this is part of, for its progress
    :raises AlreadyPublished: the cycle is published
    :raises Incomplete: something is missing; carries the checklist
    :raises LeaseLost: another worker has taken the job over
    """
    cycle = Cycle.objects.get(pk=cycle_id)
    if cycle.published_at is not None:
        raise AlreadyPublished
    _tell(run, 0, _("Reading scores, decisions and survey results"))
    inputs = gather(cycle)
    existing = Consolidation.objects.filter(cycle=cycle, inputs_digest=inputs.digest).first()
    if existing is not None:
        return existing
    _tell(run, 30, _("Rolling up and ranking"))
    result = compute(inputs)
    _tell(run, 60, _("Writing the results"))
    try:
        return _store(inputs, result, by=by, at=at, run=run)
    except IntegrityError:
        # Somebody stored the run of the same inputs in the meantime; anything else is not ours to swallow.
        existing = Consolidation.objects.filter(cycle=cycle, inputs_digest=inputs.digest).first()
        if existing is None:
            raise
        return existing


def _tell(run: Run | None, done: int, message: str) -> None:
    if run is not None:
        run.progress(done, 100, message)


@transaction.atomic
def _store(
    inputs: Inputs, result: consolidation.Result, *, by, at: datetime, run: Run | None
) -> Consolidation:
    stored = Consolidation.objects.create(
        cycle=inputs.cycle,
        inputs_digest=inputs.digest,
        used_settings=inputs.used_settings,
        job_id=run.job_id if run else None,
        computed_by=by,
        computed_at=at,
    )
    lines = list(_unit_lines(inputs, result, stored))
    for start in range(0, len(lines), UNITS_AT_ONCE):
        _write_units(lines[start : start + UNITS_AT_ONCE])
    audit.record(
        action="results.consolidated",
        by=by,
        at=at,
        target=f"cycle {inputs.cycle.code}",
        run=stored.pk,
        inputs_digest=inputs.digest,
        units=len(lines),
    )
    # Last, inside the transaction: the rows count only while the job is still this worker's.
    _tell(run, 100, _("The results are ready"))
    return stored


Line = tuple[UnitResult, consolidation.UnitResult, consolidation.BlockInput]


def _unit_lines(inputs: Inputs, result: consolidation.Result, stored: Consolidation) -> Iterator[Line]:
    """Every unit's row in printed order, with what its areas and leaves are made from."""
    order = 0
    for block, ranked in zip(inputs.blocks, result.blocks, strict=True):
        positions = {unit.code: unit.position for unit in block.units}
        for unit in ranked.units:
            order += 1
            yield _unit_row(inputs, stored, block, unit, order, positions[unit.code]), unit, block


def _unit_row(
    inputs: Inputs,
    stored: Consolidation,
    block: consolidation.BlockInput,
    unit: consolidation.UnitResult,
    order: int,
    position: int,
) -> UnitResult:
    totals = unit.totals
    return UnitResult(
        consolidation=stored,
        order=order,
        block_code=block.code,
        block_name=inputs.block_names[block.code],
        unit_code=unit.code,
        unit_name=inputs.units[unit.code].name,
        position=position,
        max_points=totals.max_points,
        self_points=totals.self_points,
        appraised_points=totals.appraised_points,
        survey_points=totals.survey_points,
        bonus_points=totals.bonus_points,
        penalty_points=totals.penalty_points,
        total_points=totals.total_points,
        index_percent=None if totals.index is None else percent_2(totals.index),
        index_unrounded="" if totals.index is None else digits_12(totals.index),
        rank=unit.place,
        band=unit.band,
    )


def _write_units(lines: Sequence[Line]) -> None:
    UnitResult.objects.bulk_create(row for row, _unit, _block in lines)
    AreaResult.objects.bulk_create(
        _area_row(row, number, area, block, unit.area_places[area.code])
        for row, unit, block in lines
        for number, area in enumerate(unit.totals.areas, start=1)
    )
    LeafResult.objects.bulk_create(
        _leaf_row(row, number, node, unit.leaves[node.code], block)
        for row, unit, block in lines
        for number, node in enumerate(block.tree.leaves, start=1)
    )


def _area_row(
    unit: UnitResult, number: int, area: AreaTotals, block: consolidation.BlockInput, place: int | None
) -> AreaResult:
    return AreaResult(
        unit=unit,
        position=number,
        code=area.code,
        name=block.tree.node(area.code).name,
        max_points=area.max_points,
        points=area.points,
        index_percent=None if area.index is None else percent_2(area.index),
        rank=place,
    )


def _leaf_row(
    unit: UnitResult, number: int, node: Node, leaf: DecidedLeaf, block: consolidation.BlockInput
) -> LeafResult:
    return LeafResult(
        unit=unit,
        position=number,
        area_code="" if node.source.is_extra else block.tree.area_of(node.code),
        code=node.code,
        name=node.name,
        applicable=leaf.applicable,
        max_points=node.max_points,
        self_points=leaf.self_points,
        decided_points=leaf.points if leaf.applicable else None,
        source=node.source,
        reason=leaf.reason,
    )


# --- confirm ------------------------------------------------------------------------------------------------------


@transaction.atomic
def confirm(*, consolidation_id: int, by, at: datetime) -> Consolidation:
    """
    Confirm a run, for the council, as its chair; `by` None is the operator of the portal's commands.

    :raises AlreadyPublished, AlreadyConfirmed:
    :raises Stale: the inputs are no longer what they were
    """
    stored = Consolidation.objects.select_related("cycle").get(pk=consolidation_id)
    cycle = _lock_inputs(stored.cycle)
    stored.refresh_from_db()
    if cycle.published_at is not None:
        raise AlreadyPublished
    if stored.state == Consolidation.State.CONFIRMED:
        raise AlreadyConfirmed
    _refuse_stale(stored)
    stored.state = Consolidation.State.CONFIRMED
    stored.confirmed_by = by
    stored.confirmed_at = at
    stored.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    audit.record(
        action="results.confirmed",
        by=by,
        at=at,
        target=f"cycle {cycle.code}",
        run=stored.pk,
        inputs_digest=stored.inputs_digest,
        **_operator(by),
    )
    return stored


def _lock_inputs(cycle: Cycle) -> Cycle:
    """
    Lock every sheet of the cycle and then the cycle, in the order in which writers of scores take their locks, so
    that what is compared now is what stands at the end of the transaction.
    """
    sheets = Assessment.objects.select_for_update(no_key=True).filter(cycle=cycle).order_by("pk")
    list(sheets.values_list("pk", flat=True))
    return Cycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)


def _refuse_stale(stored: Consolidation) -> None:
    if current_digest(stored.cycle) != stored.inputs_digest:
        raise Stale


def _operator(by) -> dict:
    return {"operator": True} if by is None else {}


# --- publish ------------------------------------------------------------------------------------------------------


def publish(
    *,
    consolidation_id: int,
    decision_number: str,
    decision_date: date,
    signer: str,
    by,
    at: datetime,
    run: Run | None = None,
) -> Publication:
    """
    Publish a confirmed run under a decision: render its documents once, store their bytes, freeze everything.

    Rendering takes seconds to minutes and reads only the run's rows, which no longer change; the locks are taken
    afterwards, for the moment in which the publication is written.

    :raises InvalidDecision: a particular of the decision is missing or cannot be
    :raises AlreadyPublished, NotConfirmed:
    :raises Stale: the inputs are no longer what was confirmed
    """
    stored = Consolidation.objects.select_related("cycle__owner").get(pk=consolidation_id)
    decision = check_decision(
        cycle=stored.cycle, number=decision_number, decision_date=decision_date, signer=signer
    )
    refuse_unpublishable(stored)
    edition = exports.Edition(stored, number=1, decision=decision, published_at=at)
    _tell(run, 0, _("Rendering the documents"))
    documents = exports.render(edition, lambda done, total, name: _tell(run, 90 * done // total, name))
    with transaction.atomic():
        stored.cycle = cycle = _lock_inputs(stored.cycle)
        refuse_unpublishable(stored)
        # The cycle first: with the publication its row is frozen.
        cycle.decision_number = decision.number
        cycle.decision_date = decision.date
        cycle.signer = decision.signer
        cycle.published_at = at
        cycle.save(update_fields=["decision_number", "decision_date", "signer", "published_at"])
        publication = Publication.objects.create(
            cycle=cycle,
            consolidation=stored,
            edition=edition.number,
            decision_number=decision.number,
            decision_date=decision.date,
            signer=decision.signer,
            published_by=by,
            published_at=at,
            digest=exports.digest_of(documents),
        )
        Document.objects.bulk_create(
            Document(
                publication=publication,
                name=document.name,
                content_type=document.content_type,
                content=document.content,
                digest=document.digest,
            )
            for document in documents
        )
        audit.record(
            action="results.published",
            by=by,
            at=at,
            target=f"cycle {cycle.code}",
            run=stored.pk,
            edition=publication.edition,
            decision=decision.number,
            digest=publication.digest,
            **_operator(by),
        )
        _tell(run, 100, _("The results are published"))
    return publication


def refuse_unpublishable(stored: Consolidation) -> None:
    """:raises AlreadyPublished, NotConfirmed, Stale:"""
    if stored.cycle.published_at is not None:
        raise AlreadyPublished
    if stored.state != Consolidation.State.CONFIRMED:
        raise NotConfirmed
    _refuse_stale(stored)


# A serial number, perhaps the year, and the kind of document with its issuer: 512/QĐ-UBND, 12/2026/QĐ-UBND.
_DECISION_NUMBER = re.compile(r"\d{1,6}[a-zA-Z]?(/\d{4})?/\w[\w.&-]*", re.UNICODE)


def check_decision(*, cycle: Cycle, number: str, decision_date: date | None, signer: str) -> exports.Decision:
    """
    The decision's particulars, tidied.

    :raises InvalidDecision: the number is not like 512/QĐ-UBND, the date is missing or lies before the assessed
        period, or nobody signed
    """
    number = re.sub(r"\s+", "", unicodedata.normalize("NFC", number))
    signer = " ".join(unicodedata.normalize("NFC", signer).split())
    errors = {}
    if not _DECISION_NUMBER.fullmatch(number) or len(number) > 100:
        errors["number"] = _("The number is written like 512/QĐ-UBND.")
    if decision_date is None:
        errors["date"] = _("The date of the decision is missing.")
    elif decision_date < cycle.period_from:
        errors["date"] = _(
            "The decision cannot be older than the assessed period, which begins on %(day)s."
        ) % {"day": f"{cycle.period_from:%d/%m/%Y}"}
    if not signer or len(signer) > 200:
        errors["signer"] = _("Write who signed the decision, in at most 200 letters.")
    if errors:
        raise InvalidDecision(errors)
    return exports.Decision(number=number, date=decision_date, signer=signer)
