"""Writing the rule book: drafts of a version and its issue, which freezes it for good."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext

from criteria.models import CriteriaSet, CriteriaVersion, Criterion
from criteria.queries import nodes_of
from criteria.scoring.numbers import plain, tidy
from criteria.scoring.rules import RuleError, parse_rule
from criteria.scoring.tree import Node, Problem, Tree, problems
from criteria.wording import localise
from par_index.core import audit


@dataclass(frozen=True, slots=True)
class Content:
    """A node as the core reads it, and the texts beside it that only people read."""

    node: Node
    scoring_text: str = ""
    required_evidence: str = ""
    appraising_agency: str = ""


class UnsoundCriteria(ValueError):
    """The nodes are no sound tree; `problems` names everything that is wrong."""

    def __init__(self, found: Sequence[Problem]):
        self.problems = tuple(found)
        lines = [f"{problem.code}: {localise(problem.message)}".removeprefix(": ") for problem in found]
        super().__init__("\n".join(lines))


class WrongTotal(ValueError):
    """The total that the decision declares is not the sum of the top nodes' maxima."""

    def __init__(self, declared: Decimal, total: Decimal):
        self.declared = declared
        self.total = total
        message = gettext(
            "The declared total is %(declared)s, but the maxima of the areas add up to %(total)s."
        )
        super().__init__(message % {"declared": plain(declared, ","), "total": plain(total, ",")})


class AlreadyIssued(ValueError):
    """The version is frozen; a change needs a new version."""

    def __init__(self, version: CriteriaVersion):
        message = gettext("%(version)s has been issued and cannot change any more. Make a new version.")
        super().__init__(message % {"version": version})


def content_digest(contents: Sequence[Content]) -> str:
    """
    SHA-256 in hex of everything that people or rules read in a version, in document order.

    Rule parameters count in their normalised form, so that `từ 95,0 = x4` and `từ 95 = x4` are one content. The set,
    its name and the decision do not count: the same content under another decision is the same rule book.
    """
    rows = [
        [
            content.node.code,
            content.node.parent or "",
            tidy(content.node.name),
            plain(content.node.max_points),
            content.node.source or "",
            content.node.rule_kind or "",
            _normalised_parameters(content.node),
            [tidy(label) for label in content.node.labels],
            tidy(content.scoring_text),
            tidy(content.required_evidence),
            tidy(content.appraising_agency),
        ]
        for content in contents
    ]
    canonical = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _normalised_parameters(node: Node) -> str:
    if node.rule_kind is None:
        return ""
    try:
        rule = parse_rule(node.rule_kind, node.parameters, max_points=node.max_points, labels=node.labels)
    except RuleError:
        return tidy(node.parameters)
    return rule.parameters


@transaction.atomic
def create_version(
    *,
    set_code: str,
    contents: Sequence[Content],
    by,
    at: datetime,
    name: str = "",
    decision: str = "",
    decision_date: date | None = None,
    declared_total: Decimal | None = None,
) -> CriteriaVersion:
    """
    A draft with the next number of its set; the set is made when its code is new.

    :raises UnsoundCriteria: a draft may be incomplete in its rules, but its nodes must hang together
    """
    broken = [
        problem for problem in problems([content.node for content in contents]) if _breaks_rows(problem)
    ]
    if broken:
        raise UnsoundCriteria(broken)
    criteria_set = _lock_set(set_code, name)
    newest = criteria_set.versions.order_by("-number").first()
    version = CriteriaVersion.objects.create(
        criteria_set=criteria_set,
        number=newest.number + 1 if newest else 1,
        name=name or criteria_set.name,
        decision=decision,
        decision_date=decision_date,
        declared_total=declared_total,
    )
    _write_criteria(version, in_document_order(contents))
    audit.record(action="criteria.drafted", by=by, at=at, target=f"criteria {version}", nodes=len(contents))
    return version


def in_document_order(contents: Sequence[Content]) -> list[Content]:
    """Depth first, siblings in the order in which they were given; every parent must be a code among them."""
    below: dict[str | None, list[Content]] = {}
    for content in contents:
        below.setdefault(content.node.parent, []).append(content)
    ordered: list[Content] = []
    waiting = below.get(None, [])[::-1]
    while waiting:
        content = waiting.pop()
        ordered.append(content)
        waiting += below.get(content.node.code, [])[::-1]
    return ordered


def _breaks_rows(problem: Problem) -> bool:
    """Whether the problem keeps a node from being stored at all."""
    return problem.index is not None and problem.field in ("code", "parent")


def _lock_set(code: str, name: str) -> CriteriaSet:
    """The set of this code, locked, so that two versions made at once get two numbers."""
    CriteriaSet.objects.get_or_create(code=code, defaults={"name": name or code})
    return CriteriaSet.objects.select_for_update().get(code=code)


def _write_criteria(version: CriteriaVersion, contents: Sequence[Content]) -> None:
    """Level by level, since a row needs its parent's key."""
    positions = {content.node.code: position for position, content in enumerate(contents, start=1)}
    rows: dict[str | None, Criterion | None] = {None: None}
    waiting = list(contents)
    while waiting:
        level = [content for content in waiting if content.node.parent in rows]
        waiting = [content for content in waiting if content.node.parent not in rows]
        created = Criterion.objects.bulk_create(
            _row(version, positions[content.node.code], content, rows[content.node.parent])
            for content in level
        )
        rows |= {row.code: row for row in created}


def _row(version: CriteriaVersion, position: int, content: Content, parent: Criterion | None) -> Criterion:
    node = content.node
    return Criterion(
        version=version,
        parent=parent,
        position=position,
        code=node.code,
        name=node.name,
        max_points=node.max_points,
        source=node.source or "",
        rule_kind=node.rule_kind or "",
        parameters=node.parameters,
        labels=list(node.labels),
        scoring_text=content.scoring_text,
        required_evidence=content.required_evidence,
        appraising_agency=content.appraising_agency,
    )


@transaction.atomic
def issue(*, version_id: int, by, at: datetime) -> CriteriaVersion:
    """
    Issue a draft: every sum and rule is checked, then the database refuses any change of it.

    :raises AlreadyIssued: it is no draft any more
    :raises UnsoundCriteria: the tree has problems
    :raises WrongTotal: the declared total is another
    """
    version = CriteriaVersion.objects.select_for_update().select_related("criteria_set").get(pk=version_id)
    if version.state != CriteriaVersion.State.DRAFT:
        raise AlreadyIssued(version)
    contents = contents_of(version)
    nodes = [content.node for content in contents]
    if found := problems(nodes):
        raise UnsoundCriteria(found)
    total = Tree(nodes).max_points
    if version.declared_total is not None and version.declared_total != total:
        raise WrongTotal(version.declared_total, total)
    version.state = CriteriaVersion.State.ISSUED
    version.digest = content_digest(contents)
    version.issued_at = at
    version.save(update_fields=["state", "digest", "issued_at"])
    audit.record(action="criteria.issued", by=by, at=at, target=f"criteria {version}", digest=version.digest)
    return version


def contents_of(version: CriteriaVersion) -> list[Content]:
    """The version's nodes with their texts, in document order."""
    texts = version.criteria.order_by("position").values_list(
        "scoring_text", "required_evidence", "appraising_agency"
    )
    return [Content(node, *row) for node, row in zip(nodes_of(version), texts, strict=True)]


@transaction.atomic
def bind_or_issue(
    *,
    set_code: str,
    contents: Sequence[Content],
    by,
    at: datetime,
    name: str = "",
    decision: str = "",
    decision_date: date | None = None,
    declared_total: Decimal | None = None,
) -> CriteriaVersion:
    """
    The set's version of exactly this content; without one, a new version is issued.

    :raises UnsoundCriteria: the nodes are no sound tree
    :raises WrongTotal: the declared total is not the sum of the areas
    """
    nodes = [content.node for content in contents]
    if found := problems(nodes):
        raise UnsoundCriteria(found)
    criteria_set = _lock_set(set_code, name)
    digest = content_digest(in_document_order(contents))
    existing = criteria_set.versions.exclude(state=CriteriaVersion.State.DRAFT).filter(digest=digest)
    if version := existing.order_by("number").last():
        return version
    draft = create_version(
        set_code=set_code,
        contents=contents,
        name=name,
        decision=decision,
        decision_date=decision_date,
        declared_total=declared_total,
        by=by,
        at=at,
    )
    return issue(version_id=draft.pk, by=by, at=at)
