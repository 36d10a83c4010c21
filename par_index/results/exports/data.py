"""The machine-readable files, in the columns and the notation of docs/cycle-workbook.md ("results.csv")."""

import csv
import io
import json
from collections.abc import Iterable
from decimal import Decimal

from criteria.scoring.numbers import plain
from par_index.results.exports.edition import Edition
from par_index.results.models import AreaResult, UnitResult

RESULT_COLUMNS = (
    "cycle",
    "block",
    "unit_code",
    "unit_name",
    "max_points",
    "self_points",
    "appraised_points",
    "survey_points",
    "bonus_points",
    "penalty_points",
    "total_points",
    "index_percent",
    "index_unrounded",
    "rank",
    "band",
)
CRITERIA_COLUMNS = (
    "cycle",
    "block",
    "unit_code",
    "criterion_code",
    "applicable",
    "max_points",
    "self_points",
    "decided_points",
    "source",
    "reason",
)


def results_csv(edition: Edition) -> bytes:
    """One row per unit, by block and rank."""
    return _csv(RESULT_COLUMNS, (_result_row(edition, unit).values() for unit in edition.units))


def criteria_csv(edition: Edition) -> bytes:
    """One row per unit and leaf."""
    units = {unit.pk: unit for unit in edition.units}
    return _csv(
        CRITERIA_COLUMNS,
        (
            (
                edition.cycle.code,
                units[leaf.unit_id].block_code,
                units[leaf.unit_id].unit_code,
                leaf.code,
                "yes" if leaf.applicable else "no",
                _number(leaf.max_points),
                _number(leaf.self_points),
                _number(leaf.decided_points),
                leaf.source,
                leaf.reason,
            )
            for leaf in edition.leaf_rows()
        ),
    )


def results_json(edition: Edition) -> bytes:
    """The same numbers as strings, so that no reader turns them into binary fractions; ranks are numbers."""
    document = {
        "cycle": edition.cycle.code,
        "edition": edition.number,
        "blocks": [
            {"block": block.code, "units": [_result_object(edition, unit) for unit in block.units]}
            for block in edition.blocks
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _result_row(edition: Edition, unit: UnitResult) -> dict[str, str]:
    values = (
        edition.cycle.code,
        unit.block_code,
        unit.unit_code,
        unit.unit_name,
        _number(unit.max_points),
        _number(unit.self_points),
        _number(unit.appraised_points),
        _number(unit.survey_points),
        _number(unit.bonus_points),
        _number(unit.penalty_points),
        _number(unit.total_points),
        _percent(unit.index_percent),
        unit.index_unrounded,
        "" if unit.rank is None else str(unit.rank),
        unit.band,
    )
    return dict(zip(RESULT_COLUMNS, values, strict=True))


def _result_object(edition: Edition, unit: UnitResult) -> dict:
    areas = [_area_object(area) for area in edition.areas[unit.pk]]
    return _result_row(edition, unit) | {"rank": unit.rank, "areas": areas}


def _area_object(area: AreaResult) -> dict:
    return {
        "code": area.code,
        "max_points": _number(area.max_points),
        "points": _number(area.points),
        "index_percent": _percent(area.index_percent),
        "rank": area.rank,
    }


def _csv(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """UTF-8 with BOM, which makes Excel read it as UTF-8; values as they are, for machines."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _number(value: Decimal | None) -> str:
    """Decimal point, no trailing zeros; nothing for what is unknown or does not apply."""
    return "" if value is None else plain(value)


def _percent(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.2f}"
