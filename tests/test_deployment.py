"""What docker-compose.yml, the Dockerfile and the settings promise."""

import os
import re
import subprocess
import sys

import pytest

from tests.journeys import compose
from tests.journeys.compose import ROOT, MissingVariable

SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "PORTAL_DB_PASSWORD", "REDIS_PASSWORD")
GIVEN = {name: f"given-{name}" for name in (*SECRETS, "ALLOWED_HOSTS")}


@pytest.fixture(scope="module")
def services() -> dict[str, dict]:
    return compose.services()


# --- docker-compose.yml -----------------------------------------------------------------------------------------------


def test_compose_has_these_services(services):
    assert set(services) == {"nginx", "web", "worker", "beat", "migrate", "postgres", "redis"}


def test_every_lasting_service_has_a_health_check_and_comes_back(services):
    lasting = {name: service for name, service in services.items() if name != "migrate"}
    assert [name for name, service in lasting.items() if "healthcheck" not in service] == []
    assert {service["restart"] for service in lasting.values()} == {"unless-stopped"}


def test_no_service_runs_as_root(services):
    assert [name for name, service in services.items() if service.get("user", "root") in ("root", "0")] == []


def test_own_services_cannot_write_their_image_and_have_no_capabilities(services):
    for name in ("nginx", "web", "worker", "beat", "migrate"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]


def test_state_lies_in_named_volumes(services):
    mounted = {
        volume.partition(":")[0] for service in services.values() for volume in service.get("volumes", [])
    }
    assert mounted == {"data", "database", "broker"}


def test_only_nginx_is_reached_from_outside(services):
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]


@pytest.mark.parametrize("missing", [*SECRETS, "ALLOWED_HOSTS"])
def test_compose_stops_without_a_secret(missing):
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    given = {name: value for name, value in GIVEN.items() if name != missing}
    with pytest.raises(MissingVariable, match=missing):
        compose.filled(text, given)


def test_compose_holds_no_secret_of_its_own(services):
    settings = compose.settings("web", GIVEN)
    assert settings["SECRET_KEY"] == "given-SECRET_KEY"
    assert "given-PORTAL_DB_PASSWORD" in settings["DATABASE_URL"]
    assert "given-REDIS_PASSWORD" in settings["REDIS_URL"]


def test_running_services_do_not_know_the_owner_of_the_database(services):
    assert [name for name in services if "DATABASE_OWNER_URL" in str(services[name].get("environment"))] == [
        "migrate"
    ]


def test_web_waits_for_migrations(services):
    assert services["web"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_example_environment_explains_every_variable_of_compose():
    used = {
        name for name, *_rest in compose.VARIABLE.findall((ROOT / "docker-compose.yml").read_text("utf-8"))
    }
    explained = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert set(explained) == used


def test_nginx_template_uses_the_variables_that_compose_sets(services):
    template = (ROOT / "scripts" / "nginx.conf.template").read_text("utf-8")
    assert set(re.findall(r"\$\{(\w+)\}", template)) == set(services["nginx"]["environment"])


def test_image_runs_as_a_user_of_its_own():
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER portal"]


def test_user_of_the_image_owns_the_data_folder():
    assert re.search(r"install -d -o portal -g portal /data ", (ROOT / "Dockerfile").read_text("utf-8"))


def test_every_requirement_is_pinned():
    loose = [
        line
        for name in ("requirements.txt", "tests/requirements.txt", "scripts/constraints.txt")
        for line in (ROOT / name).read_text("utf-8").splitlines()
        if line and not re.match(r"#|-[cr] |[A-Za-z0-9._-]+==[\w.]+(\s+#.+)?$", line)
    ]
    assert loose == []


# --- settings ---------------------------------------------------------------------------------------------------------

SAFE = {
    "PAR_INDEX_MODE": "production",
    "SECRET_KEY": "x" * 60,
    "ALLOWED_HOSTS": "portal.test",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def start_with(tmp_path, **changes: str) -> subprocess.CompletedProcess:
    environment = {"PATH": os.environ["PATH"], "PAR_INDEX_DATA_DIR": str(tmp_path), **SAFE, **changes}
    return subprocess.run(
        [sys.executable, "-c", "from par_index import settings; print(settings.HTTPS)"],
        cwd=ROOT,
        env={name: value for name, value in environment.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_with_safe_settings(tmp_path):
    started = start_with(tmp_path)
    assert (started.returncode, started.stdout.strip()) == (0, "True"), started.stderr


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"PAR_INDEX_DEMO": "1"}, "PAR_INDEX_DEMO"),
        ({"REDIS_URL": ""}, "REDIS_URL"),
        ({"PAR_INDEX_MODE": "live"}, "PAR_INDEX_MODE"),
    ],
)
def test_production_refuses_to_start_unsafe_and_names_the_variable(tmp_path, changes, named):
    refused = start_with(tmp_path, **changes)
    assert refused.returncode == 1
    assert named in refused.stderr.splitlines()[-1]


def test_first_command_of_a_fresh_clone_makes_the_data_folder(tmp_path):
    folder = tmp_path / "new" / "data"
    migrated = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0", "core", "0001"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PAR_INDEX_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert migrated.returncode == 0, migrated.stderr
    assert (folder / "portal.sqlite3").exists()
