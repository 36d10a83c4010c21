"""Responses from a file: paper forms keyed in, or another tool's export. Checked whole, stored whole or not at all."""

import csv
import hashlib
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.models import Cycle
from par_index.core import audit
from surveys.models import Answer, Form, Questionnaire, ResponseFile
from surveys.services.base import SurveyRefused, lock_cycle, refuse_published

COLUMNS = ("questionnaire", "group", "unit_code", "question_code", "answer", "respondent")
DO_NOT_KNOW = "KB"
MOST_PROBLEMS = 200
MOST_BYTES = 200 * 1024 * 1024
LONGEST_FIELD = 1000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one row: its line in the file (from 1), the column, and what was expected."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return _("line %(line)s, column %(column)s: %(message)s") % {
            "line": self.line,
            "column": self.column,
            "message": self.message,
        }


class FileRefused(Exception):
    """The file cannot be imported: nothing of it is stored. `problems` names its first 200 errors."""

    def __init__(self, problems: list[Problem], more: bool = False):
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
        self.more = more


@dataclass(slots=True)
class Responses:
    """A checked file: per questionnaire's id and respondent the answers, as (unit, question, option) ids."""

    forms: dict[tuple[int, str], dict[tuple[int, int], int | None]] = field(default_factory=dict)
    answers: int = 0
    digest: str = ""

    @property
    def number_of_forms(self) -> int:
        return len(self.forms)


def import_responses(*, cycle_id: int, file: BinaryIO, name: str, by, at: datetime) -> ResponseFile:
    """
    Store the responses of a CSV file. The respondents' labels join the rows of a form and are not stored; forms and
    answers go in in random order under random keys.

    :raises FileRefused: errors in the file, each with line and column
    :raises SurveyRefused: a published cycle, a file that was imported before
    """
    cycle = Cycle.objects.get(pk=cycle_id)
    responses = read_responses(cycle, file)
    return _store(cycle_id, responses, name, by, at)


@transaction.atomic
def _store(cycle_id: int, responses: Responses, name: str, by, at: datetime) -> ResponseFile:
    cycle = lock_cycle(cycle_id)
    _refuse_known(cycle, responses.digest)
    stored = ResponseFile.objects.create(
        cycle=cycle,
        digest=responses.digest,
        name=name[-255:],
        forms=responses.number_of_forms,
        by=by,
        at=at,
    )
    contents = list(responses.forms.items())
    random.SystemRandom().shuffle(contents)
    forms = [
        Form(questionnaire_id=questionnaire, channel=Form.Channel.FILE)
        for (questionnaire, _respondent), _answers in contents
    ]
    Form.objects.bulk_create(forms, batch_size=5000)
    Answer.objects.bulk_create(
        (
            Answer(form=form, unit_id=unit, question_id=question, option_id=option)
            for form, (_key, answers) in zip(forms, contents, strict=True)
            for (unit, question), option in answers.items()
            if option is not None
        ),
        batch_size=5000,
    )
    audit.record(
        action="survey.responses_imported",
        by=by,
        at=at,
        target=f"cycle {cycle.code}",
        file=stored.name,
        digest=stored.digest,
        forms=stored.forms,
        answers=responses.answers,
    )
    return stored


def read_responses(cycle: Cycle, file: BinaryIO) -> Responses:
    """
    Check a file without storing anything. Columns are found by name in any order; comma or semicolon, UTF-8.

    :raises FileRefused: errors in the file
    :raises SurveyRefused: a published cycle, a file that was imported before
    """
    refuse_published(cycle)
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _refused(_("The file is larger than 200 MB."))
    digest = hashlib.sha256(content).hexdigest()
    _refuse_known(cycle, digest)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(_("The file is not CSV in UTF-8.")) from error
    if "\0" in text:
        raise _refused(_("The file is not CSV in UTF-8."))
    responses = _Reader(cycle).read(text)
    responses.digest = digest
    return responses


def _refused(message: str, line: int = 1, column: str = "–") -> FileRefused:
    return FileRefused([Problem(line, column, message)])


def _refuse_known(cycle: Cycle, digest: str) -> None:
    if cycle.response_files.filter(digest=digest).exists():
        raise SurveyRefused(_("A file with exactly this content has been imported already."))


class _RowError(Exception):
    def __init__(self, column: str, message: str):
        super().__init__(message)
        self.column = column
        self.message = message


class _Reader:
    def __init__(self, cycle: Cycle):
        questionnaires = cycle.questionnaires.select_related("group").prefetch_related("questions__options")
        self.questionnaires = {each.code: each for each in questionnaires}
        self.questions = {
            each.pk: {question.code: question for question in each.questions.all()}
            for each in self.questionnaires.values()
        }
        self.options = {
            question.pk: {option.code: option.pk for option in question.options.all()}
            for questions in self.questions.values()
            for question in questions.values()
        }
        self.units: dict[int, dict[str, int]] = {}
        for block, code, unit in cycle.assessments.values_list("block", "unit__code", "unit"):
            self.units.setdefault(block, {})[code] = unit
        self.problems: list[Problem] = []
        self.more = False

    def read(self, text: str) -> Responses:
        responses = Responses()
        for line, row in self._rows(text):
            try:
                self._add(responses, row)
            except _RowError as error:
                if len(self.problems) == MOST_PROBLEMS:
                    self.more = True
                    break
                self.problems.append(Problem(line, error.column, error.message))
        if self.problems:
            raise FileRefused(self.problems, self.more)
        if not responses.forms:
            raise _refused(_("The file holds no answers."))
        return responses

    def _rows(self, text: str) -> Iterator[tuple[int, dict[str, str]]]:
        first = text.split("\n", 1)[0]
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
        try:
            header = [cell.strip().casefold() for cell in next(lines, [])]
            missing = [name for name in COLUMNS if name not in header]
            if missing:
                raise _refused(_("Columns are missing: %(names)s.") % {"names": ", ".join(missing)})
            places = {name: header.index(name) for name in COLUMNS}
            for cells in lines:
                if any(cell.strip() for cell in cells):
                    yield (
                        lines.line_num,
                        {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()},
                    )
        except csv.Error as error:
            raise _refused(_("The line cannot be read as CSV."), lines.line_num) from error

    def _add(self, responses: Responses, row: dict[str, str]) -> None:
        for name in COLUMNS:
            if not row[name]:
                raise _RowError(name, _("The cell is empty."))
            if len(row[name]) > LONGEST_FIELD:
                raise _RowError(name, _("The text is too long."))
        questionnaire = self._questionnaire(row)
        unit = self.units.get(questionnaire.block_id, {}).get(row["unit_code"])
        if unit is None:
            raise _RowError(
                "unit_code",
                _("“%(found)s” is no unit of the questionnaire's block.") % {"found": row["unit_code"]},
            )
        question = self.questions[questionnaire.pk].get(row["question_code"])
        if question is None:
            raise _RowError(
                "question_code",
                _("The questionnaire has no question “%(found)s”.") % {"found": row["question_code"]},
            )
        option = self._option(question.pk, row["answer"])
        answers = responses.forms.setdefault((questionnaire.pk, row["respondent"]), {})
        if (unit, question.pk) in answers:
            raise _RowError("respondent", _("This respondent has answered the question on the unit already."))
        answers[unit, question.pk] = option
        responses.answers += 1

    def _questionnaire(self, row: dict[str, str]) -> Questionnaire:
        questionnaire = self.questionnaires.get(row["questionnaire"])
        if questionnaire is None:
            raise _RowError(
                "questionnaire",
                _("The cycle has no questionnaire “%(found)s”.") % {"found": row["questionnaire"]},
            )
        if questionnaire.state == Questionnaire.State.DRAFT:
            raise _RowError("questionnaire", _("The questionnaire is a draft: open it first."))
        if row["group"] != questionnaire.group.code:
            raise _RowError(
                "group",
                _("“%(found)s” is not the questionnaire's group; %(expected)s is expected.")
                % {"found": row["group"], "expected": questionnaire.group.code},
            )
        return questionnaire

    def _option(self, question: int, answer: str) -> int | None:
        options = self.options[question]
        if answer in options:
            return options[answer]
        if answer == DO_NOT_KNOW:
            return None  # the question has no such option: not answered, hence not counted
        if "|" in answer:
            raise _RowError("answer", _("The question takes one answer."))
        raise _RowError(
            "answer",
            _("“%(found)s” is none of the answers: %(expected)s.")
            % {"found": answer, "expected": ", ".join(options)},
        )
