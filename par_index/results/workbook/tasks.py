"""Reading and storing an uploaded workbook in the background: a large one takes longer than a request may."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.models import Assessment, Cycle, Unit
from criteria.workbook.container import UnusableFile
from criteria.workbook.tables import Problem
from par_index.core import jobs
from par_index.core.jobs import JobFailed, Run, job_handler
from par_index.core.models import Job
from par_index.results.workbook import importer, reader, uploads
from par_index.results.workbook.access import bodies_for, may_add_cycles
from par_index.results.workbook.book import CycleBook
from par_index.results.workbook.discarding import CannotReplace

READ = "read_workbook"
IMPORT = "import_workbook"
MOST_WARNINGS = 200


@transaction.atomic
def ask_to_read(*, file: str, name: str, body_id: int | None, by, at: datetime) -> Job:
    """
    Have a kept file read for its preview.

    :param file: the name under which `uploads` keeps it
    :param name: the name that the person knows
    """
    arguments = {"file": file, "name": name, "body_id": body_id}
    return jobs.enqueue(kind=READ, arguments=arguments, key=f"{READ}:{file}", by=by, at=at)


@transaction.atomic
def ask_to_import(reading: Job, *, replace: bool, by, at: datetime) -> Job:
    """Have the workbook stored that was read by this job and looked at."""
    arguments = {
        "file": reading.arguments["file"],
        "body_id": reading.arguments["body_id"],
        "replace": replace,
        "asked_at": at.isoformat(),
    }
    return jobs.enqueue(kind=IMPORT, arguments=arguments, key=f"{IMPORT}:{arguments['file']}", by=by, at=at)


@job_handler(READ)
def read_workbook(run: Run, *, file: str, name: str, body_id: int | None) -> dict:
    """The preview as the job's result: what the workbook holds, or its errors with their places."""
    url = reverse("results:import_preview", args=[run.job_id])
    try:
        with uploads.opened(file) as opened:
            book = reader.read(opened)
    except uploads.Forgotten as error:
        raise JobFailed(_forgotten()) from error
    except UnusableFile as error:
        raise JobFailed(str(error)) from error
    except reader.WorkbookErrors as error:
        return {"url": url, "problems": _plain(error.problems), "problem_count": error.total}
    warnings = [*book.warnings, *importer.warnings_against(book, _body(run, body_id))]
    return {
        "url": url,
        "head": {"code": book.head.code, "name": book.head.name, "year": book.head.year},
        "blocks": _blocks(book),
        "warnings": _plain(warnings[:MOST_WARNINGS]),
        "warning_count": len(warnings),
        "notes": _plain(book.notes),
    }


@job_handler(IMPORT)
def import_workbook(run: Run, *, file: str, body_id: int | None, replace: bool, asked_at: str) -> dict:
    at = datetime.fromisoformat(asked_at)
    done = Cycle.objects.filter(created_at=at, imported_by=run.by.get_username()).first()
    cycle = done or _import(run, file, body_id, replace, at)
    uploads.forget(file)
    run.progress(0, 0, _("The cycle %(code)s is stored") % {"code": cycle.code})
    return {"url": reverse("cycles:cycle", args=[cycle.code])}


def _import(run: Run, file: str, body_id: int | None, replace: bool, at: datetime) -> Cycle:
    try:
        with uploads.opened(file) as opened:
            book = reader.read(opened)
        run.progress(0, 0, _("Storing the cycle %(code)s") % {"code": book.head.code})
        return importer.store(book, owner=_body(run, body_id), by=run.by, at=at, replace=replace)
    except uploads.Forgotten as error:
        raise JobFailed(_forgotten()) from error
    except (UnusableFile, importer.CycleExists, CannotReplace) as error:
        raise JobFailed(str(error)) from error
    except reader.WorkbookErrors as error:
        raise JobFailed(error.summary) from error


def _body(run: Run, body_id: int | None) -> Unit | None:
    """The body chosen, if the person may still import for it."""
    if body_id is None and may_add_cycles(run.by):
        return importer.body()
    body = bodies_for(run.by).filter(pk=body_id).first()
    if body is None:
        raise JobFailed(_("You may not import cycles of this body any more."))
    return body


def _forgotten() -> str:
    return _("The file is not kept any more. Upload it again.")


def _blocks(book: CycleBook) -> list[dict]:
    """What each block holds: its units by status, and how many scores of each kind."""
    leaves_of_set = {
        set_book.code: len(
            {c.node.code for c in set_book.contents} - {c.node.parent for c in set_book.contents}
        )
        for set_book in book.sets
    }
    blocks = {
        block.code: {
            "code": block.code,
            "name": block.name,
            "set": block.set_code,
            "leaves": leaves_of_set[block.set_code],
            "units": 0,
            "statuses": Counter(),
            "self_scores": 0,
            "appraised": 0,
            "measured": 0,
            "exempt": 0,
        }
        for block in book.blocks
    }
    block_of = {unit.code: blocks[unit.block_code] for unit in book.units}
    for unit in book.units:
        block_of[unit.code]["units"] += 1
        block_of[unit.code]["statuses"][unit.status.value] += 1
    for leaf in book.leaves:
        block = block_of[leaf.unit_code]
        block["self_scores"] += leaf.self_points is not None
        block["appraised"] += leaf.appraised_points is not None
        block["measured"] += leaf.measured_points is not None
        block["exempt"] += leaf.exempt
    order = [status.value for status in Assessment.Status]
    for block in blocks.values():
        block["statuses"] = sorted(block["statuses"].items(), key=lambda item: order.index(item[0]))
    return list(blocks.values())


def _plain(problems: Sequence[Problem]) -> list[dict]:
    return [
        {
            "sheet": problem.place.sheet,
            "row": problem.place.row,
            "letter": problem.place.letter,
            "column": problem.place.column,
            "message": problem.message,
        }
        for problem in problems
    ]
