"""The words and columns of the cycle workbook's own sheets; those of the criteria are in `criteria.workbook`."""

from typing import Any

from assessments.models import Assessment
from criteria.scoring.ranking import Bands, BandsError, RankBy, TieBreaker, Ties, parse_bands
from criteria.scoring.rollup import NoSurvey
from criteria.wording import localise
from criteria.workbook import cells
from criteria.workbook.cells import CellError
from criteria.workbook.tables import Column

CYCLE = "Kỳ đánh giá"
BLOCKS = "Khối"
UNITS = "Đơn vị"
SCORES = "Điểm"

RANK_BY = {"chưa làm tròn": RankBy.UNROUNDED, "đã làm tròn": RankBy.PRINTED}
TIES = {"1-1-3": Ties.SKIP, "1-1-2": Ties.DENSE}
TIE_BREAKERS = {
    "điểm thẩm định": TieBreaker.APPRAISED,
    "điểm khảo sát": TieBreaker.SURVEY,
    "điểm tự chấm": TieBreaker.SELF,
}
NO_SURVEY = {"dừng": NoSurvey.STOP, "quy đổi": NoSurvey.RESCALE, "0 điểm": NoSurvey.ZERO}
YES_NO = {"không": False, "có": True}
STATUSES = {
    "chuẩn bị": Assessment.Status.PREPARING,
    "đang chấm": Assessment.Status.DRAFT,
    "đã nộp": Assessment.Status.SUBMITTED,
    "đang thẩm định": Assessment.Status.IN_APPRAISAL,
    "đã chốt": Assessment.Status.FINALISED,
}
MARK = "x"

LARGEST_POSITION = 2**31 - 1
_tie_breaker = cells.choice(TIE_BREAKERS)


def tie_breakers(value: Any) -> tuple[TieBreaker, ...]:
    """Tie-breakers in order, separated by `;`."""
    pieces = [piece for piece in cells.shown(value).split(";") if piece.strip()]
    return tuple(dict.fromkeys(_tie_breaker(piece) for piece in pieces))


def bands(value: Any) -> Bands:
    """Bands such as `Tốt >= 80; Khá > 65,5; Yếu`."""
    text = cells.text(500)(value)
    try:
        return parse_bands(text)
    except BandsError as error:
        raise CellError(localise(error.message)) from error


def declared(value: Any) -> str:
    """Declared data as one text; a single figure may be a number cell."""
    return cells.text(cells.LONGEST)(value)


_cap = cells.number(0, 9999, decimals=4)

HEAD_KEYS = (
    Column("Mã kỳ", "code", cells.code, required=True),
    Column("Tên kỳ", "name", cells.text(300), required=True),
    Column("Năm", "year", cells.whole(1990, 2200), required=True),
    Column("Đánh giá từ ngày", "period_from", cells.day, aliases=("Từ ngày",)),
    Column("Đến ngày", "period_to", cells.day, aliases=("Đánh giá đến ngày",)),
    Column("Cơ quan chủ trì", "lead_agency", cells.text(300)),
    Column("Căn cứ", "legal_basis", cells.text(cells.LONGEST)),
    Column("Xếp hạng theo", "rank_by", cells.choice(RANK_BY)),
    Column("Đồng hạng", "ties", cells.choice(TIES)),
    Column("Tiêu chí phụ", "tie_breakers", tie_breakers),
    Column("Khi không điều tra", "no_survey", cells.choice(NO_SURVEY)),
    Column("Trần điểm thưởng", "bonus_cap", _cap),
    Column("Trần điểm trừ", "penalty_cap", _cap),
    Column("Vượt điểm tối đa", "may_exceed", cells.choice(YES_NO)),
    Column("Số quyết định", "decision_number", cells.text(100)),
    Column("Ngày quyết định", "decision_date", cells.day),
    Column("Người ký", "signer", cells.text(200)),
)
BLOCK_COLUMNS = (
    Column("Mã khối", "code", cells.code, required=True),
    Column("Tên khối", "name", cells.text(300), required=True),
    Column("Bộ tiêu chí", "set", cells.code, required=True),
    Column("Xếp loại", "bands", bands, required=True),
    Column("Khi không điều tra", "no_survey", cells.choice(NO_SURVEY)),
    Column("Trần điểm thưởng", "bonus_cap", _cap),
    Column("Trần điểm trừ", "penalty_cap", _cap),
)
UNIT_COLUMNS = (
    Column("Mã đơn vị", "code", cells.code, required=True),
    Column("Tên đơn vị", "name", cells.text(300), required=True),
    Column("Mã khối", "block", cells.code, required=True),
    Column("Đơn vị tiền thân", "predecessors", cells.codes),
    Column("Thứ tự", "position", cells.whole(-LARGEST_POSITION, LARGEST_POSITION)),
    Column("Trạng thái", "status", cells.choice(STATUSES)),
    Column("Chỉ số công bố", "published_index", cells.number(0, 999)),
    Column("Hạng công bố", "published_rank", cells.whole(1, 32767)),
)
SCORE_COLUMNS = (
    Column("Mã đơn vị", "unit", cells.code, required=True),
    Column("Mã tiêu chí", "criterion", cells.code, required=True),
    Column("Không áp dụng", "exempt", cells.choice({MARK: True})),
    Column("Kê khai", "declared", declared),
    Column("Điểm tự chấm", "self_points", cells.number()),
    Column("Điểm thẩm định", "appraised_points", cells.number()),
    Column("Lý do thẩm định", "reason", cells.text(cells.LONGEST)),
    Column("Điểm khảo sát", "measured_points", cells.number()),
    Column("Diễn giải", "account", cells.text(cells.LONGEST)),
    Column("Minh chứng", "evidence", cells.text(cells.LONGEST)),
)
