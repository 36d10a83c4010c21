import hashlib
import io

import pytest
from django.core.management import CommandError, call_command

from assessments.models import Cycle
from par_index.core.models import AuditEntry
from par_index.results.exports import Edition
from par_index.results.exports.data import criteria_csv, results_csv
from par_index.results.models import Consolidation
from tests.factories import AssessmentFactory, complete_cycle
from tests.workbooks import sample

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

DECISION = ("--decision", "512/QĐ-UBND", "--date", "2026-03-16", "--signer", "Chủ tịch UBND tỉnh")


def run(*arguments) -> str:
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def cycle() -> Cycle:
    return complete_cycle(code="KY2025")


@pytest.fixture
def exported(cycle, tmp_path):
    """The folder of an exported publication."""
    run("consolidate", "KY2025")
    run("publish", "KY2025", *DECISION)
    run("export_publication", "KY2025", tmp_path / "ra")
    return tmp_path / "ra"


def test_consolidate_confirms_in_the_operators_name(cycle):
    text = run("consolidate", "KY2025")

    stored = Consolidation.objects.get()
    assert (stored.state, stored.confirmed_by) == (Consolidation.State.CONFIRMED, None)
    assert AuditEntry.objects.get(action="results.confirmed").detail["operator"] is True
    assert "3" in text
    assert stored.inputs_digest[:16] in text


def test_consolidate_a_second_time_says_the_same(cycle):
    assert run("consolidate", "KY2025") == run("consolidate", "KY2025")


def test_consolidate_names_all_that_is_missing(cycle):
    AssessmentFactory(block=cycle.blocks.get(), unit__code="D", unit__name="Sở D", position=9)

    with pytest.raises(CommandError) as caught:
        run("consolidate", "KY2025")

    lines = str(caught.value).splitlines()
    assert [line.rpartition(" ")[2] for line in lines[1:]] == [
        "1.1",
        "1.2",
        "1.3",
        "1.4",
        "2.1",
        "2.2",
        "2.3",
    ]
    assert all("D Sở D" in line for line in lines[1:])


def test_publish_before_consolidation_is_refused(cycle):
    with pytest.raises(CommandError, match="KY2025"):
        run("publish", "KY2025", *DECISION)


@pytest.mark.parametrize(
    "changed",
    [{1: "không số"}, {3: "16/03/2026"}, {3: "2019-01-01"}, {5: " "}],
    ids=["number", "format", "date", "signer"],
)
def test_publish_with_a_decision_that_will_not_do_is_refused(cycle, changed):
    run("consolidate", "KY2025")
    arguments = [changed.get(place, argument) for place, argument in enumerate(DECISION)]

    with pytest.raises(CommandError):
        run("publish", "KY2025", *arguments)

    cycle.refresh_from_db()
    assert cycle.published_at is None


def test_publish_twice_is_refused(exported):
    with pytest.raises(CommandError):
        run("publish", "KY2025", *DECISION)


def test_export_publication_copies_files_that_match_their_digests(exported):
    lines = (exported / "SHA256SUMS").read_text().splitlines()

    assert [line.split()[1] for line in lines] == [
        "ranking.pdf",
        "results.xlsx",
        "results.csv",
        "results.json",
        "criteria.csv",
    ]
    for line in lines:
        digest, name = line.split()
        assert hashlib.sha256((exported / name).read_bytes()).hexdigest() == digest


def test_export_publication_of_an_unpublished_cycle_is_refused(cycle, tmp_path):
    with pytest.raises(CommandError, match="KY2025"):
        run("export_publication", "KY2025", tmp_path)


def test_export_publication_to_an_impossible_place_is_refused(exported, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError):
        run("export_publication", "KY2025", tmp_path / "file" / "below")


def test_verify_publication_names_the_edition(exported):
    text = run("verify_publication", exported / "ranking.pdf")
    assert "KY2025" in text
    assert "512/QĐ-UBND" in text


def test_verify_publication_refuses_a_changed_file(exported):
    file = exported / "results.csv"
    file.write_bytes(file.read_bytes() + b"\n")
    with pytest.raises(CommandError):
        run("verify_publication", file)


def test_verify_publication_of_no_file_is_refused(tmp_path):
    with pytest.raises(CommandError):
        run("verify_publication", tmp_path / "none.pdf")


@pytest.mark.parametrize(
    "arguments",
    [("consolidate", "KHONG"), ("publish", "KHONG", *DECISION), ("export_publication", "KHONG", "thu-muc")],
    ids=["consolidate", "publish", "export"],
)
@pytest.mark.usefixtures("cycle")
def test_unknown_cycle_is_refused(arguments):
    with pytest.raises(CommandError, match="KHONG"):
        run(*arguments)


@pytest.mark.parametrize("name", ["goc-1", "goc-2", "goc-3"])
def test_exported_cycle_imports_again_with_the_same_results(tmp_path, name):
    run("import_cycle", sample(name))
    code = Cycle.objects.get().code
    run("consolidate", code)
    before = results_of(code)

    run("export_cycle", code, tmp_path / "again.xlsx")
    run("import_cycle", tmp_path / "again.xlsx", "--replace")
    assert not Consolidation.objects.exists()
    run("consolidate", code)

    assert results_of(code) == before


def results_of(code: str) -> bytes:
    stored = Consolidation.objects.get(cycle__code=code)
    edition = Edition(stored, number=1, decision=None, published_at=stored.computed_at)
    return results_csv(edition) + criteria_csv(edition)
