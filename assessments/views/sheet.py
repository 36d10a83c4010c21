"""The self-scoring sheet: one area at a time, each leaf saved by itself."""

from datetime import datetime
from urllib.parse import urlsplit

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments.cards import Card, Conflict, card_of, declared_text, outcome_of
from assessments.forms import LeafForm
from assessments.models import Assessment, LedgerEntry, StatusChange
from assessments.models.assessment import Status
from assessments.queries import Area, Leaf, Sheet, read_sheet
from assessments.services import NotAllowedNow, NotSelfScored, StaleVersion, record_score
from assessments.services.common import self_step
from assessments.states import why_locked
from assessments.worklist import sheet_strip
from criteria.scoring.rules import InvalidDeclaration
from par_index.core.http import login_required

FILTERS = {
    "": lambda leaf: True,
    "thieu-diem": lambda leaf: leaf.lacks_points,
    "thieu-minh-chung": lambda leaf: leaf.lacks_backing,
}


def with_sheet(assessments: QuerySet) -> QuerySet:
    """What a page of one sheet needs at hand."""
    return assessments.select_related("cycle", "unit", "block__version")


@require_safe
@login_required
def sheets(request: HttpRequest) -> HttpResponse:
    """The sheets of the reader's own units over the years; the only one under way opens by itself."""
    own = list(
        Assessment.objects.of_units_of(request.user)
        .select_related("cycle", "unit", "block")
        .order_by("-cycle__year", "unit__code")
    )
    under_way = [one for one in own if one.cycle.published_at is None]
    if len(under_way) == 1 and "tat-ca" not in request.GET:
        return redirect("assessments:sheet", under_way[0].pk)
    return render(request, "assessments/sheets.html", {"assessments": own})


@require_safe
@login_required
def sheet(request: HttpRequest, assessment_id: int) -> HttpResponse:
    assessment = get_object_or_404(with_sheet(Assessment.objects.visible_to(request.user)), pk=assessment_id)
    return render_sheet(request, assessment, area_code=request.GET.get("linh-vuc"))


@require_POST
@login_required
def record(request: HttpRequest, assessment_id: int, criterion_id: int) -> HttpResponse:
    """Save one leaf: by htmx its pieces come back, by a plain form the page at the leaf."""
    assessment = get_object_or_404(with_sheet(Assessment.objects.scorable_by(request.user)), pk=assessment_id)
    before = read_sheet(assessment)
    leaf = leaf_or_404(before, criterion_id)
    if request.POST.get("keep") == "theirs":
        return _leaf_again(request, assessment, leaf)
    data = request.POST.copy()
    if data.get("keep") == "mine":
        # Chosen in sight of what the other person saved, so that is the version to go on from.
        data["version"] = data.get("seen", "")
    form = LeafForm(data, rule=leaf.rule, leaf_id=criterion_id, score=leaf.score)
    card, status = Card(leaf, form, editable=True, saved=False), 422
    if form.is_valid():
        try:
            record_score(
                assessment_id=assessment.pk,
                criterion_id=criterion_id,
                declared=form.declared,
                account=form.cleaned_data["account"],
                not_applicable=form.cleaned_data["not_applicable"],
                version=form.cleaned_data["version"],
                by=request.user,
                at=timezone.now(),
            )
        except InvalidDeclaration as error:
            form.add_rule_errors(error)
        except (NotAllowedNow, NotSelfScored) as error:
            form.add_error(None, str(error))
        except StaleVersion as stale:
            card.conflict, status = _conflict(leaf, form, stale), 409
            card.outcome = card.conflict.my_outcome
        else:
            return _saved(request, assessment, criterion_id)
    if request.htmx:
        return _pieces(request, before, card, status)
    return render_sheet(
        request, assessment, area_code=before.area_of(leaf).node.code, unsaved=card, status=status
    )


@require_POST
@login_required
def preview(request: HttpRequest, assessment_id: int, criterion_id: int) -> HttpResponse:
    """The points and the sentence for what is being typed; nothing is saved and nothing called wrong yet."""
    assessment = get_object_or_404(with_sheet(Assessment.objects.scorable_by(request.user)), pk=assessment_id)
    leaf = leaf_or_404(read_sheet(assessment), criterion_id)
    form = LeafForm(request.POST, rule=leaf.rule, leaf_id=criterion_id, score=leaf.score)
    outcome = outcome_of(leaf, form.declared) if form.is_valid() else None
    card = Card(
        leaf, LeafForm(rule=leaf.rule, leaf_id=criterion_id, score=None), editable=True, outcome=outcome
    )
    return render(request, "assessments/_preview.html", {"card": card})


@require_safe
@login_required
def history(request: HttpRequest, assessment_id: int, criterion_id: int) -> HttpResponse:
    """Every value the leaf ever had, as far as the reader may see them."""
    assessment = get_object_or_404(with_sheet(Assessment.objects.visible_to(request.user)), pk=assessment_id)
    leaf = leaf_or_404(read_sheet(assessment), criterion_id)
    entries = list(
        LedgerEntry.objects.visible_to(request.user)
        .filter(assessment=assessment, criterion=criterion_id)
        .select_related("by")
        .order_by("-id")
    )
    own = Assessment.objects.of_units_of(request.user).filter(pk=assessment.pk).exists()
    rows = [
        {
            "entry": entry,
            "declared": declared_text(leaf, entry.declared, not_applicable=entry.not_applicable),
            # Units learn which agency decided, not who in it.
            "who": entry.agency if own and entry.stage != "self" else entry.by,
        }
        for entry in entries
    ]
    return render(request, "assessments/history.html", {"assessment": assessment, "leaf": leaf, "rows": rows})


def leaf_or_404(sheet: Sheet, criterion_id: int) -> Leaf:
    try:
        return sheet.leaf(criterion_id)
    except KeyError as error:
        raise Http404 from error


def address_of(sheet: Sheet, leaf: Leaf) -> str:
    """Where the leaf stands on the sheet's page."""
    page = reverse("assessments:sheet", args=[sheet.assessment.pk])
    return f"{page}?linh-vuc={sheet.area_of(leaf).node.code}#leaf-{leaf.criterion.pk}"


def render_sheet(
    request: HttpRequest,
    assessment: Assessment,
    *,
    area_code: str | None,
    unsaved: Card | None = None,
    status: int = 200,
) -> HttpResponse:
    """
    The page of one area.

    :param unsaved: the card of a leaf that was sent and not saved, shown in place of what is stored
    """
    at = timezone.now()
    sheet = read_sheet(assessment, reader=request.user)
    area = sheet.area(area_code)
    locked = why_locked(assessment, self_step(assessment), at)
    may_score = Assessment.objects.scorable_by(request.user).filter(pk=assessment.pk).exists()
    editable = locked is None and may_score
    wanted = request.GET.get("loc", "")
    wanted = wanted if wanted in FILTERS else ""
    cards = [
        unsaved if unsaved and leaf.criterion.pk == unsaved.id else make_card(sheet, leaf, editable=editable)
        for leaf in area.leaves
        if FILTERS[wanted](leaf) or (unsaved and leaf.criterion.pk == unsaved.id)
    ]
    context = sheet_context(request, sheet, area, at) | {
        "cards": cards,
        "editable": editable,
        "locked": locked,
        "may_score": may_score,
        "returned": _return_reason(assessment),
    }
    return render(request, "assessments/sheet.html", context, status=status)


def make_card(sheet: Sheet, leaf: Leaf, *, editable: bool) -> Card:
    cycle = sheet.assessment.cycle
    return card_of(leaf, editable=editable, period=(cycle.period_from, cycle.period_to))


def sheet_context(request: HttpRequest, sheet: Sheet, area: Area, at: datetime) -> dict:
    """What the tree, the picks and the dock need, on the page and in the pieces after a save."""
    page = reverse("assessments:sheet", args=[sheet.assessment.pk])
    wanted = _shown_query(request).get("loc", "")
    labels = {"": _("All"), "thieu-diem": _("No points"), "thieu-minh-chung": _("No evidence")}
    picks = [
        {
            "label": label,
            "url": f"{page}?linh-vuc={area.node.code}" + (f"&loc={name}" if name else ""),
            "count": sum(FILTERS[name](leaf) for leaf in area.leaves),
            "current": name == (wanted if wanted in FILTERS else ""),
        }
        for name, label in labels.items()
    ]
    incomplete = sheet.incomplete
    return {
        "assessment": sheet.assessment,
        "cycle": sheet.assessment.cycle,
        "sheet": sheet,
        "area": area,
        "picks": picks,
        "strip": sheet_strip(sheet, at),
        "first_without_points": _address_of_first(sheet, sheet.lacking_points),
        "first_without_backing": _address_of_first(sheet, sheet.lacking_backing),
        "first_incomplete": _address_of_first(sheet, incomplete),
        "may_submit": Assessment.objects.submittable_by(request.user).filter(pk=sheet.assessment.pk).exists(),
        "now": at,
    }


def _shown_query(request: HttpRequest) -> QueryDict:
    """The query of the page in front of the reader; pieces sent after a save are for that page."""
    if request.htmx and request.htmx.current_url:
        return QueryDict(urlsplit(request.htmx.current_url).query)
    return request.GET


def _address_of_first(sheet: Sheet, leaves: list[Leaf]) -> str:
    return address_of(sheet, leaves[0]) if leaves else ""


def _saved(request: HttpRequest, assessment: Assessment, criterion_id: int) -> HttpResponse:
    sheet = read_sheet(assessment)
    leaf = sheet.leaf(criterion_id)
    if not request.htmx:
        text = _("Saved: %(code)s %(name)s.") % {"code": leaf.criterion.code, "name": leaf.criterion.name}
        messages.success(request, text)
        return redirect(address_of(sheet, leaf))
    if "keep" in request.POST:
        return _leaf_again(request, assessment, leaf)
    return _pieces(request, sheet, make_card(sheet, leaf, editable=True), 200)


def _pieces(request: HttpRequest, sheet: Sheet, card: Card, status: int) -> HttpResponse:
    """
    Everything around the inputs, to be swapped out of band.

    The inputs themselves stay as they are, so that what is being typed is never lost.
    """
    context = sheet_context(request, sheet, sheet.area_of(card.leaf), timezone.now()) | {
        "card": card,
        "editable": True,
        "oob": True,
    }
    return render(request, "assessments/_pieces.html", context, status=status)


def _leaf_again(request: HttpRequest, assessment: Assessment, leaf: Leaf) -> HttpResponse:
    """The whole leaf as it is stored, after somebody chose between two values."""
    sheet = read_sheet(assessment, reader=request.user)
    fresh = sheet.leaf(leaf.criterion.pk)
    if not request.htmx:
        return redirect(address_of(sheet, fresh))
    context = sheet_context(request, sheet, sheet.area_of(fresh), timezone.now()) | {
        "card": make_card(sheet, fresh, editable=True),
        "editable": True,
        "oob": True,
    }
    response = render(request, "assessments/_leaf_again.html", context)
    response["HX-Retarget"] = f"#leaf-{fresh.criterion.pk}"
    response["HX-Reswap"] = "outerHTML"
    return response


def _conflict(leaf: Leaf, form: LeafForm, stale: StaleVersion) -> Conflict:
    score, asked = stale.score, form.cleaned_data["not_applicable"]
    mine = None if asked else form.declared
    texts = [
        declared_text(leaf, mine, not_applicable=asked),
        declared_text(leaf, score.declared, not_applicable=score.not_applicable),
    ]
    if texts[0] == texts[1]:
        # The figures agree, so what differs is the account.
        texts = [form.cleaned_data["account"] or _("no account"), score.account or _("no account")]
    return Conflict(texts[0], outcome_of(leaf, mine), texts[1], score, timezone.now())


def _return_reason(assessment: Assessment) -> StatusChange | None:
    if assessment.status != Status.RETURNED:
        return None
    return assessment.status_changes.filter(target=Status.RETURNED).order_by("-id").first()
