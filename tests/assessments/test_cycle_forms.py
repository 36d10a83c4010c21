"""A deadline is typed as day and time in Vietnam."""

from datetime import UTC, datetime

import pytest

from assessments.cycle_forms import ExemptForm, OpenStepForm
from tests.factories import AssessmentFactory, leaf


@pytest.mark.parametrize(
    ("day", "hour", "moment"),
    [
        ("22/12/2025", "17:00", datetime(2025, 12, 22, 10, 0, tzinfo=UTC)),
        ("22/12/2025", "", datetime(2025, 12, 22, 10, 0, tzinfo=UTC)),
        ("2025-12-22", "0:30", datetime(2025, 12, 21, 17, 30, tzinfo=UTC)),
        ("1/1/2026", "8h", datetime(2026, 1, 1, 1, 0, tzinfo=UTC)),
        ("", "", None),
    ],
)
def test_deadline_is_read_in_vietnam_time(day, hour, moment):
    form = OpenStepForm({"day": day, "hour": hour})

    assert form.is_valid(), form.errors
    assert form.ends_at == moment


@pytest.mark.parametrize(
    ("day", "hour", "fields"),
    [
        ("31/02/2025", "17:00", {"day"}),
        ("mai", "", {"day"}),
        ("22/12/2025", "25:00", {"hour"}),
        ("", "17:00", {"day"}),
    ],
)
def test_deadline_that_cannot_be_read_is_refused_beside_its_field(day, hour, fields):
    form = OpenStepForm({"day": day, "hour": hour})

    assert set(form.errors) == fields


def test_planned_end_is_proposed_in_vietnam_time():
    form = OpenStepForm(planned_end=datetime(2025, 12, 21, 17, 30, tzinfo=UTC))

    assert 'value="22/12/2025"' in str(form["day"])
    assert 'value="00:30"' in str(form["hour"])


@pytest.mark.django_db
def test_exemption_offers_leaves_that_still_apply():
    sheet = AssessmentFactory()
    settled = leaf(sheet, "1.1")

    form = ExemptForm(version=sheet.block.version, settled={settled.pk})

    codes = [criterion.code for criterion in form.fields["criterion"].queryset]
    assert codes == ["1.2", "1.3", "1.4", "2.1", "2.2", "2.3", "T", "P"]


@pytest.mark.django_db
def test_exemption_without_reason_is_refused():
    sheet = AssessmentFactory()

    form = ExemptForm(
        {"criterion": leaf(sheet, "1.1").pk, "reason": "  "}, version=sheet.block.version, settled=set()
    )

    assert set(form.errors) == {"reason"}
