from decimal import Decimal

import pytest
from django.db.models import Count
from guardian.shortcuts import get_users_with_perms

from assessments.models import (
    Assessment,
    Cycle,
    Exemption,
    LedgerEntry,
    Score,
    StatusChange,
    Step,
    Unit,
    UnitSuccession,
)
from criteria.models import CriteriaVersion
from par_index.core.models import AuditEntry
from par_index.results.workbook import importer, reader
from surveys.models import MeasuredResult
from tests.factories import UnitFactory, UserFactory
from tests.workbooks import BLOCKS, CRITERIA, CYCLE, UNITS

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
Status = Assessment.Status


def row(model, unit: str, criterion: str):
    return model.objects.get(assessment__unit__code=unit, criterion__code=criterion)


def entries(unit: str, criterion: str) -> list[tuple]:
    found = LedgerEntry.objects.filter(assessment__unit__code=unit, criterion__code=criterion)
    return list(found.values_list("stage", "act", "points", "reason"))


def test_first_import_makes_the_body_named_in_the_settings(store, settings):
    settings.BODY_NAME = "Ủy ban nhân dân tỉnh Mẫu"
    cycle = store()
    assert (cycle.owner.code, cycle.owner.name, cycle.owner.parent) == (
        "GOC",
        "Ủy ban nhân dân tỉnh Mẫu",
        None,
    )
    assert set(cycle.owner.children.values_list("code", flat=True)) == {"A1", "A2"}


def test_body_is_the_only_one_or_the_named_one():
    assert importer.body() is None
    first = UnitFactory(code="B1")
    assert importer.body() == first
    second = UnitFactory(code="B2")
    assert importer.body("B2") == second
    with pytest.raises(importer.OwnerUnclear, match="B1, B2"):
        importer.body()
    with pytest.raises(importer.OwnerUnclear, match="B3"):
        importer.body("B3")
    UnitFactory(code="A1", parent=first)
    with pytest.raises(importer.OwnerUnclear, match="A1"):
        importer.body("A1")


def test_cycle_keeps_its_settings(book, store, at):
    book.sheets[CYCLE] += [
        ["Xếp hạng theo", "đã làm tròn"],
        ["Đồng hạng", "1-1-2"],
        ["Tiêu chí phụ", "điểm tự chấm"],
        ["Khi không điều tra", "0 điểm"],
        ["Trần điểm trừ", "1,5"],
        ["Số quyết định", "12/QĐ-UBND"],
    ]
    cycle = Cycle.objects.get(pk=store().pk)
    assert (cycle.code, cycle.year, cycle.created_at) == ("KY", 2025, at)
    assert (cycle.rank_by, cycle.ties, cycle.tie_breakers) == ("printed", "1-1-2", ["self"])
    assert (cycle.no_survey, cycle.bonus_cap, cycle.penalty_cap) == ("zero", None, Decimal("1.5"))
    assert (cycle.decision_number, cycle.published_at, cycle.imported_by) == (
        "12/QĐ-UBND",
        None,
        "import_cycle",
    )


def test_blocks_share_the_version_of_their_set(book, store):
    book.sheets[BLOCKS].append(["K2", "Khối hai", "BTC", "A > 50; B"])
    cycle = store()
    blocks = list(
        cycle.blocks.values_list("code", "position", "version__criteria_set__code", "version__number")
    )
    assert blocks == [("K", 1, "BTC", 1), ("K2", 2, "BTC", 1)]
    version = CriteriaVersion.objects.get()
    assert (version.state, version.decision, version.declared_total) == ("issued", "1/QĐ-UBND", 20)


def test_equal_criteria_of_another_year_bind_the_same_version(book, store):
    first = store()
    book.sheets[CYCLE] = [["Mã kỳ", "KY26"], ["Tên kỳ", "Kỳ sau"], ["Năm", 2026]]
    second = store()
    assert second.blocks.get().version == first.blocks.get().version
    assert Unit.objects.count() == 3


def test_other_criteria_of_another_year_issue_the_next_version(book, store):
    store()
    book.sheets[CYCLE] = [["Mã kỳ", "KY26"], ["Tên kỳ", "Kỳ sau"], ["Năm", 2026]]
    book.put(CRITERIA, ("BTC", "1.4"), "Tên", "Tên khác")
    assert store().blocks.get().version.number == 2


def test_self_score_with_its_ledger(store, at):
    store()
    score = row(Score, "A1", "1.2")
    assert (score.declared, score.points, score.evidence_note, score.version) == (["Tốt"], 2, "VB 2", 1)
    assert entries("A1", "1.2") == [("self", "declare", 2, ""), ("round_1", "adjust", 1, "Thiếu hồ sơ")]
    assert [act for _stage, act, *_ in entries("A1", "1.1")] == ["declare", "accept"]
    decision = LedgerEntry.objects.get(criterion__code="1.1", stage="round_1")
    assert (decision.agency, decision.by, decision.at) == ("Sở Nội vụ", None, at)


def test_points_of_members_are_entered(store):
    store()
    assert entries("A1", "T") == [("round_1", "enter", Decimal("1.5"), "Sáng kiến")]
    assert entries("A1", "2.1") == [("round_1", "enter", 2, "Theo kết luận")]
    assert LedgerEntry.objects.get(criterion__code="2.1").declared == ["4"]
    assert row(Score, "A1", "2.1").points is None


def test_points_of_surveys_come_from_the_workbook(store):
    store()
    result = row(MeasuredResult, "A1", "2.2")
    assert (result.origin, result.points, result.n) == ("workbook", Decimal("4.1234"), None)


def test_mark_becomes_an_exemption_without_decisions(store):
    store()
    assert row(Exemption, "A1", "2.3").reason == "Không có thủ tục"
    assert entries("A1", "2.3") == []


def test_claim_that_the_leaf_does_not_apply_waits_for_the_council(book, store):
    book.score("A1", "1.1", Kê_khai="0; 0", Điểm_tự_chấm=None, Điểm_thẩm_định=None)
    store()
    score = row(Score, "A1", "1.1")
    assert (score.not_applicable, score.points, score.declared) == (True, None, ["0", "0"])
    assert entries("A1", "1.1") == [("self", "declare", None, "")]
    assert Exemption.objects.count() == 1


def test_texts_of_leaves_that_the_unit_does_not_score_are_kept(book, store):
    book.score("A1", "2.2", Diễn_giải="Phiếu giấy", Minh_chứng="Báo cáo khảo sát")
    store()
    score = row(Score, "A1", "2.2")
    assert (score.account, score.evidence_note, score.points) == ("Phiếu giấy", "Báo cáo khảo sát", None)


def test_statuses_and_their_history(store, at):
    cycle = store()
    finalised, prepared = cycle.assessments.order_by("unit__code")
    assert (finalised.status, finalised.submitted_at, finalised.finalised_at) == (Status.FINALISED, at, at)
    assert (prepared.status, prepared.submitted_at) == (Status.PREPARING, None)
    change = StatusChange.objects.get()
    assert (change.assessment, change.source, change.target) == (finalised, "preparing", "finalised")


@pytest.mark.parametrize(
    ("statuses", "opened", "closed"),
    [
        (("chuẩn bị", "chuẩn bị"), {"survey"}, set()),
        (("chuẩn bị", "đang chấm"), {"survey", "self_assessment"}, set()),
        (("đã nộp", "đã nộp"), {"survey", "self_assessment"}, {"self_assessment"}),
        (("đã nộp", "đang thẩm định"), {"survey", "self_assessment", "appraisal_1"}, {"self_assessment"}),
        (("đang chấm", "đã chốt"), {"survey", "self_assessment", "appraisal_1"}, set()),
        (
            ("đã chốt", "đã chốt"),
            {"survey", "self_assessment", "appraisal_1"},
            {"survey", "self_assessment", "appraisal_1"},
        ),
    ],
)
def test_steps_stand_where_the_units_do(book, store, statuses, opened, closed):
    for code, status in zip(("A1", "A2"), statuses, strict=True):
        book.put(UNITS, (code,), "Trạng thái", status)
    cycle = store()
    assert set(cycle.steps.values_list("kind", flat=True)) == set(Step.Kind.values)
    assert set(cycle.steps.filter(opened_at__isnull=False).values_list("kind", flat=True)) == opened
    assert set(cycle.steps.filter(closed_at__isnull=False).values_list("kind", flat=True)) == closed


def test_unit_is_its_code_below_its_body(book, store):
    other = UnitFactory(code="KHAC")
    stranger = UnitFactory(code="A1", parent=other)
    owner = UnitFactory(code="GOC")
    known = UnitFactory(code="A1", parent=owner, name="Tên cũ")
    store(owner=owner)
    known.refresh_from_db()
    stranger.refresh_from_db()
    assert known.name == "Sở Một"
    assert stranger.name != "Sở Một"
    assert not stranger.assessments.exists()


def test_unit_keeps_the_name_of_the_newest_year(book, store):
    store()
    book.sheets[CYCLE] = [["Mã kỳ", "KY24"], ["Tên kỳ", "Kỳ trước"], ["Năm", 2024]]
    book.put(UNITS, ("A1",), "Tên đơn vị", "Tên năm trước")
    store()
    assert Unit.objects.get(code="A1").name == "Sở Một"


def test_predecessors_that_are_known_are_linked(book, store, read):
    book.put(UNITS, ("A1",), "Đơn vị tiền thân", "A2; B9; CU")
    owner = UnitFactory(code="GOC")
    UnitFactory(code="CU", parent=owner)
    warnings = importer.warnings_against(read(), owner)
    store(owner=owner)
    links = set(UnitSuccession.objects.values_list("predecessor__code", "successor__code"))
    assert links == {("A2", "A1"), ("CU", "A1")}
    assert [str(warning) for warning in warnings] == [
        "Đơn vị, cột “Đơn vị tiền thân”: Không có đơn vị tiền thân B9 của A1; được bỏ qua."
    ]


def test_other_name_of_a_known_unit_is_a_warning(read):
    owner = UnitFactory(code="GOC")
    UnitFactory(code="A1", parent=owner, name="Tên cũ")
    (warning,) = importer.warnings_against(read(), owner)
    assert "Tên cũ" in warning.message


def test_person_who_imports_manages_the_cycle(store):
    person = UserFactory(username="so-noi-vu")
    cycle = store(by=person)
    assert get_users_with_perms(cycle, attach_perms=True) == {person: ["manage_cycle"]}
    assert cycle.imported_by == "so-noi-vu"
    assert set(Score.objects.values_list("updated_by", flat=True)) == {person.pk}


def test_import_is_logged(store):
    person = UserFactory()
    store(by=person)
    entry = AuditEntry.objects.get(action="cycle.imported")
    assert (entry.actor, entry.target) == (person, "cycle KY")
    assert entry.detail == {"replaced": False, "units": 2, "leaves": 8, "warnings": 0}


def test_code_that_exists_is_refused(store):
    store()
    with pytest.raises(importer.CycleExists, match="KY"):
        store()
    assert Cycle.objects.count() == 1


def test_failure_half_way_stores_nothing(store, monkeypatch, read, at):
    wrong = read()
    # A code twice passes no reader; the database refuses it after most rows were written.
    wrong = reader.CycleBook(
        wrong.head, wrong.sets, wrong.blocks, (*wrong.units, wrong.units[0]), wrong.leaves
    )
    with pytest.raises(Exception, match=r"(?i)unique"):
        importer.store(wrong, owner=None, by=None, at=at)
    assert not Unit.objects.exists()
    assert not CriteriaVersion.objects.exists()
    assert not AuditEntry.objects.exists()


def test_number_of_queries_does_not_grow_with_units_and_scores(book, read, at, django_assert_num_queries):
    small = read()
    for number in range(30):
        book.sheets[UNITS].append([f"B{number}", f"Sở {number}", "K"])
        book.score(f"B{number}", "1.4", Điểm_tự_chấm=1, Minh_chứng="VB")
    book.sheets[CYCLE][0][1] = "KY2"
    large = read()
    importer.store(small, owner=None, by=None, at=at)
    with django_assert_num_queries(24):
        importer.store(large, owner=importer.body(), by=None, at=at)
    assert Assessment.objects.values("cycle__code").annotate(number=Count("pk")).count() == 2
