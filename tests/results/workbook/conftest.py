import pytest

from par_index.results.workbook import importer, reader
from tests.workbooks import Book


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def read(book, tmp_path):
    """Read the book as it stands now."""
    return lambda: reader.read(book.save(tmp_path / "so.xlsx"))


@pytest.fixture
def store(read, at):
    """Read and store the book as it stands now."""

    def read_and_store(*, owner=None, by=None, **options):
        return importer.store(read(), owner=owner or importer.body(), by=by, at=at, **options)

    return read_and_store
