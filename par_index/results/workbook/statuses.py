"""What the scores of each unit amount to: its status, where the workbook gives none."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext

from assessments.models import Assessment
from criteria.scoring.numbers import round_points
from criteria.scoring.rollup import NoSurvey
from criteria.scoring.tree import Node, Source
from criteria.workbook.tables import Problem, Row, Table
from par_index.results.workbook.book import LeafBook, UnitBook
from par_index.results.workbook.leaves import Criteria

Status = Assessment.Status


def unit_books(
    table: Table,
    units: Mapping[str, Row],
    no_survey_of_block: Mapping[str, NoSurvey],
    criteria_of_unit: Mapping[str, Criteria],
    leaves: Mapping[tuple[str, str], LeafBook],
) -> tuple[list[UnitBook], list[Problem]]:
    """The units with the status that is given or follows from their scores, and warnings where the two disagree."""
    surveyed = _surveyed_blocks(units, criteria_of_unit, leaves)
    last = max((row["position"] for row in units.values() if row["position"] is not None), default=-1)
    books: list[UnitBook] = []
    warnings: list[Problem] = []
    for code, row in units.items():
        block = row["block"]
        needs_survey = block in surveyed or no_survey_of_block[block] == NoSurvey.STOP
        of_unit = {leaf.code: leaves.get((code, leaf.code)) for leaf in criteria_of_unit[code].leaves}
        is_decided = all(
            _is_decided(node, of_unit[node.code], needs_survey) for node in criteria_of_unit[code].leaves
        )
        status = row["status"] or _status(of_unit.values(), is_decided)
        if status == Status.FINALISED and not is_decided:
            message = gettext("The unit is marked as finalised, but not all of its criteria are decided.")
            warnings.append(Problem(table.place(row, "status"), message))
        index = row["published_index"]
        books.append(
            UnitBook(
                code=code,
                name=row["name"],
                block_code=block,
                status=status,
                predecessors=row["predecessors"] or (),
                position=last + 1 if row["position"] is None else row["position"],
                published_index=None if index is None else round_points(index),
                published_rank=row["published_rank"],
            )
        )
    return books, warnings


def _surveyed_blocks(
    units: Mapping[str, Row],
    criteria_of_unit: Mapping[str, Criteria],
    leaves: Mapping[tuple[str, str], LeafBook],
) -> set[str]:
    """Blocks of which some unit has the points of some survey leaf."""
    return {
        units[unit]["block"]
        for (unit, code), leaf in leaves.items()
        if leaf.measured_points is not None and criteria_of_unit[unit].nodes[code].source == Source.SURVEY
    }


def _is_decided(node: Node, leaf: LeafBook | None, needs_survey: bool) -> bool:
    if node.source.is_extra or (leaf is not None and leaf.exempt):
        return True
    if node.source == Source.SURVEY and not needs_survey:
        return True
    if leaf is None:
        return False
    if node.source in (Source.SURVEY, Source.EXTERNAL):
        return leaf.measured_points is not None
    decided_by_rule = node.source == Source.APPRAISER and leaf.not_applicable
    return leaf.appraised_points is not None or decided_by_rule


def _status(leaves: Iterable[LeafBook | None], is_decided: bool) -> Status:
    if is_decided:
        return Status.FINALISED
    has_score = any(
        leaf is not None
        and (
            leaf.not_applicable
            or any(
                points is not None
                for points in (leaf.self_points, leaf.appraised_points, leaf.measured_points)
            )
        )
        for leaf in leaves
    )
    return Status.DRAFT if has_score else Status.PREPARING
