"""Who has which role in a cycle and in its units. Every function takes a fixed number of queries."""

from collections import defaultdict
from dataclasses import dataclass

from assessments.models import Assessment, Cycle, CycleUserPermission, Unit, UnitUserPermission
from assessments.people import CycleRole, UnitRole
from par_index.accounts.models import User


@dataclass(frozen=True, slots=True)
class UnitPeople:
    """A unit's people by full name, those with a switched-off account among them."""

    unit: Unit
    block_name: str
    officers: tuple[User, ...]
    leaders: tuple[User, ...]

    @property
    def lacks_officer(self) -> bool:
        """Whether nobody who can log in scores for the unit."""
        return not any(user.is_active for user in self.officers)

    @property
    def lacks_leader(self) -> bool:
        """Whether nobody who can log in submits for the unit."""
        return not any(user.is_active for user in self.leaders)


@dataclass(frozen=True, slots=True)
class Holder:
    """A person with one role in a cycle."""

    user: User
    role: CycleRole


def people_of_units(cycle: Cycle) -> list[UnitPeople]:
    """All units of the cycle in the book's order. Two queries."""
    return _with_people(Assessment.objects.filter(cycle=cycle))


def people_of_unit(cycle: Cycle, unit: Unit) -> UnitPeople:
    """One unit of the cycle. Two queries."""
    return _with_people(Assessment.objects.filter(cycle=cycle, unit=unit))[0]


def _with_people(sheets) -> list[UnitPeople]:
    rows = (
        UnitUserPermission.objects.filter(
            content_object__in=sheets.values("unit"),
            permission__codename__in=[role.value for role in UnitRole],
        )
        .select_related("user", "permission")
        .order_by("user__full_name", "user__pk")
    )
    holders: dict[tuple[int, str], list[User]] = defaultdict(list)
    for row in rows:
        holders[row.content_object_id, row.permission.codename].append(row.user)
    return [
        UnitPeople(
            unit=sheet.unit,
            block_name=sheet.block.name,
            officers=tuple(holders[sheet.unit_id, UnitRole.OFFICER.value]),
            leaders=tuple(holders[sheet.unit_id, UnitRole.LEADER.value]),
        )
        for sheet in sheets.select_related("unit", "block").order_by(
            "block__position", "position", "unit__code"
        )
    ]


def people_of_cycle(cycle: Cycle) -> list[Holder]:
    """Managers, then auditors, then enumerators, each by full name. One query."""
    rows = (
        CycleUserPermission.objects.filter(
            content_object=cycle, permission__codename__in=[role.value for role in CycleRole]
        )
        .select_related("user", "permission")
        .order_by("user__full_name", "user__pk")
    )
    found = [Holder(row.user, CycleRole(row.permission.codename)) for row in rows]
    return sorted(found, key=lambda holder: list(CycleRole).index(holder.role))
