from dataclasses import replace
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from assessments.models import Assessment, Evidence, EvidenceLink, Exemption, LedgerEntry, Score
from criteria.scoring.merging import Stage
from criteria.scoring.rules import RuleKind
from criteria.scoring.tree import Source
from par_index.results.workbook import importer, reader, writer
from par_index.results.workbook.book import CycleBook, LeafBook
from tests.factories import (
    AssessmentFactory,
    BlockFactory,
    LedgerEntryFactory,
    ScoreFactory,
    UserFactory,
    content,
    leaf,
    make_version,
    small_set,
)
from tests.workbooks import BLOCKS, CRITERIA, CYCLE, SCORES, SETS, UNITS, sample

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def written(tmp_path):
    """What a cycle's workbook reads as."""

    def write_and_read(cycle) -> CycleBook:
        path = tmp_path / "xuat.xlsx"
        writer.write(cycle, path)
        return reader.read(path)

    return write_and_read


def by_leaf(book: CycleBook) -> dict:
    return {(item.unit_code, item.criterion_code): item for item in book.leaves}


def test_imported_cycle_is_written_as_it_was_read(book, read, store, written):
    book.sheets[CYCLE] += [
        ["Đánh giá từ ngày", "01/12/2024"],
        ["Cơ quan chủ trì", "Sở Nội vụ"],
        ["Căn cứ", "Kế hoạch 1"],
        ["Xếp hạng theo", "đã làm tròn"],
        ["Đồng hạng", "1-1-2"],
        ["Tiêu chí phụ", "điểm khảo sát; điểm tự chấm"],
        ["Khi không điều tra", "quy đổi"],
        ["Trần điểm thưởng", "1,5"],
        ["Vượt điểm tối đa", "có"],
        ["Số quyết định", "12/QĐ-UBND"],
        ["Ngày quyết định", "31/03/2026"],
        ["Người ký", "Chủ tịch"],
    ]
    book.sheets[UNITS][0] += ["Chỉ số công bố", "Hạng công bố"]
    book.put(UNITS, ("A1",), "Chỉ số công bố", 88.25)
    book.put(UNITS, ("A1",), "Hạng công bố", 1)
    book.put(UNITS, ("A1",), "Đơn vị tiền thân", "A2")
    book.sheets[BLOCKS][0].append("Khi không điều tra")
    book.put(BLOCKS, ("K",), "Khi không điều tra", "0 điểm")
    book.score("A2", "1", Không_áp_dụng="x", Lý_do_thẩm_định="Không có nhiệm vụ")
    book.score("A2", "2.2", Điểm_khảo_sát=3, Diễn_giải="Phiếu giấy")
    expected = read()
    found = written(store())
    assert by_leaf(found) == by_leaf(expected)
    assert replace(found, leaves=()) == replace(expected, leaves=())


@pytest.mark.parametrize("name", ["goc-1", "goc-2", "goc-3", "tinh-mau-2025"])
def test_samples_are_written_as_they_were_read(at, written, name):
    expected = reader.read(sample(name))
    found = written(importer.store(expected, owner=None, by=None, at=at))
    assert by_leaf(found) == by_leaf(expected)
    assert set(found.units) == set(expected.units)
    assert (found.head, found.blocks, found.sets) == (expected.head, expected.blocks, expected.sets)
    assert (found.warnings, found.notes) == ((), ())


def test_codes_and_people_s_text_are_text_cells(store, tmp_path, book):
    book.score("A1", "1.4", Diễn_giải="+84 912", Lý_do_thẩm_định="'=1+1")
    cycle = store()
    Score.objects.filter(criterion__code="1.1").update(account="=HYPERLINK(1)\x0b")
    writer.write(cycle, tmp_path / "xuat.xlsx")
    cells = load_workbook(tmp_path / "xuat.xlsx")
    account = next(row[8] for row in cells[SCORES].iter_rows(min_row=2) if row[1].value == "1.1")
    code = cells[CRITERIA]["B3"]
    points = cells[CRITERIA]["E3"]
    assert (account.data_type, account.value) == ("s", "=HYPERLINK(1)")
    assert (code.data_type, code.number_format, code.value) == ("s", "@", "1.1")
    assert (points.data_type, points.value) == ("n", 4)
    assert cells[SCORES].freeze_panes == "A2"
    assert cells.sheetnames == [CYCLE, BLOCKS, SETS, UNITS, CRITERIA, SCORES]


def test_decision_of_the_highest_stage_is_written_the_newest_of_it(written):
    assessment = AssessmentFactory(status=Assessment.Status.IN_APPRAISAL)
    ScoreFactory(assessment=assessment, points=Decimal(3))
    for stage, points in (
        (Stage.ROUND_2, 1),
        (Stage.MEETING, 2),
        (Stage.MEETING, "2.125"),
        (Stage.ROUND_1, 3),
    ):
        LedgerEntryFactory(
            assessment=assessment, stage=stage, points=Decimal(points), reason=f"{stage} {points}"
        )
    (found,) = written(assessment.cycle).leaves
    assert (found.self_points, found.appraised_points, found.reason) == (3, Decimal("2.125"), "meeting 2.125")


def test_decision_that_no_longer_stands_is_left_out(written, at):
    assessment = AssessmentFactory(status=Assessment.Status.RETURNED)
    LedgerEntryFactory(assessment=assessment)
    ScoreFactory(assessment=assessment, points=Decimal(3), updated_at=at.replace(year=2026))
    found = written(assessment.cycle)
    assert (found.leaves[0].self_points, found.leaves[0].appraised_points) == (3, None)
    assert found.units[0].status == Assessment.Status.DRAFT


def test_leaf_decided_as_not_applicable_is_marked(written):
    assessment = AssessmentFactory()
    ScoreFactory(assessment=assessment)
    LedgerEntryFactory(assessment=assessment, points=None, not_applicable=True, reason="Không có thủ tục")
    (found,) = written(assessment.cycle).leaves
    assert found == LeafBook(
        assessment.unit.code,
        "1.4",
        exempt=True,
        declared=("2.5",),
        reason="Không có thủ tục",
        evidence="Văn bản số 1/BC",
    )


def test_exempt_leaf_with_an_older_score_is_marked_without_points(written, at):
    assessment = AssessmentFactory()
    ScoreFactory(assessment=assessment)
    Exemption.objects.create(
        assessment=assessment, criterion=leaf(assessment, "1.4"), reason="Cố định", at=at
    )
    (found,) = written(assessment.cycle).leaves
    assert (found.exempt, found.self_points, found.reason) == (True, None, "Cố định")


def test_figures_that_an_appraiser_entered_are_written(written):
    nodes = [
        *small_set()[:6],
        content("2.1", 10, Source.APPRAISER, RuleKind.COUNT, "mỗi = 0,5", ("Số kết luận",)),
    ]
    block = BlockFactory(version=make_version(nodes))
    assessment = AssessmentFactory(block=block)
    LedgerEntryFactory(
        assessment=assessment,
        criterion=leaf(assessment, "2.1"),
        act=LedgerEntry.Act.ENTER,
        declared=["4"],
        points=Decimal(2),
    )
    (found,) = written(assessment.cycle).leaves
    assert (found.declared, found.appraised_points) == (("4",), 2)


def test_documents_stand_beside_the_note_on_evidence(written, at):
    assessment = AssessmentFactory()
    score = ScoreFactory(assessment=assessment)
    evidence = Evidence.objects.create(
        assessment=assessment, number="12/BC-SNV", created_by=UserFactory(), created_at=at
    )
    EvidenceLink.objects.create(evidence=evidence, criterion=score.criterion)
    (found,) = written(assessment.cycle).leaves
    assert found.evidence == "Văn bản số 1/BC; 12/BC-SNV"


def test_two_versions_of_one_set_are_told_apart(written):
    first = BlockFactory(version=make_version())
    other = [*small_set()[:-1], content("P", 2, Source.PENALTY)]
    BlockFactory(cycle=first.cycle, version=make_version(other))
    AssessmentFactory(block=first)
    assert [criteria.code for criteria in written(first.cycle).sets] == ["BTC-1", "BTC-2"]


def test_number_of_queries_does_not_grow_with_units(book, store, tmp_path, django_assert_num_queries):
    for number in range(30):
        book.sheets[UNITS].append([f"B{number}", f"Sở {number}", "K"])
        book.score(f"B{number}", "1.4", Điểm_tự_chấm=1, Minh_chứng="VB")
    cycle = store()
    writer.write(cycle, tmp_path / "xuat.xlsx")  # the tree of an issued version is read once for a process
    with django_assert_num_queries(11):
        assert writer.write(cycle, tmp_path / "xuat.xlsx") == 38


def test_units_beyond_one_batch_are_all_written(book, store, written, monkeypatch):
    monkeypatch.setattr(writer, "ASSESSMENTS_AT_ONCE", 2)
    for number in range(4):
        book.sheets[UNITS].append([f"B{number}", f"Sở {number}", "K"])
        book.score(f"B{number}", "1.4", Điểm_tự_chấm=1, Minh_chứng="VB")
    found = written(store())
    assert {item.unit_code for item in found.leaves} == {"A1", "B0", "B1", "B2", "B3"}
