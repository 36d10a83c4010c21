"""Child processes that never outlive their parent, for the launcher and the tests."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress

PR_SET_PDEATHSIG = 1


class Died(RuntimeError):
    """A child ended by itself; the text names it."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Child:
    """A process in a group of its own, so that a Ctrl-C reaches it through its parent alone."""

    def __init__(self, name: str, command: list[str], *, end_with: int = signal.SIGTERM, **options):
        def end_with_parent():
            # Even when the parent is killed without a chance to tidy up.
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, end_with)

        self.name = name
        self.end_with = end_with
        self.asked_to_end = False
        self.process = subprocess.Popen(
            command, start_new_session=True, preexec_fn=end_with_parent, stdin=subprocess.DEVNULL, **options
        )

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def check(self) -> None:
        if not self.alive:
            raise Died(f"{self.name} ended with code {self.process.returncode}")

    def kill(self) -> None:
        """SIGKILL to the whole group: what a power cut does."""
        self._signal(signal.SIGKILL)
        self.process.wait()

    def ask_to_end(self) -> None:
        """Once: many programs take a second request for an order to drop everything."""
        if not self.asked_to_end:
            self.asked_to_end = True
            self._signal(self.end_with)

    def end(self, patience: float = 10) -> None:
        self.ask_to_end()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        self._signal(signal.SIGKILL)  # also what a child of the child left behind
        self.process.wait()

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def end_all(children: list[Child]) -> None:
    """End all, the last started first; signalled together, so that the waits overlap."""
    for child in reversed(children):
        child.ask_to_end()
    for child in reversed(children):
        child.end()


def wait_until(ready, *, patience: float, what: str, child: Child | None = None) -> None:
    """
    Ask `ready()` until it is true.

    :raises Died: the child ended meanwhile
    :raises TimeoutError: it took longer than `patience` seconds
    """
    deadline = time.monotonic() + patience
    while not ready():
        if child:
            child.check()
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not ready after {patience:.0f} s")
        time.sleep(0.05)


def executable(*names: str) -> str:
    """The path of the first of these programs that is installed."""
    for name in names:
        if path := shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"):
            return path
    raise FileNotFoundError(f"none of {', '.join(names)} is installed")
