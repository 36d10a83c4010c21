"""What keeps a sheet from being submitted: leaves without points, and leaves without evidence or account."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from assessments.models import Assessment, EvidenceLink, Exemption, Score
from criteria.models import Criterion
from criteria.scoring.tree import Source


@dataclass(frozen=True, slots=True)
class Missing:
    """
    `points`: leaves for which nothing is declared. `backing`: leaves that have neither evidence nor an account, or
    that the unit says do not apply to it without giving the reason. True while anything is missing.
    """

    points: tuple[Criterion, ...]
    backing: tuple[Criterion, ...]

    def __bool__(self) -> bool:
        return bool(self.points or self.backing)

    @property
    def leaf_count(self) -> int:
        return len({leaf.pk for leaf in (*self.points, *self.backing)})


def is_scored(score: Score | None) -> bool:
    return score is not None and (score.points is not None or score.not_applicable)


def is_backed(score: Score | None, *, has_evidence: bool) -> bool:
    """Whether a leaf has what it needs beside its points; a claim that it does not apply needs its reason in words."""
    if score is not None and score.account:
        return True
    if score is not None and score.not_applicable and score.declared is None:
        return False
    return has_evidence or (score is not None and bool(score.evidence_note))


def missing(assessment: Assessment) -> Missing:
    """The leaves of one sheet, in document order. Four queries."""
    lacking = _lacking([assessment])[assessment.pk]
    return Missing(
        points=tuple(leaf for leaf in lacking.leaves if leaf.pk in lacking.without_points),
        backing=tuple(leaf for leaf in lacking.leaves if leaf.pk in lacking.without_backing),
    )


@dataclass(frozen=True, slots=True)
class Completeness:
    """Counts of self-scored leaves that apply to the unit: all, scored, and those that still lack something."""

    total: int
    scored: int
    incomplete: int

    @property
    def is_complete(self) -> bool:
        return self.incomplete == 0

    @property
    def is_untouched(self) -> bool:
        return self.scored == 0


def completeness(assessments: Iterable[Assessment]) -> dict[int, Completeness]:
    """By assessment id, how far each sheet is. Four queries, whatever their number; blocks must be at hand."""
    return {
        pk: Completeness(
            total=len(lacking.leaves),
            scored=len(lacking.leaves) - len(lacking.without_points),
            incomplete=len(lacking.without_points | lacking.without_backing),
        )
        for pk, lacking in _lacking(list(assessments)).items()
    }


@dataclass(frozen=True, slots=True)
class _Lacking:
    """The leaves that a unit has to score, and the ids of those among them that lack something."""

    leaves: list[Criterion]
    without_points: set[int]
    without_backing: set[int]


def _lacking(assessments: list[Assessment]) -> dict[int, _Lacking]:
    ids = [assessment.pk for assessment in assessments]
    leaves = _self_leaves({assessment.block.version_id for assessment in assessments})
    exempt = _pairs(Exemption.objects.filter(assessment__in=ids), "assessment_id", "criterion_id")
    evidenced = _pairs(
        EvidenceLink.objects.filter(evidence__assessment__in=ids), "evidence__assessment_id", "criterion_id"
    )
    scores: dict[int, dict[int, Score]] = defaultdict(dict)
    for score in Score.objects.filter(assessment__in=ids):
        scores[score.assessment_id][score.criterion_id] = score
    result = {}
    for assessment in assessments:
        own, has = scores[assessment.pk], evidenced[assessment.pk]
        applicable = [
            leaf for leaf in leaves[assessment.block.version_id] if leaf.pk not in exempt[assessment.pk]
        ]
        result[assessment.pk] = _Lacking(
            leaves=applicable,
            without_points={leaf.pk for leaf in applicable if not is_scored(own.get(leaf.pk))},
            without_backing={
                leaf.pk for leaf in applicable if not is_backed(own.get(leaf.pk), has_evidence=leaf.pk in has)
            },
        )
    return result


def _self_leaves(version_ids: set[int]) -> dict[int, list[Criterion]]:
    found: dict[int, list[Criterion]] = defaultdict(list)
    rows = Criterion.objects.filter(version__in=version_ids, source=Source.SELF.value)
    for leaf in rows.order_by("version", "position"):
        found[leaf.version_id].append(leaf)
    return found


def _pairs(rows, assessment: str, criterion: str) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for assessment_id, criterion_id in rows.values_list(assessment, criterion):
        found[assessment_id].add(criterion_id)
    return found
