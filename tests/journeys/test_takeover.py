"""A worker that is killed in mid-consolidation: another takes over, and the result is the same."""

from pathlib import Path

import openpyxl
import psycopg2
import pytest

from tests.journeys.conftest import Stack, wait_for
from tests.workbooks import sample

pytestmark = pytest.mark.journey

ENQUEUE = """
from django.utils import timezone
from assessments.models import Cycle
from par_index.core import jobs
from tests.workbooks import sample
cycle = Cycle.objects.get(code="TAKEN")
jobs.enqueue(kind="consolidate", arguments={"cycle_id": cycle.pk}, key="takeover", by=None, at=timezone.now())
"""
RESULTS = """
    SELECT unit_code, total_points, index_unrounded, rank, band
    FROM results_unitresult JOIN results_consolidation run ON run.id = consolidation_id
    JOIN assessments_cycle cycle ON cycle.id = run.cycle_id WHERE cycle.code = %s ORDER BY results_unitresult."order"
"""


def test_worker_killed_in_mid_consolidation_is_taken_over_with_the_same_result(production_stack, tmp_path):
    book = sample("goc-1")
    for code in ("CALM", "TAKEN"):
        _manage(production_stack, "import_cycle", str(renamed(book, code, tmp_path)))
    _manage(production_stack, "consolidate", "CALM")
    first = production_stack.start_worker("first")

    # The lock keeps the job where it writes its rows, so that the kill comes in its middle, however fast it is.
    holder = psycopg2.connect(production_stack.env["DATABASE_URL"])
    try:
        with holder.cursor() as cursor:
            cursor.execute("LOCK TABLE results_consolidation IN SHARE MODE")
            _manage(production_stack, "shell", "-v", "0", "-c", ENQUEUE)
            writing = "SELECT id FROM core_job WHERE key = 'takeover' AND state = 'running' AND done = 60"
            wait_for(lambda: production_stack.query(writing), what="the consolidation at its rows")
            first.kill()
    finally:
        holder.close()
    second = production_stack.start_worker("second")
    try:
        done = "SELECT attempt FROM core_job WHERE key = 'takeover' AND state = 'done'"
        [[attempt]] = wait_for(lambda: production_stack.query(done), what="the job taken over")
    finally:
        second.end()

    assert attempt == 2
    assert len(production_stack.query(RESULTS, "CALM")) == 16
    assert production_stack.query(RESULTS, "TAKEN") == production_stack.query(RESULTS, "CALM")


def renamed(book: Path, code: str, folder: Path) -> Path:
    """The same cycle under another code."""
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Kỳ đánh giá"]
    [cell] = [row[1] for row in sheet.iter_rows() if row[0].value == "Mã kỳ"]
    cell.value = code
    path = folder / f"{code}.xlsx"
    workbook.save(path)
    return path


def _manage(stack: Stack, *arguments: str) -> None:
    done = stack.manage(*arguments)
    assert done.returncode == 0, done.stderr
