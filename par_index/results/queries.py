"""Reading what a consolidation is made of, and finding runs and publications."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from assessments.models import Assessment, Block, Cycle, Exemption, Score, UnitSuccession
from councils.models import Member
from councils.queries import standing, without_conflicts_of
from criteria.models import CriteriaVersion, Criterion
from criteria.queries import tree_of
from criteria.scoring.consolidation import BlockInput, UnitInput
from criteria.scoring.merging import DECIDING_STAGES, LeafInput, NoSurvey, Opinion, Stage
from criteria.scoring.numbers import plain
from criteria.scoring.ranking import RankBy, TieBreaker, Ties, parse_bands
from criteria.scoring.rollup import Settings
from criteria.scoring.tree import Source
from par_index.results.models import Consolidation, Publication, UnitResult
from surveys.models import MeasuredResult

# --- who sees which cycle -----------------------------------------------------------------------------------------


def cycles_for_desk(user):
    """Cycles whose consolidation the user may see: as manager, auditor or chair of the council."""
    chaired = Member.objects.filter(user=user, role=Member.Role.CHAIR).values("council__cycle")
    return Cycle.objects.filter(Q(pk__in=Cycle.objects.readable_by(user)) | Q(pk__in=chaired))


def cycles_to_consolidate(user):
    """Cycles that the user may have consolidated: as manager or chair; an auditor only reads."""
    chaired = Member.objects.filter(user=user, role=Member.Role.CHAIR).values("council__cycle")
    return Cycle.objects.filter(Q(pk__in=Cycle.objects.manageable_by(user)) | Q(pk__in=chaired))


def publications():
    """The newest edition of each published cycle, for everybody; older ones stay readable under their number."""
    newer = Publication.objects.filter(cycle=OuterRef("cycle"), edition__gt=OuterRef("edition"))
    return Publication.objects.filter(~Exists(newer)).select_related("cycle__owner", "consolidation")


def previous_publication(cycle: Cycle) -> Publication | None:
    """The newest publication of the same body for an earlier year."""
    return (
        publications()
        .filter(cycle__owner=cycle.owner_id, cycle__year__lt=cycle.year)
        .order_by("-cycle__year", "-published_at")
        .first()
    )


def not_comparable(cycle: Cycle, before: Publication) -> set[str]:
    """Codes of units that took over from a unit ranked in the earlier publication: their years do not compare."""
    ranked = UnitResult.objects.filter(consolidation=before.consolidation_id).values("unit_code")
    successions = UnitSuccession.objects.filter(
        successor__assessments__cycle=cycle,
        predecessor__parent=before.cycle.owner_id,
        predecessor__code__in=ranked,
    )
    return set(successions.values_list("successor__code", flat=True))


def withheld_from(user, cycle: Cycle) -> set[str]:
    """
    Codes of the units whose lines of a run the user does not read: those with which they have a conflict of interest,
    until the units themselves read what the council decided (docs/domain.md §5). One query.
    """
    sheets = Assessment.objects.filter(cycle=cycle).exclude(cycle__in=Cycle.objects.with_released_appraisal())
    open_to_user = without_conflicts_of(user, sheets).values("pk")
    return set(sheets.exclude(pk__in=open_to_user).values_list("unit__code", flat=True))


def previous_run(run: Consolidation) -> Consolidation | None:
    return Consolidation.objects.filter(cycle=run.cycle_id, pk__lt=run.pk).first()


# --- what a run is made of ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What is printed of a unit beside its results, and where its sheet is."""

    name: str
    assessment_id: int
    status: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """
    Everything that goes into a consolidation, as it stood at one moment.

    `digest` is the SHA-256 of all of it; `used_settings` the settings of cycle and blocks in plain JSON; `units`
    by code; `drafts` the codes of the blocks whose criteria have not been issued.
    """

    cycle: Cycle
    blocks: tuple[BlockInput, ...]
    block_names: dict[str, str]
    units: dict[str, UnitFacts]
    drafts: tuple[str, ...]
    used_settings: dict
    digest: str

    @property
    def rank_by(self) -> RankBy:
        return RankBy(self.cycle.rank_by)

    @property
    def ties(self) -> Ties:
        return Ties(self.cycle.ties)

    @property
    def tie_breakers(self) -> tuple[TieBreaker, ...]:
        return tuple(TieBreaker(name) for name in self.cycle.tie_breakers)


def gather(cycle: Cycle) -> Inputs:
    """
    Read the inputs of a consolidation from one snapshot of the database, in as many queries for one unit as for all.

    It starts from the cycle's assessments, not from the scores found, so that a silent unit is there too. What a
    survey, an appraiser or the manager says of a leaf is keyed by (assessment, criterion), since it may be about a
    leaf that the unit left blank.

    :raises ValueError: a row about a criterion that its block's version does not have, which no service writes
    """
    with _snapshot():
        cycle = Cycle.objects.get(pk=cycle.pk)
        blocks = list(cycle.blocks.select_related("version").order_by("position", "pk"))
        sheets = _sheets(cycle, blocks)
        for read in (_read_scores, _read_exemptions, _read_decisions, _read_measured):
            read(cycle, sheets)
    inputs = tuple(_block_input(cycle, block, sheets) for block in blocks)
    used = _used_settings(cycle, blocks)
    names = {block.code: block.name for block in blocks}
    units = {
        sheet.code: UnitFacts(sheet.name, assessment_id, sheet.status)
        for assessment_id, sheet in sheets.items()
    }
    return Inputs(
        cycle=cycle,
        blocks=inputs,
        block_names=names,
        units=units,
        drafts=tuple(b.code for b in blocks if b.version.state == CriteriaVersion.State.DRAFT),
        used_settings=used,
        digest=_digest(used, inputs, units),
    )


def current_digest(cycle: Cycle) -> str:
    """The digest that a run started now would have."""
    return gather(cycle).digest


@contextmanager
def _snapshot():
    """
    One view of the database for several queries. SQLite gives it to any transaction; PostgreSQL has to be asked
    before the first query, so inside a caller's transaction (which then holds the locks it needs) nothing is asked.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


@dataclass(slots=True)
class _Leaf:
    self_points: Decimal | None = None
    decisions: dict[str, tuple] = field(default_factory=dict)
    measured_points: Decimal | None = None
    exempt: bool = False
    exempt_reason: str = ""


@dataclass(slots=True)
class _Sheet:
    """One assessment while its rows come in; `codes` are those of its block's version by criterion id."""

    code: str
    name: str
    status: str
    position: int
    block_id: int
    codes: dict[int, str]
    leaves: dict[str, _Leaf] = field(default_factory=dict)

    def leaf(self, criterion_id: int) -> _Leaf:
        code = self.codes.get(criterion_id)
        if code is None:
            raise ValueError(f"{self.code}: criterion {criterion_id} is none of its block's version.")
        return self.leaves.setdefault(code, _Leaf())


def _sheets(cycle: Cycle, blocks: list[Block]) -> dict[int, _Sheet]:
    codes: dict[int, dict[int, str]] = {block.version_id: {} for block in blocks}
    rows = Criterion.objects.filter(version__in=codes).order_by()
    for criterion_id, version_id, code in rows.values_list("pk", "version_id", "code"):
        codes[version_id][criterion_id] = code
    versions = {block.pk: block.version_id for block in blocks}
    assessments = Assessment.objects.filter(cycle=cycle).order_by("block__position", "position", "unit__code")
    fields = ("pk", "unit__code", "unit__name", "status", "position", "block_id")
    return {
        pk: _Sheet(code, name, status, position, block_id, codes[versions[block_id]])
        for pk, code, name, status, position, block_id in assessments.values_list(*fields)
    }


CHUNK = 5000


def _read_scores(cycle: Cycle, sheets: dict[int, _Sheet]) -> None:
    scores = Score.objects.filter(assessment__cycle=cycle, criterion__source=Source.SELF).order_by()
    rows = scores.values_list("assessment_id", "criterion_id", "points")
    for assessment_id, criterion_id, points in rows.iterator(chunk_size=CHUNK):
        sheets[assessment_id].leaf(criterion_id).self_points = points


def _read_exemptions(cycle: Cycle, sheets: dict[int, _Sheet]) -> None:
    exemptions = Exemption.objects.filter(assessment__cycle=cycle).order_by()
    rows = exemptions.values_list("assessment_id", "criterion_id", "reason")
    for assessment_id, criterion_id, reason in rows.iterator(chunk_size=CHUNK):
        leaf = sheets[assessment_id].leaf(criterion_id)
        leaf.exempt, leaf.exempt_reason = True, reason


def _read_decisions(cycle: Cycle, sheets: dict[int, _Sheet]) -> None:
    """Of each stage only the newest entry that still stands can count, so only that is kept."""
    entries = standing().filter(assessment__cycle=cycle, stage__in=DECIDING_STAGES).order_by("pk")
    rows = entries.values_list("assessment_id", "criterion_id", "stage", "points", "not_applicable", "reason")
    for assessment_id, criterion_id, stage, *opinion in rows.iterator(chunk_size=CHUNK):
        sheets[assessment_id].leaf(criterion_id).decisions[stage] = tuple(opinion)


def _read_measured(cycle: Cycle, sheets: dict[int, _Sheet]) -> None:
    results = MeasuredResult.objects.filter(assessment__cycle=cycle).order_by("pk")
    rows = results.values_list("assessment_id", "criterion_id", "points")
    for assessment_id, criterion_id, points in rows.iterator(chunk_size=CHUNK):
        sheets[assessment_id].leaf(criterion_id).measured_points = points


def _block_input(cycle: Cycle, block: Block, sheets: dict[int, _Sheet]) -> BlockInput:
    return BlockInput(
        code=block.code,
        tree=tree_of(block.version),
        bands=parse_bands(block.bands),
        units=tuple(_unit_input(sheet) for sheet in sheets.values() if sheet.block_id == block.pk),
        no_survey=NoSurvey(block.no_survey or cycle.no_survey),
        settings=Settings(
            bonus_cap=_first(block.bonus_cap, cycle.bonus_cap),
            penalty_cap=_first(block.penalty_cap, cycle.penalty_cap),
            may_exceed=cycle.may_exceed,
        ),
    )


def _unit_input(sheet: _Sheet) -> UnitInput:
    return UnitInput(
        code=sheet.code,
        position=sheet.position,
        leaves={code: _leaf_input(code, leaf) for code, leaf in sheet.leaves.items()},
    )


def _leaf_input(code: str, leaf: _Leaf) -> LeafInput:
    return LeafInput(
        code=code,
        self_points=leaf.self_points,
        opinions=tuple(Opinion(Stage(stage), *opinion) for stage, opinion in sorted(leaf.decisions.items())),
        measured_points=leaf.measured_points,
        exempt=leaf.exempt,
        exempt_reason=leaf.exempt_reason,
    )


def _first(own: Decimal | None, general: Decimal | None) -> Decimal | None:
    """The block's setting, or else the cycle's; a cap of 0 is a setting too."""
    return general if own is None else own


# --- the digest ---------------------------------------------------------------------------------------------------


def _used_settings(cycle: Cycle, blocks: list[Block]) -> dict:
    return {
        "cycle": {
            "code": cycle.code,
            "name": cycle.name,
            "year": cycle.year,
            "rank_by": cycle.rank_by,
            "ties": cycle.ties,
            "tie_breakers": list(cycle.tie_breakers),
            "may_exceed": cycle.may_exceed,
        },
        "blocks": [
            {
                "code": block.code,
                "name": block.name,
                "criteria_name": block.version.name,
                "criteria_digest": block.version.digest,
                "bands": block.bands,
                "no_survey": block.no_survey or cycle.no_survey,
                "bonus_cap": _text(_first(block.bonus_cap, cycle.bonus_cap)),
                "penalty_cap": _text(_first(block.penalty_cap, cycle.penalty_cap)),
            }
            for block in blocks
        ],
    }


def _digest(used_settings: dict, blocks: tuple[BlockInput, ...], units: dict[str, UnitFacts]) -> str:
    """SHA-256 over one JSON line for the settings, one for each unit and one for each leaf that has anything."""
    content = hashlib.sha256()
    for line in _canonical(used_settings, blocks, units):
        content.update(json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
        content.update(b"\n")
    return content.hexdigest()


def _canonical(used_settings: dict, blocks: tuple[BlockInput, ...], units: dict[str, UnitFacts]) -> Iterator:
    yield used_settings
    for block in blocks:
        for unit in sorted(block.units, key=lambda unit: unit.code):
            yield [block.code, unit.code, unit.position, units[unit.code].name]
            for code in sorted(unit.leaves):
                leaf = unit.leaves[code]
                yield [
                    code,
                    _text(leaf.self_points),
                    [[o.stage, _text(o.points), o.not_applicable, o.reason] for o in leaf.opinions],
                    _text(leaf.measured_points),
                    leaf.exempt,
                    leaf.exempt_reason,
                ]


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
