"""Browsers and servers for journeys."""

import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from processes import Child, end_all, executable, free_port, wait_until
from psycopg2 import sql

from tests.journeys import compose

ROOT = Path(__file__).resolve().parents[2]
OFFICE, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Playwright keeps an event loop in the test's thread; Django would refuse the database there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


# --- browser ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable("chromium", "chromium-browser"), args=CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """
    Pages of separate people: each call gives a browser context with cookies of its own.

    The test fails at its end if a page raised a script error or met the content security policy.
    """
    contexts, errors = [], []

    def open_one(viewport: dict = OFFICE, **options) -> Page:
        context = browser.new_context(viewport=viewport, locale="vi-VN", ignore_https_errors=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if "Content Security" in line.text else None)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(open_page) -> Page:
    return open_page()


@pytest.fixture
def phone(open_page) -> Page:
    return open_page(PHONE, is_mobile=True, has_touch=True)


@pytest.fixture
def live_portal(live_server) -> str:
    """The address of the portal, served from the test's own database by a thread."""
    return live_server.url


# --- production -------------------------------------------------------------------------------------------------------


@dataclass
class Stack:
    """
    The services of docker-compose.yml, as processes, behind an nginx of their own.

    `base_url` is nginx, as the proxy that ends TLS would reach it. `env` is the environment of the services.
    """

    folder: Path
    env: dict[str, str]
    owner_env: dict[str, str]
    base_url: str = ""
    children: dict[str, Child] = field(default_factory=dict)

    def start(self, service: str, name: str = "", **more: str) -> Child:
        """Start a service's command as docker-compose.yml gives it; `name` tells two of one service apart."""
        command = compose.command(service, self.env)
        return self.start_command(name or service, [_program(command[0]), *command[1:]], **more)

    def start_command(self, name: str, command: list[str], **more: str) -> Child:
        with (self.folder / f"{name}.log").open("w") as log:
            child = Child(name, command, cwd=ROOT, env={**self.env, **more}, stdout=log, stderr=log)
        self.children[name] = child
        return child

    def start_worker(self, name: str = "worker") -> Child:
        return self.start("worker", name)

    def kill(self, name: str) -> None:
        self.children[name].kill()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8")

    def manage(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess:
        """Run a management command to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=env or self.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def query(self, statement: str, *values) -> list[tuple]:
        """Read the stack's database past the portal."""
        connection = psycopg2.connect(self.env["DATABASE_URL"])
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall()
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> HTTPResponse:
        """What the TLS proxy in front would ask; redirects are not followed, errors are answers."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
        sent = {"Host": "portal.test", "X-Forwarded-Proto": "https", **headers}
        try:
            return opener.open(urllib.request.Request(self.base_url + path, headers=sent), timeout=10)
        except urllib.error.HTTPError as answer:
            return answer


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


def _program(name: str) -> str:
    """The environment's own program of that name, as the image would find it on its PATH."""
    return str(Path(sys.executable).with_name(name))


def wait_for(condition, *, patience: float = 180, what: str = "the condition"):
    """Until `condition()` gives something true, which is returned."""
    result = []

    def ready() -> bool:
        result[:] = [condition()]
        return bool(result[0])

    wait_until(ready, patience=patience, what=what)
    return result[0]


@pytest.fixture(scope="module")
def production_stack() -> Iterator[Stack]:
    """
    The production services on the test run's PostgreSQL and Redis, with a database and a role of their own.

    web, beat and nginx run; tests start workers themselves. The lease is short, so that a takeover takes seconds.
    """
    server, redis = os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
    name = f"production_{uuid4().hex[:12]}"
    with tempfile.TemporaryDirectory(prefix="par-index-production-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        _execute(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        stack = Stack(folder, *_environments(folder, server, redis, name))
        try:
            _prepare(stack)
            stack.start("web")
            stack.start("beat")
            _start_nginx(stack)
            yield stack
        finally:
            end_all(list(stack.children.values()))
            _execute(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            _execute(server, sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def _environments(folder: Path, server: str, redis: str, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Of the services, and of the one that owns the database."""
    address = urlsplit(server)
    outside = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "TMPDIR")}
    given = {
        "SECRET_KEY": "a-key-of-the-tests-alone-" + uuid4().hex * 2,
        "ALLOWED_HOSTS": "portal.test",
        "PORTAL_DB_PASSWORD": "of-the-tests",
        "POSTGRES_PASSWORD": "of-the-tests",
        "REDIS_PASSWORD": "of-the-tests",
        "WORKERS": "2",
    }
    here = {
        "DATABASE_URL": f"postgres://{name}:of-the-tests@{address.hostname}:{address.port}/{name}",
        "REDIS_URL": urlsplit(redis)._replace(path=f"/{_free_redis_database()}").geturl(),
        "PORT": str(free_port()),
        "PAR_INDEX_DATA_DIR": str(folder / "data"),
        "JOB_LEASE_SECONDS": "4",
    }
    env = {**outside, **given, **compose.settings("web", given), **here}
    return env, {**env, "DATABASE_OWNER_URL": address._replace(path=f"/{name}").geturl()}


def _free_redis_database() -> int:
    """One of Redis's sixteen numbered databases for each parallel test process."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return 1 + int(worker.removeprefix("gw")) % 15


def _prepare(stack: Stack) -> None:
    (stack.folder / "data" / "files").mkdir(parents=True)
    migrate = stack.manage(*compose.command("migrate", stack.owner_env)[2:], env=stack.owner_env)
    assert migrate.returncode == 0, migrate.stderr
    collect = stack.manage("collectstatic", "--no-input")
    assert collect.returncode == 0, collect.stderr


def _start_nginx(stack: Stack) -> None:
    port = free_port()
    variables = {
        **compose.settings("nginx", stack.env),
        "PORTAL_LISTEN": f"127.0.0.1:{port}",
        "PORTAL_UPSTREAM": f"127.0.0.1:{stack.env['PORT']}",
        "PORTAL_STATIC": str(stack.folder / "data" / "static"),
        "PORTAL_FILES": str(stack.folder / "data" / "files"),
    }
    template = (ROOT / "scripts" / "nginx.conf.template").read_text("utf-8")
    for name, value in variables.items():
        template = template.replace("${" + name + "}", value)
    temporary = "".join(
        f"{kind}_temp_path {stack.folder}/nginx-{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    (stack.folder / "nginx.conf").write_text(
        f"{user} pid {stack.folder}/nginx.pid; daemon off; error_log stderr; events {{}}"
        f" http {{ include /etc/nginx/mime.types; access_log off; {temporary} {template} }}"
    )
    stack.start_command("nginx", [executable("nginx"), "-c", str(stack.folder / "nginx.conf")])
    stack.base_url = f"http://127.0.0.1:{port}"
    wait_for(lambda: _served(stack), what="web behind nginx")


def _served(stack: Stack) -> bool:
    for child in stack.children.values():
        assert child.alive, f"{child.name} ended:\n{stack.log(child.name)}"
    try:
        return stack.get("/song/").status == 200
    except OSError:
        return False


def _execute(server: str, statement: sql.Composable) -> None:
    connection = psycopg2.connect(server)
    connection.autocommit = True  # a database is not made inside a transaction
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
