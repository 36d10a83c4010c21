"""Numbers, dates and pieces as every template prints them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django import forms
from django.template import Context, Template
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from par_index.core.templatetags import portal
from par_index.core.templatetags.portal import LineStep

AT = datetime(2025, 12, 18, 3, 42, tzinfo=UTC)  # 10:42 in Vietnam


def render(source: str, **context) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("3.9"), "3,90"),
        (Decimal("0.005"), "0,01"),
        (Decimal("-0.0796"), "−0,08"),
        (Decimal("-0.001"), "0,00"),
        (Fraction(2, 3), "0,67"),
        (7, "7,00"),
        (None, "–"),
    ],
)
def test_points_in_vietnamese(value, text):
    assert portal.points(value) == text


def test_points_in_english_have_a_point():
    with override("en"):
        assert portal.points(Decimal("3.8997")) == "3.90"


def test_points_of_a_float_are_refused():
    with pytest.raises(TypeError, match="not float"):
        portal.points(3.9)


@given(st.fractions(min_value=-1000, max_value=1000), st.integers(0, 6))
def test_rounded_is_at_most_half_a_unit_away(value, places):
    assert abs(Fraction(portal.rounded(value, places)) - value) <= Fraction(1, 2 * 10**places)


@given(st.integers(-(10**6), 10**6))
def test_rounded_half_goes_away_from_zero(number):
    half = Fraction(2 * abs(number) + 1, 2)

    assert portal.rounded(half, 0) == abs(number) + 1
    assert portal.rounded(-half, 0) == -(abs(number) + 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("4.0000"), "4"),
        (Decimal("1.5"), "1,5"),
        (Decimal("98.5000"), "98,5"),
        (Decimal("100"), "100"),
        (Decimal("0.00"), "0"),
        (None, "–"),
    ],
)
def test_plain_has_no_trailing_zeros(value, text):
    assert portal.plain(value) == text


def test_percent_follows_the_language():
    assert portal.percent(Fraction(9111, 100)) == "91,11\N{NO-BREAK SPACE}%"
    with override("en"):
        assert portal.percent(Fraction(9111, 100)) == "91.11%"


@pytest.mark.parametrize(
    ("value", "text"),
    [(Decimal("0.64"), "+0,64"), (Decimal("-0.25"), "−0,25"), (Decimal("0.001"), "0,00"), (None, "–")],
)
def test_signed_differences(value, text):
    assert portal.signed(value) == text


def test_whole_numbers_are_grouped():
    assert portal.whole(12873) == "12.873"
    with override("en"):
        assert portal.whole(12873) == "12,873"


def test_moments_are_printed_in_local_time():
    midnight_utc = datetime(2025, 12, 31, 17, 30, tzinfo=UTC)

    assert portal.vndatetime(midnight_utc) == "00:30 01/01/2026"
    assert portal.vndate(midnight_utc) == "01/01/2026"
    assert portal.vntime(midnight_utc) == "00:30"
    assert portal.vndate(date(2026, 11, 21)) == "21/11/2026"
    assert portal.vndate(None) == "–"


@pytest.mark.parametrize(
    ("away", "text"),
    [
        (timedelta(days=50, hours=3), "còn 50 ngày"),
        (timedelta(days=4, hours=6, minutes=59), "còn 4 ngày 6 giờ"),
        (timedelta(days=1, minutes=5), "còn 1 ngày"),
        (timedelta(hours=6, minutes=18), "còn 6 giờ 18 phút"),
        (timedelta(minutes=18), "còn 18 phút"),
        (timedelta(seconds=20), "còn chưa đầy 1 phút"),
        (timedelta(seconds=-20), "quá hạn chưa đầy 1 phút"),
        (timedelta(hours=-5, minutes=-3), "quá hạn 5 giờ"),
        (timedelta(days=-2, hours=-5), "quá hạn 2 ngày"),
    ],
)
def test_left_until_a_deadline(away, text):
    assert portal.left_until(AT + away, AT) == text


def test_left_until_in_english_knows_the_plural():
    with override("en"):
        assert portal.left_until(AT + timedelta(days=1, hours=2), AT) == "1 day 2 hours left"


def test_period_prints_a_shared_year_once():
    start = datetime(2025, 11, 24, tzinfo=UTC)

    assert portal.period(start, datetime(2025, 12, 22, tzinfo=UTC)) == "24/11 – 22/12/2025"
    assert portal.period(start, datetime(2026, 1, 5, tzinfo=UTC)) == "24/11/2025 – 05/01/2026"
    assert portal.period(start, start) == "24/11/2025"
    assert portal.period(start, None) == "24/11/2025 – –"
    assert portal.period(None, None) == "–"


def test_badge_carries_the_shape_of_its_state_and_escapes_its_text():
    assert render('{% badge "bad" text %}', text="<quá hạn>") == (
        '<span class="badge bad"><svg class="i" aria-hidden="true"><use href="#i-bad"/></svg>'
        "&lt;quá hạn&gt;</span>"
    )


def test_badge_of_a_band_has_no_shape():
    assert render('{% badge "b1" "Xuất sắc" %}') == '<span class="badge b1">Xuất sắc</span>'


def test_bar_stays_within_its_frame():
    assert 'rect width="100.000"' in render("{% bar 5 4 %}")
    assert 'rect width="0.000"' in render("{% bar 0 0 %}")


def test_fraction_that_is_complete_has_a_check_and_no_bar():
    complete, open_ = render("{% fraction 9 9 %}"), render("{% fraction 8 9 %}")

    assert ("#i-ok" in complete, "bar" in complete) == (True, False)
    assert ("#i-ok" in open_, "bar" in open_) == (False, True)


class SampleForm(forms.Form):
    ends = forms.DateField(label="Ngày kết thúc", help_text="Ngày cuối.", input_formats=["%d/%m/%Y"])
    note = forms.CharField(label="Ghi chú", required=False, widget=forms.TextInput(attrs={"class": "num"}))


def test_field_keeps_what_was_typed_and_ties_the_error_to_it():
    html = render("{% field form.ends %}", form=SampleForm({"ends": "31/02/2026"}))

    assert 'value="31/02/2026"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_ends_helptext id_ends_error"' in html
    assert 'id="id_ends_helptext"' in html
    assert 'id="id_ends_error"' in html


def test_field_that_may_stay_empty_says_so_and_keeps_its_own_class():
    html = render("{% field form.note %}", form=SampleForm())

    assert "(không bắt buộc)" in html
    assert 'class="in num"' in html


DAY = timedelta(days=1)


def test_steps_line_puts_today_into_the_step_under_way():
    steps = [
        LineStep("Kế hoạch", "done", AT - 20 * DAY, AT - 10 * DAY),
        LineStep("Tự chấm", "now", AT - 5 * DAY, AT + 5 * DAY),
        LineStep("Thẩm định", "todo", AT + 5 * DAY, AT + 15 * DAY),
        LineStep("Công bố", "todo"),
        LineStep("Điều tra", "now", AT - DAY, AT + DAY, parallel=True),
    ]

    line = portal.steps_line(steps, AT)

    assert line["today_at"] == "37.50"
    assert [step.name for step in line["beside"]] == ["Điều tra"]


def test_steps_line_marks_a_step_whose_time_is_over():
    line = portal.steps_line(
        [LineStep("Tự chấm", "now", AT - 5 * DAY, AT - DAY), LineStep("Thẩm định", "todo")], AT
    )

    assert [item["late"] for item in line["steps"]] == [True, False]
    assert line["today_at"] == "50.00"


def test_steps_line_of_a_cycle_without_steps_stands_at_its_start():
    assert portal.steps_line([], AT)["today_at"] == "0.00"
