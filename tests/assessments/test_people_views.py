"""The pages of a cycle's people: who may open them, what they show, what their acts do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from guardian.shortcuts import assign_perm

from assessments.models import Assessment, Cycle, Unit
from assessments.people import CycleRole, UnitRole
from assessments.people_views import links
from par_index.accounts.models import User
from tests.factories import AssessmentFactory, CycleFactory, UserFactory

pytestmark = pytest.mark.django_db

MANAGER, AUDITOR, OFFICER, LEADER = "manager", "auditor", "officer of a unit", "leader of a unit"
ELSEWHERE, APPRAISER, ROOT = "manager of another cycle", "council member", "superuser"
ROLES = (MANAGER, AUDITOR, OFFICER, LEADER, ELSEWHERE, APPRAISER, ROOT)

ALLOWED = {
    "people": {MANAGER, AUDITOR},
    "unit": {MANAGER, AUDITOR},
    "grant_in_cycle": {MANAGER},
    "grant_in_unit": {MANAGER},
    "revoke_in_cycle": {MANAGER},
    "revoke_in_unit": {MANAGER},
}
"""Address name → the roles that may use it; the grants are POSTs to `people` and `unit`."""

POSTED = {"grant_in_cycle", "grant_in_unit"}


@pytest.fixture
def sheet() -> Assessment:
    return AssessmentFactory(unit__name="Sở Xây dựng")


@pytest.fixture
def people(sheet) -> dict[str, User]:
    found = {role: UserFactory(is_superuser=role == ROOT, is_staff=role == ROOT) for role in ROLES}
    assign_perm("assessments.manage_cycle", found[MANAGER], sheet.cycle)
    assign_perm("assessments.audit_cycle", found[AUDITOR], sheet.cycle)
    assign_perm("assessments.score_unit", found[OFFICER], sheet.unit)
    assign_perm("assessments.lead_unit", found[LEADER], sheet.unit)
    assign_perm("assessments.manage_cycle", found[ELSEWHERE], CycleFactory())
    assign_perm("assessments.appraise_assessment", found[APPRAISER], sheet)
    return found


@pytest.fixture
def manager(client, people) -> User:
    client.force_login(people[MANAGER])
    return people[MANAGER]


def address(name: str, sheet: Assessment, people: dict[str, User]) -> str:
    code = sheet.cycle.code
    if name in ("people", "grant_in_cycle"):
        return reverse("people:people", args=[code])
    if name in ("unit", "grant_in_unit"):
        return reverse("people:unit", args=[code, sheet.unit_id])
    if name == "revoke_in_cycle":
        return reverse("people:revoke_in_cycle", args=[code, CycleRole.AUDITOR, people[AUDITOR].pk])
    arguments = [code, sheet.unit_id, UnitRole.OFFICER, people[OFFICER].pk]
    return reverse("people:revoke_in_unit", args=arguments)


# --- access -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ALLOWED)
def test_address_is_open_to_its_roles_alone(client, sheet, people, name, role):
    client.force_login(people[role])
    send = client.post if name in POSTED else client.get

    response = send(address(name, sheet, people))

    assert (response.status_code != 404) == (role in ALLOWED[name])


@pytest.mark.parametrize("name", ALLOWED)
def test_visitor_is_sent_to_log_in(client, sheet, people, name):
    send = client.post if name in POSTED else client.get

    response = send(address(name, sheet, people))

    assert response.status_code == 302
    assert response.url.startswith("/dang-nhap/")


@pytest.mark.parametrize("name", ["grant_in_cycle", "grant_in_unit", "revoke_in_cycle", "revoke_in_unit"])
def test_act_posted_by_an_auditor_changes_nothing(client, sheet, people, name):
    client.force_login(people[AUDITOR])
    role = CycleRole.MANAGER if name.endswith("cycle") else UnitRole.OFFICER

    response = client.post(
        address(name, sheet, people), {"username": people[LEADER].username, "role": role.value}
    )

    assert response.status_code == 404
    assert not Cycle.objects.manageable_by(people[LEADER]).exists()
    assert not Assessment.objects.scorable_by(people[LEADER]).exists()
    assert Cycle.objects.readable_by(people[AUDITOR]).exists()
    assert Assessment.objects.scorable_by(people[OFFICER]).exists()


def test_unit_of_another_cycle_is_not_found(client, sheet, manager):
    other = AssessmentFactory()

    assert client.get(reverse("people:unit", args=[sheet.cycle.code, other.unit_id])).status_code == 404


def test_role_that_nobody_has_cannot_be_taken(client, sheet, people, manager):
    in_cycle = [sheet.cycle.code, CycleRole.ENUMERATOR, people[AUDITOR].pk]
    in_unit = [sheet.cycle.code, sheet.unit_id, UnitRole.LEADER, people[OFFICER].pk]

    assert client.post(reverse("people:revoke_in_cycle", args=in_cycle)).status_code == 404
    assert client.post(reverse("people:revoke_in_unit", args=in_unit)).status_code == 404


def test_auditor_reads_without_forms(client, sheet, people):
    client.force_login(people[AUDITOR])

    for name in ("people", "unit"):
        page = client.get(address(name, sheet, people)).content.decode()
        assert people[OFFICER].full_name in page
        assert 'name="username"' not in page
        assert "/bo/" not in page


def test_cycle_page_leads_here(rf, sheet):
    (link,) = links(rf.get("/"), sheet.cycle)

    assert link.url == reverse("people:people", args=[sheet.cycle.code])
    assert list(links(rf.get("/"), None)) == []


# --- the list ---------------------------------------------------------------------------------------------------------


def listed(client, sheet, **query) -> list[str]:
    page = client.get(reverse("people:people", args=[sheet.cycle.code]), query).context["page"]
    return [row.unit.name for row in page]


def test_list_is_filtered_by_what_lacks_and_searched_by_unit_and_person(client, sheet, people, manager):
    bare = AssessmentFactory(block=sheet.block, position=1, unit__name="Xã Đông Sơn")
    assign_perm("assessments.lead_unit", UserFactory(full_name="Ngô Thị Mai"), bare.unit)

    assert listed(client, sheet) == ["Sở Xây dựng", "Xã Đông Sơn"]
    assert listed(client, sheet, loc="thieu-can-bo") == ["Xã Đông Sơn"]
    assert listed(client, sheet, loc="thieu-lanh-dao") == []
    assert listed(client, sheet, tim="dong son") == ["Xã Đông Sơn"]
    assert listed(client, sheet, tim="ngo thi") == ["Xã Đông Sơn"]
    assert listed(client, sheet, tim=people[OFFICER].username) == ["Sở Xây dựng"]
    assert listed(client, sheet, loc="la") == ["Sở Xây dựng", "Xã Đông Sơn"]


def test_list_takes_as_many_queries_for_many_units(client, sheet, people, manager):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            listed(client, sheet)
        return len(captured)

    listed(client, sheet)
    for_one = queries()
    for position in range(1, 60):
        more = AssessmentFactory(block=sheet.block, position=position)
        assign_perm("assessments.score_unit", UserFactory(), more.unit)

    assert queries() == for_one
    assert (len(listed(client, sheet)), len(listed(client, sheet, trang=2))) == (50, 10)


@pytest.mark.parametrize("name", ["people", "unit", "revoke_in_cycle", "revoke_in_unit"])
def test_page_speaks_english_too(client, sheet, people, manager, name):
    client.cookies["django_language"] = "en"

    page = client.get(address(name, sheet, people)).content.decode()

    assert 'lang="en"' in page
    assert "ole" in page


# --- acts -------------------------------------------------------------------------------------------------------------


def test_account_is_given_to_a_unit_by_its_user_name(client, sheet, people, manager):
    user = UserFactory(username="canbo.moi")
    url = address("grant_in_unit", sheet, people)

    response = client.post(url, {"username": " CanBo.Moi ", "role": "score_unit"})

    assert response.url == url
    assert list(Assessment.objects.scorable_by(user)) == [sheet]
    assert "từ nay có vai trò" in client.get(url).content.decode()
    again = client.post(url, {"username": "canbo.moi", "role": "score_unit"}, follow=True)
    assert "từ trước" in again.content.decode()


@pytest.mark.parametrize("name", ["grant_in_unit", "grant_in_cycle"])
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"username": "khong-co"}, "Không có tài khoản nào đang dùng tên “khong-co”"),
        ({"username": "da-khoa"}, "Không có tài khoản nào đang dùng tên “da-khoa”"),
        ({"username": ""}, "Hãy ghi tên đăng nhập"),
        ({"role": ""}, "Hãy chọn việc người này làm."),
    ],
)
def test_role_that_cannot_be_given_says_why(client, sheet, people, manager, name, fields, sentence):
    UserFactory(username="da-khoa", is_active=False)
    known = {
        "username": people[ROOT].username,
        "role": "score_unit" if name.endswith("unit") else "audit_cycle",
    }

    response = client.post(address(name, sheet, people), known | fields)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Unit.objects.belonging_to(people[ROOT]).exists()
    assert not Cycle.objects.readable_by(people[ROOT]).exists()


def test_role_of_another_kind_is_refused(client, sheet, people, manager):
    response = client.post(
        address("grant_in_unit", sheet, people),
        {"username": people[ROOT].username, "role": "manage_cycle"},
    )

    assert response.status_code == 422


def test_manager_gives_themselves_no_role_in_a_unit(client, sheet, people, manager):
    response = client.post(
        address("grant_in_unit", sheet, people), {"username": manager.username, "role": "lead_unit"}
    )

    assert response.status_code == 422
    assert "Hãy nhờ một người quản lý kỳ khác" in response.content.decode()
    assert not Unit.objects.belonging_to(manager).exists()


def test_manager_does_not_leave_their_own_unit(client, sheet, people, manager):
    assign_perm("assessments.score_unit", manager, sheet.unit)
    url = reverse(
        "people:revoke_in_unit", args=[sheet.cycle.code, sheet.unit_id, UnitRole.OFFICER, manager.pk]
    )

    response = client.post(url, follow=True)

    page = response.content.decode()
    assert "Hãy nhờ một người quản lý kỳ khác" in page
    assert url not in page
    assert list(Unit.objects.belonging_to(manager)) == [sheet.unit]


def test_role_in_a_unit_is_taken_after_being_asked(client, sheet, people, manager):
    url = address("revoke_in_unit", sheet, people)

    asked = client.get(url, headers={"hx-request": "true"}).content.decode()
    response = client.post(url)

    assert people[OFFICER].full_name in asked
    assert "Sở Xây dựng" in asked
    assert response.url == address("unit", sheet, people)
    assert not Assessment.objects.scorable_by(people[OFFICER]).exists()
    assert Assessment.objects.submittable_by(people[LEADER]).exists()


def test_role_in_the_cycle_is_given_and_taken(client, sheet, people, manager):
    user = UserFactory(username="quanly.hai")

    given = client.post(
        address("grant_in_cycle", sheet, people), {"username": "quanly.hai", "role": "manage_cycle"}
    )
    assert given.url == address("people", sheet, people)
    assert list(Cycle.objects.manageable_by(user)) == [sheet.cycle]

    taken = client.post(
        reverse("people:revoke_in_cycle", args=[sheet.cycle.code, CycleRole.MANAGER, user.pk])
    )
    assert taken.url == address("people", sheet, people)
    assert not Cycle.objects.manageable_by(user).exists()


def test_last_manager_is_kept_with_a_sentence(client, sheet, people, manager):
    url = reverse("people:revoke_in_cycle", args=[sheet.cycle.code, CycleRole.MANAGER, manager.pk])

    response = client.post(url, follow=True)

    assert "Đây là người quản lý cuối cùng của kỳ." in response.content.decode()
    assert list(Cycle.objects.manageable_by(manager)) == [sheet.cycle]


def test_manager_who_gives_the_cycle_up_is_led_home(client, sheet, people, manager):
    assign_perm("assessments.manage_cycle", UserFactory(), sheet.cycle)

    response = client.post(
        reverse("people:revoke_in_cycle", args=[sheet.cycle.code, CycleRole.MANAGER, manager.pk])
    )

    assert response.url == "/"
    assert not Cycle.objects.manageable_by(manager).exists()
