"""Who scores and leads which unit, and who manages and reads which cycle: roles as guardian's rows."""

from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import Permission
from django.db import transaction
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, get_user_perms, remove_perm

from assessments.models import Cycle, CycleUserPermission, Unit
from par_index.core import audit


class UnitRole(StrEnum):
    """A person's part in a unit; the value is the permission on the unit."""

    OFFICER = "score_unit"
    LEADER = "lead_unit"


class CycleRole(StrEnum):
    """A person's part in a cycle; the value is the permission on the cycle."""

    MANAGER = "manage_cycle"
    AUDITOR = "audit_cycle"
    ENUMERATOR = "enter_survey_forms"


class OwnRole(Exception):
    """A manager changes their own role in a unit; a second person must (docs/domain.md §4)."""

    def __init__(self):
        super().__init__(
            _("Nobody gives or takes a role in a unit to or from themselves. Ask another cycle manager.")
        )


class LastManager(Exception):
    """A cycle without any manager could be opened to nobody again."""

    def __init__(self):
        super().__init__(_("This is the cycle's last manager. Name another one first."))


@transaction.atomic
def grant_unit_role(*, user, unit: Unit, role: UnitRole, by, at: datetime) -> bool:
    """
    Let a person score or lead a unit, in every cycle it takes part in.

    :returns: False when they had the role already; then nothing is logged
    :raises OwnRole: `by` is the person themselves
    """
    _refuse_own(user, by)
    return _grant(user, unit, role, f"unit {unit.pk}", by, at)


@transaction.atomic
def revoke_unit_role(*, user, unit: Unit, role: UnitRole, by, at: datetime) -> bool:
    """
    Take the role back; what the person wrote stays in the ledger under their name.

    :returns: False when they did not have it
    :raises OwnRole: `by` is the person themselves
    """
    _refuse_own(user, by)
    return _revoke(user, unit, role, f"unit {unit.pk}", by, at)


@transaction.atomic
def grant_cycle_role(*, user, cycle: Cycle, role: CycleRole, by, at: datetime) -> bool:
    """
    Let a person manage, read or key in survey forms for one cycle.

    :returns: False when they had the role already; then nothing is logged
    """
    return _grant(user, cycle, role, f"cycle {cycle.code}", by, at)


@transaction.atomic
def revoke_cycle_role(*, user, cycle: Cycle, role: CycleRole, by, at: datetime) -> bool:
    """
    Take the role back.

    :returns: False when they did not have it
    :raises LastManager: nobody who can log in would manage the cycle any more
    """
    # Two managers who take the role from each other wait for one another here.
    Cycle.objects.select_for_update().get(pk=cycle.pk)
    if role == CycleRole.MANAGER and not _other_managers(cycle, user).exists():
        raise LastManager
    return _revoke(user, cycle, role, f"cycle {cycle.code}", by, at)


@transaction.atomic
def allow_import(*, user, by, at: datetime) -> None:
    """Let a person import a cycle from its workbook, whose manager they then are."""
    user.user_permissions.add(
        Permission.objects.get(content_type__app_label="assessments", codename="add_cycle")
    )
    audit.record(action="import.allowed", by=by, at=at, target=f"user {user.username}")


def _refuse_own(user, by) -> None:
    if by is not None and user.pk == by.pk:
        raise OwnRole


def _other_managers(cycle: Cycle, user):
    return CycleUserPermission.objects.filter(
        content_object=cycle, permission__codename=CycleRole.MANAGER.value, user__is_active=True
    ).exclude(user=user)


def _grant(user, target, role: StrEnum, name: str, by, at: datetime) -> bool:
    if role.value in get_user_perms(user, target):
        return False
    assign_perm(f"assessments.{role.value}", user, target)
    _record("role.granted", user, name, role, by, at)
    return True


def _revoke(user, target, role: StrEnum, name: str, by, at: datetime) -> bool:
    if role.value not in get_user_perms(user, target):
        return False
    remove_perm(f"assessments.{role.value}", user, target)
    _record("role.revoked", user, name, role, by, at)
    return True


def _record(action: str, user, target: str, role: StrEnum, by, at: datetime) -> None:
    audit.record(action=action, by=by, at=at, target=target, user=user.username, role=role.value)
