"""`manage.py add_account`: a new portal's first people, and roles for those who are there."""

import io
import re

import pytest
from django.core.management import CommandError, call_command

from assessments.models import Assessment, Cycle
from par_index.accounts.models import User
from par_index.accounts.queries import is_administrator
from par_index.core.models import AuditEntry
from tests.factories import PASSWORD, AssessmentFactory, CycleFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db


def add_account(*arguments: str) -> str:
    output = io.StringIO()
    call_command("add_account", *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def typed(monkeypatch):
    """What stands on standard input."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_new_account_prints_its_one_time_password_once():
    printed = add_account(
        "quanly", "--name", "Nguyễn Thị Hạnh", "--position", "Sở Nội vụ", "--email", "h@x.vn"
    )

    user = User.objects.get()
    password = re.fullmatch(r"quanly: (\S+)\n", printed).group(1)
    assert (user.username, user.full_name, user.position, user.email) == (
        "quanly",
        "Nguyễn Thị Hạnh",
        "Sở Nội vụ",
        "h@x.vn",
    )
    assert user.check_password(password)
    assert user.must_change_password
    assert list(AuditEntry.objects.values_list("actor", "action", "target")) == [
        (None, "account.opened", "user quanly")
    ]


def test_password_from_standard_input_is_kept_and_not_printed(typed):
    typed("cau-mat-khau-2026\nva dong sau\n")

    printed = add_account("quanly", "--name", "Nguyễn Thị Hạnh", "--password-stdin")

    user = User.objects.get()
    assert printed == ""
    assert user.check_password("cau-mat-khau-2026")
    assert not user.must_change_password


@pytest.mark.parametrize("password", ["", "ngan", "1234567890"])
def test_weak_password_from_standard_input_opens_nothing(typed, password):
    typed(f"{password}\n")

    with pytest.raises(CommandError):
        add_account("quanly", "--name", "Nguyễn Thị Hạnh", "--password-stdin")

    assert not User.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("moi",), "Give --name"),
        (("NGUOI.KHAC", "--name", "X"), "NGUOI.KHAC"),
        (("có dấu", "--name", "X"), "không dấu"),
        (("moi", "--name", "X", "--email", "khong-phai"), "thư điện tử"),
        (("moi", "--name", "X", "--manage", "KHONG-CO"), "There is no cycle “KHONG-CO”"),
        (("moi", "--name", "X", "--score", "KHONG-CO"), "There are 0 units “KHONG-CO”"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_nothing(arguments, sentence):
    UserFactory(username="nguoi.khac")

    with pytest.raises(CommandError, match=sentence):
        add_account(*arguments)

    assert [user.username for user in User.objects.all()] == ["nguoi.khac"]


def test_administrator_keeps_accounts_and_importer_adds_cycles():
    add_account("quantri", "--name", "Bùi Đức Anh", "--administrator", "--import-cycles")

    user = User.objects.get()
    assert is_administrator(user)
    assert user.get_all_permissions() == {
        "accounts.add_user",
        "accounts.change_user",
        "assessments.add_cycle",
    }
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {
        "account.opened",
        "account.administrator_named",
        "import.allowed",
    }


def test_account_gets_every_role_that_is_named():
    sheet = AssessmentFactory(unit__code="SO07")
    led, audited, other = AssessmentFactory(unit__code="XA001"), CycleFactory(), CycleFactory()

    add_account(
        "hanh",
        "--name=Nguyễn Thị Hạnh",
        f"--manage={sheet.cycle.code}",
        f"--manage={led.cycle.code}",
        f"--audit={audited.code}",
        f"--enumerate={audited.code}",
        "--score=SO07",
        "--lead=XA001",
    )

    user = User.objects.get()
    assert set(Cycle.objects.manageable_by(user)) == {sheet.cycle, led.cycle}
    assert set(Cycle.objects.readable_by(user)) == {sheet.cycle, led.cycle, audited}
    assert user.has_perm("assessments.enter_survey_forms", audited)
    assert not user.has_perm("assessments.enter_survey_forms", other)
    assert list(Assessment.objects.scorable_by(user)) == [sheet]
    assert list(Assessment.objects.submittable_by(user)) == [led]


def test_account_that_is_there_gets_roles_and_keeps_its_password(typed):
    user = UserFactory(username="hanh", full_name="Nguyễn Thị Hạnh")
    cycle = CycleFactory()
    typed("mat-khau-khac-han\n")

    printed = add_account("hanh", "--name", "Tên khác", "--password-stdin", "--manage", cycle.code)

    user.refresh_from_db()
    assert "stay as they are" in printed
    assert user.full_name == "Nguyễn Thị Hạnh"
    assert user.check_password(PASSWORD)
    assert list(Cycle.objects.manageable_by(user)) == [cycle]


def test_unit_code_below_two_bodies_needs_its_body():
    first, second = UnitFactory(code="TINH1"), UnitFactory(code="TINH2")
    UnitFactory(parent=first, code="SO07")
    wanted = UnitFactory(parent=second, code="SO07")

    with pytest.raises(CommandError, match="There are 2 units “SO07”"):
        add_account("hanh", "--name", "Hạnh", "--score", "SO07")
    add_account("hanh", "--name", "Hạnh", "--score", "TINH2/SO07")

    assert User.objects.get().has_perm("assessments.score_unit", wanted)
    assert not User.objects.get().has_perm("assessments.score_unit", wanted.parent)
