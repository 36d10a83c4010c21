"""Self-scores against their rules: what was typed, and what the declared data give."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from assessments.models import Cycle, Score
from criteria.queries import tree_of
from criteria.scoring.rules import InvalidDeclaration
from criteria.scoring.tree import Source


@dataclass(frozen=True, slots=True)
class Difference:
    """Points to 4 decimals; `computed` None where by the rule the leaf does not apply, or the data fit no rule."""

    unit_code: str
    criterion_code: str
    typed: Decimal | None
    computed: Decimal | None


def differing_scores(cycle: Cycle) -> Iterator[Difference]:
    """
    Self-scores with declared data that their rules do not give, in the order of blocks, units and leaves.

    Exempt leaves have no points and are left out, as is what nothing was declared for.
    """
    trees = {block.pk: tree_of(block.version) for block in cycle.blocks.select_related("version")}
    rows = (
        Score.objects.filter(assessment__cycle=cycle, criterion__source=Source.SELF, declared__isnull=False)
        .exclude(points__isnull=True, not_applicable=False)
        .order_by(
            "assessment__block__position",
            "assessment__position",
            "assessment__unit__code",
            "criterion__position",
        )
        .values_list(
            "assessment__block_id", "assessment__unit__code", "criterion__code", "declared", "points"
        )
    )
    for block_id, unit_code, code, declared, typed in rows.iterator(chunk_size=2000):
        try:
            computed = trees[block_id].rule(code).score(declared).points
        except InvalidDeclaration:
            computed = None
        if computed != typed:
            yield Difference(unit_code, code, typed, computed)
