from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone, translation
from guardian.shortcuts import assign_perm

from assessments.models import Assessment, Evidence, EvidenceFile, EvidenceLink, Step
from assessments.models.assessment import Status
from councils.models import Assignment, Member
from tests.factories import AT, LedgerEntryFactory, UserFactory


@pytest.fixture
def desk(client, room):
    """The member logged in; `desk("leaf", "1.1")` is the address of a leaf of the first unit."""
    client.force_login(room.member.user)

    def address(name: str, code: str | None = None) -> str:
        leaf = [room.leaf(code).pk] if code else []
        return reverse(f"councils:{name}", args=[room.first.pk, *leaf])

    return address


def decided(room, code: str) -> list:
    return list(room.first.ledger.filter(criterion=room.leaf(code)).values_list("act", "points", "reason"))


def follow(client, response) -> str:
    return client.get(response["Location"]).content.decode()


# --- units ------------------------------------------------------------------------------------------------------------


def test_start_leads_to_the_cycle_under_way(client, room, desk):
    response = client.get(reverse("councils:start"))

    assert response["Location"] == reverse("councils:worklist", args=["2025"])


def test_worklist_filters_what_waits_and_counts_it(client, room, desk):
    Assessment.objects.filter(pk=room.first.pk).update(status=Status.DRAFT)

    response = client.get(reverse("councils:worklist", args=["2025"]), {"loc": "chua-xong"})

    assert [unit.assessment.unit.name for unit in response.context["page"]] == ["Sở Tư pháp"]
    assert [choice["count"] for choice in response.context["filters"]] == [2, 1, 1, 0]


def test_worklist_finds_a_unit_by_a_part_of_its_name(client, room, desk):
    response = client.get(reverse("councils:worklist", args=["2025"]), {"q": "XÂY"})

    assert [unit.assessment.unit.name for unit in response.context["page"]] == ["Sở Xây dựng"]


def test_worklist_does_not_know_other_filters(client, room, desk):
    assert client.get(reverse("councils:worklist", args=["2025"]), {"loc": "la"}).status_code == 404


def test_unit_shows_self_scores_only_once_they_are_submitted(client, room, desk):
    assert "3,88" in client.get(desk("unit")).content.decode()

    Assessment.objects.filter(pk=room.first.pk).update(status=Status.RETURNED)

    assert "3,88" not in client.get(desk("unit")).content.decode()
    assert client.get(desk("leaf", "1.1"))["Location"] == desk("unit")


# --- one leaf ---------------------------------------------------------------------------------------------------------


def test_leaf_shows_rule_evidence_and_history(client, room, desk):
    page = client.get(desk("leaf", "1.1")).content.decode()

    assert "97 ÷ 100 × 4 = 3,88" in page
    assert "Văn bản số 1/BC" in page


def test_leaf_is_complete_in_english(client, room, desk):
    with translation.override("en"):
        client.cookies["django_language"] = "en"
        page = client.get(desk("leaf", "1.1")).content.decode()

    assert "By the rule" in page
    assert "3.88" in page


def test_accept_goes_on_to_the_next_undecided_leaf(client, room, desk):
    response = client.post(desk("accept", "1.1"), {"seen": "0"})

    assert response["Location"] == desk("leaf", "1.2")
    assert decided(room, "1.1") == [("accept", Decimal("3.88"), "")]


def test_the_last_decision_leads_back_to_the_unit(client, room, desk, decide):
    for code in ("1.1", "1.2", "1.3"):
        decide("accept", code)
    decide("enter", "2.1", points=Decimal(3), reason="")

    assert client.post(desk("accept", "1.4"), {"seen": "0"})["Location"] == desk("unit")


def test_decide_by_figures_of_a_ratio(client, room, desk):
    data = {
        "seen": "0",
        "way": "so-lieu",
        "figure_0": "12.610",
        "figure_1": "13.204",
        "reason": "Trễ hạn 594",
    }

    client.post(desk("decide", "1.1"), data)

    assert decided(room, "1.1") == [("adjust", Decimal("3.8201"), "Trễ hạn 594")]


def test_decide_by_points_with_a_decimal_comma(client, room, desk):
    client.post(desk("decide", "1.4"), {"seen": "0", "way": "diem", "points": "1,75", "reason": "Thiếu biểu"})

    assert decided(room, "1.4") == [("adjust", Decimal("1.75"), "Thiếu biểu")]


def test_decide_that_a_leaf_does_not_apply(client, room, desk):
    client.post(desk("decide", "1.4"), {"seen": "0", "way": "khong-ap-dung", "reason": "Không có thủ tục"})

    assert decided(room, "1.4") == [("adjust", None, "Không có thủ tục")]


def test_decide_enters_a_penalty_as_positive_points(client, room, desk):
    client.post(desk("decide", "P"), {"seen": "0", "way": "diem", "points": "0,5", "reason": "Báo cáo muộn"})

    assert decided(room, "P") == [("enter", Decimal("0.5"), "Báo cáo muộn")]


@pytest.mark.parametrize(
    ("data", "field", "kept"),
    [
        ({"way": "diem", "points": "1,5", "reason": ""}, "reason", "1,5"),
        ({"way": "diem", "points": "9", "reason": "Thử"}, "points", "Thử"),
        ({"way": "diem", "points": "nhiều", "reason": "Thử"}, "points", "nhiều"),
        ({"way": "diem", "points": "", "reason": "Thử"}, "points", "Thử"),
        ({"way": "khong-ap-dung", "reason": ""}, "reason", "khong-ap-dung"),
    ],
)
def test_decide_shows_what_is_wrong_beside_its_field_and_keeps_what_was_typed(
    client, room, desk, data, field, kept
):
    response = client.post(desk("decide", "1.4"), {"seen": "0", **data})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert kept in response.content.decode()
    assert decided(room, "1.4") == []


def test_decide_with_figures_that_do_not_fit_names_the_figure(client, room, desk):
    data = {"seen": "0", "way": "so-lieu", "figure_0": "mười", "figure_1": "100", "reason": "Thử"}

    response = client.post(desk("decide", "1.1"), data)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["figure_0"]


def test_decide_on_an_older_view_shows_the_other_decision_and_what_was_typed(client, room, desk, decide):
    other = room.seat(unit=room.first.unit, role=Member.Role.HELPER)
    entry = decide("adjust", "1.4", by=other.user, points=Decimal(1), reason="Thiếu quyết định")

    response = client.post(
        desk("decide", "1.4"), {"seen": "0", "way": "diem", "points": "2", "reason": "Lý do của tôi"}
    )

    page = response.content.decode()
    assert response.status_code == 409
    assert "Thiếu quyết định" in page
    assert "Lý do của tôi" in page
    assert f'name="seen" value="{entry.pk}"' in page
    assert len(decided(room, "1.4")) == 1


def test_decide_after_the_step_was_closed_says_so(client, room, desk):
    Step.objects.filter(cycle=room.cycle).update(closed_at=timezone.now() - timedelta(minutes=1))

    response = client.post(desk("accept", "1.1"), {"seen": "0"})

    assert response.status_code == 409
    assert response.context["problem"]
    assert response.context["form"] is None


def test_decide_without_the_seen_entry_is_not_found(client, room, desk):
    assert client.post(desk("accept", "1.1")).status_code == 404


def test_trial_gives_points_and_difference_and_writes_nothing(client, room, desk):
    data = {"way": "so-lieu", "figure_0": "96", "figure_1": "100"}

    piece = client.post(desk("trial", "1.1"), data).content.decode()

    assert "3,84" in piece
    assert "−0,04" in piece
    assert decided(room, "1.1") == []


def test_trial_of_half_typed_figures_is_patient(client, room, desk):
    response = client.post(desk("trial", "1.1"), {"way": "so-lieu", "figure_0": "96", "figure_1": ""})

    assert response.status_code == 200


# --- many at once, finalising -----------------------------------------------------------------------------------------


def test_accept_many_first_names_each_chosen_leaf(client, room, desk):
    chosen = [room.leaf(code).pk for code in ("1.1", "1.3", "2.1")]

    response = client.get(desk("accept_many"), {"tc": chosen})

    # 2.1 holds nothing to accept: the council scores it itself.
    assert [row.criterion.code for row in response.context["rows"]] == ["1.1", "1.3"]
    assert not room.first.ledger.exists()


def test_accept_many_of_nothing_leads_back_to_the_list(client, room, desk):
    assert client.get(desk("accept_many"))["Location"] == desk("unit")


def test_accept_many_accepts_what_was_shown(client, room, desk):
    shown = [f"{room.leaf(code).pk}:0" for code in ("1.1", "1.3")]

    response = client.post(desk("accept_many"), {"tc": shown})

    assert response["Location"] == desk("unit")
    assert decided(room, "1.1") == [("accept", Decimal("3.88"), "")]
    assert decided(room, "1.3") == [("accept", Decimal(1), "")]
    assert decided(room, "1.2") == []


def test_accept_many_on_an_older_view_accepts_none_and_shows_the_list_again(client, room, desk, decide):
    decide("accept", "1.3")
    shown = [f"{room.leaf(code).pk}:0" for code in ("1.1", "1.3")]

    response = client.post(desk("accept_many"), {"tc": shown})

    assert response.status_code == 409
    assert "1.3" in response.context["problem"]
    assert decided(room, "1.1") == []


def test_accept_many_with_spoilt_fields_is_not_found(client, room, desk):
    assert client.post(desk("accept_many"), {"tc": ["x:0"]}).status_code == 404


def test_finalise_asks_first_and_then_closes_the_unit(client, room, desk, decide_all):
    decide_all()

    assert "Sở Xây dựng" in client.get(desk("finalise")).content.decode()
    client.post(desk("finalise"))

    room.first.refresh_from_db()
    assert room.first.status == Status.FINALISED


def test_finalise_too_early_names_what_is_undecided(client, room, desk):
    page = follow(client, client.post(desk("finalise")))

    assert "1.1, 1.2, 1.3, 1.4, 2.1" in page


# --- evidence ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(room) -> EvidenceFile:
    officer = UserFactory()
    evidence = Evidence.objects.create(
        assessment=room.first, number="412/BC", created_by=officer, created_at=AT
    )
    EvidenceLink.objects.create(evidence=evidence, criterion=room.leaf("1.1"), place="trang 4")
    return EvidenceFile.objects.create(
        evidence=evidence,
        file=ContentFile(b"%PDF-1.7 abc", name="a.pdf"),
        original_name="Báo cáo.pdf",
        size=12,
        digest="0" * 64,
        content_type="application/pdf",
        uploaded_by=officer,
        uploaded_at=AT,
    )


def test_leaf_frames_the_evidence_of_its_own_origin_alone(client, room, desk, file):
    response = client.get(desk("leaf", "1.1"))

    assert reverse("councils:preview", args=[file.pk]) in response.content.decode()
    assert "frame-src 'self'" in response["Content-Security-Policy"]


def test_preview_is_shown_in_place_with_a_policy_of_its_own(client, desk, file):
    response = client.get(reverse("councils:preview", args=[file.pk]))

    assert b"".join(response.streaming_content) == b"%PDF-1.7 abc"
    assert response["Content-Disposition"].startswith("inline")
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "script-src" not in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_preview_of_what_a_browser_should_not_open_is_not_found(client, desk, file):
    EvidenceFile.objects.update(content_type="text/html")

    assert client.get(reverse("councils:preview", args=[file.pk])).status_code == 404


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RETURNED])
@pytest.mark.parametrize("name", ["accept", "decide"])
def test_refused_decision_shows_nothing_of_what_the_unit_is_writing(client, room, desk, file, status, name):
    LedgerEntryFactory(assessment=room.first, criterion=room.leaf("1.1"), stage="self", reason="bản nháp")
    Assessment.objects.filter(pk=room.first.pk).update(status=status)

    refused = [
        client.post(desk(name, "1.1"), {"seen": seen, "way": way})
        for seen, way in [("0", "diem"), ("0", "khong-co"), ("99", "so-lieu")]
    ]

    assert [answer["Location"] for answer in refused] == [desk("unit")] * 3
    page = follow(client, refused[0])
    assert "bản nháp" not in page
    assert str(file) not in page


@pytest.mark.parametrize("status", [Status.PREPARING, Status.DRAFT, Status.RETURNED])
def test_preview_of_a_sheet_that_is_not_handed_in_is_not_found(client, room, desk, file, status):
    Assessment.objects.filter(pk=room.first.pk).update(status=status)

    assert client.get(reverse("councils:preview", args=[file.pk])).status_code == 404


@pytest.mark.parametrize("seen", ["", "-1", "x", "٣", "9" * 19, "9" * 5000])
def test_decision_on_a_view_that_no_page_named_is_not_found(client, room, desk, seen):
    assert client.post(desk("accept", "1.1"), {"seen": seen}).status_code == 404
    named = {"tc": f"{room.leaf('1.1').pk}:{seen}"}
    assert client.post(desk("accept_many"), named).status_code == 404
    assert client.get(desk("accept_many"), {"tc": seen}).status_code == 302
    assert not room.first.ledger.exists()


def test_accepting_nothing_does_not_begin_the_appraisal(client, room, desk):
    response = client.post(desk("accept_many"))

    room.first.refresh_from_db()
    assert response["Location"] == desk("unit")
    assert room.first.status == Status.SUBMITTED


# --- the council ------------------------------------------------------------------------------------------------------


@pytest.fixture
def manager(client, room):
    """The cycle's manager logged in; `manager("appoint")` is an address of the council's page."""
    assign_perm("assessments.manage_cycle", room.manager, room.cycle)
    client.force_login(room.manager)
    return lambda name, *arguments: reverse(f"councils:{name}", args=[room.cycle.code, *arguments])


def test_council_names_members_and_gaps(client, manager):
    page = client.get(manager("council")).content.decode()

    assert "Vũ Thị Kim Oanh" in page
    assert "5/15" in page


def test_council_of_an_auditor_has_no_forms(client, room):
    auditor = UserFactory()
    assign_perm("assessments.audit_cycle", auditor, room.cycle)
    client.force_login(auditor)

    page = client.get(reverse("councils:council", args=["2025"])).content.decode()

    assert "Vũ Thị Kim Oanh" in page
    assert reverse("councils:appoint", args=["2025"]) not in page


def test_appoint_by_user_name(client, room, manager):
    user = UserFactory(username="lan")

    client.post(manager("appoint"), {"username": "lan", "role": "helper", "agency": room.second.unit.pk})

    assert Member.objects.get(user=user).agency == room.second.unit


@pytest.mark.parametrize("username", ["khong-co", "oanh"])
def test_appoint_of_a_stranger_or_a_member_is_refused_beside_the_field(client, room, manager, username):
    response = client.post(manager("appoint"), {"username": username, "role": "member"})

    assert response.status_code == 422
    assert list(response.context["appoint_form"].errors) == ["username"]


def test_assign_an_area_and_take_it_back(client, room, manager):
    member = room.seat()
    data = {"member": member.pk, "block": room.block.pk, "criterion": room.leaf("1").pk}

    client.post(manager("assign"), data)
    assignment = Assignment.objects.get(member=member)
    assert (assignment.criterion.code, assignment.unit) == ("1", None)

    client.post(manager("unassign", assignment.pk))
    assert not Assignment.objects.filter(member=member).exists()


def test_assign_by_agency_says_how_many_are_new(client, room, manager):
    page = follow(client, client.post(manager("assign_by_agency")))

    assert room.member.assignments.count() == 3
    assert "2 phần" in page


def test_dismiss_asks_first(client, room, manager):
    address = manager("dismiss", room.member.pk)

    assert "Vũ Thị Kim Oanh" in client.get(address).content.decode()
    assert Member.objects.filter(pk=room.member.pk).exists()

    client.post(address)
    assert not Member.objects.filter(pk=room.member.pk).exists()
