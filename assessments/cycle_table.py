"""The table of a cycle's units: one block at a time, filtered and searched by the address."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from assessments.cycle_presenting import FILTERS, STATES, Badge, is_named, matching
from assessments.cycle_queries import Progress, Row, areas_of, progress_of, rows_of
from assessments.models import Block, Cycle, Unit
from assessments.models.assessment import Status
from par_index.core.http import paginate

UNITS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A unit's line with its badge; what the reader may do about it. `own`: the reader belongs to the unit."""

    row: Row
    own: bool
    acts: bool

    @property
    def badge(self) -> Badge:
        return STATES[self.row.progress.state]

    @property
    def may_send_back(self) -> bool:
        return self.acts and not self.own and self.row.progress.may_be_sent_back

    @property
    def may_exempt(self) -> bool:
        return self.acts and not self.own and self.row.progress.assessment.status == Status.PREPARING


def table_of(request: HttpRequest, cycle: Cycle, at: datetime, *, acts: bool) -> dict:
    """
    The context of assessments/_cycle_units.html.

    `?khoi=` names the block, `?loc=` the filter, `?tim=` what a unit's name or code holds. A search that finds
    nothing in the block shows the first block in which it does.

    :param acts: whether the reader manages the cycle and it can still change
    """
    wanted = request.GET.get("tim", "").strip()
    word = request.GET.get("loc", "")
    word = word if word in FILTERS else ""
    blocks = list(cycle.blocks.order_by("position"))
    named = [progress for progress in progress_of(cycle, at) if is_named(progress, wanted)]
    block = _block_shown(blocks, request.GET.get("khoi"), named if wanted else None)
    if block is None:
        return {"chosen": None, "wanted": wanted}
    page = paginate(request, matching(named, block_id=block.pk, word=word), UNITS_PER_PAGE)
    own = set(Unit.objects.belonging_to(request.user).values_list("pk", flat=True))
    lines = [Line(row, row.progress.assessment.unit_id in own, acts) for row in rows_of(page.object_list)]
    page_url = reverse("cycles:cycle", args=[cycle.code])

    def address(block_code: str, filter_word: str) -> str:
        query = {"khoi": block_code, "loc": filter_word, "tim": wanted}
        chosen = urlencode({name: value for name, value in query.items() if value})
        return f"{page_url}?{chosen}#don-vi"

    return {
        "chosen": block,
        "areas": areas_of([block.version_id]).get(block.version_id, ()),
        "page": page,
        "lines": lines,
        "wanted": wanted,
        "word": word,
        "picks": [
            {
                "label": label,
                "url": address(block.code, name),
                "count": len(matching(named, block_id=block.pk, word=name)),
                "current": name == word,
            }
            for name, (label, _passes) in FILTERS.items()
        ],
        "tabs": [
            {
                "label": one.name,
                "url": address(one.code, word),
                "count": len(matching(named, block_id=one.pk, word=word)),
                "current": one == block,
            }
            for one in blocks
        ],
    }


def _block_shown(blocks: list[Block], code: str | None, found: list[Progress] | None) -> Block | None:
    chosen = next((block for block in blocks if block.code == code), blocks[0] if blocks else None)
    if found is None:
        return chosen
    holding = {progress.assessment.block_id for progress in found}
    if chosen is None or chosen.pk in holding:
        return chosen
    return next((block for block in blocks if block.pk in holding), chosen)
