from datetime import date

import pytest

from assessments.models import Exemption
from par_index.results import services
from par_index.results.exports import Decision, Edition
from tests.factories import complete_cycle, decide, leaf


@pytest.fixture
def edition(at) -> Edition:
    """
    Three units of one block; B lost 2 points with a reason that begins like a formula, nothing of area 2 applies to C.
    """
    cycle = complete_cycle(code="KY2025", name="Chỉ số CCHC tỉnh Mẫu năm 2025", lead_agency="Sở Nội vụ")
    cycle.owner.name = "Ủy ban nhân dân tỉnh Mẫu"
    cycle.owner.save()
    decide(cycle.assessments.get(unit__code="B"), "1.2", 0, reason="=SUM(A1) thiếu tài liệu")
    sheet = cycle.assessments.get(unit__code="C")
    for code in ("2.1", "2.2", "2.3"):
        Exemption.objects.create(
            assessment=sheet, criterion=leaf(sheet, code), reason="Không có nhiệm vụ", at=at
        )
    run = services.consolidate(cycle_id=cycle.pk, by=None, at=at)
    decision = Decision(
        number="512/QĐ-UBND", date=date(2026, 3, 16), signer="Nguyễn Văn An, Chủ tịch UBND tỉnh"
    )
    return Edition(run, number=1, decision=decision, published_at=at)
