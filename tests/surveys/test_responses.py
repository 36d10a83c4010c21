import io
from collections import Counter

import pytest
from django.core.management import CommandError, call_command

from surveys import services
from surveys.models import Answer, Form, ResponseFile
from surveys.services.responses import FileRefused, read_responses
from tests.factories import AT, AssessmentFactory, BlockFactory, make_questionnaire

pytestmark = pytest.mark.django_db

HEADER = "questionnaire,group,unit_code,question_code,answer,respondent"


@pytest.fixture
def group(questionnaire):
    return questionnaire.group.code


def csv_of(*lines: str, header: str = HEADER) -> io.BytesIO:
    return io.BytesIO("\n".join([header, *lines, ""]).encode())


def load(questionnaire, file, name="phieu.csv"):
    return services.import_responses(cycle_id=questionnaire.cycle_id, file=file, name=name, by=None, at=AT)


def problems(questionnaire, file) -> list[tuple[int, str]]:
    with pytest.raises(FileRefused) as refused:
        load(questionnaire, file)
    assert Form.objects.count() == Answer.objects.count() == ResponseFile.objects.count() == 0
    assert all(problem.message for problem in refused.value.problems)
    return [(problem.line, problem.column) for problem in refused.value.problems]


def test_import_stores_forms_and_answers(questionnaire, group):
    stored = load(
        questionnaire,
        csv_of(f"P1,{group},S1,C1,A,anh Ba", f"P1,{group},S2,C1,D,anh Ba", f"P1,{group},S1,C1,B,chị Tư"),
    )
    assert stored.forms == 2
    assert {form.channel for form in Form.objects.all()} == {"file"}
    told = Counter(Answer.objects.values_list("unit__code", "option__code"))
    assert told == {("S1", "A"): 1, ("S2", "D"): 1, ("S1", "B"): 1}
    together = Answer.objects.get(unit__code="S2").form
    assert together.answers.filter(unit__code="S1", option__code="A").exists()


def test_import_keeps_no_label_of_a_respondent(questionnaire, group):
    load(questionnaire, csv_of(f"P1,{group},S1,C1,A,anh Ba"))
    stored = [*Form.objects.values_list(), *Answer.objects.values_list(), *ResponseFile.objects.values_list()]
    assert "anh Ba" not in str(stored)


def test_import_takes_columns_in_any_order_and_semicolons_from_excel(questionnaire, group):
    header = "Respondent;answer;question_code;unit_code;group;questionnaire;ghi chú"
    stored = load(
        questionnaire, io.BytesIO(f"\ufeff{header}\r\n1;KB;C1;S1;{group};P1;x\r\n;;;;;;\r\n".encode())
    )
    assert stored.forms == 1
    assert Answer.objects.get().option.code == "KB"


def test_import_of_the_same_content_is_refused(questionnaire, group):
    lines = [f"P1,{group},S1,C1,A,1"]
    load(questionnaire, csv_of(*lines), name="mot.csv")
    with pytest.raises(services.SurveyRefused):
        load(questionnaire, csv_of(*lines), name="hai.csv")
    assert Form.objects.count() == 1


def test_every_error_is_named_with_line_and_column_and_nothing_is_stored(questionnaire, block, group):
    make_questionnaire(block, code="P0", state="draft")
    other = AssessmentFactory(block=BlockFactory(cycle=block.cycle)).unit
    draft_group = block.cycle.questionnaires.get(code="P0").group.code
    file = csv_of(
        f"P1,{group},S1,C1,A,1",
        f"P8,{group},S1,C1,A,2",
        f"P0,{draft_group},S1,C1,A,2",
        "P1,AI-DO,S1,C1,A,2",
        f"P1,{group},S9,C1,A,2",
        f"P1,{group},{other.code},C1,A,2",
        f"P1,{group},S1,C7,A,2",
        f"P1,{group},S1,C1,E,2",
        f"P1,{group},S1,C1,A|B,2",
        f"P1,{group},S1,C1,B,1",
        f"P1,{group},S1,C1,,3",
        f"P1,{group},S1,C1,A,{'x' * 1001}",
        f"P1,{group}",
    )
    assert problems(questionnaire, file) == [
        (3, "questionnaire"),
        (4, "questionnaire"),
        (5, "group"),
        (6, "unit_code"),
        (7, "unit_code"),
        (8, "question_code"),
        (9, "answer"),
        (10, "answer"),
        (11, "respondent"),
        (12, "answer"),
        (13, "respondent"),
        (14, "unit_code"),
    ]


def test_at_most_two_hundred_errors_are_named(questionnaire, group):
    file = csv_of(*[f"P1,{group},S1,C1,X,{number}" for number in range(300)])
    with pytest.raises(FileRefused) as refused:
        load(questionnaire, file)
    assert (len(refused.value.problems), refused.value.more) == (200, True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b,c\n1,2,3\n",
        b"\xff\xfe\x00p",
        "questionnaire\n".encode("utf-16"),
        HEADER.encode(),
        HEADER.encode() + b'\nP1,"N,S1\n',
        b"\x00" * 100,
        HEADER.encode() + b"\n" + b"x" * 200_000,
    ],
)
def test_what_is_no_such_file_is_refused(questionnaire, content):
    assert problems(questionnaire, io.BytesIO(content))


def test_read_stores_nothing(questionnaire, group):
    responses = read_responses(questionnaire.cycle, csv_of(f"P1,{group},S1,C1,A,1", f"P1,{group},S2,C1,A,1"))
    assert (responses.number_of_forms, responses.answers) == (1, 2)
    assert Form.objects.count() == 0


def test_import_into_a_closed_questionnaire_is_taken(questionnaire, group):
    services.close_questionnaire(questionnaire_id=questionnaire.pk, by=None, at=AT)
    assert load(questionnaire, csv_of(f"P1,{group},S1,C1,A,1")).forms == 1


def test_command_imports(questionnaire, group, tmp_path, capsys):
    path = tmp_path / "phieu.csv"
    path.write_bytes(csv_of(f"P1,{group},S1,C1,A,1").getvalue())
    call_command("import_responses", questionnaire.cycle.code, str(path))
    assert "1 forms imported" in capsys.readouterr().out
    assert ResponseFile.objects.get().name == "phieu.csv"


def test_command_names_errors_with_their_lines(questionnaire, group, tmp_path):
    path = tmp_path / "phieu.csv"
    path.write_bytes(csv_of(f"P1,{group},S1,C1,X,1").getvalue())
    with pytest.raises(CommandError, match=r"2, .*answer"):
        call_command("import_responses", questionnaire.cycle.code, str(path))
    with pytest.raises(CommandError):
        call_command("import_responses", questionnaire.cycle.code, str(tmp_path / "none.csv"))
    with pytest.raises(CommandError, match="NIRGENDS"):
        call_command("import_responses", "NIRGENDS", str(path))
