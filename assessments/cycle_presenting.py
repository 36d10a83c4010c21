"""The words and shapes in which a cycle's desk shows states of sheets and of steps."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assessments.cycle_queries import Progress, State
from assessments.models import Cycle, Step
from par_index.core.finding import is_found
from par_index.core.templatetags.portal import LineStep


@dataclass(frozen=True, slots=True)
class Badge:
    """`shape` is the first argument of the template tag `badge`."""

    shape: str
    text: str | Promise


STATES = {
    State.PREPARING: Badge("none", _("In preparation")),
    State.NOT_STARTED: Badge("none", _("Not started")),
    State.SCORING: Badge("now", _("Being scored")),
    State.COMPLETE: Badge("now", _("Waiting for its leader")),
    State.LOCKED: Badge("lock", _("Not submitted, locked")),
    State.RETURNED: Badge("att", _("Sent back, being mended")),
    State.SUBMITTED: Badge("done", _("Submitted")),
    State.IN_APPRAISAL: Badge("done", _("Under appraisal")),
    State.FINALISED: Badge("done", _("Appraisal finished")),
}

NOT_BEGUN = (State.PREPARING, State.NOT_STARTED)
FILTERS = {
    "": (_("All"), lambda progress: True),
    "chua-bat-dau": (
        _("Not started"),
        lambda progress: (
            progress.state in NOT_BEGUN or (progress.state is State.LOCKED and not progress.scored)
        ),
    ),
    "dang-cham": (_("Being scored"), lambda progress: progress.state in (State.SCORING, State.COMPLETE)),
    "thieu-minh-chung": (_("Without evidence"), lambda progress: progress.unbacked > 0),
    "tra-lai": (_("Sent back"), lambda progress: progress.state is State.RETURNED),
    "da-nop": (_("Submitted"), lambda progress: progress.is_handed_in),
}
"""By the word in an address: what the filter is called, and which units it shows."""


def matching(found: Iterable[Progress], *, block_id: int, word: str) -> list[Progress]:
    """The units of a block that pass a filter."""
    _label, passes = FILTERS[word]
    return [progress for progress in found if progress.assessment.block_id == block_id and passes(progress)]


def is_named(progress: Progress, wanted: str) -> bool:
    """Whether the unit's name or code holds `wanted`; case and diacritics do not matter."""
    unit = progress.assessment.unit
    return is_found(wanted, unit.code, unit.name)


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of a cycle as its desk shows it; a kind that has no row yet is one that nobody has planned."""

    kind: Step.Kind
    step: Step
    at: datetime
    published: bool

    @property
    def name(self) -> str:
        return self.kind.label

    @property
    def is_running(self) -> bool:
        """Opened and not closed, whether or not its deadline has passed."""
        return self.step.opened_at is not None and self.step.closed_at is None and not self.published

    @property
    def is_late(self) -> bool:
        return self.is_running and not self.step.is_open(self.at)

    @property
    def is_done(self) -> bool:
        return self.step.closed_at is not None or self.published

    @property
    def should_have_begun(self) -> bool:
        planned = self.step.starts_at
        return not self.is_done and self.step.opened_at is None and planned is not None and planned <= self.at

    @property
    def begins(self) -> datetime | None:
        return self.step.starts_at or self.step.opened_at

    @property
    def ends(self) -> datetime | None:
        return self.step.ends_at or self.step.closed_at

    @property
    def badge(self) -> Badge:
        if self.is_late:
            return Badge("bad", _("Past its deadline"))
        if self.is_running:
            return Badge("now", _("Open"))
        if self.is_done:
            return Badge("done", _("Closed"))
        return (
            Badge("att", _("Should be open"))
            if self.should_have_begun
            else Badge("none", _("Not opened yet"))
        )

    @property
    def as_line_step(self) -> LineStep:
        state = "now" if self.is_running else "done" if self.is_done else "todo"
        return LineStep(self.name, state, self.begins, self.ends, parallel=self.kind == Step.Kind.SURVEY)


def step_rows(cycle: Cycle, at: datetime) -> list[StepRow]:
    """All steps in the order of a cycle. One query."""
    known = {step.kind: step for step in cycle.steps.all()}
    published = cycle.published_at is not None
    return [
        StepRow(kind, known.get(kind) or Step(cycle=cycle, kind=kind), at, published) for kind in Step.Kind
    ]
