"""
`make bench`: the figures that somebody relies on, measured here and now.

Each file of scripts/bench/ holds functions decorated with `@figure`; the decorated function does the thing once. On a
private PostgreSQL they run one after the other; the table gives the median of some runs and how it stands to its
limit, so that figures of different machines compare.

    @figure("Import the sample cycle of 113 units", limit=10.0, runs=3)
    def import_cycle():
        ...
        yield          # what stands before is preparation, what follows is measured
        ...
"""

import importlib.util
import inspect
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from services import services

ROOT = Path(__file__).resolve().parent.parent
FIGURES = Path(__file__).resolve().parent / "bench"


@dataclass(frozen=True)
class Figure:
    name: str
    limit: float
    runs: int
    function: Callable[[], Iterator[None] | None]


figures: list[Figure] = []


def figure(name: str, *, limit: float, runs: int = 3):
    """Measure the function, in seconds; `limit` is what was promised for it."""

    def register(function):
        figures.append(Figure(name, limit, runs, function))
        return function

    return register


def seconds(function: Callable[[], Iterator[None] | None]) -> float:
    """How long one run takes, without what a generator does before it yields."""
    steps = None
    if inspect.isgeneratorfunction(function):
        steps = function()
        next(steps)
    start = time.perf_counter()
    if steps is None:
        function()
    else:
        next(steps, None)
    return time.perf_counter() - start


def table(measured: list[tuple[Figure, list[float]]]) -> str:
    """Markdown, one row for each figure."""
    rows = ["| Figure | Median | Best – worst | Limit | Part of the limit |", "|---|---:|---:|---:|---:|"]
    for entry, times in measured:
        median = statistics.median(times)
        rows.append(
            f"| {entry.name} | {median:.2f} s | {min(times):.2f} – {max(times):.2f} s | {entry.limit:g} s "
            f"| {median / entry.limit:.0%} |"
        )
    return "\n".join(rows)


def load(chosen: list[str]) -> None:
    """Import the files of scripts/bench/ whose names contain one of the chosen words; all, without any."""
    for path in sorted(FIGURES.glob("*.py")):
        if not chosen or any(word in path.stem for word in chosen):
            spec = importlib.util.spec_from_file_location(f"bench_{path.stem}", path)
            spec.loader.exec_module(importlib.util.module_from_spec(spec))


def main(chosen: list[str]) -> int:
    data = Path(tempfile.mkdtemp(prefix="par-index-bench-"))
    try:
        with services() as environment:
            os.environ.update(environment)
            os.environ |= {"PAR_INDEX_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "par_index.settings"}
            sys.path.insert(0, str(ROOT))
            prepare()
            load(chosen)
            if not figures:
                print("No figure was chosen.", file=sys.stderr)
                return 1
            measured = [(entry, [seconds(entry.function) for _run in range(entry.runs)]) for entry in figures]
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(data, ignore_errors=True)
    print(table(measured))
    return 1 if any(statistics.median(times) > entry.limit for entry, times in measured) else 0


def prepare() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)


if __name__ == "__main__":
    sys.modules["bench"] = sys.modules[
        __name__
    ]  # the same module for the figures' `from bench import figure`
    sys.exit(main(sys.argv[1:]))
