"""Open an account, or give roles to one that is there: how a new portal gets its first people."""

import sys

from django.contrib.auth.models import Permission
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from assessments.models import Cycle, Unit
from assessments.people import CycleRole, UnitRole, grant_cycle_role, grant_unit_role
from par_index.accounts import services
from par_index.accounts.models import User


class Command(BaseCommand):
    help = "Open an account or give roles to one that exists. Prints a new account's one-time password once."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--name", help="full name; needed for a new account")
        parser.add_argument("--position", default="")
        parser.add_argument("--email", default="")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
        parser.add_argument("--administrator", action="store_true", help="may open and close accounts")
        parser.add_argument(
            "--import-cycles", action="store_true", help="may import a cycle from its workbook"
        )
        parser.add_argument("--manage", metavar="CYCLE", action="append", default=[])
        parser.add_argument("--audit", metavar="CYCLE", action="append", default=[])
        parser.add_argument("--score", metavar="UNIT", action="append", default=[])
        parser.add_argument("--lead", metavar="UNIT", action="append", default=[])

    @transaction.atomic
    def handle(self, *, username: str, **options):
        at = timezone.now()
        user = User.objects.filter(username=username).first() or self._open(username, options, at)
        if options["administrator"]:
            user.is_staff = True
            user.save(update_fields=["is_staff"])
            user.user_permissions.add(*Permission.objects.filter(content_type__app_label="accounts"))
        if options["import_cycles"]:
            user.user_permissions.add(Permission.objects.get(codename="add_cycle"))
        for role, codes in ((CycleRole.MANAGER, options["manage"]), (CycleRole.AUDITOR, options["audit"])):
            for code in codes:
                grant_cycle_role(user=user, cycle=_cycle(code), role=role, by=None, at=at)
        for role, codes in ((UnitRole.OFFICER, options["score"]), (UnitRole.LEADER, options["lead"])):
            for code in codes:
                grant_unit_role(user=user, unit=_unit(code), role=role, by=None, at=at)

    def _open(self, username: str, options: dict, at) -> User:
        if not options["name"]:
            raise CommandError(f"There is no account “{username}”. Give --name to open it.")
        try:
            user, password = services.create_account(
                username=username,
                full_name=options["name"],
                position=options["position"],
                email=options["email"],
                by=None,
                at=at,
            )
        except services.UserNameTaken as error:
            raise CommandError(str(error)) from None
        if options["password_stdin"]:
            services.change_password(user=user, password=sys.stdin.readline().rstrip("\n"), by=user, at=at)
        else:
            self.stdout.write(f"{username}: {password}")
        return user


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
