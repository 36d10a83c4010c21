"""
A private PostgreSQL and a private Redis, on free ports and in a throw-away folder.

Used by `make test` and `make bench`. A server whose URL is given in DATABASE_URL or REDIS_URL is used instead.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from processes import Child, end_all, executable, free_port, wait_until


@contextmanager
def services() -> Iterator[dict[str, str]]:
    """The environment with DATABASE_URL and REDIS_URL; whatever was started ends with the context."""
    environment = dict(os.environ)
    folder = Path(tempfile.mkdtemp(prefix="par-index-services-"))
    folder.chmod(0o755)  # PostgreSQL runs as a user of its own and must reach its part
    children: list[Child] = []
    try:
        if not environment.get("DATABASE_URL"):
            environment["DATABASE_URL"] = _start_postgres(folder / "postgres", children)
        if not environment.get("REDIS_URL"):
            environment["REDIS_URL"] = _start_redis(folder / "redis", children)
        yield environment
    finally:
        end_all(children)
        shutil.rmtree(folder, ignore_errors=True)


def _start_postgres(folder: Path, children: list[Child]) -> str:
    binaries = _postgres_binaries()
    folder.mkdir()
    # PostgreSQL refuses to run as root.
    user = {}
    if os.getuid() == 0:
        entry = pwd.getpwnam("postgres")
        user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    initdb = [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]
    made = subprocess.run(
        [str(part) for part in initdb], cwd=folder, env=environment, capture_output=True, text=True, **user
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stderr.strip()}")
    port = free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        "max_connections": "200",
        # Nobody misses these data after a power cut.
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
    }
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("w") as log:
        child = Child(
            "PostgreSQL",
            command,
            end_with=signal.SIGINT,  # its fast shutdown: open connections are cut
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
            **user,
        )
    children.append(child)
    url = f"postgres://postgres@127.0.0.1:{port}/postgres"
    wait_until(lambda: _answers(url), patience=30, what="PostgreSQL", child=child)
    return url


def _postgres_binaries() -> Path:
    """Debian keeps the server's programs outside of PATH, by version."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else Path(executable("initdb")).resolve().parent


def _answers(url: str) -> bool:
    try:
        psycopg2.connect(url).close()
    except psycopg2.OperationalError:
        return False
    return True


def _start_redis(folder: Path, children: list[Child]) -> str:
    folder.mkdir()
    port = free_port()
    command = [executable("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    child = Child("Redis", [*command, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL)
    children.append(child)
    wait_until(lambda: _listens(port), patience=10, what="Redis", child=child)
    return f"redis://127.0.0.1:{port}/0"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
