"""
`make bench`: the figures that somebody relies on, each beside its floor: the least that the same machine needs for the
same minimum, measured in the same run. Absolute times mean little; the ratio travels from machine to machine.

Each file of scripts/bench/ holds functions decorated with `@floor` and `@figure`; the decorated function does the
thing once. On a private PostgreSQL they run one after the other; the table gives the median of some runs.

    @floor("read the workbook's cells")
    def read_cells():
        ...

    @figure("Import the sample cycle of 113 units", over=read_cells, aim=6)
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


Measured = Callable[[], Iterator[None] | None]


@dataclass(frozen=True)
class Floor:
    """The least that can be done; measured once, however many figures stand on it."""

    name: str
    function: Measured


@dataclass(frozen=True)
class Figure:
    """`aim` is the ratio to its floor that was promised."""

    name: str
    function: Measured
    over: Floor
    aim: float


figures: list[Figure] = []
RUNS = 3


def floor(name: str) -> Callable[[Measured], Floor]:
    return lambda function: Floor(name, function)


def figure(name: str, *, over: Floor, aim: float):
    """Measure the function against the floor `over`."""

    def register(function: Measured) -> Measured:
        figures.append(Figure(name, function, over, aim))
        return function

    return register


def median(function: Measured) -> float:
    """Seconds, over some runs."""
    return statistics.median(seconds(function) for _run in range(RUNS))


def seconds(function: Measured) -> float:
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


@dataclass(frozen=True)
class Row:
    figure: Figure
    seconds: float
    floor_seconds: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.floor_seconds


def measure() -> list[Row]:
    floors: dict[str, float] = {}
    rows = []
    for one in figures:
        if one.over.name not in floors:
            floors[one.over.name] = median(one.over.function)
        rows.append(Row(one, median(one.function), floors[one.over.name]))
    return rows


def table(rows: list[Row]) -> str:
    """Markdown, one row for each figure."""
    lines = ["| Figure | Median | Floor | | Ratio | Aim |", "|---|---:|---|---:|---:|---:|"]
    lines += [
        f"| {row.figure.name} | {row.seconds:.3f} s | {row.figure.over.name} | {row.floor_seconds:.3f} s "
        f"| {row.ratio:.1f} | ≤ {row.figure.aim:g} |"
        for row in rows
    ]
    return "\n".join(lines)


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
            rows = measure()
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(data, ignore_errors=True)
    print(table(rows))
    return 1 if any(row.ratio > row.figure.aim for row in rows) else 0


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
