from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria.scoring.consolidation import BlockInput, Incomplete, Result, UnitInput, consolidate
from criteria.scoring.merging import LeafInput, MissingKind, NoSurvey
from criteria.scoring.ranking import RankBy, TieBreaker, Ties, parse_bands
from criteria.scoring.rollup import Settings
from criteria.scoring.tree import Source, Tree
from tests.criteria.scoring.strategies import known, leaf, parent, trees, units

TREE = Tree(
    [
        parent("1", "6"),
        leaf("1.1", "4", parent="1"),
        leaf("1.2", "2", Source.APPRAISER, "1"),
        leaf("2", "4", Source.SURVEY),
        leaf("T", "2", Source.BONUS),
    ]
)
BANDS = parse_bands("Tốt >= 80; Khá >= 70; Yếu")


def unit(code: str, position: int = 0, **points: str | None) -> UnitInput:
    leaves = {}
    for name, amount in points.items():
        node = TREE.node(name.removeprefix("l").replace("_", "."))
        leaves[node.code] = (
            LeafInput(node.code, exempt=True) if amount is None else known(node, Decimal(amount))
        )
    return UnitInput(code, position, leaves)


def block(*units_of_it: UnitInput, **about) -> BlockInput:
    return BlockInput("K", TREE, BANDS, units_of_it, **about)


def merged(*blocks: BlockInput, by=RankBy.UNROUNDED, ties=Ties.SKIP, tie_breakers=()) -> Result:
    return consolidate(blocks, by=by, ties=ties, tie_breakers=tie_breakers)


def test_units_come_out_ranked_with_band_and_place_in_each_area():
    low = unit("A", 1, l1_1="2", l1_2="2", l2="4")
    high = unit("B", 2, l1_1="4", l1_2="2", l2="3")

    [result] = merged(block(low, high)).blocks

    assert [(u.code, u.place, u.band, u.totals.index) for u in result.units] == [
        ("B", 1, "Tốt", Fraction(90)),
        ("A", 2, "Tốt", Fraction(80)),
    ]
    assert [dict(u.area_places) for u in result.units] == [{"1": 1, "2": 2}, {"1": 2, "2": 1}]
    assert list(result.units[0].leaves) == ["1.1", "1.2", "2", "T"]


def test_blocks_are_ranked_apart_in_the_order_of_the_input():
    first = replace(block(unit("A", l1_1="1", l1_2="1", l2="1")), code="K2")
    second = replace(block(unit("B", l1_1="4", l1_2="2", l2="4")), code="K1")
    result = merged(first, second)
    assert [(b.code, [(u.code, u.place) for u in b.units]) for b in result.blocks] == [
        ("K2", [("A", 1)]),
        ("K1", [("B", 1)]),
    ]


def test_everything_that_is_missing_is_named():
    silent = UnitInput("A", 1)
    partly = unit("B", 2, l1_1="4", l2="1")
    with pytest.raises(Incomplete) as refused:
        merged(block(silent, partly))
    assert refused.value.missing == (
        ("A", "1.1", MissingKind.UNDECIDED),
        ("A", "1.2", MissingKind.UNDECIDED),
        ("A", "2", MissingKind.NO_SURVEY),
        ("B", "1.2", MissingKind.UNDECIDED),
    )


def test_a_block_in_which_nothing_was_surveyed_follows_its_setting():
    unsurveyed = unit("A", l1_1="3", l1_2="1.5")
    with pytest.raises(Incomplete) as refused:
        merged(block(unsurveyed))
    assert refused.value.missing == (("A", "2", MissingKind.NO_SURVEY_IN_BLOCK),)

    [rescaled] = merged(block(unsurveyed, no_survey=NoSurvey.RESCALE)).blocks[0].units
    assert (rescaled.totals.max_points, rescaled.totals.index) == (6, 75)
    assert rescaled.area_places == {"1": 1, "2": None}

    [zero] = merged(block(unsurveyed, no_survey=NoSurvey.ZERO)).blocks[0].units
    assert (zero.totals.max_points, zero.totals.index) == (10, 45)


def test_one_surveyed_unit_makes_the_block_a_surveyed_one():
    surveyed, forgotten = unit("A", l1_1="3", l1_2="1", l2="2"), unit("B", l1_1="3", l1_2="1")
    for no_survey in NoSurvey:
        with pytest.raises(Incomplete) as refused:
            merged(block(surveyed, forgotten, no_survey=no_survey))
        assert refused.value.missing == (("B", "2", MissingKind.NO_SURVEY),)


def test_an_outside_index_does_not_make_a_block_surveyed():
    tree = Tree([leaf("1", "4", Source.EXTERNAL), leaf("2", "6", Source.SURVEY)])
    measured = UnitInput("A", 0, {"1": LeafInput("1", measured_points=Decimal(3))})
    [result] = merged(BlockInput("K", tree, BANDS, (measured,), NoSurvey.RESCALE)).blocks[0].units
    assert result.totals.index == 75


def test_bands_compare_the_same_index_as_the_rank():
    nearly = unit("A", l1_1="3.9996", l1_2="2", l2="2")
    [by_unrounded] = merged(block(nearly)).blocks[0].units
    [by_printed] = merged(block(nearly), by=RankBy.PRINTED).blocks[0].units
    assert (by_unrounded.band, by_printed.band) == ("Khá", "Tốt")


def test_a_unit_to_which_nothing_applies_comes_last_without_place_and_band():
    nothing = unit("A", 1, l1_1=None, l1_2=None, l2=None)
    result = merged(block(nothing, unit("B", 2, l1_1="0", l1_2="0", l2="0"))).blocks[0]
    assert [(u.code, u.place, u.band) for u in result.units] == [("B", 1, "Yếu"), ("A", None, "")]


def test_tie_breakers_part_units_but_not_their_areas():
    one = unit("A", 1, l1_1="2", l1_2="2", l2="3")
    two = unit("B", 2, l1_1="3", l1_2="1", l2="3")
    three = unit("C", 3, l1_1="3", l1_2="2", l2="2")
    result = merged(block(one, two, three), tie_breakers=[TieBreaker.APPRAISED]).blocks[0]
    assert [(u.code, u.place) for u in result.units] == [("C", 1), ("A", 2), ("B", 2)]
    assert {u.code: u.area_places["2"] for u in result.units} == {"A": 1, "B": 1, "C": 3}


def test_caps_are_those_of_the_block():
    rich = unit("A", l1_1="3", l1_2="2", l2="3", lT="2")
    [result] = merged(block(rich, settings=Settings(bonus_cap=Decimal("0.5")))).blocks[0].units
    assert (result.totals.bonus_points, result.totals.index) == (Decimal("0.5"), 85)


def test_points_on_something_that_is_no_leaf_are_an_error():
    with pytest.raises(ValueError, match="A: 1, 9 are no leaves"):
        merged(block(UnitInput("A", 0, {"9": LeafInput("9"), "1": LeafInput("1")})))


def test_no_blocks_give_no_result():
    assert merged() == Result(())


@st.composite
def blocks(draw) -> BlockInput:
    tree = draw(trees())
    members = tuple(
        draw(units(tree, f"U{n}", draw(st.integers(0, 3)))) for n in range(draw(st.integers(1, 5)))
    )
    return BlockInput("K", tree, BANDS, members, draw(st.sampled_from(NoSurvey)))


@given(blocks(), st.sampled_from(RankBy), st.sampled_from(Ties), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(given_block, by, ties, random):
    try:
        expected = merged(given_block, by=by, ties=ties)
    except Incomplete:
        return
    shuffled = tuple(
        replace(unit, leaves=dict(random.sample(list(unit.leaves.items()), len(unit.leaves))))
        for unit in random.sample(given_block.units, len(given_block.units))
    )
    assert merged(replace(given_block, units=shuffled), by=by, ties=ties) == expected


@given(blocks(), st.sampled_from(RankBy), st.sampled_from(Ties))
def test_the_result_holds_every_unit_and_every_leaf_once(given_block, by, ties):
    try:
        [result] = merged(given_block, by=by, ties=ties).blocks
    except Incomplete:
        return
    assert sorted(unit.code for unit in result.units) == sorted(unit.code for unit in given_block.units)
    codes = [node.code for node in given_block.tree.leaves]
    assert all(list(unit.leaves) == codes for unit in result.units)


@given(blocks(), st.data())
def test_without_one_leaf_the_run_stops_with_its_name(given_block, data):
    ordinary = [
        node.code for node in given_block.tree.leaves if node.source in (Source.SELF, Source.APPRAISER)
    ]
    if not ordinary:
        return
    chosen = data.draw(st.sampled_from(given_block.units))
    code = data.draw(st.sampled_from(ordinary))
    gapped = replace(chosen, leaves={key: leaf for key, leaf in chosen.leaves.items() if key != code})
    members = tuple(gapped if unit is chosen else unit for unit in given_block.units)
    with pytest.raises(Incomplete) as refused:
        merged(replace(given_block, units=members))
    assert (chosen.code, code, MissingKind.UNDECIDED) in refused.value.missing
