from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria.scoring.merging import DecidedLeaf, LeafInput, NoSurvey, Opinion, Stage, decide
from criteria.scoring.rollup import AreaTotals, Settings, UnitTotals, digits_12, percent_2, roll_up
from criteria.scoring.tree import Source, Tree
from tests.criteria.scoring.strategies import everything, known, leaf, parent, points_up_to, trees, units

TREE = Tree(
    [
        parent("1", "6"),
        leaf("1.1", "4", parent="1"),
        leaf("1.2", "2", Source.APPRAISER, "1"),
        parent("2", "4"),
        leaf("2.1", "3", Source.SURVEY, "2"),
        leaf("2.2", "1", Source.EXTERNAL, "2"),
        leaf("T", "3", Source.BONUS),
        leaf("P", "3", Source.PENALTY),
    ]
)

NO_CAPS = Settings()


def decided(tree: Tree, leaves: dict[str, LeafInput]) -> dict[str, DecidedLeaf]:
    return {
        node.code: decide(node, leaves.get(node.code), surveyed=True, no_survey=NoSurvey.STOP)
        for node in tree.leaves
    }


def totals(settings: Settings = NO_CAPS, **points: str | None) -> UnitTotals:
    """Totals for points by leaf, written `l1_1="3"`; None is not applicable."""
    leaves = {}
    for name, amount in points.items():
        node = TREE.node(name.removeprefix("l").replace("_", "."))
        leaves[node.code] = (
            LeafInput(node.code, exempt=True) if amount is None else known(node, Decimal(amount))
        )
    return roll_up(TREE, decided(TREE, leaves), settings)


FULL = {"l1_1": "3", "l1_2": "1.5", "l2_1": "2", "l2_2": "0.5"}


def test_points_are_summed_by_source_and_area():
    leaves = {
        "1.1": LeafInput("1.1", Decimal("3.5"), (Opinion(Stage.ROUND_1, Decimal(3)),)),
        "1.2": known(TREE.node("1.2"), Decimal("1.5")),
        "2.1": known(TREE.node("2.1"), Decimal(2)),
        "2.2": known(TREE.node("2.2"), Decimal("0.5")),
        "T": known(TREE.node("T"), Decimal(1)),
        "P": known(TREE.node("P"), Decimal("0.25")),
    }
    assert roll_up(TREE, decided(TREE, leaves), Settings()) == UnitTotals(
        max_points=Decimal(10),
        self_points=Decimal("3.5"),
        appraised_points=Decimal("4.5"),
        survey_points=Decimal("2.5"),
        bonus_points=Decimal(1),
        penalty_points=Decimal("0.25"),
        total_points=Decimal("7.75"),
        index=Fraction(155, 2),
        areas=(
            AreaTotals("1", Decimal(6), Decimal("4.5"), Fraction(75)),
            AreaTotals("2", Decimal(4), Decimal("2.5"), Fraction(125, 2)),
        ),
    )


def test_leaves_that_do_not_apply_leave_the_maximum():
    result = totals(**FULL | {"l1_1": None})
    assert (result.max_points, result.total_points, result.self_points) == (6, 4, 0)
    assert result.index == Fraction(200, 3)
    assert result.areas[0] == AreaTotals("1", Decimal(2), Decimal("1.5"), Fraction(75))


def test_an_area_in_which_nothing_applies_has_no_index():
    result = totals(**FULL | {"l2_1": None, "l2_2": None})
    assert result.areas[1] == AreaTotals("2", Decimal(0), Decimal(0), None)
    assert result.index == Fraction(75)


def test_a_unit_to_which_nothing_applies_has_no_index():
    result = totals(l1_1=None, l1_2=None, l2_1=None, l2_2=None, lT="2")
    assert (result.max_points, result.total_points, result.index) == (0, 0, None)


@pytest.mark.parametrize(
    ("limits", "bonus", "penalty", "total"),
    [
        (Settings(), "3", "2", "8"),
        (Settings(bonus_cap=Decimal("1.5")), "1.5", "2", "6.5"),
        (Settings(penalty_cap=Decimal("0.5")), "3", "0.5", "9.5"),
        (Settings(bonus_cap=Decimal(0), penalty_cap=Decimal(0)), "0", "0", "7"),
        (Settings(bonus_cap=Decimal(9), penalty_cap=Decimal(9)), "3", "2", "8"),
    ],
)
def test_bonus_and_penalty_stay_within_the_caps(limits, bonus, penalty, total):
    result = totals(limits, **FULL, lT="3", lP="2")
    assert (result.bonus_points, result.penalty_points, result.total_points) == (
        Decimal(bonus),
        Decimal(penalty),
        Decimal(total),
    )


def test_the_total_exceeds_the_maximum_only_where_the_cycle_allows_it():
    full = {"l1_1": "4", "l1_2": "2", "l2_1": "3", "l2_2": "1", "lT": "2"}
    assert totals(**full).total_points == 10
    exceeding = totals(Settings(may_exceed=True), **full)
    assert (exceeding.total_points, exceeding.index) == (12, 120)


def test_the_total_is_never_below_zero():
    result = totals(l1_1="0", l1_2="0", l2_1="0", l2_2="1", lP="3")
    assert (result.total_points, result.index) == (0, 0)


@pytest.mark.parametrize(
    ("index", "printed", "digits"),
    [
        (Fraction(0), "0.00", "0"),
        (Fraction(100), "100.00", "100.000000000"),
        (Fraction(590, 7), "84.29", "84.2857142857"),
        (Fraction(81_335, 1000), "81.34", "81.3350000000"),
        (Fraction(1, 3), "0.33", "0.333333333333"),
        (Fraction(1, 1000), "0.00", "0.00100000000000"),
        (Fraction(1, 10**6) * 123, "0.00", "0.000123000000000"),
        (10 - Fraction(1, 10**13), "10.00", "10.0000000000"),
        (1 - Fraction(1, 10**15), "1.00", "1.00000000000"),
    ],
)
def test_the_index_is_rounded_once_when_it_is_printed(index, printed, digits):
    assert (str(percent_2(index)), digits_12(index)) == (printed, digits)


@given(st.fractions(min_value=0, max_value=200))
def test_digits_12_keeps_twelve_digits(index):
    text = digits_12(index)
    if index:
        assert len(text.replace(".", "").lstrip("0")) == 12
        assert abs(Fraction(text) - index) <= index / 10**11


@given(trees())
def test_the_roll_up_of_all_maxima_is_the_roots(tree):
    result = roll_up(tree, decided(tree, everything(tree)), Settings())
    assert result.max_points == result.total_points == tree.max_points
    assert result.index == 100
    assert [(area.max_points, area.points) for area in result.areas] == [
        (area.max_points, area.max_points) for area in tree.areas
    ]


caps = st.none() | st.integers(0, 6).map(Decimal)
settings_of_a_block = st.builds(Settings, bonus_cap=caps, penalty_cap=caps, may_exceed=st.booleans())


@given(st.data(), trees(), settings_of_a_block)
def test_the_index_is_never_below_zero_nor_above_hundred_unless_allowed(data, tree, settings):
    unit = data.draw(units(tree))
    result = roll_up(tree, decided(tree, unit.leaves), settings)
    assert (result.index is None) == (result.max_points == 0)
    if result.index is not None:
        assert result.index >= 0
        assert settings.may_exceed or result.index <= 100
    assert all(area.index is None or 0 <= area.index <= 100 for area in result.areas)


@given(st.data(), trees(), settings_of_a_block)
def test_raising_one_leaf_never_lowers_an_index(data, tree, settings):
    leaves = dict(data.draw(units(tree)).leaves)
    raisable = [
        node for node in tree.leaves if node.source != Source.PENALTY and not leaves[node.code].exempt
    ]
    before = roll_up(tree, decided(tree, leaves), settings)
    if not raisable:
        return
    node = data.draw(st.sampled_from(raisable))
    lower = decided(tree, leaves)[node.code].points
    raised = lower + data.draw(points_up_to(node.max_points - lower))
    after = roll_up(tree, decided(tree, leaves | {node.code: known(node, raised)}), settings)

    assert before.index is None or after.index >= before.index
    for area_before, area_after in zip(before.areas, after.areas, strict=True):
        assert area_before.index is None or area_after.index >= area_before.index


@given(st.data(), trees(extras=False))
def test_totals_add_up_over_areas_and_over_sources(data, tree):
    result = roll_up(tree, decided(tree, data.draw(units(tree)).leaves), Settings())
    assert sum(area.points for area in result.areas) == result.total_points
    assert result.appraised_points + result.survey_points == result.total_points
    assert sum(area.max_points for area in result.areas) == result.max_points
