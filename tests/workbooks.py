"""Workbooks for tests: a small sound cycle whose cells can be changed one by one."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import Workbook

CYCLE, BLOCKS, SETS, UNITS, CRITERIA, SCORES = (
    "Kỳ đánh giá",
    "Khối",
    "Bộ tiêu chí",
    "Đơn vị",
    "Tiêu chí",
    "Điểm",
)

ROOT = Path(__file__).resolve().parents[1]


def sample(name: str) -> Path:
    """A whole cycle: the demo's `tinh-mau-…`, or one of the corners and the broken one that only tests use."""
    demo = ROOT / "par_index" / "results" / "demo" / f"{name}.xlsx"
    return demo if demo.exists() else ROOT / "tests" / "data" / "cycles" / f"{name}.xlsx"


RATIO = "từ 100 = 4; từ 95 = x4; còn lại = 0; mẫu 0 = không áp dụng"


class Book:
    """
    Sheets as lists of rows, the first of each its headers.

    The set BTC has 20 points: a self-scored leaf of each of four kinds, an appraised, a surveyed and an external
    leaf, a bonus and a penalty. Unit A1 is decided in full, A2 has nothing yet.
    """

    def __init__(self):
        self.sheets: dict[str, list[list[Any]]] = {
            CYCLE: [["Mã kỳ", "KY"], ["Tên kỳ", "Kỳ thử"], ["Năm", 2025]],
            BLOCKS: [
                ["Mã khối", "Tên khối", "Bộ tiêu chí", "Xếp loại"],
                ["K", "Khối một", "BTC", "Tốt >= 80; Khá >= 65,5; Yếu"],
            ],
            SETS: [
                ["Mã", "Tên", "Quyết định", "Ngày", "Tổng điểm"],
                ["BTC", "Bộ tiêu chí thử", "1/QĐ-UBND", "2025-01-15", 20],
            ],
            UNITS: [
                ["Mã đơn vị", "Tên đơn vị", "Mã khối", "Đơn vị tiền thân", "Thứ tự", "Trạng thái"],
                ["A1", "Sở Một", "K", None, None, None],
                ["A2", "Sở Hai", "K", None, None, None],
            ],
            CRITERIA: [
                [
                    "Bộ tiêu chí",
                    "Mã",
                    "Mã cha",
                    "Tên",
                    "Điểm tối đa",
                    "Nguồn điểm",
                    "Loại quy tắc",
                    "Tham số",
                    "Số liệu kê khai",
                    "Cách tính điểm",
                    "Tài liệu kiểm chứng",
                    "Cơ quan thẩm định",
                ],
                ["BTC", "1", None, "Chỉ đạo", 10],
                [
                    "BTC",
                    "1.1",
                    "1",
                    "Tỷ lệ",
                    4,
                    "Tự chấm",
                    "Tỷ lệ",
                    RATIO,
                    "Đúng hạn / Tổng số",
                    "",
                    "",
                    "Sở Nội vụ",
                ],
                ["BTC", "1.2", "1", "Mức", 2, "Tự chấm", "Mức", "Tốt = 100%; Khá = 50%; Kém = 0"],
                ["BTC", "1.3", "1", "Có không", 1, "Tự chấm", "Có/Không", "có = 1; không = 0"],
                ["BTC", "1.4", "1", "Nhập", 3, "Tự chấm", "Nhập điểm"],
                ["BTC", "2", None, "Kết quả", 10],
                ["BTC", "2.1", "2", "Thẩm định", 3, "Thẩm định", "Đếm", "mỗi = 0,5", "Số kết luận"],
                ["BTC", "2.2", "2", "Khảo sát", 5, "Điều tra XHH"],
                ["BTC", "2.3", "2", "SIPAS", 2, "Chỉ số ngoài"],
                ["BTC", "T", None, "Thưởng", 2, "Điểm thưởng"],
                ["BTC", "P", None, "Phạt", 3, "Điểm trừ"],
            ],
            SCORES: [
                [
                    "Mã đơn vị",
                    "Mã tiêu chí",
                    "Không áp dụng",
                    "Kê khai",
                    "Điểm tự chấm",
                    "Điểm thẩm định",
                    "Lý do thẩm định",
                    "Điểm khảo sát",
                    "Diễn giải",
                    "Minh chứng",
                ],
                ["A1", "1.1", None, "96; 100", 3.84, 3.84, None, None, None, "VB 1"],
                ["A1", "1.2", None, "tốt", None, 1, "Thiếu hồ sơ", None, None, "VB 2"],
                ["A1", "1.3", None, "Có", 1, 1, None, None, "Đã làm"],
                ["A1", "1.4", None, None, "2,5", "2.25", "Chậm", None, None, "VB 4"],
                ["A1", "2.1", None, 4, None, None, "Theo kết luận"],
                ["A1", "2.2", None, None, None, None, None, 4.1234],
                ["A1", "2.3", "x", None, None, None, "Không có thủ tục"],
                ["A1", "T", None, None, None, 1.5, "Sáng kiến"],
            ],
        }

    def row(self, sheet: str, *key: Any) -> list[Any]:
        """The row that begins with this key."""
        return next(row for row in self.sheets[sheet] if tuple(row[: len(key)]) == key)

    def put(self, sheet: str, key: tuple, header: str, value: Any) -> int:
        """Put a value under a header, in the row that begins with the key; returns the number of the row."""
        row = self.row(sheet, *key)
        column = self.sheets[sheet][0].index(header)
        row += [None] * (column + 1 - len(row))
        row[column] = value
        return self.sheets[sheet].index(row) + 1

    def score(self, unit: str, criterion: str, **values: Any) -> int:
        """Add or change a row of scores by headers without spaces, as in `Điểm_tự_chấm`; returns its number."""
        rows = self.sheets[SCORES]
        if not any(row[:2] == [unit, criterion] for row in rows):
            rows.append([unit, criterion])
        for header, value in values.items():
            self.put(SCORES, (unit, criterion), header.replace("_", " "), value)
        return rows.index(self.row(SCORES, unit, criterion)) + 1

    def save(self, path: Path) -> Path:
        book = Workbook(write_only=True)
        for name, rows in self.sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        book.save(path)
        return path


def rewrite(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    """Rewrite each part of a packed workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: change(name, archive.read(name)) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def add_part(path: Path, name: str, content: bytes) -> None:
    """Pack one more part into a workbook."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
