"""Trees and units for the property tests, and short ways to write them by hand."""

from decimal import Decimal

from hypothesis import strategies as st

from criteria.scoring.consolidation import UnitInput
from criteria.scoring.merging import LeafInput, Opinion, Stage
from criteria.scoring.rules import RuleKind
from criteria.scoring.tree import Node, Source, Tree

FLAT_SOURCES = (Source.SELF, Source.APPRAISER, Source.SURVEY, Source.EXTERNAL)


def leaf(code: str, maximum: str = "1", source: Source = Source.SELF, parent: str | None = None) -> Node:
    kind = RuleKind.DIRECT if source == Source.SELF else None
    return Node(code, parent, f"Criterion {code}", Decimal(maximum), source, kind)


def parent(code: str, maximum: str, above: str | None = None) -> Node:
    return Node(code, above, f"Area {code}", Decimal(maximum))


def decided_by(stage: Stage, points: str | None, **about) -> Opinion:
    return Opinion(stage, None if points is None else Decimal(points), **about)


def known(node: Node, points: Decimal, *, self_points: Decimal | None = None) -> LeafInput:
    """What decides the leaf to these points, whatever its source is."""
    if node.source in (Source.SURVEY, Source.EXTERNAL):
        return LeafInput(node.code, measured_points=points)
    return LeafInput(node.code, self_points, (Opinion(Stage.ROUND_1, points),))


def points_up_to(maximum: Decimal) -> st.SearchStrategy[Decimal]:
    """Points as they are recorded, with 4 decimals."""
    return st.integers(0, int(maximum * 10_000)).map(
        lambda tenthousandths: Decimal(tenthousandths).scaleb(-4)
    )


@st.composite
def trees(draw, extras: bool = True) -> Tree:
    """Sound trees of one to three areas, some nested, with every source of points."""
    nodes: list[Node] = []
    for area in range(1, draw(st.integers(1, 3)) + 1):
        nodes.extend(_branch(draw, str(area), None, depth=draw(st.integers(0, 2))))
    if extras and draw(st.booleans()):
        nodes += [
            leaf("T.1", "2", Source.BONUS, "T"),
            leaf("T.2", "1.5", Source.BONUS, "T"),
            parent("T", "3"),
        ]
    if extras and draw(st.booleans()):
        nodes.append(leaf("P", "4", Source.PENALTY))
    return Tree(nodes)


def _branch(draw, code: str, above: str | None, depth: int) -> list[Node]:
    """A node, all that hangs below it, and a maximum that is the sum of its children's."""
    if depth == 0:
        maximum = draw(st.integers(1, 40).map(lambda quarters: str(Decimal(quarters) / 4)))
        return [leaf(code, maximum, draw(st.sampled_from(FLAT_SOURCES)), above)]
    below = [
        _branch(draw, f"{code}.{number}", code, depth - 1) for number in range(1, draw(st.integers(1, 3)) + 1)
    ]
    maximum = sum((branch[0].max_points for branch in below), Decimal(0))
    return [parent(code, str(maximum), above), *(node for branch in below for node in branch)]


@st.composite
def units(draw, tree: Tree, code: str = "U", position: int = 0) -> UnitInput:
    """A unit in which every leaf is decided, some as not applicable."""
    leaves = {}
    for node in tree.leaves:
        if draw(st.integers(0, 9)) == 0:
            leaves[node.code] = LeafInput(node.code, exempt=True, exempt_reason="no such task")
        else:
            points = draw(points_up_to(node.max_points))
            own = draw(points_up_to(node.max_points)) if node.source == Source.SELF else None
            leaves[node.code] = known(node, points, self_points=own)
    return UnitInput(code, position, leaves)


def everything(tree: Tree) -> dict[str, LeafInput]:
    """The maximum on every ordinary leaf."""
    return {node.code: known(node, node.max_points) for node in tree.leaves if not node.source.is_extra}
