import os
import subprocess
import sys

import psycopg2
import pytest
from processes import Child, Died, wait_until
from services import services


def test_servers_run_within_the_context_and_are_gone_after_it(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    with services() as environment:
        url = environment["DATABASE_URL"]
        psycopg2.connect(url).close()
        assert environment["REDIS_URL"].startswith("redis://127.0.0.1:")
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(url)


def test_servers_that_are_given_are_left_alone(monkeypatch):
    given = {"DATABASE_URL": "postgres://elsewhere/db", "REDIS_URL": "redis://elsewhere/0"}
    for name, url in given.items():
        monkeypatch.setenv(name, url)
    with services() as environment:
        assert {name: environment[name] for name in given} == given


def test_child_ends_when_its_parent_is_killed(tmp_path):
    """The parent has no chance to tidy up; nothing of it stays behind all the same."""
    parent = (
        "import os, signal, sys; from processes import Child;"
        "print(Child('c', [sys.executable, '-c', 'import time; time.sleep(600)']).process.pid, flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", parent],
        env={**os.environ, "PYTHONPATH": "scripts"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    child = int(killed.stdout)
    wait_until(lambda: not _runs(child), patience=10, what="the end of the child")


def test_child_that_ended_by_itself_is_named():
    child = Child("beat", [sys.executable, "-c", "raise SystemExit(3)"])
    child.process.wait()
    with pytest.raises(Died, match="beat ended with code 3"):
        child.check()


def _runs(number: int) -> bool:
    try:
        with open(f"/proc/{number}/stat") as state:
            return state.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
