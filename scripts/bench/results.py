"""Import, consolidation and documents of the sample cycle: 113 units, 5,600 scores."""

from datetime import UTC, datetime
from itertools import count

from bench import figure

from assessments.models import Cycle, LedgerEntry, Score
from par_index.results import services
from par_index.results.checklist import check
from par_index.results.demo.loading import BOOKS
from par_index.results.exports import Edition, render
from par_index.results.queries import gather
from par_index.results.workbook import importer, reader
from surveys.models import MeasuredResult

SAMPLE = BOOKS / "tinh-mau-2025.xlsx"
AT = datetime(2026, 3, 1, tzinfo=UTC)
numbers = count(1)


def imported() -> Cycle:
    """The sample cycle under a code of its own, so that every run has one that nobody has consolidated."""
    cycle = importer.store(reader.read(SAMPLE), owner=importer.body(None), by=None, at=AT)
    Cycle.objects.filter(pk=cycle.pk).update(code=f"BENCH{next(numbers)}")
    return cycle


@figure("Import the sample cycle of 113 units, reading the workbook included", limit=10.0)
def import_cycle():
    imported()


@figure("Read the raw rows of its scores, decisions and survey results", limit=2.0)
def read_raw_rows():
    cycle = imported()
    yield
    for model in (Score, LedgerEntry, MeasuredResult):
        list(model.objects.filter(assessment__cycle=cycle).values_list())


@figure("See what is missing in it, as its consolidation page does", limit=3.0)
def see_what_is_missing():
    cycle = imported()
    yield
    check(gather(cycle))


@figure("Consolidate it: gather, merge, rank, write 6,500 rows", limit=10.0)
def consolidate_cycle():
    cycle = imported()
    yield
    services.consolidate(cycle_id=cycle.pk, by=None, at=AT)


@figure("Render all documents of it, 13 pages of PDF among them", limit=30.0)
def render_documents():
    run = services.consolidate(cycle_id=imported().pk, by=None, at=AT)
    yield
    render(Edition(run, number=1, decision=None, published_at=AT), lambda done, total, name: None)
