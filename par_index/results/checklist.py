"""What a cycle still lacks for its consolidation: a list to work off, never a guessed result."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from assessments.models import Assessment
from criteria.scoring import consolidation
from criteria.scoring.merging import MissingKind
from par_index.results.queries import Inputs

KINDS = {
    MissingKind.UNDECIDED: gettext_lazy("Not decided by the council"),
    MissingKind.NO_SURVEY: gettext_lazy("No survey result"),
    MissingKind.NO_EXTERNAL: gettext_lazy("No external figure"),
    MissingKind.NO_SURVEY_IN_BLOCK: gettext_lazy("No survey in the whole block"),
}
NAMED = 10  # how many missing leaves a message names before it counts the rest


@dataclass(frozen=True, slots=True)
class UnitGap:
    """The leaves of one unit that one thing is missing for, in the order of the criteria."""

    unit_code: str
    unit_name: str
    assessment_id: int
    leaves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """All that is missing of one kind, by unit in the cycle's order."""

    kind: MissingKind
    units: tuple[UnitGap, ...]

    @property
    def title(self) -> str:
        return KINDS[self.kind]

    @property
    def count(self) -> int:
        return sum(len(unit.leaves) for unit in self.units)


@dataclass(frozen=True, slots=True)
class Checklist:
    """
    `obstacles` are sentences about the cycle itself; `open_units` names units whose appraisal is not finalised,
    which is worth knowing but does not stop a run whose every leaf is decided.
    """

    obstacles: tuple[str, ...]
    gaps: tuple[Gap, ...]
    open_units: tuple[str, ...]
    units: int
    digest: str

    @property
    def ready(self) -> bool:
        return not self.obstacles and not self.gaps

    @property
    def missing(self) -> int:
        return sum(gap.count for gap in self.gaps)

    def summary(self) -> str:
        """Each obstacle, and of each kind how much is missing: the whole in a sentence."""
        counts = (
            ngettext("%(kind)s: %(count)d criterion", "%(kind)s: %(count)d criteria", gap.count)
            % {"kind": gap.title, "count": gap.count}
            for gap in self.gaps
        )
        return "; ".join([*self.obstacles, *counts]) + "."

    def lines(self) -> list[str]:
        """One line for each obstacle and each missing leaf: what is missing, unit, criterion."""
        return [
            *self.obstacles,
            *(
                f"{gap.title}: {unit.unit_code} {unit.unit_name}, {leaf}"
                for gap in self.gaps
                for unit in gap.units
                for leaf in unit.leaves
            ),
        ]


class Incomplete(Exception):
    """The cycle lacks something; `checklist` says what. The text names the first few and counts the rest."""

    def __init__(self, checklist: Checklist):
        lines = checklist.lines()
        text = _("Not everything is there yet.") + " " + "; ".join(lines[:NAMED])
        rest = len(lines) - NAMED
        if rest > 0:
            text += "; " + ngettext("and %(count)d more", "and %(count)d more", rest) % {"count": rest}
        super().__init__(text)
        self.checklist = checklist


def compute(inputs: Inputs) -> consolidation.Result:
    """
    Merge, roll up and rank.

    :raises Incomplete: with the whole checklist
    """
    obstacles = _obstacles(inputs)
    try:
        result = consolidation.consolidate(
            inputs.blocks, by=inputs.rank_by, ties=inputs.ties, tie_breakers=inputs.tie_breakers
        )
    except consolidation.Incomplete as error:
        raise Incomplete(_checklist(inputs, obstacles, error.missing)) from error
    if obstacles:
        raise Incomplete(_checklist(inputs, obstacles))
    return result


def check(inputs: Inputs) -> Checklist:
    """What is missing for a run on these inputs; `ready` when nothing is."""
    try:
        compute(inputs)
    except Incomplete as error:
        return error.checklist
    return _checklist(inputs, ())


def _obstacles(inputs: Inputs) -> tuple[str, ...]:
    found = [
        _("The criteria of the block “%(block)s” have not been issued.") % {"block": inputs.block_names[code]}
        for code in inputs.drafts
    ]
    if not inputs.units:
        found.append(_("The cycle has no units."))
    return tuple(found)


def _checklist(
    inputs: Inputs, obstacles: tuple[str, ...], missing: Sequence[tuple[str, str, MissingKind]] = ()
) -> Checklist:
    leaves: dict[MissingKind, dict[str, list[str]]] = {kind: {} for kind in KINDS}
    for unit_code, leaf_code, kind in missing:
        leaves[kind].setdefault(unit_code, []).append(leaf_code)
    gaps = (
        Gap(kind, tuple(_unit_gap(inputs, code, codes) for code, codes in by_unit.items()))
        for kind, by_unit in leaves.items()
        if by_unit
    )
    finalised = Assessment.Status.FINALISED
    return Checklist(
        obstacles=obstacles,
        gaps=tuple(gaps),
        open_units=tuple(unit.name for unit in inputs.units.values() if unit.status != finalised),
        units=len(inputs.units),
        digest=inputs.digest,
    )


def _unit_gap(inputs: Inputs, unit_code: str, leaves: list[str]) -> UnitGap:
    unit = inputs.units[unit_code]
    return UnitGap(unit_code, unit.name, unit.assessment_id, tuple(leaves))
