from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria.scoring.rules import RuleKind
from criteria.scoring.tree import Node, Source, Tree, TreeError, problems
from tests.criteria.scoring.strategies import leaf, parent, trees

SOUND = [
    parent("1", "3"),
    leaf("1.1", "1", parent="1"),
    parent("1.2", "2", "1"),
    leaf("1.2.1", "1.5", Source.SURVEY, "1.2"),
    leaf("1.2.2", "0.5", Source.EXTERNAL, "1.2"),
    leaf("2", "4", Source.APPRAISER),
    parent("T", "9"),
    leaf("T.1", "3", Source.BONUS, "T"),
    leaf("P", "5", Source.PENALTY),
]


def found(nodes: list[Node]) -> list[tuple[int | None, str, str]]:
    return [(problem.index, problem.field, str(problem.message)) for problem in problems(nodes)]


def test_tree_gives_its_parts_in_document_order():
    tree = Tree(SOUND)
    assert [node.code for node in tree.nodes] == [node.code for node in SOUND]
    assert [node.code for node in tree.roots] == ["1", "2", "T", "P"]
    assert [node.code for node in tree.leaves] == ["1.1", "1.2.1", "1.2.2", "2", "T.1", "P"]
    assert [node.code for node in tree.areas] == ["1", "2"]
    assert [node.code for node in tree.children("1")] == ["1.1", "1.2"]
    assert [node.code for node in tree.leaves_under("1")] == ["1.1", "1.2.1", "1.2.2"]
    assert [node.code for node in tree.leaves_under("2")] == ["2"]
    assert tree.max_points == 7


def test_tree_knows_the_area_of_each_leaf():
    tree = Tree(SOUND)
    assert [tree.area_of(node.code) for node in tree.leaves] == ["1", "1", "1", "2", "T", "P"]


def test_a_parent_may_be_given_after_its_children():
    tree = Tree(list(reversed(SOUND)))
    assert [node.code for node in tree.nodes] == ["P", "T", "T.1", "2", "1", "1.2", "1.2.2", "1.2.1", "1.1"]


def test_tree_reads_the_rule_of_a_leaf_once():
    counted = Node("1", None, "Counted", Decimal(2), Source.SELF, RuleKind.COUNT, "mỗi = 0,5", ("Số",))
    tree = Tree([counted])
    assert tree.rule("1").score([3]).points == Decimal("1.5")
    assert tree.rule("1") is tree.rule("1")


def test_a_leaf_without_rule_takes_points_up_to_its_maximum():
    rule = Tree(SOUND).rule("2")
    assert (rule.kind, rule.score(["2,5"]).points) == (RuleKind.DIRECT, Decimal("2.5"))


def test_a_parent_has_no_rule():
    with pytest.raises(KeyError):
        Tree(SOUND).rule("1")


def test_tree_refuses_what_is_not_sound_with_every_problem():
    with pytest.raises(TreeError) as refused:
        Tree([parent("1", "2"), leaf("1.1", "1", parent="1"), leaf("1.1", "1", parent="1")])
    assert [(problem.index, problem.field) for problem in refused.value.problems] == [
        (0, "max_points"),
        (2, "code"),
    ]


def test_sound_nodes_have_no_problems():
    assert found(SOUND) == []


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        (
            [parent("1", "10"), leaf("1.1", "6", parent="1"), leaf("1.2", "3.9999", parent="1")],
            (0, "max_points", "The maximum is 10, but those of the criteria below add up to 9.9999."),
        ),
        ([leaf("1"), leaf("1")], (1, "code", "The code 1 stands twice.")),
        ([leaf("1"), leaf("")], (1, "code", "The code is missing.")),
        ([leaf("1"), leaf("2", parent="9")], (1, "parent", "The parent 9 is not a code of this set.")),
        (
            [leaf("1", "0")],
            (0, "max_points", "The maximum is 0; more than 0 and at most 9999 points are expected."),
        ),
        (
            [leaf("1", "-1")],
            (0, "max_points", "The maximum is −1; more than 0 and at most 9999 points are expected."),
        ),
        (
            [leaf("1", "10000")],
            (0, "max_points", "The maximum is 10000; more than 0 and at most 9999 points are expected."),
        ),
        (
            [leaf("1", "0.00001")],
            (0, "max_points", "The maximum is 0.00001; at most 4 decimals are expected."),
        ),
        ([Node("1", None, "", Decimal(1))], (0, "source", "The source of the points is missing.")),
        (
            [Node("1", None, "", Decimal(1), Source.SELF), leaf("1.1", parent="1")],
            (0, "source", "A criterion with others below it has no source of points of its own."),
        ),
        (
            [Node("1", None, "", Decimal(1), None, RuleKind.DIRECT), leaf("1.1", parent="1")],
            (0, "rule_kind", "A criterion with others below it has no scoring rule of its own."),
        ),
        (
            [Node("1", None, "", Decimal(1), Source.SELF)],
            (0, "rule_kind", "A criterion that units score themselves needs a scoring rule."),
        ),
        (
            [Node("1", None, "", Decimal(1), Source.APPRAISER, None, "mỗi = 1")],
            (0, "rule_kind", "There are parameters, but no kind of scoring rule."),
        ),
        (
            [Node("1", None, "", Decimal(1), Source.SURVEY, RuleKind.DIRECT)],
            (0, "rule_kind", "Criteria of this source of points have no scoring rule."),
        ),
        (
            [Node("1", None, "", Decimal(1), Source.SELF, RuleKind.COUNT, "mỗi")],
            (0, "parameters", "“mỗi” is not an entry of the form “name = value”."),
        ),
        ([leaf("T", source=Source.BONUS)], (None, "code", "No criterion counts towards the index.")),
        ([], (None, "code", "No criterion counts towards the index.")),
        (
            [parent("1", "1"), leaf("1.1", parent="1"), leaf("1.2", "2", Source.BONUS, "1")],
            (2, "parent", "Bonus and penalty criteria stand apart; 1 holds ordinary criteria."),
        ),
        (
            [
                parent("1", "1"),
                leaf("1.1", parent="1"),
                parent("1.2", "2", "1"),
                leaf("1.2.1", "2", Source.PENALTY, "1.2"),
            ],
            (3, "parent", "Bonus and penalty criteria stand apart; 1 holds ordinary criteria."),
        ),
    ],
)
def test_each_problem_is_named_with_its_row_and_field(nodes, expected):
    assert found(nodes) == [expected]


def test_criteria_below_themselves_are_named_each():
    looped = [leaf("1"), parent("2", "1", "3"), parent("3", "1", "2"), leaf("3.1", parent="3")]
    assert found(looped) == [
        (1, "parent", "2 stands below itself."),
        (2, "parent", "3 stands below itself."),
    ]


def test_endless_nesting_is_refused():
    chain = [parent(str(n), "1", str(n - 1) if n else None) for n in range(500)]
    chain.append(leaf("last", parent="499"))
    assert "More than 20 levels." in {sentence for _, _, sentence in found(chain)}


def test_appraiser_and_external_leaves_may_carry_a_rule():
    ratio = ("còn lại = x2", ("a", "b"))
    nodes = [
        Node("1", None, "", Decimal(2), Source.APPRAISER, RuleKind.RATIO, *ratio),
        Node("2", None, "", Decimal(2), Source.EXTERNAL, RuleKind.RATIO, *ratio),
    ]
    assert found(nodes) == []


@given(trees(), st.data())
def test_the_order_of_the_input_never_makes_a_sound_tree_unsound(tree, data):
    shuffled = data.draw(st.permutations(tree.nodes))
    assert problems(shuffled) == []
    assert Tree(shuffled).max_points == tree.max_points
