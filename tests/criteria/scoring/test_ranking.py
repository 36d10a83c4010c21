from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria.scoring.ranking import (
    BandsError,
    Placed,
    Rankable,
    RankBy,
    TieBreaker,
    Ties,
    parse_bands,
    rank,
)
from criteria.scoring.rollup import percent_2

NATIONAL = "Xuất sắc >= 90; Tốt >= 80; Khá > 70,5; Yếu"


def ranked(
    *units: Rankable, by=RankBy.UNROUNDED, ties=Ties.SKIP, tie_breakers=()
) -> list[tuple[str, int | None]]:
    return [(placed.key, placed.place) for placed in rank(units, by=by, ties=ties, tie_breakers=tie_breakers)]


def unit(key: str, index: str | None, position: int = 0, **points: str) -> Rankable:
    amounts = {name: Decimal(amount) for name, amount in points.items()}
    return Rankable(key, None if index is None else Fraction(index), position=position, code=key, **amounts)


def test_the_highest_index_is_first():
    assert ranked(unit("a", "70"), unit("b", "90"), unit("c", "80")) == [("b", 1), ("c", 2), ("a", 3)]


def test_after_a_tie_places_are_skipped_or_not():
    units = [unit("a", "90"), unit("b", "90"), unit("c", "80"), unit("d", "70")]
    assert ranked(*units) == [("a", 1), ("b", 1), ("c", 3), ("d", 4)]
    assert ranked(*units, ties=Ties.DENSE) == [("a", 1), ("b", 1), ("c", 2), ("d", 3)]


def test_tied_units_stand_in_the_blocks_own_order():
    units = [unit("a", "90", 3), unit("c", "90", 1), unit("b", "90", 1), unit("d", "90", 2)]
    assert [key for key, _ in ranked(*units)] == ["b", "c", "d", "a"]


def test_equal_printed_values_tie_only_when_the_printed_index_is_compared():
    units = [unit("a", "81.331", 1), unit("b", "81.334", 2)]
    assert ranked(*units) == [("b", 1), ("a", 2)]
    assert ranked(*units, by=RankBy.PRINTED) == [("a", 1), ("b", 1)]


def test_tie_breakers_part_tied_units_in_their_order():
    units = [
        unit("a", "90", 1, appraised="60", survey="30"),
        unit("b", "90", 2, appraised="61", survey="29"),
        unit("c", "90", 3, appraised="60", survey="31", self_points="70"),
        unit("d", "90", 4, appraised="60", survey="30"),
    ]
    assert ranked(*units, tie_breakers=[TieBreaker.APPRAISED]) == [("b", 1), ("a", 2), ("c", 2), ("d", 2)]
    assert ranked(*units, tie_breakers=[TieBreaker.APPRAISED, TieBreaker.SURVEY]) == [
        ("b", 1),
        ("c", 2),
        ("a", 3),
        ("d", 3),
    ]
    assert ranked(*units, tie_breakers=[TieBreaker.SELF])[0] == ("c", 1)


def test_units_without_index_come_last_without_a_place():
    units = [unit("a", None, 2), unit("b", "10", 3), unit("c", None, 1)]
    assert ranked(*units) == [("b", 1), ("c", None), ("a", None)]


def test_no_units_have_no_places():
    assert ranked() == []


indices = st.lists(
    st.none() | st.integers(0, 40).map(lambda step: 80 + Fraction(step, 300)), max_size=12
).map(lambda values: [Rankable(f"U{n}", value, position=n, code=f"U{n}") for n, value in enumerate(values)])


def compared(unit: Rankable | Placed, by: RankBy) -> Fraction | Decimal:
    return unit.index if by == RankBy.UNROUNDED else percent_2(unit.index)


@given(indices, st.sampled_from(RankBy))
def test_rank_place_is_one_more_than_the_number_of_better_units(units, by):
    for placed in rank(units, by=by, ties=Ties.SKIP):
        if placed.index is not None:
            others = [unit for unit in units if unit.index is not None]
            assert placed.place == 1 + sum(compared(unit, by) > compared(placed, by) for unit in others)


@given(indices, st.sampled_from(RankBy))
def test_rank_place_is_one_more_than_the_number_of_better_values_when_dense(units, by):
    for placed in rank(units, by=by, ties=Ties.DENSE):
        if placed.index is not None:
            values = {compared(unit, by) for unit in units if unit.index is not None}
            assert placed.place == 1 + sum(value > compared(placed, by) for value in values)


@given(indices, st.sampled_from(RankBy), st.sampled_from(Ties), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_no_place(units, by, ties, random):
    shuffled = random.sample(units, len(units))
    assert rank(shuffled, by=by, ties=ties) == rank(units, by=by, ties=ties)


@given(indices, st.sampled_from(RankBy), st.sampled_from(Ties))
def test_every_unit_is_ranked_once(units, by, ties):
    assert sorted(placed.key for placed in rank(units, by=by, ties=ties)) == sorted(
        unit.key for unit in units
    )


@pytest.mark.parametrize(
    ("index", "band"),
    [
        ("100", "Xuất sắc"),
        ("90", "Xuất sắc"),
        ("89.9999", "Tốt"),
        ("80", "Tốt"),
        ("79.99", "Khá"),
        ("70.5", "Yếu"),
        ("0", "Yếu"),
        ("120", "Xuất sắc"),
    ],
)
def test_bands_tell_from_and_above_apart(index, band):
    assert parse_bands(NATIONAL).of(Fraction(index)) == band
    assert parse_bands(NATIONAL).of(Decimal(index)) == band


def test_bands_write_what_they_read():
    bands = parse_bands(" Xuất sắc>=90.0 ;Tốt ≥ 80; Khá>70,50;Yếu;")
    assert str(bands) == NATIONAL
    assert parse_bands(str(bands)) == bands
    assert [(edge.name, edge.bound, edge.inclusive) for edge in bands.edges] == [
        ("Xuất sắc", Decimal(90), True),
        ("Tốt", Decimal(80), True),
        ("Khá", Decimal("70.5"), False),
        ("Yếu", None, True),
    ]


def test_one_band_without_bound_holds_everything():
    assert parse_bands("Đạt").of(Fraction(0)) == "Đạt"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "“” is not a band such as “Tốt >= 80”."),
        ("Tốt >= 80; Khá >= 85; Yếu", "The bound of “Khá” is 85; less than 80 is expected."),
        ("Tốt > 80; Khá >= 80; Yếu", "The bound of “Khá” is 80; less than 80 is expected."),
        ("Tốt >= 80; Khá >= 70", "The last band “Khá” has a bound; none is expected."),
        ("Tốt >= 80; Khá; Yếu", "The band “Khá” has no bound; only the last one has none."),
        ("Tốt >= 80; tốt >= 70; Yếu", "The band “tốt” stands twice."),
        ("Tốt >= tám mươi; Yếu", "The bound of “Tốt” is “tám mươi”; a number is expected."),
        ("Tốt >= 1.234,5; Yếu", "The bound of “Tốt” is “1.234,5”; a number is expected."),
        ("Tốt >= ; Yếu", "The bound of “Tốt” is “”; a number is expected."),
        (">= 80; Yếu", "“>= 80” is not a band such as “Tốt >= 80”."),
        ("Tốt >= 80;; Yếu", "“” is not a band such as “Tốt >= 80”."),
        ("Tốt < 80; Yếu", "“Tốt < 80” is not a band such as “Tốt >= 80”."),
        ("Tốt >= 80; Yếu < 80", "“Yếu < 80” is not a band such as “Tốt >= 80”."),
    ],
)
def test_bands_are_checked(text, sentence):
    with pytest.raises(BandsError) as refused:
        parse_bands(text)
    assert str(refused.value) == sentence
