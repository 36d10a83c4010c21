"""
`make run`: the whole portal on this machine. Prepares what has changed, starts web, worker and beat, ends them all.

HOST and PORT (default 127.0.0.1:8000) say where, PAR_INDEX_DATA_DIR in which folder.
"""

import errno
import ipaddress
import os
import signal
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from processes import Child, Died, end_all, wait_until

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
READY_WITHIN = 120  # seconds


class CannotStart(Exception):
    """One line for the person at the terminal, Vietnamese first."""


class Stopped(BaseException):
    """Ctrl-C, or somebody ended the launcher."""


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    children: list[Child] = []
    try:
        settings = load_settings()
        host, port = address()
        check_folder(settings.DATA_DIR)
        check_port(host, port)
        check_demo(settings, host)
        check_libraries()
        allow_host(host)
        prepare(settings, host)
        children.append(start_web(host, port))
        wait_until_served(host, port, children[0])
        children += start_background(settings)
        announce(settings, f"http://{bracketed(host)}:{port}/")
        watch(children)
    except (CannotStart, Died, TimeoutError) as error:
        print(error, file=sys.stderr)
        return 1
    except Stopped:
        print("\nĐang dừng / stopping …", flush=True)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C does not leave anything behind
        end_all(children)
    return 0


def _stop(number, frame):
    raise Stopped


# --- what must be right before anything starts ------------------------------------------------------------------------


def load_settings():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "par_index.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        settings.DATA_DIR  # noqa: B018 - reading one setting loads them all
    except ImproperlyConfigured as error:
        raise CannotStart(f"Cấu hình chưa đúng / settings: {error}") from None
    return settings


def address() -> tuple[str, int]:
    """HOST and PORT, of the environment or of `.env`."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise CannotStart(f"PORT phải là số từ 1 đến 65535 / PORT must be a number from 1 to 65535: “{port}”")
    return host, int(port)


def check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CannotStart(
            f"Không ghi được vào thư mục dữ liệu / the data folder cannot be written: {folder} "
            f"({error.strerror}). Đặt / set PAR_INDEX_DATA_DIR."
        ) from None


def check_port(host: str, port: int) -> None:
    try:
        family, kind, _protocol, _name, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"Cổng {port} đang được dùng / port {port} is in use. Chọn cổng khác / choose another: "
                f"PORT={port + 1 if port < 65535 else 8000} make run"
            ) from None
        raise CannotStart(
            f"Không mở được địa chỉ / this address cannot be opened: {host}:{port} ({error.strerror})"
        ) from None


def is_loopback(host: str) -> bool:
    from par_index.accounts import demo

    return demo.is_loopback(host)


def check_demo(settings, host: str) -> None:
    if settings.DEMO and not is_loopback(host):
        raise CannotStart(
            f"Tài khoản minh họa có mật khẩu công khai, không mở ra mạng / demo accounts have public passwords: "
            f"HOST={host} needs PAR_INDEX_DEMO=0 and a data folder without the demo"
        )


def check_libraries() -> None:
    try:
        import weasyprint  # noqa: F401 - loads the system's libraries
    except OSError as error:
        raise CannotStart(
            f"Thiếu thư viện hệ thống / a system library is missing: {str(error).splitlines()[0]}. "
            "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        ) from None


def allow_host(host: str) -> None:
    """The address that the operator chose is one the portal answers to."""
    if not is_loopback(host) and not os.environ.get("ALLOWED_HOSTS"):
        if ipaddress.ip_address(socket.gethostbyname(host)).is_unspecified:
            raise CannotStart(
                f"HOST={host} mở mọi địa chỉ / opens every address: set ALLOWED_HOSTS to the names that people type"
            )
        os.environ["ALLOWED_HOSTS"] = f"{host},localhost,127.0.0.1"


# --- preparing --------------------------------------------------------------------------------------------------------


def prepare(settings, host: str) -> None:
    import messages

    messages.compile_catalogues()
    import django

    django.setup()
    from django.apps import apps
    from django.core.management import call_command

    for folder in (settings.DATA_DIR / "broker", settings.DATA_DIR / "broker-control", settings.MEDIA_ROOT):
        folder.mkdir(exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0)
    check_accounts(host)
    collect_static(settings, call_command)
    if settings.DEMO and not apps.get_model("assessments", "Cycle").objects.exists():
        print("Nạp dữ liệu minh họa / loading the demo …", flush=True)
        call_command("load_demo")


def check_accounts(host: str) -> None:
    from par_index.accounts import demo

    if demo.accounts() and not is_loopback(host):
        raise CannotStart(
            f"Thư mục dữ liệu có tài khoản minh họa / this data folder holds demo accounts, whose passwords are "
            f"public: set PAR_INDEX_DATA_DIR to a new folder for HOST={host}"
        )


def collect_static(settings, call_command) -> None:
    """Hash and compress the static files, unless none has changed since the last time."""
    from django.contrib.staticfiles.finders import get_finders

    found = (storage.path(name) for finder in get_finders() for name, storage in finder.list([]))
    state = "\n".join(f"{path} {os.stat(path).st_mtime_ns}" for path in sorted(found))
    stamp = settings.STATIC_ROOT / ".collected"
    if not stamp.exists() or stamp.read_text("utf-8") != state:
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.write_text(state, "utf-8")


# --- running ----------------------------------------------------------------------------------------------------------


def start_web(host: str, port: int) -> Child:
    bind = ["--bind", f"{bracketed(host)}:{port}", "--workers", "3", "--worker-class", "sync", "--preload"]
    gunicorn = [sys.executable, "-m", "gunicorn", "par_index.wsgi:application", *bind]
    return Child("web", [*gunicorn, "--timeout", "120", "--log-level", "warning"], cwd=ROOT)


def start_background(settings) -> list[Child]:
    celery = [sys.executable, "-m", "celery", "-A", "par_index", "--quiet"]
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    schedule = ["--pidfile", "", "--schedule", str(settings.DATA_DIR / "beat-schedule")]
    commands = {
        "worker": [
            *celery,
            "worker",
            "--pool",
            "threads",
            "--concurrency",
            "2",
            *alone,
            "--loglevel",
            "WARNING",
        ],
        "beat": [*celery, "beat", *schedule, "--loglevel", "WARNING"],
    }
    # Celery warns whoever runs it as root; in a container or a fresh virtual machine there is nobody else.
    environment = {
        **os.environ,
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }
    return [Child(name, command, cwd=ROOT, env=environment) for name, command in commands.items()]


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def wait_until_served(host: str, port: int, web: Child) -> None:
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    url = f"http://{bracketed(local)}:{port}/song/"
    wait_until(lambda: _answers(url), patience=READY_WITHIN, what="web", child=web)


def _answers(url: str) -> bool:
    try:
        # Only our own server is asked, whatever proxy the environment names.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        return opener.open(url, timeout=2).status == 200
    except (urllib.error.URLError, OSError):
        return False


def announce(settings, url: str) -> None:
    from django.core.management import call_command

    print(f"\nCổng Chỉ số CCHC đang chạy tại / the portal runs at: {url}\n", flush=True)
    if settings.DEMO:
        call_command("demo_accounts")
    print("\nCtrl-C để dừng / to stop.", flush=True)


def watch(children: list[Child]) -> None:
    """Until somebody stops the portal, or one of its processes ends by itself: then all end."""
    while True:
        for child in children:
            child.check()
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
