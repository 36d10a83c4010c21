"""
`make test`: the whole suite on PostgreSQL, then the tests marked `sqlite` on SQLite.

Arguments go to pytest: make test ARGS="tests/core -k jobs".
"""

import shutil
import signal
import sys
import tempfile
from pathlib import Path

from processes import Child
from services import services

ROOT = Path(__file__).resolve().parent.parent
NOTHING_SELECTED = 5  # pytest's exit code
INTERRUPTED = 130


def run_pytest(title: str, arguments: list[str], environment: dict[str, str]) -> int:
    print(f"=== {title}", flush=True)
    command = [sys.executable, "-m", "pytest", *arguments]
    child = Child("pytest", command, end_with=signal.SIGINT, cwd=ROOT, env=environment)
    try:
        return child.process.wait()
    finally:
        child.end(patience=30)  # an interrupted pytest still takes down what its fixtures started


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Nothing of the developer's own portal takes part: neither its data folder nor its .env.
    data = Path(tempfile.mkdtemp(prefix="par-index-test-"))
    try:
        with services() as environment:
            environment |= {
                "PAR_INDEX_DATA_DIR": str(data),
                "PAR_INDEX_MODE": "embedded",
                "PYTHONUNBUFFERED": "1",
            }
            codes = [
                run_pytest("PostgreSQL", ["-n", "2", "--dist", "loadfile", *arguments], environment),
                run_pytest(
                    "SQLite",
                    ["-m", "sqlite", *arguments],
                    {**environment, "DATABASE_URL": f"sqlite:///{data / 'portal.sqlite3'}"},
                ),
            ]
    except KeyboardInterrupt:
        print("Interrupted; everything is ended.", file=sys.stderr)
        return INTERRUPTED
    finally:
        shutil.rmtree(data, ignore_errors=True)
    return verdict(codes)


def verdict(codes: list[int]) -> int:
    """The suite's exit code: a selection may be empty on one database, not on both."""
    if all(code == NOTHING_SELECTED for code in codes):
        print("No test was run.", file=sys.stderr)
        return 1
    return max(0 if code == NOTHING_SELECTED else code for code in codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
