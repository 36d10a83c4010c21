"""Reading the rule book."""

from functools import lru_cache

from criteria.models import CriteriaVersion
from criteria.scoring.rules import RuleKind
from criteria.scoring.tree import Node, Source, Tree


def nodes_of(version: CriteriaVersion) -> list[Node]:
    """The version's nodes in document order, as the pure core reads them. One query."""
    rows = list(version.criteria.order_by("position"))
    codes = {row.id: row.code for row in rows}
    return [
        Node(
            code=row.code,
            parent=codes.get(row.parent_id),
            name=row.name,
            max_points=row.max_points,
            source=Source(row.source) if row.source else None,
            rule_kind=RuleKind(row.rule_kind) if row.rule_kind else None,
            parameters=row.parameters,
            labels=tuple(row.labels),
        )
        for row in rows
    ]


def tree_of(version: CriteriaVersion) -> Tree:
    """The version's tree; an issued one never changes and is kept in memory under its digest."""
    if version.state == CriteriaVersion.State.DRAFT:
        return Tree(nodes_of(version))
    return _issued_tree(version.pk, version.digest)


@lru_cache(maxsize=64)
def _issued_tree(version_id: int, digest: str) -> Tree:
    # The digest is part of the key, so that databases that come and go in one process never share a tree.
    return Tree(nodes_of(CriteriaVersion.objects.get(pk=version_id)))
