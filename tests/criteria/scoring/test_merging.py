from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria.scoring.merging import (
    DecidedLeaf,
    LeafInput,
    Missing,
    MissingKind,
    NoSurvey,
    Opinion,
    Stage,
    decide,
)
from criteria.scoring.tree import Source
from tests.criteria.scoring.strategies import decided_by, leaf, points_up_to


def decision(source: Source, known: LeafInput | None, *, surveyed: bool = True, no_survey=NoSurvey.STOP):
    return decide(leaf("1", "4", source), known, surveyed=surveyed, no_survey=no_survey)


def with_opinions(*opinions: Opinion, **about) -> LeafInput:
    return LeafInput("1", opinions=opinions, **about)


@pytest.mark.parametrize("source", [Source.SELF, Source.APPRAISER])
@pytest.mark.parametrize(
    ("opinions", "points"),
    [
        ([decided_by(Stage.ROUND_1, "3")], "3"),
        ([decided_by(Stage.ROUND_1, "3"), decided_by(Stage.ROUND_1, "2")], "2"),
        ([decided_by(Stage.ROUND_2, "1"), decided_by(Stage.ROUND_1, "3")], "1"),
        (
            [
                decided_by(Stage.MEETING, "2.5"),
                decided_by(Stage.ROUND_2, "1"),
                decided_by(Stage.ROUND_1, "3"),
            ],
            "2.5",
        ),
        (
            [decided_by(Stage.SELF, "4"), decided_by(Stage.ROUND_1, "0"), decided_by(Stage.EXPLANATION, "4")],
            "0",
        ),
    ],
)
def test_the_newest_opinion_of_the_weightiest_stage_decides(source, opinions, points):
    assert decision(source, with_opinions(*opinions)).points == Decimal(points)


@pytest.mark.parametrize("source", [Source.SELF, Source.APPRAISER])
@pytest.mark.parametrize(
    "opinions",
    [
        [],
        [decided_by(Stage.SELF, "4")],
        [decided_by(Stage.EXPLANATION, "4")],
        [decided_by(Stage.ROUND_1, "3", provisional=True)],
        [decided_by(Stage.ROUND_1, "4"), decided_by(Stage.ROUND_1, "3", provisional=True)],
        [decided_by(Stage.ROUND_1, "4"), decided_by(Stage.ROUND_2, None)],
    ],
)
def test_a_leaf_that_nobody_has_decided_is_missing_never_zero(source, opinions):
    assert decision(source, with_opinions(*opinions)) == Missing("1", MissingKind.UNDECIDED)


def test_a_leaf_of_which_nothing_is_known_is_missing():
    assert decision(Source.SELF, None) == Missing("1", MissingKind.UNDECIDED)


def test_decided_leaf_keeps_self_score_and_reason():
    known = with_opinions(decided_by(Stage.ROUND_1, "3", reason="page 4 is missing"), self_points=Decimal(4))
    assert decision(Source.SELF, known) == DecidedLeaf(
        code="1",
        applicable=True,
        max_points=Decimal(4),
        self_points=Decimal(4),
        points=Decimal(3),
        source=Source.SELF,
        reason="page 4 is missing",
    )


def test_the_council_may_decide_that_a_leaf_is_not_applicable():
    decided = decision(
        Source.SELF,
        with_opinions(decided_by(Stage.ROUND_1, None, not_applicable=True, reason="no procedures")),
    )
    assert (decided.applicable, decided.points, decided.reason) == (False, Decimal(0), "no procedures")


@pytest.mark.parametrize("source", list(Source))
def test_an_exemption_goes_before_everything_else(source):
    known = LeafInput(
        "1",
        opinions=(decided_by(Stage.MEETING, "3"),),
        measured_points=Decimal(3),
        exempt=True,
        exempt_reason="no counter",
    )
    decided = decision(source, known)
    assert (decided.applicable, decided.points, decided.reason) == (False, Decimal(0), "no counter")


@pytest.mark.parametrize("source", [Source.SURVEY, Source.EXTERNAL])
def test_measured_points_decide_survey_and_external_leaves(source):
    known = LeafInput("1", measured_points=Decimal("3.1"), opinions=(decided_by(Stage.MEETING, "4"),))
    assert decision(source, known).points == Decimal("3.1")


def test_a_unit_without_survey_result_in_a_surveyed_block_is_missing():
    for no_survey in NoSurvey:
        assert decision(Source.SURVEY, None, no_survey=no_survey) == Missing("1", MissingKind.NO_SURVEY)


def test_a_missing_external_figure_is_missing_whatever_becomes_of_surveys():
    for no_survey in NoSurvey:
        assert decision(Source.EXTERNAL, None, surveyed=False, no_survey=no_survey) == (
            Missing("1", MissingKind.NO_EXTERNAL)
        )


def test_a_block_without_survey_stops_rescales_or_counts_zero():
    stopped, rescaled, zero = (
        decision(Source.SURVEY, None, surveyed=False, no_survey=no_survey)
        for no_survey in (NoSurvey.STOP, NoSurvey.RESCALE, NoSurvey.ZERO)
    )
    assert stopped == Missing("1", MissingKind.NO_SURVEY_IN_BLOCK)
    assert (rescaled.applicable, rescaled.points) == (False, Decimal(0))
    assert (zero.applicable, zero.points) == (True, Decimal(0))


@pytest.mark.parametrize("source", [Source.BONUS, Source.PENALTY])
@pytest.mark.parametrize(
    ("opinions", "points"),
    [
        ([], "0"),
        ([decided_by(Stage.SELF, "3")], "0"),
        ([decided_by(Stage.ROUND_1, "1.5")], "1.5"),
        ([decided_by(Stage.ROUND_1, "9")], "4"),
        ([decided_by(Stage.ROUND_1, "1.5"), decided_by(Stage.MEETING, "0")], "0"),
        ([decided_by(Stage.ROUND_1, "1.5"), decided_by(Stage.ROUND_1, None)], "0"),
    ],
)
def test_bonus_and_penalty_count_what_was_entered_up_to_their_maximum(source, opinions, points):
    decided = decision(source, with_opinions(*opinions))
    assert (decided.applicable, decided.points) == (True, Decimal(points))


def test_a_provisional_bonus_is_open():
    known = with_opinions(decided_by(Stage.ROUND_1, "1", provisional=True))
    assert decision(Source.BONUS, known) == Missing("1", MissingKind.UNDECIDED)


@pytest.mark.parametrize("points", ["-0.5", "4.0001"])
def test_points_outside_the_maximum_are_never_merged(points):
    with pytest.raises(ValueError, match="outside"):
        decision(Source.SELF, with_opinions(decided_by(Stage.ROUND_1, points)))
    with pytest.raises(ValueError, match="outside"):
        decision(Source.SURVEY, LeafInput("1", measured_points=Decimal(points)))


opinions = st.builds(
    Opinion,
    stage=st.sampled_from(Stage),
    points=st.none() | points_up_to(Decimal(4)),
    not_applicable=st.booleans(),
    provisional=st.booleans(),
)


@given(
    st.sampled_from(Source),
    st.lists(opinions, max_size=5),
    st.none() | points_up_to(Decimal(4)),
    st.booleans(),
    st.booleans(),
    st.sampled_from(NoSurvey),
)
def test_merging_never_invents_points(source, given_opinions, measured, exempt, surveyed, no_survey):
    known = LeafInput("1", None, tuple(given_opinions), measured, exempt)
    decided = decision(source, known, surveyed=surveyed, no_survey=no_survey)
    if isinstance(decided, DecidedLeaf):
        assert decided.points in {Decimal(0), measured, *(opinion.points for opinion in given_opinions)}
        assert decided.applicable or decided.points == 0


@given(st.lists(opinions, max_size=5))
def test_opinions_of_lower_stages_never_change_a_firm_decision_of_the_meeting(given_opinions):
    below = [opinion for opinion in given_opinions if opinion.stage != Stage.MEETING]
    known = with_opinions(decided_by(Stage.MEETING, "2"), *below)
    assert decision(Source.SELF, known).points == 2
