import os

import pytest
from django.db import DatabaseError, connection

pytestmark = pytest.mark.django_db


def test_health_is_plain_and_needs_no_login(client):
    answer = client.get("/song/")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["Content-Type"] == "text/plain"
    assert "no-store" in answer.headers["Cache-Control"]


def test_health_names_the_database_that_does_not_answer(client):
    def refuse(execute, sql, parameters, many, context):
        raise DatabaseError

    with connection.execute_wrapper(refuse):
        answer = client.get("/song/")
    assert (answer.status_code, answer.text) == (503, "broken: database\n")


def test_health_names_the_folder_that_is_gone(client, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "gone"
    assert not os.path.exists(settings.DATA_DIR)
    assert client.get("/song/").text == "broken: files\n"


def test_health_asks_without_https_in_production(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/song/").status_code == 200
    assert client.get("/").status_code == 301
