"""Who scores and leads which unit, and who manages and reads which cycle: roles as guardian's rows."""

from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from assessments.models import Cycle, Unit
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
    """A manager gives a role in a unit to themselves; a second person must (docs/domain.md §4)."""

    def __init__(self):
        super().__init__(_("Nobody gives themselves a role in a unit. Ask another cycle manager."))


@transaction.atomic
def grant_unit_role(*, user, unit: Unit, role: UnitRole, by, at: datetime) -> None:
    """
    Let a person score or lead a unit, in every cycle it takes part in; twice is as good as once.

    :raises OwnRole: `by` is the person themselves
    """
    _refuse_own(user, by)
    assign_perm(f"assessments.{role.value}", user, unit)
    _record("unit_role.granted", user, f"unit {unit.code}", role, by, at)


@transaction.atomic
def revoke_unit_role(*, user, unit: Unit, role: UnitRole, by, at: datetime) -> None:
    """
    Take the role back; what the person wrote stays in the ledger under their name.

    :raises OwnRole: `by` is the person themselves
    """
    _refuse_own(user, by)
    remove_perm(f"assessments.{role.value}", user, unit)
    _record("unit_role.revoked", user, f"unit {unit.code}", role, by, at)


@transaction.atomic
def grant_cycle_role(*, user, cycle: Cycle, role: CycleRole, by, at: datetime) -> None:
    """Let a person manage, read or key in survey forms for one cycle."""
    assign_perm(f"assessments.{role.value}", user, cycle)
    _record("cycle_role.granted", user, f"cycle {cycle.code}", role, by, at)


class LastManager(Exception):
    """A cycle without any manager could be opened to nobody again."""

    def __init__(self):
        super().__init__(_("This is the cycle's last manager. Name another one first."))


@transaction.atomic
def revoke_cycle_role(*, user, cycle: Cycle, role: CycleRole, by, at: datetime) -> None:
    """
    Take the role back.

    :raises LastManager: nobody would manage the cycle any more
    """
    others = cycle.cycleuserpermission_set.filter(permission__codename=role.value).exclude(user=user)
    if role == CycleRole.MANAGER and not others.exists():
        raise LastManager
    remove_perm(f"assessments.{role.value}", user, cycle)
    _record("cycle_role.revoked", user, f"cycle {cycle.code}", role, by, at)


def _refuse_own(user, by) -> None:
    if by is not None and user.pk == by.pk:
        raise OwnRole


def _record(action: str, user, target: str, role: StrEnum, by, at: datetime) -> None:
    audit.record(action=action, by=by, at=at, target=target, user=user.username, role=role.value)
