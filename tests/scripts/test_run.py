"""`make run` from the launcher on, without the demo."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from processes import free_port, wait_until

from tests.journeys.compose import ROOT


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **inherited,
        "PAR_INDEX_DATA_DIR": str(tmp_path / "data"),
        "PAR_INDEX_DEMO": "0",
        "PORT": str(free_port()),
        "PYTHONUNBUFFERED": "1",
    }


def launch(environment: dict[str, str], log) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "scripts/run.py"],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
    )


def refused(environment: dict[str, str]) -> str:
    """The single line that the launcher ends with."""
    ended = subprocess.run(
        [sys.executable, "scripts/run.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    [line] = ended.stderr.splitlines()
    return line


def processes_of(folder: str) -> dict[int, str]:
    """The command lines of all processes that were started for this data folder, by process id."""
    mark = f"PAR_INDEX_DATA_DIR={folder}".encode()
    found = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                if mark in (process / "environ").read_bytes():
                    found[int(process.name)] = (
                        (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    )
    return found


def answers(environment: dict[str, str]) -> bool:
    with suppress(OSError):
        return (
            urllib.request.urlopen(f"http://127.0.0.1:{environment['PORT']}/song/", timeout=5).status == 200
        )
    return False


@pytest.fixture
def portal(environment, tmp_path):
    """Start the portal and wait until it serves; gives its process and the file of what it prints."""
    started = []

    def start() -> tuple[subprocess.Popen, Path]:
        printed = tmp_path / f"printed-{len(started)}"
        with printed.open("w") as log:
            started.append(launch(environment, log))
        wait_until(
            lambda: answers(environment), patience=180, what=f"the portal:\n{printed.read_text('utf-8')}"
        )
        wait_until(lambda: "Ctrl-C" in printed.read_text("utf-8"), patience=60, what="its address")
        return started[-1], printed

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


def test_portal_does_background_work_and_ends_whole_with_ctrl_c(portal, environment):
    process, printed = portal()
    assert f"http://127.0.0.1:{environment['PORT']}/" in printed.read_text("utf-8")
    work = subprocess.run(
        [sys.executable, "manage.py", "check_background", "--patience", "180"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert work.returncode == 0, work.stderr
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 0
    assert processes_of(environment["PAR_INDEX_DATA_DIR"]) == {}


def test_portal_ends_whole_when_one_of_its_processes_dies(portal, environment):
    process, printed = portal()
    running = processes_of(environment["PAR_INDEX_DATA_DIR"])
    [worker] = [number for number, command in running.items() if "worker --pool" in command]
    os.kill(worker, signal.SIGKILL)
    assert process.wait(120) == 1
    assert "worker ended" in printed.read_text("utf-8")
    assert processes_of(environment["PAR_INDEX_DATA_DIR"]) == {}


def test_port_in_use_is_told_in_one_line(environment):
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(environment["PORT"])))
        other.listen()
        line = refused(environment)
    assert f"port {environment['PORT']} is in use" in line


def test_folder_that_cannot_be_written_is_told_in_one_line(environment, tmp_path):
    (tmp_path / "file").touch()
    line = refused({**environment, "PAR_INDEX_DATA_DIR": str(tmp_path / "file" / "data")})
    assert "the data folder cannot be written" in line
    assert "PAR_INDEX_DATA_DIR" in line


def test_demo_is_refused_on_an_address_others_can_reach(environment):
    line = refused({**environment, "HOST": "0.0.0.0", "PAR_INDEX_DEMO": "1"})
    assert "PAR_INDEX_DEMO=0" in line


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"PORT": "eighty"}, "PORT must be a number"),
        ({"PORT": "70000"}, "PORT must be a number"),
        ({"HOST": "192.0.2.1"}, "cannot be opened"),
        ({"HOST": "0.0.0.0"}, "ALLOWED_HOSTS"),
        ({"PAR_INDEX_MODE": "live"}, "PAR_INDEX_MODE"),
    ],
)
def test_wrong_setting_is_told_in_one_line(environment, changes, told):
    assert told in refused({**environment, **changes})
