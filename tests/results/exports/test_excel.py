import io
from datetime import timedelta

import openpyxl
import pytest
from django.utils import translation

from par_index.results.exports.edition import Edition
from par_index.results.exports.excel import results_xlsx

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(edition):
    with translation.override("en"):
        return openpyxl.load_workbook(io.BytesIO(results_xlsx(edition)))


def test_sheets_are_ranking_areas_leaves_and_facts(book):
    assert book.sheetnames == ["Ranking", "Areas", "Criteria", "About"]


def test_ranking_holds_numbers_as_numbers(book):
    head, first, *_others = book["Ranking"].iter_rows()

    row = {name.value: cell for name, cell in zip(head, first, strict=True)}
    assert (row["Rank"].value, row["Unit"].value) == (1, "Sở A")
    assert (row["Index (%)"].value, row["Index (%)"].data_type) == (100, "n")
    assert row["Index (%)"].number_format == "#,##0.00"
    assert row["Maximum points"].value == 20


def test_areas_leave_what_does_not_apply_empty(book):
    values = list(book["Areas"].iter_rows(values_only=True, min_row=2))
    assert len(values) == 6
    assert values[-1][1:4] == ("C", "Sở C", "2")
    assert values[-1][-2:] == (None, None)


def test_leaves_keep_peoples_text_as_text(book):
    reasons = [row[-1] for row in book["Criteria"].iter_rows(min_row=2)]

    formula = next(cell for cell in reasons if cell.value and cell.value.startswith("="))
    assert (formula.data_type, formula.value) == ("s", "=SUM(A1) thiếu tài liệu")
    assert len(reasons) == 27


def test_every_sheet_freezes_its_header_and_prints_on_a4_landscape(book):
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.endswith(str(sheet.max_row))
        assert sheet.print_title_rows == "$1:$1"
        assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)


def test_facts_say_under_which_decision_and_settings(book):
    facts = dict(book["About"].iter_rows(values_only=True, min_row=2))
    assert facts["Decision"] == "512/QĐ-UBND of 16/03/2026"
    assert facts["Ranked by"] == "the unrounded index"


def test_equal_editions_give_equal_bytes(edition):
    again = Edition(edition.run, edition.number, edition.decision, edition.published_at)
    later = Edition(edition.run, edition.number, edition.decision, edition.published_at + timedelta(days=1))

    first = results_xlsx(edition)

    assert results_xlsx(again) == first
    assert results_xlsx(later) != first
