"""Storing the cycle of a workbook, all of it or nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext
from guardian.shortcuts import assign_perm

from assessments.models import (
    Assessment,
    Block,
    Cycle,
    Exemption,
    LedgerEntry,
    Score,
    StatusChange,
    Step,
    Unit,
    UnitSuccession,
)
from criteria import services as criteria_services
from criteria.models import Criterion
from criteria.scoring.merging import Stage
from criteria.scoring.tree import Source
from criteria.workbook.tables import Place, Problem
from par_index.core import audit
from par_index.results.workbook import sheets
from par_index.results.workbook.book import CycleBook, LeafBook
from par_index.results.workbook.discarding import discard
from surveys.models import MeasuredResult

OWNER_CODE = "GOC"
OPERATOR = "import_cycle"
"""Who imported, where no person did: the command."""
BATCH = 2000

Status = Assessment.Status
DECIDED_BY_MEMBERS = frozenset({Source.APPRAISER, Source.BONUS, Source.PENALTY})
# How far the cycle has come, by the furthest and the least advanced of its units.
SUBMITTED_OR_LATER = frozenset({Status.SUBMITTED, Status.IN_APPRAISAL, Status.FINALISED})
APPRAISED_OR_LATER = frozenset({Status.IN_APPRAISAL, Status.FINALISED})


class CycleExists(Exception):
    """A cycle of this code is there already."""

    def __init__(self, code: str):
        message = gettext("The cycle %(code)s is there already. Nothing was stored.")
        super().__init__(message % {"code": code})


class OwnerUnclear(Exception):
    """Several bodies run cycles here, and none was named; or the one that was named does not exist."""


def body(code: str | None = None) -> Unit | None:
    """
    The body that an import belongs to: the named one, else the only one there is, None while there is none.

    :raises OwnerUnclear:
    """
    bodies = Unit.objects.filter(parent=None).order_by("code")
    if code is not None:
        named = bodies.filter(code=code).first()
        if named is None:
            raise OwnerUnclear(gettext("There is no body %(code)s that runs cycles.") % {"code": code})
        return named
    if len(bodies) > 1:
        message = gettext(
            "Several bodies run cycles here: %(codes)s. Name the one that the workbook belongs to."
        )
        raise OwnerUnclear(message % {"codes": ", ".join(body.code for body in bodies)})
    return bodies.first()


@transaction.atomic
def store(book: CycleBook, *, owner: Unit | None, by, at: datetime, replace: bool = False) -> Cycle:
    """
    Store the cycle of a checked workbook; a person who imports becomes its manager.

    :param owner: the body whose cycle it is; None makes the portal's first one, named in the settings
    :param by: the person, None for the operator's command
    :param replace: discard an unpublished cycle of the same code that `by` manages and that nobody but its importer
        has written into
    :raises CycleExists: and `replace` was not asked for
    :raises CannotReplace: the cycle there is published, or others have worked in it
    """
    if owner is None:
        owner = Unit.objects.create(code=OWNER_CODE, name=settings.BODY_NAME)
    # Two imports for one body go one after the other, so that the second finds the first one's cycle and units.
    owner = Unit.objects.select_for_update().get(pk=owner.pk)
    existing = Cycle.objects.select_for_update().filter(code=book.head.code).first()
    if existing is not None:
        if not replace or existing.owner_id != owner.pk or not _manages(by, existing):
            raise CycleExists(book.head.code)
        discard(existing, by=by, at=at)
    cycle = _Import(book, owner, by, at).run()
    if by is not None:
        assign_perm("assessments.manage_cycle", by, cycle)
    audit.record(
        action="cycle.imported",
        by=by,
        at=at,
        target=f"cycle {cycle.code}",
        replaced=existing is not None,
        units=len(book.units),
        leaves=len(book.leaves),
        warnings=len(book.warnings),
    )
    return cycle


def _manages(by, cycle: Cycle) -> bool:
    return by is None or Cycle.objects.manageable_by(by).filter(pk=cycle.pk).exists()


def warnings_against(book: CycleBook, owner: Unit | None) -> list[Problem]:
    """What only the stored units tell: predecessors that nobody knows, and units that bear another name here."""
    known = dict(Unit.objects.filter(parent=owner).values_list("code", "name")) if owner else {}
    in_book = {unit.code for unit in book.units}
    found = []
    for unit in book.units:
        for code in unit.predecessors:
            if code not in known and code not in in_book:
                message = gettext("The predecessor %(code)s of %(unit)s is unknown and was left out.")
                found.append(_on_units("Đơn vị tiền thân", message % {"code": code, "unit": unit.code}))
        if known.get(unit.code, unit.name) != unit.name:
            message = gettext("%(code)s is known as “%(known)s”; the newest year's name is kept.")
            found.append(_on_units("Tên đơn vị", message % {"code": unit.code, "known": known[unit.code]}))
    return found


def _on_units(header: str, message: str) -> Problem:
    return Problem(Place(sheets.UNITS, column=header), message)


class _Import:
    """One import on its way; each step reads the rows that earlier ones made."""

    def __init__(self, book: CycleBook, owner: Unit, by, at: datetime):
        self.book = book
        self.owner = owner
        self.by = by
        self.at = at

    def run(self) -> Cycle:
        cycle = self._cycle()
        blocks = self._blocks(cycle)
        units = self._units(cycle)
        assessments = self._assessments(cycle, blocks, units)
        self._steps(cycle)
        self._leaves(assessments, _criteria_by_version(blocks.values()))
        return cycle

    def _cycle(self) -> Cycle:
        head = asdict(self.book.head)
        head["tie_breakers"] = [tie_breaker.value for tie_breaker in self.book.head.tie_breakers]
        imported_by = OPERATOR if self.by is None else self.by.get_username()
        return Cycle.objects.create(owner=self.owner, created_at=self.at, imported_by=imported_by, **head)

    def _blocks(self, cycle: Cycle) -> dict[str, Block]:
        versions = {
            book.code: criteria_services.bind_or_issue(
                set_code=book.code,
                name=book.name,
                contents=book.contents,
                decision=book.decision,
                decision_date=book.decision_date,
                declared_total=book.declared_total,
                by=self.by,
                at=self.at,
            )
            for book in self.book.sets
        }
        blocks = Block.objects.bulk_create(
            Block(
                cycle=cycle,
                code=book.code,
                name=book.name,
                position=position,
                version=versions[book.set_code],
                bands=book.bands,
                no_survey=book.no_survey or "",
                bonus_cap=book.bonus_cap,
                penalty_cap=book.penalty_cap,
            )
            for position, book in enumerate(self.book.blocks, start=1)
        )
        return {block.code: block for block in blocks}

    def _units(self, cycle: Cycle) -> dict[str, Unit]:
        """A unit is its code below the owner, over all years; its name is that of the newest year."""
        known = {unit.code: unit for unit in Unit.objects.filter(parent=self.owner)}
        new = Unit.objects.bulk_create(
            Unit(parent=self.owner, code=book.code, name=book.name)
            for book in self.book.units
            if book.code not in known
        )
        units = known | {unit.code: unit for unit in new}
        in_later_years = set(
            Assessment.objects.filter(
                unit__parent=self.owner, cycle__owner=self.owner, cycle__year__gt=cycle.year
            ).values_list("unit__code", flat=True)
        )
        renamed = [
            unit
            for book in self.book.units
            if (unit := units[book.code]).name != book.name and book.code not in in_later_years
        ]
        names = {book.code: book.name for book in self.book.units}
        for unit in renamed:
            unit.name = names[unit.code]
        Unit.objects.bulk_update(renamed, ["name"], batch_size=BATCH)
        UnitSuccession.objects.bulk_create(
            [
                UnitSuccession(predecessor=units[code], successor=units[book.code])
                for book in self.book.units
                for code in dict.fromkeys(book.predecessors)
                if code in units
            ],
            ignore_conflicts=True,
        )
        return units

    def _assessments(
        self, cycle: Cycle, blocks: Mapping[str, Block], units: Mapping[str, Unit]
    ) -> dict[str, Assessment]:
        rows = Assessment.objects.bulk_create(
            [
                Assessment(
                    cycle=cycle,
                    block=blocks[book.block_code],
                    unit=units[book.code],
                    position=book.position,
                    status=book.status,
                    submitted_at=self.at if book.status in SUBMITTED_OR_LATER else None,
                    finalised_at=self.at if book.status == Status.FINALISED else None,
                    published_index=book.published_index,
                    published_rank=book.published_rank,
                )
                for book in self.book.units
            ],
            batch_size=BATCH,
        )
        reason = gettext("Imported from the cycle workbook")
        StatusChange.objects.bulk_create(
            [
                StatusChange(
                    assessment=row,
                    source=Status.PREPARING,
                    target=row.status,
                    reason=reason,
                    by=self.by,
                    at=self.at,
                )
                for row in rows
                if row.status != Status.PREPARING
            ],
            batch_size=BATCH,
        )
        return {row.unit.code: row for row in rows}

    def _steps(self, cycle: Cycle) -> None:
        """Steps in the state that the units' own states amount to; their dates are for the manager to set."""
        statuses = {book.status for book in self.book.units}
        # While units wait for their start and none is scoring, opening the step is what starts them.
        has_begun = Status.PREPARING not in statuses or Status.DRAFT in statuses
        is_submitted = statuses <= SUBMITTED_OR_LATER
        is_decided = statuses == {Status.FINALISED}
        opened = {
            Step.Kind.SELF_ASSESSMENT: has_begun,
            Step.Kind.APPRAISAL_1: bool(statuses & APPRAISED_OR_LATER),
            Step.Kind.SURVEY: any(leaf.measured_points is not None for leaf in self.book.leaves),
        }
        closed = {
            Step.Kind.SELF_ASSESSMENT: is_submitted,
            Step.Kind.APPRAISAL_1: is_decided,
            Step.Kind.SURVEY: is_decided,
        }
        Step.objects.bulk_create(
            Step(
                cycle=cycle,
                kind=kind,
                opened_at=self.at if opened.get(kind) else None,
                closed_at=self.at if opened.get(kind) and closed.get(kind) else None,
            )
            for kind in Step.Kind
        )

    def _leaves(
        self, assessments: Mapping[str, Assessment], criteria: Mapping[int, Mapping[str, Criterion]]
    ) -> None:
        scores, exemptions, entries, measured = [], [], [], []
        for book in self.book.leaves:
            assessment = assessments[book.unit_code]
            leaf = criteria[assessment.block.version_id][book.criterion_code]
            scores += self._score(book, assessment, leaf)
            exemptions += self._exemption(book, assessment, leaf)
            entries += self._entries(book, assessment, leaf)
            measured += self._measured(book, assessment, leaf)
        Score.objects.bulk_create(scores, batch_size=BATCH)
        Exemption.objects.bulk_create(exemptions, batch_size=BATCH)
        LedgerEntry.objects.bulk_create(entries, batch_size=BATCH)
        MeasuredResult.objects.bulk_create(measured, batch_size=BATCH)

    def _score(self, book: LeafBook, assessment: Assessment, leaf: Criterion) -> Iterable[Score]:
        """What the unit says; of leaves that it does not score, a row is only made to keep their texts."""
        is_own = leaf.source == Source.SELF and not book.exempt
        points = book.self_points if is_own else None
        if points is None and not (book.declared or book.account or book.evidence):
            return
        yield Score(
            assessment=assessment,
            criterion=leaf,
            declared=None if book.declared is None else list(book.declared),
            points=points,
            not_applicable=is_own and book.not_applicable,
            account=book.account,
            evidence_note=book.evidence,
            updated_by=self.by,
            updated_at=self.at,
        )

    def _exemption(self, book: LeafBook, assessment: Assessment, leaf: Criterion) -> Iterable[Exemption]:
        if book.exempt:
            yield Exemption(assessment=assessment, criterion=leaf, reason=book.reason, by=self.by, at=self.at)

    def _entries(self, book: LeafBook, assessment: Assessment, leaf: Criterion) -> Iterable[LedgerEntry]:
        if book.exempt:
            return
        common = {"assessment": assessment, "criterion": leaf, "by": self.by, "at": self.at}
        declared = None if book.declared is None else list(book.declared)
        if leaf.source == Source.SELF and (book.self_points is not None or book.not_applicable):
            yield LedgerEntry(
                stage=Stage.SELF.value,
                act=LedgerEntry.Act.DECLARE,
                declared=declared,
                points=book.self_points,
                not_applicable=book.not_applicable,
                reason=book.account,
                agency=assessment.unit.name,
                **common,
            )
        entered = leaf.source in DECIDED_BY_MEMBERS
        if book.appraised_points is None and not (entered and book.not_applicable):
            return
        is_equal = book.appraised_points == book.self_points
        act = LedgerEntry.Act.ACCEPT if is_equal else LedgerEntry.Act.ADJUST
        yield LedgerEntry(
            stage=Stage.ROUND_1.value,
            act=LedgerEntry.Act.ENTER if entered else act,
            declared=declared if entered else None,
            points=book.appraised_points,
            not_applicable=entered and book.not_applicable,
            reason=book.reason,
            agency=leaf.appraising_agency,
            **common,
        )

    def _measured(self, book: LeafBook, assessment: Assessment, leaf: Criterion) -> Iterable[MeasuredResult]:
        if book.measured_points is not None:
            yield MeasuredResult(
                assessment=assessment,
                criterion=leaf,
                origin=MeasuredResult.Origin.WORKBOOK,
                points=book.measured_points,
                reason=book.reason,
                by=self.by,
                at=self.at,
            )


def _criteria_by_version(blocks: Iterable[Block]) -> dict[int, dict[str, Criterion]]:
    found: dict[int, dict[str, Criterion]] = {}
    for leaf in Criterion.objects.filter(version__in={block.version_id for block in blocks}):
        found.setdefault(leaf.version_id, {})[leaf.code] = leaf
    return found
