"""Filters and tags of every template (a builtin library): numbers, dates, icons, badges, fields."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select, Textarea
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, gettext, ngettext

register = template.Library()

UNKNOWN = "–"
MINUS = "−"
NO_BREAK = "\N{NO-BREAK SPACE}"

# --- numbers ------------------------------------------------------------------------------------------------


def rounded(value: Decimal | Fraction | int, places: int) -> Decimal:
    """
    Round half up, away from zero, once: the only rounding between the exact value and the printed one.

    :raises TypeError: for floats, which cannot hold points exactly
    """
    if isinstance(value, bool) or not isinstance(value, (Decimal, Fraction, int)):
        raise TypeError(f"points are Decimal, Fraction or int, not {type(value).__name__}")
    scaled = abs(Fraction(value)) * 10**places
    units = int(scaled + Fraction(1, 2))
    with localcontext() as context:
        context.prec = 60
        result = Decimal(units).scaleb(-places)
    return -result if value < 0 and units else result


def printed(value: Decimal) -> str:
    """Comma decimals in Vietnamese, point in English; no grouping; a true minus sign."""
    text = f"{abs(value):f}"
    if get_language() == "vi":
        text = text.replace(".", ",")
    return MINUS + text if value < 0 else text


def _fixed(value, places: int) -> str:
    if value is None or value == "":
        return UNKNOWN
    return printed(rounded(value, places))


@register.filter
def points(value) -> str:
    """Points or an index with two decimals; unknown is “–”, never 0."""
    return _fixed(value, 2)


@register.filter
def points4(value) -> str:
    """Points with four decimals, as in the sentence of a rule."""
    return _fixed(value, 4)


@register.filter
def plain(value) -> str:
    """A maximum or a weight as people write it: up to four decimals, no trailing zeros (4, 1,5)."""
    if value is None or value == "":
        return UNKNOWN
    exact = rounded(value, 4)
    return printed(exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize())


@register.filter
def percent(value) -> str:
    """A number that is already in percent: 91,11 % in Vietnamese, 91.11% in English."""
    if value is None or value == "":
        return UNKNOWN
    return _fixed(value, 2) + (NO_BREAK + "%" if get_language() == "vi" else "%")


@register.filter
def signed(value) -> str:
    """A difference in points with its sign: +0,64, −0,25, 0,00."""
    text = _fixed(value, 2)
    return "+" + text if text != UNKNOWN and value > 0 and rounded(value, 2) else text


@register.filter
def whole(value) -> str:
    """A whole number in groups of three: 1.571 in Vietnamese, 1,571 in English."""
    if value is None or value == "":
        return UNKNOWN
    grouped = f"{abs(int(value)):,}"
    if get_language() == "vi":
        grouped = grouped.replace(",", ".")
    return MINUS + grouped if value < 0 else grouped


# --- dates --------------------------------------------------------------------------------------------------


def _local(value: datetime | date) -> datetime | date:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


@register.filter
def vndate(value) -> str:
    """21/11/2026, in either language: the form of every official document."""
    return f"{_local(value):%d/%m/%Y}" if value else UNKNOWN


@register.filter
def vntime(value) -> str:
    return f"{_local(value):%H:%M}" if value else UNKNOWN


@register.filter
def vndatetime(value) -> str:
    """17:00 22/12/2025."""
    return f"{_local(value):%H:%M %d/%m/%Y}" if value else UNKNOWN


@register.simple_tag
def period(start, end) -> str:
    """24/11 – 22/12/2025; the year once where both ends share it."""
    if not start or not end:
        return f"{vndate(start)} – {vndate(end)}" if start or end else UNKNOWN
    start, end = _local(start), _local(end)
    if (start.day, start.month, start.year) == (end.day, end.month, end.year):
        return vndate(end)
    return f"{start:%d/%m}{'' if start.year == end.year else f'{start:/%Y}'} – {vndate(end)}"


def _days(count: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


def _hours(count: int) -> str:
    return ngettext("%(count)d hour", "%(count)d hours", count) % {"count": count}


def _minutes(count: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}


@register.filter
def left_until(deadline: datetime | None, at: datetime) -> str:
    """
    “3 days 4 hours left” before the deadline, “2 days overdue” after it.

    The nearer the deadline the finer: days alone from ten days on, else the two largest units; what is overdue
    is told by its largest unit.
    """
    if not deadline:
        return ""
    minutes = int(abs((deadline - at).total_seconds()) // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [
        word(count) for word, count in ((_days, days), (_hours, hours), (_minutes, minutes)) if count
    ] or [gettext("less than a minute")]
    if deadline < at:
        return gettext("%(time)s overdue") % {"time": parts[0]}
    if days >= 10 or (days and not hours):
        parts = parts[:1]
    return gettext("%(time)s left") % {"time": " ".join(parts[:2])}


# --- pieces -------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, css: str = ""):
    """A symbol of components/sprite.html. Decoration only: the meaning stands beside it in words."""
    return format_html(
        '<svg class="i{}{}" aria-hidden="true"><use href="#i-{}"/></svg>', " " if css else "", css, name
    )


BADGE_ICONS = {"done": "ok", "now": "now", "att": "att", "bad": "bad", "none": "none", "lock": "lock"}


@register.simple_tag
def badge(state: str, text: str):
    """
    A state with its shape: done (check), now (half disc), att (triangle), bad (circled “!”), none (dashed
    ring), lock (padlock). Bands of a ranking, b1, b2 and anything else, carry no shape.
    """
    shape = icon(BADGE_ICONS[state]) if state in BADGE_ICONS else ""
    return format_html('<span class="badge {}">{}{}</span>', state, shape, text)


@register.simple_tag
def bar(value, maximum, lighter=0):
    """
    A share as a bar from 0 to `maximum`; `lighter` adds a second stretch (such as “in progress”) after the
    first. The figures stand beside it in words, so it is hidden from screen readers.
    """
    if not maximum:
        value, lighter, maximum = 0, 0, 1

    def width(part) -> str:
        share = min(max(Fraction(part or 0) / Fraction(maximum), Fraction(0)), Fraction(1))
        return f"{rounded(share * 100, 3):f}"

    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="lo" width="{}" height="8"/><rect width="{}" height="8"/></svg>',
        width((value or 0) + (lighter or 0)) if lighter else "0",
        width(value),
    )


@register.simple_tag
def fraction(done: int, total: int):
    """“8/10” over a thin bar; when all are done a check and no bar."""
    if total and done >= total:
        return format_html('<span class="frac ok"><span>{}{}/{}</span></span>', icon("ok"), done, total)
    return format_html('<span class="frac"><span>{}/{}</span>{}</span>', done, total, bar(done, total))


@register.inclusion_tag("components/field.html")
def field(bound: BoundField) -> dict:
    """
    A form field: label, control, hint and errors, joined by aria-describedby. What was typed stays.

    A widget that has its own `class` keeps it beside the control's.
    """
    widget = bound.field.widget
    grouped = isinstance(widget, (RadioSelect, CheckboxSelectMultiple))
    if not grouped and not isinstance(widget, CheckboxInput):
        css = f"in {widget.attrs.get('class', '')}".strip()
        attrs = {"class": css}
        if isinstance(widget, Textarea) and "rows" not in widget.attrs:
            attrs["rows"] = 4
        control = bound.as_widget(attrs=attrs)
    else:
        control = bound
    optional = not bound.field.required and not isinstance(widget, (CheckboxInput, Select))
    return {
        "bound": bound,
        "control": control,
        "kind": "group" if grouped else "tick" if isinstance(widget, CheckboxInput) else "line",
        "optional": optional and not grouped,
    }


@dataclass(frozen=True, slots=True)
class LineStep:
    """
    One step on the line of a cycle, planned from `starts_at` to `ends_at` (either may be unknown).

    `state` is done, now or todo; a `parallel` one runs beside the others and stands below the line.
    """

    name: str
    state: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    parallel: bool = False


@register.inclusion_tag("components/steps.html")
def steps_line(steps: Iterable[LineStep], at: datetime) -> dict:
    """
    The steps of a cycle, in order, as a line with today on it.

    Each step takes the same length; today stands behind what is done, inside a step under way as far as its time
    has run, at the end of a step whose time is over.
    """
    main = [step for step in steps if not step.parallel]
    today = Fraction(0)
    for position, step in enumerate(main):
        if step.state == "done":
            today = Fraction(position + 1)
        elif step.state == "now":
            today = position + _elapsed(step, at)
    count = max(len(main), 1)
    return {
        "steps": [
            {"step": step, "late": step.state == "now" and step.ends_at is not None and step.ends_at < at}
            for step in main
        ],
        "beside": [step for step in steps if step.parallel],
        "today_at": f"{rounded(today * 100 / count, 2):f}",
        "late_half": today * 2 > count,
        "ticks": [f"{rounded(Fraction(100 * place, count), 2):f}" for place in range(1, len(main))],
        "at": at,
    }


def _elapsed(step: LineStep, at: datetime) -> Fraction:
    """How much of the step's time has run, 0 to 1; a half where its time is not known."""
    if not step.starts_at or not step.ends_at or step.ends_at <= step.starts_at:
        return Fraction(1, 2)
    share = Fraction((at - step.starts_at) // timedelta(seconds=1), 1) / Fraction(
        (step.ends_at - step.starts_at) // timedelta(seconds=1) or 1
    )
    return min(max(share, Fraction(0)), Fraction(1))
