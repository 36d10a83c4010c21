"""Reading the survey: who was asked and how many answered, and which points came of it. Small counts are not told."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max, Q, QuerySet

from assessments.models import Assessment, Block, Cycle, Unit
from criteria.models import Criterion
from criteria.scoring.tree import Source
from surveys.models import Answer, Invitation, MeasuredResult, Questionnaire, SealedForm, Turnout
from surveys.tallying import interval

# --- results ----------------------------------------------------------------------------------------------------------


def newest_results(cycle: Cycle) -> dict[tuple[int, int], MeasuredResult]:
    """The result that counts of each leaf that has one, by (assessment, criterion). One query."""
    newest = (
        MeasuredResult.objects.filter(assessment__cycle=cycle)
        .order_by()
        .values("assessment", "criterion")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    rows = MeasuredResult.objects.filter(pk__in=newest)
    return {(row.assessment_id, row.criterion_id): row for row in rows}


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One unit's result on one leaf; `low` and `high` bound the 95 % interval of a tally."""

    assessment: Assessment
    result: MeasuredResult | None
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def in_percent(self) -> dict[str, Decimal] | None:
        """Mean and bounds in percent; only of a tally with an error."""
        if self.low is None:
            return None
        return {"low": self.low * 100, "mean": self.result.mean * 100, "high": self.high * 100}

    @property
    def drawn(self) -> dict[str, str] | None:
        """The same as lengths of an SVG, which takes points for decimals in any language."""
        figures = self.in_percent
        return figures and {name: f"{value:.2f}%" for name, value in figures.items()}


def results_of(block: Block, leaf: Criterion) -> list[ResultRow]:
    """The newest result of each unit of the block on the leaf, in the block's order. Two queries."""
    assessments = block.assessments.select_related("unit").order_by("position", "unit__code")
    newest: dict[int, MeasuredResult] = {}
    # ascending by id: the last one stays
    for row in MeasuredResult.objects.filter(assessment__block=block, criterion=leaf).order_by("pk"):
        newest[row.assessment_id] = row
    rows = []
    for assessment in assessments:
        result = newest.get(assessment.pk)
        if result is None or result.mean is None:
            rows.append(ResultRow(assessment, result))
        else:
            rows.append(ResultRow(assessment, result, *interval(result.mean, result.standard_error)))
    return rows


def measured_leaves(cycle: Cycle, *sources: Source) -> list[tuple[Block, list[Criterion]]]:
    """Each block with its leaves of these sources, in order. Two queries."""
    blocks = list(cycle.blocks.order_by("position"))
    by_version: dict[int, list[Criterion]] = {}
    leaves = Criterion.objects.filter(version__in={block.version_id for block in blocks}, source__in=sources)
    for leaf in leaves.order_by("position"):
        by_version.setdefault(leaf.version_id, []).append(leaf)
    return [(block, by_version.get(block.version_id, [])) for block in blocks]


@dataclass(frozen=True, slots=True)
class ExternalLeaf:
    """An external leaf of a block and for how many of its units the figure is there."""

    block: Block
    leaf: Criterion
    entered: int
    units: int


def external_leaves(cycle: Cycle) -> list[ExternalLeaf]:
    """Each block's external leaves, in order. Four queries."""
    units = dict(cycle.assessments.order_by().values_list("block").annotate(Count("pk")))
    entered = {
        (block, leaf): number
        for block, leaf, number in MeasuredResult.objects.filter(
            assessment__cycle=cycle, criterion__source=Source.EXTERNAL
        )
        .order_by()
        .values_list("assessment__block", "criterion")
        .annotate(Count("assessment", distinct=True))
    }
    return [
        ExternalLeaf(block, leaf, entered.get((block.pk, leaf.pk), 0), units.get(block.pk, 0))
        for block, leaves in measured_leaves(cycle, Source.EXTERNAL)
        for leaf in leaves
    ]


# --- turnout ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Counts:
    """
    Numbers about one questionnaire, or one of its units: links sent and used, forms returned, valid among them.

    A form is valid when it holds a counted answer; one that still waits sealed is returned, its validity unknown.
    Use `shown` for whatever is printed: results of fewer forms than the minimum are nobody's business.
    """

    minimum: int
    sent: int = 0
    used: int = 0
    returned: int = 0
    valid: int = 0

    @property
    def returned_shown(self) -> int | None:
        return shown(self.returned, self.minimum)

    @property
    def valid_shown(self) -> int | None:
        return shown(self.valid, self.minimum)

    @property
    def enough(self) -> bool:
        return self.valid >= self.minimum


def shown(count: int, minimum: int) -> int | None:
    """The count if it may be told: none at all, or at least the minimum. None stands for “fewer than the minimum”."""
    return count if count == 0 or count >= minimum else None


def counts_of(questionnaires: Iterable[Questionnaire]) -> dict[int, dict[int, Counts]]:
    """By questionnaire and unit, for those units that were asked or answered. Four queries."""
    known = {each.pk: each for each in questionnaires}
    counts: dict[int, dict[int, Counts]] = {pk: {} for pk in known}

    def at(questionnaire: int, unit: int) -> Counts:
        return counts[questionnaire].setdefault(unit, Counts(known[questionnaire].group.minimum))

    invitations = _grouped(Invitation.objects.filter(questionnaire__in=known)).annotate(
        sent=Count("pk"), used=Count("pk", filter=Q(used=True))
    )
    for row in invitations:
        entry = at(row["questionnaire"], row["unit"])
        entry.sent = row["sent"]
        if known[row["questionnaire"]].state != Questionnaire.State.CLOSED:
            entry.used = row["used"]
    for turnout in Turnout.objects.filter(questionnaire__in=known):
        at(turnout.questionnaire_id, turnout.unit_id).used = turnout.used
    for row in _grouped(SealedForm.objects.filter(questionnaire__in=known)).annotate(number=Count("pk")):
        at(row["questionnaire"], row["unit"]).returned += row["number"]
    answers = (
        Answer.objects.filter(form__questionnaire__in=known)
        .order_by()
        .values("form__questionnaire", "unit")
        .annotate(
            returned=Count("form", distinct=True),
            valid=Count("form", distinct=True, filter=Q(option__weight__isnull=False)),
        )
    )
    for row in answers:
        entry = at(row["form__questionnaire"], row["unit"])
        entry.returned += row["returned"]
        entry.valid += row["valid"]
    return counts


def _grouped(rows: QuerySet) -> QuerySet:
    return rows.order_by().values("questionnaire", "unit")


@dataclass(frozen=True, slots=True)
class QuestionnaireRow:
    """A line of the survey's desk: totals, and on how many units the group reached its minimum."""

    questionnaire: Questionnaire
    questions: int
    counts: Counts
    units: int
    units_with_enough: int


def questionnaires_of(cycle: Cycle) -> list[QuestionnaireRow]:
    """The cycle's questionnaires with their turnout. Six queries."""
    questionnaires = list(
        cycle.questionnaires.select_related("block", "group")
        .annotate(number_of_questions=Count("questions"))
        .order_by("block__position", "code")
    )
    units = dict(cycle.assessments.order_by().values_list("block").annotate(Count("pk")))
    counts = counts_of(questionnaires)
    rows = []
    for questionnaire in questionnaires:
        total = Counts(questionnaire.group.minimum)
        for entry in counts[questionnaire.pk].values():
            total.sent += entry.sent
            total.used += entry.used
            total.returned += entry.returned
            total.valid += entry.valid
        rows.append(
            QuestionnaireRow(
                questionnaire,
                questionnaire.number_of_questions,
                total,
                units.get(questionnaire.block_id, 0),
                sum(entry.enough for entry in counts[questionnaire.pk].values()),
            )
        )
    return rows


def turnout_of(questionnaire: Questionnaire) -> list[tuple[Unit, Counts]]:
    """Each unit of the questionnaire's block with its counts, in the block's order. Five queries."""
    counts = counts_of([questionnaire])[questionnaire.pk]
    assessments = (
        Assessment.objects.filter(block=questionnaire.block_id)
        .select_related("unit")
        .order_by("position", "unit__code")
    )
    empty = Counts(questionnaire.group.minimum)
    return [(each.unit, counts.get(each.unit_id, empty)) for each in assessments]


def unasked_leaves(cycle: Cycle) -> list[tuple[Block, list[Criterion]]]:
    """Each block's survey leaves about which no questionnaire asks. Three queries."""
    asked = set(
        cycle.questionnaires.filter(questions__isnull=False)
        .values_list("block", "questions__criterion")
        .distinct()
    )
    found = []
    for block, leaves in measured_leaves(cycle, Source.SURVEY):
        unasked = [leaf for leaf in leaves if (block.pk, leaf.pk) not in asked]
        if unasked:
            found.append((block, unasked))
    return found
