from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from criteria import services
from criteria.models import CriteriaSet, CriteriaVersion, Criterion
from criteria.queries import nodes_of, tree_of
from criteria.scoring.rules import RuleKind
from criteria.scoring.tree import Source
from par_index.core.models import AuditEntry
from tests.factories import UserFactory, content, make_version, small_set

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def bind(at, contents=None, **fields) -> CriteriaVersion:
    return services.bind_or_issue(set_code="BTC", contents=contents or small_set(), by=None, at=at, **fields)


def refused(act) -> bool:
    try:
        with transaction.atomic():
            act()
    except IntegrityError as error:
        return "guarded" in str(error)
    return False


def test_draft_keeps_nodes_in_document_order(at):
    shuffled = [content("1.1", 4, Source.SELF), content("2", 6, Source.SELF), content("1", 4)]
    version = services.create_version(set_code="BTC", contents=shuffled, by=None, at=at)
    assert [node.code for node in nodes_of(version)] == ["2", "1", "1.1"]
    assert (version.state, version.number, version.digest) == ("draft", 1, "")


def test_draft_keeps_texts_of_each_node(at):
    nodes = [
        content(
            "1", 4, Source.SELF, scoring_text="Nhập", required_evidence="Báo cáo", appraising_agency="Sở A"
        )
    ]
    version = services.create_version(set_code="BTC", contents=nodes, by=None, at=at)
    assert services.contents_of(version) == nodes


def test_draft_may_have_open_sums_but_no_unknown_parent(at):
    open_sum = [content("1", 9), content("1.1", 4, Source.SELF)]
    assert services.create_version(set_code="A", contents=open_sum, by=None, at=at).state == "draft"
    with pytest.raises(services.UnsoundCriteria) as caught:
        services.create_version(set_code="B", contents=[content("1.1", 4, Source.SELF)], by=None, at=at)
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [("1.1", "parent")]
    assert not CriteriaSet.objects.filter(code="B").exists()


def test_issue_freezes_and_logs(at):
    user = UserFactory()
    draft = services.create_version(set_code="BTC", contents=small_set(), declared_total=20, by=user, at=at)
    version = services.issue(version_id=draft.pk, by=user, at=at)
    assert (version.state, version.issued_at) == ("issued", at)
    assert version.digest == services.content_digest(small_set())
    entries = AuditEntry.objects.filter(target="criteria BTC v1")
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("criteria.drafted", user),
        ("criteria.issued", user),
    ]


def test_issue_refuses_a_sum_that_differs(at):
    draft = services.create_version(
        set_code="BTC", contents=[content("1", 9), content("1.1", 4, Source.SELF)], by=None, at=at
    )
    with pytest.raises(services.UnsoundCriteria, match="1"):
        services.issue(version_id=draft.pk, by=None, at=at)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_issue_refuses_another_declared_total(at):
    # Bonus and penalty of the small set stand outside of its 20 points.
    draft = services.create_version(
        set_code="BTC", contents=small_set(), declared_total=Decimal("25"), by=None, at=at
    )
    with pytest.raises(services.WrongTotal) as caught:
        services.issue(version_id=draft.pk, by=None, at=at)
    assert (caught.value.declared, caught.value.total) == (25, 20)


def test_issue_refuses_an_issued_version(at):
    version = make_version()
    with pytest.raises(services.AlreadyIssued):
        services.issue(version_id=version.pk, by=None, at=at)


def test_bind_of_equal_content_gives_the_existing_version(at):
    first = bind(at, decision="1/QĐ", decision_date=date(2025, 1, 2), declared_total=Decimal(20))
    assert bind(at) == first
    assert CriteriaVersion.objects.count() == 1


def test_bind_reads_equal_rules_in_other_words_as_equal_content(at):
    def with_ratio(parameters):
        labels = ("Đúng hạn", "Tổng số")
        return [content("1", 4, Source.SELF, RuleKind.RATIO, parameters, labels)]

    first = bind(at, with_ratio("từ 100 = 4; từ 95 = x4; còn lại = 0"))
    assert bind(at, with_ratio("còn lại = 0; từ 95,0 = ×4; từ 100 = 4,00")) == first


@pytest.mark.parametrize(
    "changed",
    [
        content("P", 4, Source.PENALTY),
        content("P", 3, Source.BONUS),
        content("P", 3, Source.PENALTY, name="Tên khác"),
        content("P", 3, Source.PENALTY, scoring_text="Cách tính khác"),
        content("P", 3, Source.PENALTY, required_evidence="Tài liệu khác"),
        content("P", 3, Source.PENALTY, appraising_agency="Cơ quan khác"),
    ],
)
def test_bind_of_other_content_issues_the_next_version(at, changed):
    first = bind(at)
    second = bind(at, [*small_set()[:-1], changed])
    assert (second.number, second.state) == (2, "issued")
    assert second.digest != first.digest


def test_bind_ignores_drafts(at):
    make_version(issued=False)
    assert bind(at).number == 2


def test_bind_stores_nothing_when_the_total_differs(at):
    with pytest.raises(services.WrongTotal):
        bind(at, declared_total=Decimal("99.55"))
    assert not CriteriaVersion.objects.exists()


def test_rows_of_an_issued_version_cannot_change():
    version = make_version()
    row = version.criteria.get(code="1.4")
    draft = make_version(code="BTC2", issued=False)
    assert refused(lambda: Criterion.objects.filter(pk=row.pk).update(max_points=9))
    assert refused(row.delete)
    assert refused(
        lambda: Criterion.objects.filter(version=draft, code="P").update(version=version, code="P2")
    )
    row.pk = None
    row.code = "1.5"
    assert refused(row.save)
    assert [node.code for node in nodes_of(version)] == [item.node.code for item in small_set()]


def test_rows_of_a_draft_may_change():
    draft = make_version(issued=False)
    draft.criteria.filter(code="1.4").update(name="Tên mới")
    draft.criteria.get(code="P").delete()
    assert draft.criteria.get(code="1.4").name == "Tên mới"
    draft.delete()
    assert not Criterion.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"state": "draft"},
        {"number": 7},
        {"name": "Tên khác"},
        {"decision": "2/QĐ"},
        {"decision_date": date(2025, 5, 5)},
        {"declared_total": None},
        {"digest": "0" * 64},
    ],
)
def test_issued_version_keeps_its_content(change):
    version = make_version(declared_total=Decimal(20))
    assert refused(lambda: CriteriaVersion.objects.filter(pk=version.pk).update(**change))


def test_issued_version_may_only_be_retired():
    version = make_version()
    CriteriaVersion.objects.filter(pk=version.pk).update(state="retired")
    assert refused(lambda: CriteriaVersion.objects.filter(pk=version.pk).update(state="issued"))
    assert refused(version.delete)
    assert tree_of(version).max_points == 20


def test_constraints_of_versions_and_criteria(at):
    draft = make_version(issued=False)
    wrong = [
        lambda: CriteriaVersion.objects.create(
            criteria_set=draft.criteria_set, number=draft.number, name="x"
        ),
        lambda: CriteriaVersion.objects.filter(pk=draft.pk).update(state="issued"),
        lambda: draft.criteria.filter(code="P").update(code="T"),
        lambda: draft.criteria.filter(code="P").update(max_points=0),
        lambda: draft.criteria.filter(code="P").update(parent=draft.criteria.get(code="P")),
    ]
    for act in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
