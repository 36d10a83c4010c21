"""What people type reaches every page as text: no mark-up, no template, no script comes of it."""

from html.parser import HTMLParser

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from assessments.models import (
    Assessment,
    Block,
    Cycle,
    Evidence,
    EvidenceFile,
    EvidenceLink,
    Exemption,
    Score,
    StatusChange,
    Unit,
)
from councils.models import Council
from par_index.accounts.models import User
from par_index.core.models import Job
from surveys.models import RespondentGroup
from tests.factories import AT, LedgerEntryFactory, leaf
from tests.test_access_matrix import ADDRESSES, FILE, VISITOR, make_world

pytestmark = pytest.mark.django_db

HOSTILE = (
    "<script>alert(1)</script>\"' onfocus=alert(2)><img src=x onerror=alert(3)>{{ 6|add:7 }}{% now 'Y' %}"
)


class Suspects(HTMLParser):
    """Collects what only hostile text could have brought in: the portal writes none of it."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        handlers = [name for name in named if name.startswith("on") or name == "style"]
        script = tag == "script" and not (named.get("src") or "").startswith("/static/")
        address = (named.get("href") or "").lower().startswith("javascript:")
        if handlers or script or address or (tag == "img" and named.get("src") == "x"):
            self.found.append((tag, attributes))


def fill_with_hostile_texts() -> None:
    cycle = Cycle.objects.get(code="DANG-CHAM")
    sheet = Assessment.objects.filter(cycle=cycle).first()
    Unit.objects.update(name=HOSTILE)
    User.objects.update(full_name=HOSTILE, position=HOSTILE)
    Cycle.objects.filter(pk=cycle.pk).update(name=HOSTILE, lead_agency=HOSTILE, legal_basis=HOSTILE)
    Block.objects.filter(cycle=cycle).update(name=HOSTILE)
    Council.objects.update(name=HOSTILE)
    RespondentGroup.objects.update(name=HOSTILE)
    Evidence.objects.update(number=HOSTILE[:100], subject=HOSTILE, issuer=HOSTILE)
    EvidenceFile.objects.update(original_name=HOSTILE)
    EvidenceLink.objects.update(place=HOSTILE)
    Score.objects.filter(assessment=sheet).update(account=HOSTILE, evidence_note=HOSTILE)
    LedgerEntryFactory(assessment=sheet, reason=HOSTILE, agency=HOSTILE)
    Exemption.objects.create(assessment=sheet, criterion=leaf(sheet, "1.1"), reason=HOSTILE, at=AT)
    StatusChange.objects.create(
        assessment=sheet, source="submitted", target="returned", reason=HOSTILE, at=AT
    )
    Job.objects.filter(kind="consolidate").update(state=Job.State.FAILED, error=HOSTILE, message=HOSTILE)
    place = {"sheet": HOSTILE, "row": 1, "letter": "A", "column": HOSTILE, "message": HOSTILE}
    Job.objects.filter(kind="read_workbook").update(
        state=Job.State.DONE,
        result={
            "head": {"code": HOSTILE, "name": HOSTILE, "year": 2025},
            "blocks": [],
            "warnings": [place],
            "warning_count": 1,
            "notes": [place],
        },
    )


def test_pages_show_hostile_texts_as_texts():
    world = make_world()
    default_storage.save(FILE, ContentFile(b"%PDF-1.7"))
    fill_with_hostile_texts()

    seen = 0
    for name, (readers, _actors) in ADDRESSES.items():
        for role in sorted(readers - {VISITOR})[:1]:
            page = world.client(role).get(world.addresses[name])
            assert page.status_code < 500, name
            # A header is one line, whatever a file is called.
            assert all("\n" not in value for value in page.headers.values())
            if not page["Content-Type"].startswith("text/html"):
                continue
            text = page.content.decode()
            suspects = Suspects()
            suspects.feed(text)
            assert suspects.found == [], name
            seen += "{{ 6|add:7 }}" in text
    assert seen > 20
