"""
Rows for tests, by factory_boy: one section per room.

`make_version` builds a criteria version from short lines; `make_cycle` a whole small cycle on it.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from assessments.models import (
    Assessment,
    Block,
    Cycle,
    Evidence,
    EvidenceFile,
    EvidenceLink,
    LedgerEntry,
    Score,
    Step,
    Unit,
)
from councils.models import Council, Member
from criteria import services as criteria_services
from criteria.models import CriteriaVersion, Criterion
from criteria.scoring.merging import Stage
from criteria.scoring.rules import RuleKind
from criteria.scoring.tree import Node, Source
from criteria.services import Content
from par_index.accounts.models import User
from surveys import services as survey_services
from surveys.models import Answer, Form, MeasuredResult, Questionnaire, RespondentGroup

AT = datetime(2025, 11, 21, 3, 42, tzinfo=UTC)
PASSWORD = "mat-khau-thu-nghiem"
BANDS = "Xuất sắc >= 90; Tốt >= 80; Khá >= 70; Trung bình >= 50; Yếu"

# --- accounts ---------------------------------------------------------------------------------------------------------


class UserFactory(DjangoModelFactory):
    """A person with no permission at all; log in with `client.force_login` or with `PASSWORD`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"nguoi-{number}")
    full_name = factory.Sequence(lambda number: f"Nguyễn Văn {number}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.vn")
    password = factory.django.Password(PASSWORD)


# --- criteria ---------------------------------------------------------------------------------------------------------


def content(
    code: str,
    max_points,
    source: Source | None = None,
    kind: RuleKind | None = None,
    parameters: str = "",
    labels: Iterable[str] = (),
    *,
    parent: str | None = None,
    name: str = "",
    **texts: str,
) -> Content:
    """
    One node. The parent is what stands before the last dot of the code (`1.2` below `1`) unless given.

    A leaf that is scored by its unit takes points directly unless it has another rule.
    """
    if parent is None and "." in code:
        parent = code.rpartition(".")[0]
    if source == Source.SELF and kind is None:
        kind = RuleKind.DIRECT
    node = Node(
        code=code,
        parent=parent,
        name=name or f"Tiêu chí {code}",
        max_points=Decimal(str(max_points)),
        source=source,
        rule_kind=kind,
        parameters=parameters,
        labels=tuple(labels),
    )
    return Content(node, **texts)


def small_set() -> list[Content]:
    """Two areas of 10 points with a leaf of each source, a bonus and a penalty beside them."""
    agency = {"appraising_agency": "Sở Nội vụ"}
    ratio = "từ 100 = 4; từ 95 = x4; còn lại = 0; mẫu 0 = không áp dụng"
    levels = "Tốt = 100%; Khá = 50%; Kém = 0"
    return [
        content("1", 10, name="Chỉ đạo, điều hành"),
        content("1.1", 4, Source.SELF, RuleKind.RATIO, ratio, ("Đúng hạn", "Tổng số"), **agency),
        content("1.2", 2, Source.SELF, RuleKind.LEVELS, levels, **agency),
        content("1.3", 1, Source.SELF, RuleKind.YES_NO, "có = 1; không = 0", **agency),
        content("1.4", 3, Source.SELF, **agency),
        content("2", 10, name="Kết quả"),
        content("2.1", 3, Source.APPRAISER, **agency),
        content("2.2", 5, Source.SURVEY),
        content("2.3", 2, Source.EXTERNAL),
        content("T", 2, Source.BONUS),
        content("P", 3, Source.PENALTY),
    ]


def make_version(
    contents: Iterable[Content] | None = None, *, code: str = "BTC", issued: bool = True, **fields
) -> CriteriaVersion:
    """A version of these nodes (`small_set` by default), issued unless a draft is asked for."""
    draft = criteria_services.create_version(
        set_code=code,
        name=fields.pop("name", "Bộ tiêu chí"),
        contents=list(small_set() if contents is None else contents),
        by=None,
        at=AT,
        **fields,
    )
    return criteria_services.issue(version_id=draft.pk, by=None, at=AT) if issued else draft


# --- assessments ------------------------------------------------------------------------------------------------------


class UnitFactory(DjangoModelFactory):
    """A unit without a parent is a body that runs cycles."""

    class Meta:
        model = Unit

    code = factory.Sequence(lambda number: f"DV{number:03}")
    name = factory.LazyAttribute(lambda unit: f"Đơn vị {unit.code}")


class CycleFactory(DjangoModelFactory):
    class Meta:
        model = Cycle

    owner = factory.SubFactory(UnitFactory, code=factory.Sequence(lambda number: f"GOC{number}"))
    code = factory.Sequence(lambda number: f"KY{number}")
    name = factory.LazyAttribute(lambda cycle: f"Chỉ số cải cách hành chính năm {cycle.year}")
    year = 2025
    period_from = factory.LazyAttribute(lambda cycle: date(cycle.year, 1, 1))
    period_to = factory.LazyAttribute(lambda cycle: date(cycle.year, 12, 31))
    created_at = AT


class BlockFactory(DjangoModelFactory):
    class Meta:
        model = Block

    cycle = factory.SubFactory(CycleFactory)
    code = factory.Sequence(lambda number: f"K{number}")
    name = factory.LazyAttribute(lambda block: f"Khối {block.code}")
    position = factory.Sequence(lambda number: number)
    version = factory.LazyFunction(lambda: existing_version() or make_version())
    bands = BANDS


def existing_version() -> CriteriaVersion | None:
    """The version that an earlier block of the same test made."""
    return CriteriaVersion.objects.filter(criteria_set__code="BTC").last()


class AssessmentFactory(DjangoModelFactory):
    """An assessment being scored; unit and block belong to its cycle."""

    class Meta:
        model = Assessment

    block = factory.SubFactory(BlockFactory)
    cycle = factory.LazyAttribute(lambda assessment: assessment.block.cycle)
    unit = factory.SubFactory(UnitFactory, parent=factory.SelfAttribute("..cycle.owner"))
    position = 0
    status = Assessment.Status.DRAFT


def leaf(assessment: Assessment, code: str) -> Criterion:
    """The criterion of this code in the version that the assessment's block is bound to."""
    return assessment.block.version.criteria.get(code=code)


class ScoreFactory(DjangoModelFactory):
    """`ScoreFactory(assessment=…, criterion=leaf(assessment, "1.4"), points=…)`."""

    class Meta:
        model = Score

    assessment = factory.SubFactory(AssessmentFactory)
    criterion = factory.LazyAttribute(lambda score: leaf(score.assessment, "1.4"))
    points = Decimal("2.5")
    declared = factory.LazyAttribute(lambda score: None if score.points is None else [str(score.points)])
    evidence_note = "Văn bản số 1/BC"
    updated_at = AT


class LedgerEntryFactory(DjangoModelFactory):
    """A council decision of round 1 on leaf 1.4."""

    class Meta:
        model = LedgerEntry

    assessment = factory.SubFactory(AssessmentFactory)
    criterion = factory.LazyAttribute(lambda entry: leaf(entry.assessment, "1.4"))
    stage = Stage.ROUND_1
    act = LedgerEntry.Act.ACCEPT
    points = Decimal("2.5")
    at = AT


class EvidenceFactory(DjangoModelFactory):
    """A document without a file."""

    class Meta:
        model = Evidence

    assessment = factory.SubFactory(AssessmentFactory)
    number = factory.Sequence(lambda number: f"{number}/BC-SXD")
    created_by = factory.SubFactory(UserFactory)
    created_at = AT


class EvidenceFileFactory(DjangoModelFactory):
    class Meta:
        model = EvidenceFile

    evidence = factory.SubFactory(EvidenceFactory)
    file = factory.django.FileField(data=b"%PDF-1.7 thu", filename="bao-cao.pdf")
    original_name = "Báo cáo năm 2025.pdf"
    size = 12
    digest = "0" * 64
    content_type = "application/pdf"
    uploaded_by = factory.SelfAttribute("evidence.created_by")
    uploaded_at = AT


class EvidenceLinkFactory(DjangoModelFactory):
    """The document backs leaf 1.4."""

    class Meta:
        model = EvidenceLink

    evidence = factory.SubFactory(EvidenceFactory)
    criterion = factory.LazyAttribute(lambda link: leaf(link.evidence.assessment, "1.4"))


def open_step(cycle: Cycle, kind: Step.Kind, *, ends_at: datetime | None = None) -> Step:
    """A step in force since `AT`."""
    return Step.objects.create(cycle=cycle, kind=kind, opened_at=AT, ends_at=ends_at)


# --- councils ---------------------------------------------------------------------------------------------------------


class MemberFactory(DjangoModelFactory):
    """A seat without assignments and without any sheet opened; `councils.services` gives both."""

    class Meta:
        model = Member

    council = factory.SubFactory("tests.factories.CouncilFactory")
    user = factory.SubFactory(UserFactory)
    role = Member.Role.MEMBER


class CouncilFactory(DjangoModelFactory):
    class Meta:
        model = Council
        django_get_or_create = ("cycle",)

    cycle = factory.SubFactory(CycleFactory)
    name = "Hội đồng thẩm định"


# --- results ----------------------------------------------------------------------------------------------------------


def decide(
    assessment: Assessment, code: str, points, *, self_points=None, reason: str = "", at: datetime = AT
):
    """A council decision on a leaf, with the unit's own points before it where they are given."""
    if self_points is not None:
        ScoreFactory(
            assessment=assessment, criterion=leaf(assessment, code), points=Decimal(str(self_points))
        )
    return LedgerEntryFactory(
        assessment=assessment,
        criterion=leaf(assessment, code),
        act=LedgerEntry.Act.ADJUST if reason else LedgerEntry.Act.ACCEPT,
        points=None if points is None else Decimal(str(points)),
        not_applicable=points is None,
        reason=reason,
        at=at,
    )


def measure(assessment: Assessment, code: str, points) -> MeasuredResult:
    """A result of the survey or of an outside index."""
    return MeasuredResult.objects.create(
        assessment=assessment,
        criterion=leaf(assessment, code),
        origin=MeasuredResult.Origin.WORKBOOK,
        points=Decimal(str(points)),
        at=AT,
    )


def decide_all(assessment: Assessment, points: dict[str, object]) -> Assessment:
    """
    Everything that a consolidation needs of a unit on `small_set`, the appraisal finalised.

    :param points: by code, over the defaults; self-scores equal the decision
    """
    wanted = {"1.1": 4, "1.2": 2, "1.3": 1, "1.4": 3, "2.1": 3, "2.2": 5, "2.3": 2} | points
    for code, value in wanted.items():
        if leaf(assessment, code).source in (Source.SURVEY, Source.EXTERNAL):
            measure(assessment, code, value)
        elif leaf(assessment, code).source == Source.SELF:
            decide(assessment, code, value, self_points=value)
        else:
            decide(assessment, code, value)
    assessment.status = Assessment.Status.FINALISED
    assessment.save()
    return assessment


def complete_cycle(**cycle_fields) -> Cycle:
    """
    One block of three units on `small_set` with every leaf decided: A 20, B 18 and C 10 of 20 points (100, 90 and
    50 %), in this order of the book: C, B, A.
    """
    cycle = CycleFactory(**cycle_fields)
    block = BlockFactory(cycle=cycle, code="SO", name="Khối sở, ban, ngành")
    points = {"C": {"1.1": 0, "1.4": 0, "2.1": 0}, "B": {"1.2": 0}, "A": {}}
    for position, (code, changed) in enumerate(points.items()):
        unit = Unit.objects.filter(parent=cycle.owner, code=code).first()
        unit = unit or UnitFactory(parent=cycle.owner, code=code, name=f"Sở {code}")
        decide_all(AssessmentFactory(block=block, unit=unit, position=position), changed)
    return cycle


# --- surveys ----------------------------------------------------------------------------------------------------------


class RespondentGroupFactory(DjangoModelFactory):
    class Meta:
        model = RespondentGroup

    cycle = factory.SubFactory(CycleFactory)
    code = factory.Sequence(lambda number: f"N{number}")
    name = factory.LazyAttribute(lambda group: f"Nhóm {group.code}")


def make_questionnaire(block: Block, *, group: RespondentGroup | None = None, code: str = "P1", state="open"):
    """A questionnaire with one question (A, B, C, D, KB) for each survey leaf of the block, opened."""
    questionnaire = survey_services.create_questionnaire(
        cycle_id=block.cycle_id,
        block_id=block.pk,
        group_id=(group or RespondentGroupFactory(cycle=block.cycle)).pk,
        code=code,
        title=f"Phiếu khảo sát {code}",
        by=None,
        at=AT,
    )
    survey_services.add_questions_for_leaves(questionnaire_id=questionnaire.pk, by=None, at=AT)
    if state in ("open", "closed"):
        survey_services.open_questionnaire(questionnaire_id=questionnaire.pk, by=None, at=AT)
    if state == "closed":
        survey_services.close_questionnaire(questionnaire_id=questionnaire.pk, by=None, at=AT)
    questionnaire.refresh_from_db()
    return questionnaire


def make_links(questionnaire: Questionnaire, unit: Unit, number: int = 1) -> list[str]:
    """Tokens of new one-time links about the unit."""
    links = survey_services.invite(
        questionnaire_id=questionnaire.pk, unit_ids=[unit.pk], per_unit=number, by=None, at=AT
    )
    return [link.token for link in links]


def choices(questionnaire: Questionnaire, *codes: str) -> dict[int, int]:
    """Answers to the questions in order, by option codes; the last code also answers what follows."""
    questions = list(questionnaire.questions.prefetch_related("options"))
    padded = [*codes, *[codes[-1]] * (len(questions) - len(codes))]
    return {
        question.pk: next(option.pk for option in question.options.all() if option.code == code)
        for question, code in zip(questions, padded, strict=True)
    }


def return_forms(questionnaire: Questionnaire, unit: Unit, *codes: str) -> None:
    """Forms that came in by file about the unit: one form for each option code."""
    for code in codes:
        form = Form.objects.create(questionnaire=questionnaire, channel=Form.Channel.FILE)
        for question, option in choices(questionnaire, code).items():
            Answer.objects.create(form=form, unit=unit, question_id=question, option_id=option)
