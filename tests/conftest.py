"""What every test may use. Browser and server fixtures: tests/journeys/conftest.py."""

from datetime import UTC, datetime

import pytest
from django.db import connections
from django.utils import timezone

from par_index import celery_app
from par_index.core import jobs
from par_index.core.models import Job
from tests.guards import let_flush_pass

# Jobs that a test sends go nowhere; `run_jobs` does them. Journeys have real brokers in processes of their own.
celery_app.conf.update(broker_url="memory://", broker_transport_options={})


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, tmp_path_factory):
    """SQLite in a file, as in use: in memory two connections lock whole tables against each other and never wait."""
    for connection in connections.all():
        if connection.vendor == "sqlite":
            name = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
            connection.settings_dict["TEST"]["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """The test database of pytest-django, whose flush passes the guards of append-only tables."""
    let_flush_pass()


@pytest.fixture(autouse=True)
def _test_settings(settings, tmp_path):
    """Nothing outside of the test's own folder is written, and nothing waits for strong hashes or a broker."""
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.AXES_ENABLED = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def at() -> datetime:
    """An ordinary moment: Friday 21/11/2025, 10:42 in Vietnam."""
    return datetime(2025, 11, 21, 3, 42, tzinfo=UTC)


@pytest.fixture
def run_jobs():
    """Do, in this process, all jobs that are waiting; returns them as they stand afterwards."""

    def run_all() -> list[Job]:
        waiting = list(Job.objects.filter(state=Job.State.QUEUED).order_by("pk"))
        for job in waiting:
            jobs.run(job.pk, at=timezone.now())
            job.refresh_from_db()
        return waiting

    return run_all
