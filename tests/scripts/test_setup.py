import os
import subprocess

from tests.journeys.compose import ROOT


def test_python_that_is_too_old_is_told(tmp_path):
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo Python 3.9.2\nexit 1\n')
    old.chmod(0o755)
    ended = subprocess.run(
        ["scripts/setup.sh", "run"],
        cwd=ROOT,
        env={**os.environ, "PYTHON": str(old)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "Python 3.11 or newer is needed; found Python 3.9.2" in ended.stderr


def test_second_setup_finds_nothing_to_do():
    ended = subprocess.run(
        ["scripts/setup.sh", "test"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
