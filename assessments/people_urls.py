"""Addresses of a cycle's people. `code` is the cycle's own code."""

from django.urls import path, register_converter

from assessments import people_views
from assessments.people import CycleRole, UnitRole


class UnitRoleConverter:
    """A role in a unit as Vietnamese words in an address."""

    words = {UnitRole.OFFICER: "can-bo", UnitRole.LEADER: "lanh-dao"}
    regex = "|".join(words.values())

    def to_python(self, word: str) -> UnitRole | CycleRole:
        return next(role for role, known in self.words.items() if known == word)

    def to_url(self, role: UnitRole | CycleRole) -> str:
        return self.words[role]


class CycleRoleConverter(UnitRoleConverter):
    """A role in a cycle as Vietnamese words in an address."""

    words = {CycleRole.MANAGER: "quan-ly", CycleRole.AUDITOR: "kiem-toan", CycleRole.ENUMERATOR: "nhap-phieu"}
    regex = "|".join(words.values())


register_converter(UnitRoleConverter, "unit_role")
register_converter(CycleRoleConverter, "cycle_role")

app_name = "people"
urlpatterns = [
    path("ky/<code:code>/nguoi-dung/", people_views.people, name="people"),
    path(
        "ky/<code:code>/nguoi-dung/<cycle_role:role>/<int:user_id>/bo/",
        people_views.revoke_in_cycle,
        name="revoke_in_cycle",
    ),
    path("ky/<code:code>/nguoi-dung/don-vi/<int:unit_id>/", people_views.unit, name="unit"),
    path(
        "ky/<code:code>/nguoi-dung/don-vi/<int:unit_id>/<unit_role:role>/<int:user_id>/bo/",
        people_views.revoke_in_unit,
        name="revoke_in_unit",
    ),
]
