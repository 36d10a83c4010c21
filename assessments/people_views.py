"""The people of a cycle: its managers, auditors and enumerators, and each unit's officers and leaders."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from assessments import people as services
from assessments.cycle_links import Link
from assessments.models import Cycle, CycleUserPermission, Unit, UnitUserPermission
from assessments.people import CycleRole, UnitRole
from assessments.people_forms import CYCLE_ROLES, UNIT_ROLES, RoleForm
from assessments.people_queries import UnitPeople, people_of_cycle, people_of_unit, people_of_units
from par_index.accounts.models import User
from par_index.core.finding import is_found
from par_index.core.http import login_required, paginate, render_act

UNITS_PER_PAGE = 50
FILTERS = {
    "": (gettext_lazy("All units"), lambda row: True),
    "thieu-can-bo": (gettext_lazy("Without an officer"), lambda row: row.lacks_officer),
    "thieu-lanh-dao": (gettext_lazy("Without a leader"), lambda row: row.lacks_leader),
}
"""By the word in an address: what the filter is called, and which units it shows."""

read_or_act = require_http_methods(["GET", "HEAD", "POST"])


def links(request: HttpRequest, cycle: Cycle | None) -> Iterable[Link]:
    """The way here from the cycle's page."""
    if cycle is not None:
        url = reverse("people:people", args=[cycle.code])
        yield Link(
            _("People and roles"), _("Who scores and submits for each unit; who manages."), url, order=10
        )


@read_or_act
@login_required
def people(request: HttpRequest, code: str) -> HttpResponse:
    """
    Roles in the cycle, and the units with their people by `?loc=` (a filter) and `?tim=` (a unit's or person's name).

    A POST gives a role in the cycle. An auditor reads the same page without its forms.
    """
    cycle = _cycle(request, code)
    form = RoleForm(request.POST if request.method == "POST" else None, roles=CYCLE_ROLES)
    if form.is_valid():
        user, role = form.cleaned_data["username"], form.cleaned_data["role"]
        new = services.grant_cycle_role(user=user, cycle=cycle, role=role, by=request.user, at=timezone.now())
        _tell(request, user, CYCLE_ROLES[role], new=new)
        return redirect("people:people", cycle.code)
    acts = _manages(request, cycle)
    context = {
        "cycle": cycle,
        "acts": acts,
        "form": form,
        "accounts": _accounts() if acts else (),
        "holders": [(holder, CYCLE_ROLES[holder.role]) for holder in people_of_cycle(cycle)],
        **_table(request, cycle),
    }
    return render(request, "assessments/people.html", context, status=422 if form.errors else 200)


@read_or_act
@login_required
def unit(request: HttpRequest, code: str, unit_id: int) -> HttpResponse:
    """One unit's officers and leaders; a POST gives somebody one of these roles."""
    cycle = _cycle(request, code)
    found = _unit(cycle, unit_id)
    form = RoleForm(request.POST if request.method == "POST" else None, roles=UNIT_ROLES)
    if form.is_valid():
        user, role = form.cleaned_data["username"], form.cleaned_data["role"]
        try:
            new = services.grant_unit_role(
                user=user, unit=found, role=role, by=request.user, at=timezone.now()
            )
        except services.OwnRole as error:
            form.add_error("username", str(error))
        else:
            _tell(request, user, UNIT_ROLES[role], new=new)
            return redirect("people:unit", cycle.code, found.pk)
    acts = _manages(request, cycle)
    row = people_of_unit(cycle, found)
    context = {
        "cycle": cycle,
        "acts": acts,
        "form": form,
        "accounts": _accounts() if acts else (),
        "unit": row,
        "holders": [
            *((user, UnitRole.OFFICER, UNIT_ROLES[UnitRole.OFFICER]) for user in row.officers),
            *((user, UnitRole.LEADER, UNIT_ROLES[UnitRole.LEADER]) for user in row.leaders),
        ],
    }
    return render(request, "assessments/people_unit.html", context, status=422 if form.errors else 200)


@read_or_act
@login_required
def revoke_in_cycle(request: HttpRequest, code: str, role: CycleRole, user_id: int) -> HttpResponse:
    cycle = get_object_or_404(Cycle.objects.manageable_by(request.user), code=code)
    holding = CycleUserPermission.objects.filter(content_object=cycle, permission__codename=role.value)
    user = get_object_or_404(User, pk__in=holding.values("user"), pk=user_id)
    back = reverse("people:people", args=[cycle.code])
    if request.method == "POST":
        try:
            services.revoke_cycle_role(user=user, cycle=cycle, role=role, by=request.user, at=timezone.now())
        except services.LastManager as error:
            messages.error(request, str(error))
            return redirect(back)
        messages.success(request, _("The role was taken from %(person)s.") % {"person": user})
        # Whoever gives up managing the cycle has no way back to its pages.
        gone = user == request.user and not Cycle.objects.readable_by(user).filter(pk=cycle.pk).exists()
        return redirect("home" if gone else back)
    return _ask_to_revoke(request, user, CYCLE_ROLES[role], cycle.name, back)


@read_or_act
@login_required
def revoke_in_unit(
    request: HttpRequest, code: str, unit_id: int, role: UnitRole, user_id: int
) -> HttpResponse:
    cycle = get_object_or_404(Cycle.objects.manageable_by(request.user), code=code)
    found = _unit(cycle, unit_id)
    holding = UnitUserPermission.objects.filter(content_object=found, permission__codename=role.value)
    user = get_object_or_404(User, pk__in=holding.values("user"), pk=user_id)
    back = reverse("people:unit", args=[cycle.code, found.pk])
    if request.method == "POST":
        try:
            services.revoke_unit_role(user=user, unit=found, role=role, by=request.user, at=timezone.now())
        except services.OwnRole as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The role was taken from %(person)s.") % {"person": user})
        return redirect(back)
    return _ask_to_revoke(request, user, UNIT_ROLES[role], found.name, back)


def _cycle(request: HttpRequest, code: str) -> Cycle:
    """A cycle to read, or with a POST to change."""
    changes = request.method == "POST"
    cycles = Cycle.objects.manageable_by(request.user) if changes else Cycle.objects.readable_by(request.user)
    return get_object_or_404(cycles.select_related("owner"), code=code)


def _manages(request: HttpRequest, cycle: Cycle) -> bool:
    return Cycle.objects.manageable_by(request.user).filter(pk=cycle.pk).exists()


def _unit(cycle: Cycle, unit_id: int) -> Unit:
    return get_object_or_404(Unit, assessments__cycle=cycle, pk=unit_id)


def _accounts():
    """What the user name's field proposes."""
    return User.objects.filter(is_active=True).order_by("username")


def _tell(request: HttpRequest, user: User, role: str, *, new: bool) -> None:
    text = (
        _("%(person)s has the role “%(role)s” now.")
        if new
        else _("%(person)s had the role “%(role)s” already.")
    )
    messages.success(request, text % {"person": user, "role": role})


def _ask_to_revoke(request: HttpRequest, user: User, role: str, place: str, back: str) -> HttpResponse:
    return render_act(
        request,
        title=_("Take the role “%(role)s” from %(person)s") % {"role": role, "person": user},
        text=_("%(place)s. What the person wrote stays under their name; the account stays open.")
        % {"place": place},
        submit=_("Take the role away"),
        back=back,
        danger=True,
    )


def _table(request: HttpRequest, cycle: Cycle) -> dict:
    """The context of the units' table."""
    wanted = request.GET.get("tim", "").strip()
    word = request.GET.get("loc", "")
    word = word if word in FILTERS else ""
    named = [row for row in people_of_units(cycle) if _is_named(row, wanted)]
    url = reverse("people:people", args=[cycle.code])

    def address(name: str) -> str:
        query = {key: value for key, value in {"loc": name, "tim": wanted}.items() if value}
        return f"{url}?{urlencode(query)}#don-vi"

    return {
        "page": paginate(request, _passing(named, word), UNITS_PER_PAGE),
        "wanted": wanted,
        "word": word,
        "picks": [
            {
                "label": label,
                "url": address(name),
                "count": len(_passing(named, name)),
                "current": name == word,
            }
            for name, (label, _passes) in FILTERS.items()
        ],
    }


def _passing(rows: list[UnitPeople], word: str) -> list[UnitPeople]:
    _label, passes = FILTERS[word]
    return [row for row in rows if passes(row)]


def _is_named(row: UnitPeople, wanted: str) -> bool:
    people = (*row.officers, *row.leaders)
    names = [name for user in people for name in (user.full_name, user.username)]
    return is_found(wanted, row.unit.name, row.unit.code, *names)
