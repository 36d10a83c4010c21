"""Import, consolidation and documents of the sample cycle: 113 units, 5,600 scores."""

from datetime import UTC, datetime
from functools import cache
from itertools import count

from bench import figure, floor
from django.db import connection
from django.db.models import F
from openpyxl import load_workbook

from assessments.models import Assessment, Cycle
from par_index.results import services
from par_index.results.checklist import check
from par_index.results.demo.loading import BOOKS
from par_index.results.exports import Edition, render
from par_index.results.exports.pdf import ranking_pdf
from par_index.results.models import Consolidation
from par_index.results.queries import gather
from par_index.results.workbook import importer, reader

SAMPLE = BOOKS / "tinh-mau-2025.xlsx"
AT = datetime(2026, 3, 1, tzinfo=UTC)
numbers = count(1)


def imported() -> Cycle:
    """The sample cycle under a code of its own, so that it can be imported again."""
    cycle = importer.store(reader.read(SAMPLE), owner=importer.body(None), by=None, at=AT)
    Cycle.objects.filter(pk=cycle.pk).update(code=f"BENCH{next(numbers)}")
    return cycle


@cache
def sample() -> Cycle:
    return imported()


def changed() -> Cycle:
    """The same cycle with other inputs, so that a consolidation finds no run of them."""
    Assessment.objects.filter(cycle=sample()).update(position=F("position") + 1)
    return sample()


@cache
def run() -> Consolidation:
    return services.consolidate(cycle_id=sample().pk, by=None, at=AT)


@floor("read the workbook's cells")
def read_cells():
    workbook = load_workbook(SAMPLE, read_only=True)
    for sheet in workbook:
        for _row in sheet.iter_rows(values_only=True):
            pass


@figure("Import the sample cycle", over=read_cells, aim=8)
def import_cycle():
    imported()


@floor("read the raw rows of scores, decisions and survey results")
def read_raw_rows():
    pk = sample().pk
    yield
    with connection.cursor() as cursor:
        for table in ("score", "ledgerentry"):
            cursor.execute(
                f"SELECT row.* FROM assessments_{table} row JOIN assessments_assessment sheet"
                " ON sheet.id = assessment_id WHERE cycle_id = %s",
                [pk],
            )
            cursor.fetchall()
        cursor.execute(
            "SELECT row.* FROM surveys_measuredresult row JOIN assessments_assessment sheet"
            " ON sheet.id = assessment_id WHERE cycle_id = %s",
            [pk],
        )
        cursor.fetchall()


@figure("See what is missing in it, as its consolidation page does", over=read_raw_rows, aim=10)
def see_what_is_missing():
    cycle = sample()
    yield
    check(gather(cycle))


@figure("Consolidate it: gather, merge, rank, write 6,500 rows", over=read_raw_rows, aim=40)
def consolidate_cycle():
    cycle = changed()
    yield
    services.consolidate(cycle_id=cycle.pk, by=None, at=AT)


@floor("render ranking.pdf, 13 pages, alone")
def render_the_paper():
    edition = Edition(run(), number=1, decision=None, published_at=AT)
    yield
    ranking_pdf(edition)


@figure("Render all its documents", over=render_the_paper, aim=2.5)
def render_documents():
    stored = run()
    yield
    render(Edition(stored, number=1, decision=None, published_at=AT), lambda done, total, name: None)
