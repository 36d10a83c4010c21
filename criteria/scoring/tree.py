"""The criteria of one version as a tree that is known to be sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from criteria.scoring.messages import Message, gettext_noop
from criteria.scoring.numbers import POINT_DECIMALS
from criteria.scoring.rules import Rule, RuleError, RuleKind, parse_rule

__all__ = ["Node", "Problem", "RuleKind", "Source", "Tree", "TreeError", "problems"]


MAX_LEVELS = 20
"""Real sets have up to 5; the limit keeps a spoilt file from exhausting the stack."""

HIGHEST_MAXIMUM = Decimal(9999)


class Source(StrEnum):
    """Who supplies the points of a leaf."""

    SELF = "self"
    APPRAISER = "appraiser"
    SURVEY = "survey"
    EXTERNAL = "external"
    BONUS = "bonus"
    PENALTY = "penalty"

    @property
    def is_extra(self) -> bool:
        """Whether leaves of this source stand outside every sum of maxima."""
        return self in (Source.BONUS, Source.PENALTY)


@dataclass(frozen=True, slots=True)
class Node:
    """
    An area, criterion or sub-criterion; those without children are leaves.

    Only a leaf has a source, and a rule where its source calls for one. `labels` name its declared
    figures in order.
    """

    code: str
    parent: str | None
    name: str
    max_points: Decimal
    source: Source | None = None
    rule_kind: RuleKind | None = None
    parameters: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the node at `index` of the input (None: with the whole), in which of its fields."""

    code: str
    field: str
    message: Message
    index: int | None


class TreeError(ValueError):
    """The nodes are no sound tree; `problems` names everything that is wrong."""

    def __init__(self, problems: Sequence[Problem]):
        super().__init__("; ".join(f"{problem.code}: {problem.message}" for problem in problems))
        self.problems = tuple(problems)


class Tree:
    """
    A sound tree of criteria.

    `nodes` run in document order: depth first, siblings in the order in which they were given.

    :raises TreeError: see `problems`
    """

    def __init__(self, nodes: Sequence[Node]):
        shape = _Shape(nodes)
        found = list(_all_problems(shape))
        if found:
            raise TreeError(found)
        self._by_code = {node.code: node for node in nodes}
        self._children = shape.children
        self.roots = tuple(shape.children.get(None, ()))
        self.nodes = tuple(self._walk(self.roots))
        self.leaves = tuple(node for node in self.nodes if node.code not in shape.children)
        self._area = {leaf.code: root.code for root in self.roots for leaf in self.leaves_under(root.code)}
        self.areas = tuple(root for root in self.roots if shape.is_ordinary(root.code))
        self.max_points = sum(
            (leaf.max_points for leaf in self.leaves if not leaf.source.is_extra), Decimal(0)
        )

    def node(self, code: str) -> Node:
        """:raises KeyError: there is no such node"""
        return self._by_code[code]

    def children(self, code: str) -> tuple[Node, ...]:
        return tuple(self._children.get(code, ()))

    def is_leaf(self, code: str) -> bool:
        return code not in self._children

    def leaves_under(self, code: str) -> tuple[Node, ...]:
        """The leaves at or below a node, in document order."""
        below = self._walk((self.node(code),))
        return tuple(node for node in below if node.code not in self._children)

    def area_of(self, leaf_code: str) -> str:
        """The code of the top node that a leaf belongs to (its own, when it stands at the top)."""
        return self._area[leaf_code]

    def rule(self, code: str) -> Rule:
        """
        The scoring rule of a leaf; one without a rule of its own takes points from 0 to its maximum.

        :raises KeyError: the node is not a leaf
        """
        if not self.is_leaf(code):
            raise KeyError(code)
        return _rule(self.node(code))

    def _walk(self, nodes: Sequence[Node]) -> Iterator[Node]:
        for node in nodes:
            yield node
            yield from self._walk(self._children.get(node.code, ()))


def problems(nodes: Sequence[Node]) -> list[Problem]:
    """
    Everything that keeps the nodes from being a sound tree, in the order of the input; empty when they
    are one.
    """
    return list(_all_problems(_Shape(nodes)))


class _Shape:
    """The nodes by parent, and what hangs below each; holds for unsound input too, without any recursion."""

    def __init__(self, nodes: Sequence[Node]):
        self.nodes = nodes
        self.children: dict[str | None, list[Node]] = {}
        self._parent: dict[str, str | None] = {}
        for node in nodes:
            if node.code not in self._parent:
                self.children.setdefault(node.parent, []).append(node)
                self._parent[node.code] = node.parent
        self._ordinary: set[str] = set()
        for node in nodes:
            if self.is_leaf(node) and (node.source is None or not node.source.is_extra):
                self._ordinary.update((node.code, *self.ancestors(node)))

    def is_leaf(self, node: Node) -> bool:
        return node.code not in self.children

    def has_code(self, code: str) -> bool:
        return code in self._parent

    def is_ordinary(self, code: str) -> bool:
        """Whether an ordinary leaf stands at or below the node: one that is neither bonus nor penalty."""
        return code in self._ordinary

    def ancestors(self, node: Node) -> tuple[str, ...]:
        """The codes above a node, nearest first; a cycle is walked once."""
        found: dict[str, None] = {}
        parent = node.parent
        while parent in self._parent and parent not in found:
            found[parent] = None
            parent = self._parent[parent]
        return tuple(found)


def _all_problems(shape: _Shape) -> Iterator[Problem]:
    if not any(shape.is_ordinary(node.code) for node in shape.nodes):
        yield Problem("", "code", Message(gettext_noop("No criterion counts towards the index.")), None)
    seen: set[str] = set()
    for index, node in enumerate(shape.nodes):
        for field, message in (
            *_code_problems(node, seen),
            *_place_problems(node, shape),
            *_maximum_problems(node, shape),
            *(_leaf_problems(node) if shape.is_leaf(node) else _parent_problems(node)),
        ):
            yield Problem(node.code, field, message, index)
        seen.add(node.code)


def _code_problems(node: Node, seen: set[str]) -> Iterator[tuple[str, Message]]:
    if not node.code:
        yield "code", Message(gettext_noop("The code is missing."))
    elif node.code in seen:
        yield "code", Message(gettext_noop("The code %(code)s stands twice."), {"code": node.code})


def _place_problems(node: Node, shape: _Shape) -> Iterator[tuple[str, Message]]:
    if node.parent is None:
        return
    above = shape.ancestors(node)
    if not shape.has_code(node.parent):
        message = gettext_noop("The parent %(parent)s is not a code of this set.")
        yield "parent", Message(message, {"parent": node.parent})
    elif node.code in above:
        message = gettext_noop("%(code)s stands below itself.")
        yield "parent", Message(message, {"code": node.code})
    elif len(above) >= MAX_LEVELS:
        message = gettext_noop("More than %(limit)s levels.")
        yield "parent", Message(message, {"limit": MAX_LEVELS})
    elif shape.is_leaf(node) and not shape.is_ordinary(node.code):
        mixed = [code for code in above if shape.is_ordinary(code)]
        if mixed:
            message = gettext_noop(
                "Bonus and penalty criteria stand apart; %(parent)s holds ordinary criteria."
            )
            yield "parent", Message(message, {"parent": mixed[0]})


def _maximum_problems(node: Node, shape: _Shape) -> Iterator[tuple[str, Message]]:
    if not 0 < node.max_points <= HIGHEST_MAXIMUM:
        message = gettext_noop(
            "The maximum is %(found)s; more than 0 and at most %(limit)s points are expected."
        )
        yield "max_points", Message(message, {"found": node.max_points, "limit": HIGHEST_MAXIMUM})
    elif round(node.max_points, POINT_DECIMALS) != node.max_points:
        message = gettext_noop("The maximum is %(found)s; at most 4 decimals are expected.")
        yield "max_points", Message(message, {"found": node.max_points})
    if shape.is_leaf(node) or not shape.is_ordinary(node.code) or node.code in shape.ancestors(node):
        return
    ordinary = (child.max_points for child in shape.children[node.code] if shape.is_ordinary(child.code))
    total = sum(ordinary, Decimal(0))
    if total != node.max_points:
        message = gettext_noop(
            "The maximum is %(found)s, but those of the criteria below add up to %(total)s."
        )
        yield "max_points", Message(message, {"found": node.max_points, "total": total})


def _parent_problems(node: Node) -> Iterator[tuple[str, Message]]:
    if node.source is not None:
        message = gettext_noop("A criterion with others below it has no source of points of its own.")
        yield "source", Message(message)
    if node.rule_kind is not None or node.parameters.strip():
        message = gettext_noop("A criterion with others below it has no scoring rule of its own.")
        yield "rule_kind", Message(message)


def _leaf_problems(node: Node) -> Iterator[tuple[str, Message]]:
    if node.source is None:
        yield "source", Message(gettext_noop("The source of the points is missing."))
    if node.rule_kind is None:
        if node.source == Source.SELF:
            message = gettext_noop("A criterion that units score themselves needs a scoring rule.")
            yield "rule_kind", Message(message)
        elif node.parameters.strip():
            message = gettext_noop("There are parameters, but no kind of scoring rule.")
            yield "rule_kind", Message(message)
        return
    if node.source == Source.SURVEY or (
        node.source in (Source.BONUS, Source.PENALTY) and node.rule_kind != RuleKind.DIRECT
    ):
        message = gettext_noop("Criteria of this source of points have no scoring rule.")
        yield "rule_kind", Message(message)
    if node.max_points > 0:
        try:
            _rule(node)
        except RuleError as error:
            yield "parameters", error.message


def _rule(leaf: Node) -> Rule:
    kind = leaf.rule_kind or RuleKind.DIRECT
    return parse_rule(kind, leaf.parameters, max_points=leaf.max_points, labels=leaf.labels)
