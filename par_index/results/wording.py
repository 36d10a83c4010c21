"""Words for what the results hold, in the reader's language."""

import re
import unicodedata

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from criteria.scoring.merging import NoSurvey
from criteria.scoring.numbers import plain
from criteria.scoring.ranking import Band, Bands, RankBy, TieBreaker, Ties
from criteria.scoring.tree import Source

SOURCES = {
    Source.SELF.value: gettext_lazy("Self-score"),
    Source.APPRAISER.value: gettext_lazy("Appraisal"),
    Source.SURVEY.value: gettext_lazy("Survey"),
    Source.EXTERNAL.value: gettext_lazy("External index"),
    Source.BONUS.value: gettext_lazy("Bonus points"),
    Source.PENALTY.value: gettext_lazy("Penalty points"),
}
RANK_BY = {
    RankBy.UNROUNDED.value: gettext_lazy("the unrounded index"),
    RankBy.PRINTED.value: gettext_lazy("the index as printed"),
}
TIES = {
    Ties.SKIP.value: gettext_lazy("places are skipped after a tie (1-1-3)"),
    Ties.DENSE.value: gettext_lazy("no place is skipped after a tie (1-1-2)"),
}
TIE_BREAKERS = {
    TieBreaker.APPRAISED.value: gettext_lazy("appraised points"),
    TieBreaker.SURVEY.value: gettext_lazy("survey points"),
    TieBreaker.SELF.value: gettext_lazy("self-score"),
}
NO_SURVEY = {
    NoSurvey.STOP.value: gettext_lazy("the consolidation stops"),
    NoSurvey.RESCALE.value: gettext_lazy("survey criteria do not count"),
    NoSurvey.ZERO.value: gettext_lazy("survey criteria count 0 points"),
}


def edges_of(bands: Bands) -> dict[str, str]:
    """Each band's edges in words: “from 80 to below 90”; “above” and “from” are told apart."""
    words = {}
    above: Band | None = None
    for band in bands.edges:
        words[band.name] = _edges(band, above)
        above = band
    return words


def _edges(band: Band, above: Band | None) -> str:
    bounds = {
        "lower": "" if band.bound is None else _number(band.bound),
        "upper": "" if above is None else _number(above.bound),
    }
    if above is None:
        words = _("all units") if band.bound is None else _from(band)
    elif band.bound is None:
        words = _("below %(upper)s") if above.inclusive else _("up to %(upper)s")
    elif above.inclusive:
        words = (
            _("from %(lower)s to below %(upper)s")
            if band.inclusive
            else _("above %(lower)s to below %(upper)s")
        )
    else:
        words = _("from %(lower)s to %(upper)s") if band.inclusive else _("above %(lower)s to %(upper)s")
    return words % bounds


def _from(band: Band) -> str:
    return _("from %(lower)s up") if band.inclusive else _("above %(lower)s")


def _number(value) -> str:
    return plain(value, "," if get_language() == "vi" else ".")


def setting_lines(edition) -> list[tuple[str, str]]:
    """What the results were made with, and where they come from, as (what, value)."""
    run, cycle = edition.run, edition.cycle
    used = run.used_settings["cycle"]
    tie_breakers = "; ".join(str(TIE_BREAKERS[name]) for name in used["tie_breakers"])
    lines = [
        (_("Cycle"), f"{cycle.name} ({cycle.code})"),
        (_("Body"), cycle.owner.name),
        (_("Assessed period"), f"{cycle.period_from:%d/%m/%Y} – {cycle.period_to:%d/%m/%Y}"),
    ]
    if cycle.is_demo:
        lines.append((_("Note"), _("Illustrative data")))
    if edition.decision:
        decision = edition.decision
        day = f"{decision.date:%d/%m/%Y}"
        lines.append((_("Decision"), _("%(number)s of %(day)s") % {"number": decision.number, "day": day}))
        lines.append((_("Signed by"), decision.signer))
    lines += [
        (_("Edition"), str(edition.number)),
        (_("Ranked by"), str(RANK_BY[used["rank_by"]])),
        (_("Ties"), str(TIES[used["ties"]])),
        (_("Tie-breakers"), tie_breakers or _("none")),
        (_("Total above the unit's own maximum"), _("allowed") if used["may_exceed"] else _("not allowed")),
    ]
    for block in run.used_settings["blocks"]:
        lines.append((block["name"], _block_line(block)))
    lines.append((_("Digest of the inputs"), run.inputs_digest))
    return lines


def _block_line(block: dict) -> str:
    parts = [
        _("criteria: %(name)s") % {"name": block["criteria_name"]},
        _("bands: %(bands)s") % {"bands": block["bands"]},
        _("without a survey: %(what)s") % {"what": NO_SURVEY[block["no_survey"]]},
        _("bonus cap: %(cap)s") % {"cap": block["bonus_cap"] or _("none")},
        _("penalty cap: %(cap)s") % {"cap": block["penalty_cap"] or _("none")},
    ]
    return "; ".join(parts)


# A Vietnamese syllable is consonants, one run of vowels, and perhaps a final consonant; CCHC and UBND are none.
_SYLLABLE = re.compile(r"[bcdđghklmnpqrstvx]*[aeiouy]+(c|ch|m|n|ng|nh|p|t)?")


def calm(name: str) -> str:
    """A name written in capitals throughout as a sentence: “CÔNG TÁC CCHC” reads “Công tác CCHC”; others stay."""
    if not name.isupper():
        return name
    text = "".join(
        word.lower() if _SYLLABLE.fullmatch(_bare(word)) else word for word in re.split(r"(\W+)", name)
    )
    return text[:1].upper() + text[1:]


def _bare(word: str) -> str:
    """Lower case without tones and vowel marks; đ stays a letter of its own."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
