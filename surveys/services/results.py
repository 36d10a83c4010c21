"""The tally: from answers to points, recorded as an act of somebody who says why."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import groupby
from operator import itemgetter

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments.models import Assessment, Cycle
from criteria.models import Criterion
from criteria.scoring.tree import Source
from par_index.core import audit
from surveys.models import Answer, MeasuredResult, Option, Question, Questionnaire
from surveys.queries import newest_results
from surveys.services.base import SurveyRefused, lock_cycle, refuse_published
from surveys.tallying import Group, LeafResult, leaf_result

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Measurement:
    """The result of one leaf of one unit, in a cycle's order of blocks, units and leaves."""

    assessment: Assessment
    criterion: Criterion
    result: LeafResult


@dataclass(frozen=True, slots=True)
class TallySummary:
    """What a tally gave: all measurements, how many points it recorded anew, and the leaves without a result."""

    measurements: list[Measurement]
    recorded: int
    without_result: int


def tally(*, cycle_id: int, reason: str, by, at: datetime, progress: Progress | None = None) -> TallySummary:
    """
    Count the answers and record the points of each survey leaf that has a result; the newest record counts, so that
    this is how points of a workbook are replaced. A result equal to the newest record is not recorded again: a tally
    may run twice.

    Sealed forms are not counted. While links of a questionnaire are in use there is no tally: the difference of two
    would show single answers.

    :raises SurveyRefused: no reason, a published cycle, a questionnaire with links that is open, nothing to count
    """
    if not reason.strip():
        raise SurveyRefused(_("Say why the tally is made: the reason is kept with the points."))
    cycle = Cycle.objects.get(pk=cycle_id)
    refuse_published(cycle)
    _refuse_open(cycle)
    # Counted before the lock, so that the work's progress can be seen. Answers that a file brings meanwhile wait for
    # the next tally; questionnaires that are closed stay so.
    measurements, without_result = _measure(cycle, progress or (lambda done, total: None))
    if not measurements:
        raise SurveyRefused(_("No group has enough valid forms on any unit yet: there is nothing to tally."))
    recorded = _record(cycle_id, measurements, reason.strip(), by, at)
    return TallySummary(measurements, recorded, without_result)


def _refuse_open(cycle: Cycle) -> None:
    answering = cycle.questionnaires.filter(state=Questionnaire.State.OPEN, invitations__isnull=False)
    codes = sorted(set(answering.values_list("code", flat=True)))
    if codes:
        raise SurveyRefused(
            _("Close the questionnaires whose links are in use first: %(codes)s.")
            % {"codes": ", ".join(codes)}
        )


@transaction.atomic
def _record(cycle_id: int, measurements: list[Measurement], reason: str, by, at: datetime) -> int:
    cycle = lock_cycle(cycle_id)
    newest = newest_results(cycle)
    rows = []
    for each in measurements:
        row = MeasuredResult(
            assessment=each.assessment,
            criterion=each.criterion,
            origin=MeasuredResult.Origin.TALLY,
            points=each.result.points(each.criterion.max_points),
            n=each.result.n,
            mean=each.result.mean,
            standard_error=each.result.standard_error,
            reason=reason,
            by=by,
            at=at,
        )
        before = newest.get((row.assessment_id, row.criterion_id))
        if before is None or _figures(before) != _figures(row):
            rows.append(row)
    MeasuredResult.objects.bulk_create(rows, batch_size=2000)
    audit.record(
        action="survey.tallied",
        by=by,
        at=at,
        target=f"cycle {cycle.code}",
        reason=reason,
        results=len(measurements),
        recorded=len(rows),
    )
    return len(rows)


def _figures(row: MeasuredResult) -> tuple:
    return row.origin, row.points, row.n, row.mean, row.standard_error


# --- counting -------------------------------------------------------------------------------------------------------

# rows of the stream: unit, leaf, form, question, option (ids)
UNIT_AND_LEAF = itemgetter(0, 1)
FORM = itemgetter(2)
Row = tuple[int, int, int, int, int]


class _Design:
    """What the answers' ids mean: held in memory whole, since it is as small as the questionnaires are."""

    def __init__(self, cycle: Cycle):
        self.weights = {
            pk: None if weight is None else Fraction(weight)
            for pk, weight in Option.objects.filter(question__questionnaire__cycle=cycle).values_list(
                "pk", "weight"
            )
        }
        questions = (
            Question.objects.filter(questionnaire__cycle=cycle)
            .select_related("questionnaire__group")
            .order_by("questionnaire__code", "position")
        )
        self.groups = {}
        self.group_of: dict[int, int] = {}
        self.place_of: dict[int, int] = {}
        places: Counter[tuple[int, int, int]] = Counter()
        for question in questions:
            questionnaire = question.questionnaire
            self.groups[questionnaire.group_id] = questionnaire.group
            self.group_of[question.pk] = questionnaire.group_id
            # Patterns of one group, block and leaf run over all its questions, in this order.
            leaf = (questionnaire.group_id, questionnaire.block_id, question.criterion_id)
            self.place_of[question.pk] = places[leaf]
            places[leaf] += 1

    def pattern(self, answers: list[Row]) -> tuple[Fraction | None, ...]:
        by_place = {
            self.place_of[question]: self.weights[option] for _unit, _leaf, _form, question, option in answers
        }
        return tuple(by_place.get(place) for place in range(max(by_place) + 1))

    def leaf_result(self, rows: Iterator[Row]) -> LeafResult | None:
        patterns: dict[int, Counter] = {}
        for _form, answers in groupby(rows, key=FORM):
            answers = list(answers)
            group = self.group_of[answers[0][3]]
            patterns.setdefault(group, Counter())[self.pattern(answers)] += 1
        return leaf_result(
            Group(Fraction(self.groups[group].weight), self.groups[group].minimum, counted)
            for group, counted in patterns.items()
        )


def _measure(cycle: Cycle, progress: Progress) -> tuple[list[Measurement], int]:
    """All results in the cycle's order, and how many leaves of the surveyed blocks have none."""
    assessments = list(
        cycle.assessments.select_related("block", "unit").order_by(
            "block__position", "position", "unit__code"
        )
    )
    leaves: dict[int, list[Criterion]] = {}
    for leaf in (
        Criterion.objects.filter(version__blocks__cycle=cycle, source=Source.SURVEY)
        .distinct()
        .order_by("position")
    ):
        leaves.setdefault(leaf.version_id, []).append(leaf)
    results = _results(cycle, progress)
    measurements, without_result = [], 0
    for assessment in assessments:
        for leaf in leaves.get(assessment.block.version_id, ()):
            result = results.get((assessment.unit_id, leaf.pk))
            if result is None:
                without_result += 1
            else:
                measurements.append(Measurement(assessment, leaf, result))
    return measurements, without_result


def _results(cycle: Cycle, progress: Progress) -> dict[tuple[int, int], LeafResult]:
    """Streams the answers sorted by unit, leaf and form: memory holds one leaf of one unit at a time."""
    answers = Answer.objects.filter(form__questionnaire__cycle=cycle)
    total, done = answers.count(), 0
    stream: Iterator[Row] = (
        answers.order_by("unit_id", "question__criterion_id", "form_id")
        .values_list("unit_id", "question__criterion_id", "form_id", "question_id", "option_id")
        .iterator(chunk_size=20_000)
    )
    design = _Design(cycle)
    results = {}
    progress(0, total)
    for number, (key, rows) in enumerate(groupby(stream, key=UNIT_AND_LEAF), start=1):
        rows = list(rows)
        done += len(rows)
        result = design.leaf_result(iter(rows))
        if result is not None:
            results[key] = result
        if number % 100 == 0:
            progress(done, total)
    progress(total, total)
    return results
