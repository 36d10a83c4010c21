"""The administrator's acts on accounts."""

import re

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Permission

from par_index.accounts import services
from par_index.accounts.models import User
from par_index.accounts.queries import administrators, history, is_administrator, people
from par_index.core.models import AuditEntry
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def log() -> list[tuple]:
    return list(AuditEntry.objects.values_list("actor", "action", "target", "detail"))


@pytest.fixture
def administrator(at) -> User:
    """An administrator whose naming is not in the log that the tests read."""
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["add_user", "change_user"]))
    return user


# --- opening ----------------------------------------------------------------------------------------------------------


def test_new_account_has_a_one_time_password_and_is_logged(administrator, at):
    user, password = services.create_account(
        username="canbo.y",
        full_name="Lê Y",
        position="Sở Y tế",
        email="y@example.vn",
        by=administrator,
        at=at,
    )

    user.refresh_from_db()
    assert re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", password)
    assert user.check_password(password)
    assert (user.must_change_password, user.is_active, user.is_staff) == (True, True, False)
    assert (user.full_name, user.position, user.email) == ("Lê Y", "Sở Y tế", "y@example.vn")
    assert log() == [(administrator.pk, "account.opened", "user canbo.y", {})]


def test_one_time_passwords_differ_and_hold_nothing_that_looks_like_something_else():
    found = {services.one_time_password() for _number in range(50)}

    assert len(found) == 50
    assert not set("".join(found)) & set("01ilo")


@pytest.mark.parametrize("name", ["canbo.y", "CanBo.Y"])
def test_user_name_is_taken_whatever_its_capitals(administrator, at, name):
    UserFactory(username="canbo.y")

    with pytest.raises(services.UserNameTaken, match=name):
        services.create_account(username=name, full_name="Lê Y", by=administrator, at=at)

    assert User.objects.count() == 2
    assert log() == []


# --- correcting -------------------------------------------------------------------------------------------------------


def test_corrected_details_leave_what_stood_there_in_the_log(administrator, at):
    user = UserFactory(username="canbo.y", full_name="Lê I", position="Sở Y tế", email="y@example.vn")

    services.change_details(
        user_id=user.pk,
        full_name="Lê Y",
        position="Sở Y tế",
        email="le.y@example.vn",
        by=administrator,
        at=at,
    )

    user.refresh_from_db()
    assert (user.full_name, user.position, user.email) == ("Lê Y", "Sở Y tế", "le.y@example.vn")
    before = {"full_name": "Lê I", "email": "y@example.vn"}
    assert log() == [(administrator.pk, "account.details_changed", "user canbo.y", {"before": before})]


def test_details_saved_unchanged_are_not_logged(administrator, at):
    user = UserFactory()

    services.change_details(
        user_id=user.pk, full_name=user.full_name, position="", email=user.email, by=administrator, at=at
    )

    assert log() == []


# --- passwords --------------------------------------------------------------------------------------------------------


def test_reset_replaces_the_password_by_one_to_be_changed(administrator, at):
    user = UserFactory()

    password = services.reset_password(user_id=user.pk, by=administrator, at=at)

    user.refresh_from_db()
    assert user.check_password(password)
    assert not user.check_password(PASSWORD)
    assert user.must_change_password
    assert log() == [(administrator.pk, "account.password_reset", f"user {user.username}", {})]


def test_reset_opens_a_log_in_that_failures_have_locked(client, settings, administrator, at):
    settings.AXES_ENABLED = True
    settings.AXES_FAILURE_LIMIT = 2
    user, other = UserFactory(), UserFactory()
    for who in (user, user, other):
        client.post("/dang-nhap/", {"username": who.username, "password": "sai-mat-khau"})

    password = services.reset_password(user_id=user.pk, by=administrator, at=at)

    response = client.post("/dang-nhap/", {"username": user.username, "password": password})
    assert response.status_code == 302
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == [other.username]


def test_administrator_does_not_reset_their_own_password(administrator, at):
    with pytest.raises(services.OwnAccount):
        services.reset_password(user_id=administrator.pk, by=administrator, at=at)

    administrator.refresh_from_db()
    assert administrator.check_password(PASSWORD)


# --- switching off and on ---------------------------------------------------------------------------------------------


def test_switched_off_account_is_logged_out_and_cannot_log_in(client, administrator, at):
    user = UserFactory()
    client.force_login(user)

    services.deactivate(user_id=user.pk, reason=" Chuyển công tác ", by=administrator, at=at)

    assert client.get("/tai-khoan/").status_code == 302
    response = client.post("/dang-nhap/", {"username": user.username, "password": PASSWORD})
    assert response.status_code == 422
    reason = {"reason": "Chuyển công tác"}
    assert log() == [(administrator.pk, "account.switched_off", f"user {user.username}", reason)]


def test_switching_off_needs_a_reason(administrator, at):
    user = UserFactory()

    with pytest.raises(services.ReasonMissing):
        services.deactivate(user_id=user.pk, reason="  ", by=administrator, at=at)

    user.refresh_from_db()
    assert user.is_active


def test_nobody_switches_off_themselves(administrator, at):
    services.name_administrator(user=UserFactory(), by=administrator, at=at)

    with pytest.raises(services.OwnAccount):
        services.deactivate(user_id=administrator.pk, reason="x", by=administrator, at=at)


def test_last_administrator_stays(administrator, at):
    """Somebody who was switched off while their own request was on its way would be the one to ask for it."""
    late = UserFactory(is_active=False, is_staff=True)
    late.user_permissions.set(administrator.user_permissions.all())

    with pytest.raises(services.LastAdministrator):
        services.deactivate(user_id=administrator.pk, reason="x", by=late, at=at)

    administrator.refresh_from_db()
    assert administrator.is_active


def test_one_of_two_administrators_can_be_switched_off(administrator, at):
    other = UserFactory()
    services.name_administrator(user=other, by=administrator, at=at)

    services.deactivate(user_id=other.pk, reason="x", by=administrator, at=at)

    assert list(administrators()) == [administrator]


def test_account_is_switched_off_and_on_once(administrator, at):
    user = UserFactory()
    services.deactivate(user_id=user.pk, reason="x", by=administrator, at=at)
    with pytest.raises(services.AlreadySo):
        services.deactivate(user_id=user.pk, reason="y", by=administrator, at=at)

    services.activate(user_id=user.pk, by=administrator, at=at)
    with pytest.raises(services.AlreadySo):
        services.activate(user_id=user.pk, by=administrator, at=at)

    user.refresh_from_db()
    assert user.is_active
    assert [action for _by, action, _target, _detail in log()] == [
        "account.switched_off",
        "account.switched_on",
    ]


# --- administrators ---------------------------------------------------------------------------------------------------


def test_named_administrator_may_keep_accounts_and_nothing_else(at):
    user = UserFactory()

    services.name_administrator(user=user, by=None, at=at)

    user = User.objects.get(pk=user.pk)
    assert is_administrator(user)
    assert user.get_all_permissions() == {"accounts.add_user", "accounts.change_user"}
    assert log() == [(None, "account.administrator_named", f"user {user.username}", {})]


def test_half_of_the_rights_makes_no_administrator(administrator):
    one_permission = UserFactory(is_staff=True)
    one_permission.user_permissions.set(Permission.objects.filter(codename="add_user"))
    no_staff = UserFactory()
    no_staff.user_permissions.set(administrator.user_permissions.all())
    switched_off = UserFactory(is_staff=True, is_active=False)
    switched_off.user_permissions.set(administrator.user_permissions.all())

    assert list(administrators()) == [administrator]
    assert not any(is_administrator(user) for user in (one_permission, no_staff, switched_off))


def test_asking_whether_somebody_administers_costs_nothing_for_most(django_assert_num_queries):
    user = UserFactory()

    with django_assert_num_queries(0):
        assert not is_administrator(user)


# --- reading ----------------------------------------------------------------------------------------------------------


def test_people_are_found_without_diacritics_by_name_and_position(administrator, django_assert_num_queries):
    first = UserFactory(full_name="Đặng Thị Ước", position="Sở Xây dựng")
    second = UserFactory(full_name="Bùi Đức Anh", position="Sở Nội vụ")

    with django_assert_num_queries(2):
        everybody = people()

    assert [person.user for person in everybody] == [second, first, administrator]
    assert [person.administers for person in everybody] == [False, False, True]
    assert [person.user for person in people("dang thi")] == [first]
    assert [person.user for person in people("XÂY DỰNG")] == [first]
    assert [person.user for person in people(second.username)] == [second]
    assert people("không ai") == []


def test_history_tells_the_acts_on_one_account_the_newest_first(administrator, at, django_assert_num_queries):
    user = UserFactory(username="canbo")
    services.reset_password(user_id=UserFactory(username="canbo.y").pk, by=administrator, at=at)
    services.reset_password(user_id=user.pk, by=administrator, at=at)
    services.deactivate(user_id=user.pk, reason="Nghỉ hưu", by=administrator, at=at)

    with django_assert_num_queries(1):
        found = [(str(act.text), act.by, act.reason) for act in history(user)]

    assert found == [
        ("Đã khóa", administrator, "Nghỉ hưu"),
        ("Tạo mật khẩu dùng một lần", administrator, ""),
    ]
