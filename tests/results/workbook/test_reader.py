import unicodedata
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import Workbook

from assessments.models import Assessment
from criteria.scoring.ranking import RankBy, TieBreaker, Ties
from criteria.scoring.rollup import NoSurvey
from criteria.workbook.container import UnusableFile
from criteria.workbook.tables import Problem
from par_index.results.workbook import reader
from par_index.results.workbook.book import CycleBook, LeafBook
from par_index.results.workbook.reader import WorkbookErrors
from tests.workbooks import BLOCKS, CRITERIA, CYCLE, SCORES, SETS, UNITS, sample

Status = Assessment.Status


@pytest.fixture
def errors(read):
    """Sheet, row and column of each error in the book as it stands now."""

    def places() -> list[tuple]:
        with pytest.raises(WorkbookErrors) as caught:
            read()
        return [(p.place.sheet, p.place.row, p.place.column) for p in caught.value.problems]

    return places


def leaf(read_book: CycleBook, unit: str, criterion: str) -> LeafBook:
    return next(
        leaf for leaf in read_book.leaves if (leaf.unit_code, leaf.criterion_code) == (unit, criterion)
    )


def places(problems: tuple[Problem, ...]) -> list[tuple]:
    return [(problem.place.sheet, problem.place.row, problem.place.column) for problem in problems]


# --- what is read -----------------------------------------------------------------------------------------------------


def test_head_with_the_least_takes_defaults(read):
    head = read().head
    assert (head.code, head.name, head.year) == ("KY", "Kỳ thử", 2025)
    assert (head.period_from, head.period_to) == (date(2025, 1, 1), date(2025, 12, 31))
    assert (head.rank_by, head.ties, head.tie_breakers) == (RankBy.UNROUNDED, Ties.SKIP, ())
    assert (head.no_survey, head.bonus_cap, head.penalty_cap, head.may_exceed) == (
        NoSurvey.STOP,
        None,
        None,
        False,
    )


def test_head_in_full(book, read):
    book.sheets[CYCLE] += [
        ["Đánh giá từ ngày", "01/12/2024"],
        ["Đến ngày", date(2025, 11, 30)],
        ["Cơ quan chủ trì", "Sở Nội vụ"],
        ["Căn cứ", "Kế hoạch 1"],
        ["Xếp hạng theo", "Đã làm tròn"],
        ["Đồng hạng", "1-1-2"],
        ["Tiêu chí phụ", "điểm khảo sát; Điểm tự chấm"],
        ["Khi không điều tra", "quy đổi"],
        ["Trần điểm thưởng", "1,5"],
        ["Trần điểm trừ", 3],
        ["Vượt điểm tối đa", "có"],
        ["Số quyết định", "12/QĐ-UBND"],
        ["Ngày quyết định", "2026-03-31"],
        ["Người ký", "Chủ tịch"],
    ]
    head = read().head
    assert (head.period_from, head.period_to) == (date(2024, 12, 1), date(2025, 11, 30))
    assert (head.lead_agency, head.legal_basis) == ("Sở Nội vụ", "Kế hoạch 1")
    assert (head.rank_by, head.ties) == (RankBy.PRINTED, Ties.DENSE)
    assert head.tie_breakers == (TieBreaker.SURVEY, TieBreaker.SELF)
    assert (head.no_survey, head.bonus_cap, head.penalty_cap) == (NoSurvey.RESCALE, Decimal("1.5"), 3)
    assert head.may_exceed
    assert (head.decision_number, head.decision_date, head.signer) == (
        "12/QĐ-UBND",
        date(2026, 3, 31),
        "Chủ tịch",
    )


def test_block_keeps_its_own_settings_and_bands(book, read):
    book.put(BLOCKS, ("K",), "Xếp loại", "A > 85,5; B >= 70; C")
    for header, value in (
        ("Khi không điều tra", "0 điểm"),
        ("Trần điểm thưởng", 0),
        ("Trần điểm trừ", "2.5"),
    ):
        book.sheets[BLOCKS][0].append(header)
        book.put(BLOCKS, ("K",), header, value)
    (block,) = read().blocks
    assert block.bands == "A > 85,5; B >= 70; C"
    assert (block.no_survey, block.bonus_cap, block.penalty_cap) == (NoSurvey.ZERO, 0, Decimal("2.5"))


def test_set_without_a_row_of_its_own_is_named_by_its_code(book, read):
    del book.sheets[SETS]
    (criteria,) = read().sets
    assert (criteria.code, criteria.name, criteria.declared_total) == ("BTC", "BTC", None)
    assert len(criteria.contents) == 11


def test_points_and_declared_data_of_each_source(read):
    found = read()
    assert leaf(found, "A1", "1.1") == LeafBook(
        unit_code="A1",
        criterion_code="1.1",
        declared=("96", "100"),
        self_points=Decimal("3.84"),
        appraised_points=Decimal("3.84"),
        evidence="VB 1",
    )
    assert leaf(found, "A1", "1.3").account == "Đã làm"
    assert leaf(found, "A1", "2.2").measured_points == Decimal("4.1234")
    assert leaf(found, "A1", "T").appraised_points == Decimal("1.5")


def test_choice_is_kept_in_the_words_of_the_rule(read):
    found = read()
    assert leaf(found, "A1", "1.2").declared == ("Tốt",)
    assert leaf(found, "A1", "1.3").declared == ("có",)


def test_declared_data_without_points_are_computed(read):
    found = read()
    assert leaf(found, "A1", "1.2").self_points == 2
    assert leaf(found, "A1", "2.1").appraised_points == 2


def test_points_entered_directly_are_the_declared_figure(read):
    assert leaf(read(), "A1", "1.4").declared == ("2.5",)


def test_rule_may_say_that_the_leaf_does_not_apply(book, read):
    book.score("A1", "1.1", Kê_khai="0; 0", Điểm_tự_chấm=None, Điểm_thẩm_định=None)
    found = leaf(read(), "A1", "1.1")
    assert (found.not_applicable, found.exempt, found.self_points) == (True, False, None)


def test_points_of_more_than_four_decimals_are_rounded_half_up_with_a_warning(book, read):
    row = book.score("A1", "2.2", Điểm_khảo_sát="4,00005")
    found = read()
    assert leaf(found, "A1", "2.2").measured_points == Decimal("4.0001")
    assert places(found.warnings) == [(SCORES, row, "Điểm khảo sát")]


def test_mark_on_a_parent_covers_all_leaves_below(book, read):
    book.score("A2", "1", Không_áp_dụng="X", Lý_do_thẩm_định="Không có nhiệm vụ")
    found = {leaf.criterion_code: leaf for leaf in read().leaves if leaf.unit_code == "A2"}
    assert set(found) == {"1.1", "1.2", "1.3", "1.4"}
    assert all(leaf.exempt and leaf.reason == "Không có nhiệm vụ" for leaf in found.values())


def test_marked_leaf_keeps_its_declared_data_and_texts(book, read):
    book.score("A2", "1", Không_áp_dụng="x", Lý_do_thẩm_định="Chung")
    book.score(
        "A2", "1.1", Không_áp_dụng="x", Kê_khai="0; 0", Lý_do_thẩm_định="Riêng", Diễn_giải="Không phát sinh"
    )
    book.score("A2", "1.2", Kê_khai="Tốt", Minh_chứng="VB 9")
    found = read()
    assert leaf(found, "A2", "1.1") == LeafBook(
        "A2", "1.1", exempt=True, declared=("0", "0"), reason="Riêng", account="Không phát sinh"
    )
    assert leaf(found, "A2", "1.2") == LeafBook(
        "A2", "1.2", exempt=True, declared=("Tốt",), reason="Chung", evidence="VB 9"
    )


def test_marked_leaf_may_keep_data_that_fit_no_rule(book, read):
    book.score("A2", "1.1", Không_áp_dụng="x", Kê_khai="12,5", Lý_do_thẩm_định="Không đủ")
    book.score("A2", "1.2", Không_áp_dụng="x", Kê_khai="Chưa xếp", Lý_do_thẩm_định="Không có")
    found = read()
    assert leaf(found, "A2", "1.1").declared == ("12,5",)
    assert leaf(found, "A2", "1.2").declared == ("Chưa xếp",)


def test_headers_and_sheets_are_matched_in_any_case_order_and_spelling(book, read):
    expected = read()
    book.sheets[UNITS] = [
        row[::-1] for row in ([*row, *[None] * (6 - len(row))] for row in book.sheets[UNITS])
    ]
    book.sheets[CYCLE].reverse()
    book.sheets[SCORES][0][4] = " ĐIỂM  tự chấm "
    book.sheets = {
        unicodedata.normalize("NFD", name.upper()) + " ": rows for name, rows in reversed(book.sheets.items())
    }
    assert read() == expected


def test_blank_rows_are_skipped_and_headers_may_stand_lower(book, read):
    expected = read()
    for name in (BLOCKS, UNITS, SCORES):
        book.sheets[name].insert(0, [None, "  "])
        book.sheets[name].append([None, None, " "])
    assert read() == expected


def test_columns_sheets_and_keys_that_are_unknown_are_ignored_with_a_note(book, read):
    expected = read()
    book.sheets["Ghi chú"] = [["việc"]]
    book.sheets[UNITS][0].append("Điện thoại")
    book.sheets[CYCLE].append(["Màu", "xanh"])
    found = read()
    assert places(found.notes) == [("Ghi chú", None, None), (CYCLE, 4, "Màu"), (UNITS, 1, "Điện thoại")]
    assert replace(found, notes=()) == expected


def test_set_that_no_block_uses_is_ignored_with_a_note(book, read):
    book.sheets[CRITERIA].append(["KHAC", "1", None, "Khác", 5, "Tự chấm", "Nhập điểm"])
    found = read()
    assert [criteria.code for criteria in found.sets] == ["BTC"]
    assert len(found.notes) == 1


# --- units ------------------------------------------------------------------------------------------------------------


def statuses(found: CycleBook) -> dict[str, str]:
    return {unit.code: unit.status for unit in found.units}


def test_status_follows_from_the_scores(book, read):
    book.sheets[UNITS].append(["A3", "Sở Ba", "K"])
    book.score("A3", "1.4", Điểm_tự_chấm=1, Diễn_giải="x")
    assert statuses(read()) == {"A1": Status.FINALISED, "A2": Status.PREPARING, "A3": Status.DRAFT}


@pytest.mark.parametrize("criterion", ["1.1", "2.1", "2.2", "2.3"])
def test_unit_with_an_undecided_leaf_of_any_source_is_a_draft(book, read, criterion):
    book.sheets[SCORES].remove(book.row(SCORES, "A1", criterion))
    assert statuses(read())["A1"] == Status.DRAFT


def test_bonus_and_penalty_need_no_decision(book, read):
    book.sheets[SCORES].remove(book.row(SCORES, "A1", "T"))
    assert statuses(read())["A1"] == Status.FINALISED


@pytest.mark.parametrize(
    ("setting", "status"),
    [("quy đổi", Status.FINALISED), ("0 điểm", Status.FINALISED), ("dừng", Status.DRAFT)],
)
def test_block_without_a_survey_is_decided_where_its_setting_says_what_follows(book, read, setting, status):
    book.sheets[SCORES].remove(book.row(SCORES, "A1", "2.2"))
    book.sheets[CYCLE].append(["Khi không điều tra", setting])
    assert statuses(read())["A1"] == status


def test_block_that_was_surveyed_needs_the_survey_of_each_unit(book, read):
    book.sheets[CYCLE].append(["Khi không điều tra", "quy đổi"])
    book.sheets[SCORES].remove(book.row(SCORES, "A1", "2.2"))
    book.score("A2", "2.2", Điểm_khảo_sát=3)
    assert statuses(read()) == {"A1": Status.DRAFT, "A2": Status.DRAFT}


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("chuẩn bị", Status.PREPARING),
        ("Đang chấm", Status.DRAFT),
        ("đã nộp", Status.SUBMITTED),
        ("đang thẩm định", Status.IN_APPRAISAL),
        ("đã chốt", Status.FINALISED),
    ],
)
def test_status_that_is_given_holds(book, read, word, status):
    book.put(UNITS, ("A1",), "Trạng thái", word)
    assert statuses(read())["A1"] == status


def test_status_finalised_with_undecided_leaves_is_a_warning(book, read):
    row = book.put(UNITS, ("A2",), "Trạng thái", "đã chốt")
    assert places(read().warnings) == [(UNITS, row, "Trạng thái")]


def test_unit_in_full(book, read):
    book.sheets[UNITS][0] += ["Chỉ số công bố", "Hạng công bố"]
    book.put(UNITS, ("A1",), "Đơn vị tiền thân", "B1; B2")
    book.put(UNITS, ("A1",), "Thứ tự", 7)
    book.put(UNITS, ("A1",), "Chỉ số công bố", "88,25")
    book.put(UNITS, ("A1",), "Hạng công bố", 2)
    first, second = read().units
    assert (first.predecessors, first.position) == (("B1", "B2"), 7)
    assert (first.published_index, first.published_rank) == (Decimal("88.25"), 2)
    assert second.position == 8  # what has no place of its own comes last


def test_units_without_places_are_left_to_their_codes(read):
    assert {unit.position for unit in read().units} == {0}


# --- warnings ---------------------------------------------------------------------------------------------------------


def test_self_score_that_the_rule_does_not_give_is_a_warning(book, read):
    row = book.score("A1", "1.1", Điểm_tự_chấm=4, Lý_do_thẩm_định="Tính lại")
    assert places(read().warnings) == [(SCORES, row, "Điểm tự chấm")]


def test_self_score_on_a_leaf_that_the_rule_sets_aside_is_a_warning(book, read):
    row = book.score("A1", "1.1", Kê_khai="0; 0", Điểm_tự_chấm=3.84)
    assert places(read().warnings) == [(SCORES, row, "Điểm tự chấm")]


def test_changed_score_without_a_reason_is_a_warning(book, read):
    row = book.score("A1", "1.2", Lý_do_thẩm_định=None)
    assert places(read().warnings) == [(SCORES, row, "Lý do thẩm định")]


def test_self_score_with_neither_evidence_nor_account_is_a_warning(book, read):
    row = book.score("A1", "1.4", Minh_chứng=None)
    assert places(read().warnings) == [(SCORES, row, "Minh chứng")]


def test_mark_without_a_reason_is_a_warning(book, read):
    row = book.score("A1", "2.3", Lý_do_thẩm_định=None)
    assert places(read().warnings) == [(SCORES, row, "Lý do thẩm định")]


# --- errors -----------------------------------------------------------------------------------------------------------


def test_every_error_of_the_broken_sample_is_named():
    with pytest.raises(WorkbookErrors) as caught:
        reader.read(sample("loi-mau"))
    assert caught.value.total == 13
    assert places(caught.value.problems) == [
        (CYCLE, 3, "Năm"),
        (BLOCKS, 2, "Xếp loại"),
        (UNITS, 3, "Mã đơn vị"),
        (UNITS, 4, "Mã khối"),
        (CRITERIA, 2, "Điểm tối đa"),
        (CRITERIA, 4, "Tham số"),
        (CRITERIA, 5, "Mã cha"),
        (CRITERIA, 6, "Mã"),
        (CRITERIA, 7, "Nguồn điểm"),
        (SCORES, 2, "Điểm tự chấm"),
        (SCORES, 3, "Mã đơn vị"),
        (SCORES, 4, "Điểm tự chấm"),
        (SCORES, 5, "Mã tiêu chí"),
    ]
    words = ("hai nghìn", "Khá", "D1", "KX", "10", "Khá", "9", "1.1", "Tự nghĩ", "7", "D9", "ba", "1")
    for problem, word in zip(caught.value.problems, words, strict=True):
        assert word in problem.message
    assert str(caught.value.problems[0]).startswith(
        "Kỳ đánh giá, dòng 3, cột B “Năm”: “hai nghìn” không phải là số"
    )


@pytest.mark.parametrize("name", [CYCLE, BLOCKS, UNITS, CRITERIA])
def test_sheet_that_is_missing(book, read, name):
    del book.sheets[name]
    with pytest.raises(WorkbookErrors) as caught:
        read()
    assert (name, None, None) in places(caught.value.problems)


@pytest.mark.parametrize("name", [BLOCKS, UNITS, CRITERIA])
def test_sheet_without_rows(book, read, name):
    del book.sheets[name][1:]
    with pytest.raises(WorkbookErrors) as caught:
        read()
    assert (name, None, None) in places(caught.value.problems)


def test_scores_may_be_missing(book, read):
    del book.sheets[SCORES]
    assert statuses(read()) == {"A1": Status.PREPARING, "A2": Status.PREPARING}


def test_sheet_that_stands_twice(book, errors):
    book.sheets["điểm "] = book.sheets[SCORES]
    assert errors() == [("điểm ", None, None)]


def test_blank_sheet(book, errors):
    book.sheets[SCORES] = []
    assert errors() == [(SCORES, None, None)]


def test_required_column_that_is_missing(book, errors):
    book.sheets[UNITS][0][1] = "Tên gọi"
    assert errors() == [(UNITS, 1, "Tên đơn vị")]


def test_column_and_key_that_stand_twice(book, errors):
    book.sheets[UNITS][0][4] = "mã khối"
    book.sheets[CYCLE].append(["Năm ", 2026])
    assert errors() == [(CYCLE, 4, None), (UNITS, 1, "Mã khối")]


@pytest.mark.parametrize(
    ("sheet", "key", "header", "value"),
    [
        (BLOCKS, ("K",), "Mã khối", 1.1),
        (BLOCKS, ("K",), "Tên khối", None),
        (BLOCKS, ("K",), "Bộ tiêu chí", "KHAC"),
        (BLOCKS, ("K",), "Xếp loại", "Tốt >= 80; Khá >= 70"),
        (BLOCKS, ("K",), "Xếp loại", None),
        (SETS, ("BTC",), "Ngày", "31/02/2025"),
        (SETS, ("BTC",), "Tổng điểm", "99,55"),
        (SETS, ("BTC",), "Tổng điểm", -1),
        (UNITS, ("A2",), "Mã đơn vị", None),
        (UNITS, ("A2",), "Thứ tự", "nhất"),
        (UNITS, ("A2",), "Thứ tự", 1.5),
        (UNITS, ("A2",), "Trạng thái", "xong"),
        (UNITS, ("A2",), "Đơn vị tiền thân", "A2"),
        (CRITERIA, ("BTC", "1.4"), "Điểm tối đa", "ba"),
        (CRITERIA, ("BTC", "P"), "Điểm tối đa", 0),
        (CRITERIA, ("BTC", "P"), "Điểm tối đa", 1.00001),
        (CRITERIA, ("BTC", "1"), "Điểm tối đa", 11),
        (CRITERIA, ("BTC", "2.2"), "Nguồn điểm", None),
        (CRITERIA, ("BTC", "2"), "Nguồn điểm", "Tự chấm"),
        (CRITERIA, ("BTC", "2"), "Loại quy tắc", "Nhập điểm"),
        (CRITERIA, ("BTC", "1.4"), "Loại quy tắc", None),
        (CRITERIA, ("BTC", "1.4"), "Loại quy tắc", "Đoán"),
        (CRITERIA, ("BTC", "1.1"), "Tham số", "từ 100 = 4"),
        (CRITERIA, ("BTC", "1.1"), "Số liệu kê khai", "Đúng hạn"),
        (SCORES, ("A1", "1.1"), "Mã tiêu chí", "9.9"),
        (SCORES, ("A1", "1.1"), "Điểm tự chấm", "1.234,5"),
        (SCORES, ("A1", "1.1"), "Điểm tự chấm", "4,01"),
        (SCORES, ("A1", "1.1"), "Điểm thẩm định", -0.5),
        (SCORES, ("A1", "1.1"), "Điểm khảo sát", 1),
        (SCORES, ("A1", "2.1"), "Điểm tự chấm", 1),
        (SCORES, ("A1", "2.1"), "Kê khai", "1,5"),
        (SCORES, ("A1", "2.2"), "Điểm tự chấm", 1),
        (SCORES, ("A1", "2.2"), "Điểm thẩm định", 1),
        (SCORES, ("A1", "T"), "Điểm tự chấm", 1),
        (SCORES, ("A1", "T"), "Điểm thẩm định", 2.5),
        (SCORES, ("A1", "2.3"), "Không áp dụng", "có"),
        (SCORES, ("A1", "2.3"), "Điểm khảo sát", 1),
        (SCORES, ("A1", "1.1"), "Kê khai", "96; 0; 1"),
        (SCORES, ("A1", "1.2"), "Kê khai", "Xuất sắc"),
        (SCORES, ("A1", "1.3"), "Kê khai", "1"),
    ],
)
def test_cell_that_is_wrong_is_the_only_error(book, read, sheet, key, header, value):
    row = book.put(sheet, key, header, value)
    with pytest.raises(WorkbookErrors) as caught:
        read()
    wrong = places(caught.value.problems)
    assert (sheet, row, {"Số liệu kê khai": "Tham số"}.get(header, header)) in wrong
    # Renaming or dropping a block, unit or set is felt where it was referred to; nothing else follows from anything.
    followers = (
        {(UNITS, "Mã khối"), (BLOCKS, "Bộ tiêu chí")} if sheet == BLOCKS and header == "Mã khối" else set()
    )
    assert {(s, c) for s, _row, c in wrong[1:]} <= followers | {(s, c) for s, _row, c in wrong[:1]}


def test_unreadable_cell_brings_no_errors_that_only_follow_from_it(book, errors):
    row = book.put(CRITERIA, ("BTC", "1"), "Mã", 1.5)
    assert (CRITERIA, row, "Mã") in errors()
    assert len(errors()) == 1


def test_code_that_excel_turned_into_a_number(book, errors):
    row = book.put(SCORES, ("A1", "1.1"), "Mã tiêu chí", 1.1)
    assert errors() == [(SCORES, row, "Mã tiêu chí")]


def test_whole_number_code_is_read_as_its_digits(book, read):
    book.sheets[CRITERIA][1][1] = 1
    book.sheets[CRITERIA][2][2] = 1
    assert read().sets[0].contents[0].node.code == "1"


def test_duplicate_codes_of_sets_blocks_and_units(book, errors):
    for name in (BLOCKS, SETS, UNITS):
        book.sheets[name].append(list(book.sheets[name][1]))
    assert errors() == [(BLOCKS, 3, "Mã khối"), (SETS, 3, "Mã"), (UNITS, 4, "Mã đơn vị")]


def test_pair_of_unit_and_criterion_that_stands_twice(book, errors):
    book.sheets[SCORES].append(["A1", "1.1", None, None, None, None, None, None, "lại"])
    assert errors() == [(SCORES, 10, "Mã tiêu chí")]


def test_row_without_anything_but_its_codes_is_no_error(book, read):
    book.sheets[SCORES].append(["A2", "1.1"])
    assert statuses(read())["A2"] == Status.PREPARING


def test_score_on_a_node_with_children(book, errors):
    row = book.score("A1", "1", Điểm_tự_chấm=3)
    assert errors() == [(SCORES, row, "Mã tiêu chí")]


def test_declared_data_on_a_marked_parent(book, errors):
    row = book.score("A2", "1", Không_áp_dụng="x", Kê_khai="1", Lý_do_thẩm_định="Không có")
    assert errors() == [(SCORES, row, "Kê khai")]


def test_points_below_a_marked_parent(book, errors):
    book.score("A2", "1", Không_áp_dụng="x", Lý_do_thẩm_định="Không có")
    row = book.score("A2", "1.4", Điểm_tự_chấm=1)
    assert errors() == [(SCORES, row, "Điểm tự chấm")]


def test_denominator_of_zero_without_a_word_on_it(book, errors):
    book.put(CRITERIA, ("BTC", "1.1"), "Tham số", "từ 100 = 4; còn lại = x4")
    row = book.score("A1", "1.1", Kê_khai="0; 0")
    assert errors() == [(SCORES, row, "Kê khai")]


def test_period_that_ends_before_it_begins(book, errors):
    book.sheets[CYCLE] += [["Đánh giá từ ngày", "1/7/2025"], ["Đến ngày", "30/6/2025"]]
    assert errors() == [(CYCLE, 5, "Đến ngày")]


def test_keys_that_are_missing(book, errors):
    book.sheets[CYCLE] = [["Mã kỳ", None]]
    assert errors() == [(CYCLE, None, "Tên kỳ"), (CYCLE, None, "Năm"), (CYCLE, 1, "Mã kỳ")]


def test_formula_without_a_stored_value_is_no_blank(book, errors):
    row = book.score("A1", "1.4", Điểm_thẩm_định="=1+1")
    blank = book.score("A2", "1.1")
    book.sheets[SCORES][blank - 1] = [None, None, None, None, "=A1"]
    assert (SCORES, row, "Điểm thẩm định") in errors()
    assert (SCORES, blank, "Điểm tự chấm") in errors()


def test_error_of_excel_in_a_cell(tmp_path, book, errors):
    row = book.score("A1", "1.4", Điểm_thẩm_định="#DIV/0!")
    assert errors() == [(SCORES, row, "Điểm thẩm định")]


def test_at_most_two_hundred_errors_are_reported_in_the_order_of_the_book(book, read):
    book.sheets[SCORES] += [["A1", f"9.{number}"] for number in range(250)]
    book.put(UNITS, ("A2",), "Trạng thái", "xong")
    with pytest.raises(WorkbookErrors) as caught:
        read()
    assert (len(caught.value.problems), caught.value.total) == (200, 251)
    assert places(caught.value.problems)[:2] == [(UNITS, 3, "Trạng thái"), (SCORES, 10, "Mã tiêu chí")]
    assert caught.value.summary == "Sổ có 251 lỗi. Chưa lưu gì."


def test_file_that_is_no_workbook(tmp_path):
    path = tmp_path / "so.xlsx"
    path.write_text("Mã kỳ;KY")
    with pytest.raises(UnusableFile):
        reader.read(path)


def test_workbook_of_another_kind(tmp_path):
    book = Workbook()
    book.active.append(["tên", "điểm"])
    book.save(tmp_path / "so.xlsx")
    with pytest.raises(WorkbookErrors) as caught:
        reader.read(tmp_path / "so.xlsx")
    assert {place for place in places(caught.value.problems) if place[1] is None} >= {
        (name, None, None) for name in (CYCLE, BLOCKS, UNITS, CRITERIA)
    }


@pytest.mark.parametrize(
    ("name", "units", "leaves"),
    [
        ("goc-1", 16, 214),
        ("goc-2", 16, 215),
        ("goc-3", 16, 224),
        ("tinh-mau-2024", 113, 5620),
        ("tinh-mau-2025", 113, 5627),
    ],
)
def test_samples_have_neither_errors_nor_warnings(name, units, leaves):
    found = reader.read(sample(name))
    assert (len(found.units), len(found.leaves)) == (units, leaves)
    assert (found.warnings, found.notes) == ((), ())
    assert {unit.status for unit in found.units} == {Status.FINALISED}
