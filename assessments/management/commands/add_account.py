"""Open an account, or give roles to one that is there: how a new portal gets its first people."""

import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from assessments.models import Cycle, Unit
from assessments.people import CycleRole, UnitRole, allow_import, grant_cycle_role, grant_unit_role
from par_index.accounts import services
from par_index.accounts.forms import NewAccountForm
from par_index.accounts.models import User

CYCLE_OPTIONS = {"manage": CycleRole.MANAGER, "audit": CycleRole.AUDITOR, "enumerate": CycleRole.ENUMERATOR}
UNIT_OPTIONS = {"score": UnitRole.OFFICER, "lead": UnitRole.LEADER}


class Command(BaseCommand):
    help = "Open an account or give roles to one that exists. Prints a new account's one-time password once."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--name", help="full name; needed for a new account")
        parser.add_argument("--position", default="")
        parser.add_argument("--email", default="")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read a new account's password from standard input"
        )
        parser.add_argument("--administrator", action="store_true", help="may open and close accounts")
        parser.add_argument(
            "--import-cycles", action="store_true", help="may import a cycle from its workbook"
        )
        for name in CYCLE_OPTIONS:
            parser.add_argument(f"--{name}", metavar="CYCLE", action="append", default=[])
        for name in UNIT_OPTIONS:
            parser.add_argument(f"--{name}", metavar="UNIT", action="append", default=[])

    @transaction.atomic
    def handle(self, *, username: str, **options):
        at = timezone.now()
        user = User.objects.filter(username=username).first()
        if user is None:
            user = self._open(username, options, at)
        elif options["name"] or options["password_stdin"]:
            self.stdout.write(f"{username} has an account already; its name and password stay as they are.")
        if options["administrator"]:
            services.name_administrator(user=user, by=None, at=at)
        if options["import_cycles"]:
            allow_import(user=user, by=None, at=at)
        for name, role in CYCLE_OPTIONS.items():
            for code in options[name]:
                grant_cycle_role(user=user, cycle=_cycle(code), role=role, by=None, at=at)
        for name, role in UNIT_OPTIONS.items():
            for code in options[name]:
                grant_unit_role(user=user, unit=_unit(code), role=role, by=None, at=at)

    def _open(self, username: str, options: dict, at) -> User:
        if not options["name"]:
            raise CommandError(f"There is no account “{username}”. Give --name to open it.")
        details = {"username": username, "full_name": options["name"]}
        form = NewAccountForm(details | {"position": options["position"], "email": options["email"]})
        if not form.is_valid():
            raise CommandError("\n".join(_lines(form)))
        try:
            user, password = services.create_account(**form.cleaned_data, by=None, at=at)
        except services.UserNameTaken as error:
            raise CommandError(str(error)) from None
        if options["password_stdin"]:
            services.change_password(user=user, password=_typed_password(user), by=None, at=at)
        else:
            self.stdout.write(f"{username}: {password}")
        return user


def _lines(form: NewAccountForm) -> list[str]:
    return [f"{form[name].label}: {error}" for name, errors in form.errors.items() for error in errors]


def _typed_password(user: User) -> str:
    password = sys.stdin.readline().rstrip("\n")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise CommandError("\n".join(error.messages)) from None
    return password


def _cycle(code: str) -> Cycle:
    cycle = Cycle.objects.filter(code=code).first()
    if cycle is None:
        raise CommandError(f"There is no cycle “{code}”.")
    return cycle


def _unit(code: str) -> Unit:
    """A unit by its code below the only body, or by `BODY/CODE`."""
    body, _slash, own = code.rpartition("/")
    units = Unit.objects.filter(code=own, parent__isnull=False)
    found = list(units.filter(parent__code=body) if body else units)
    if len(found) != 1:
        raise CommandError(f"There are {len(found)} units “{code}”. Give one as BODY/CODE.")
    return found[0]
