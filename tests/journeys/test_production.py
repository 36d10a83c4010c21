"""The services of docker-compose.yml, by their very commands, on PostgreSQL and Redis."""

import subprocess
import sys

import psycopg2
import pytest

from tests.journeys.conftest import ROOT, wait_for

pytestmark = pytest.mark.journey


def test_health_answers_through_nginx(production_stack):
    assert production_stack.get("/song/").read() == b"ok\n"


def test_health_needs_no_https_from_inside(production_stack):
    assert production_stack.get("/song/", **{"Host": "127.0.0.1", "X-Forwarded-Proto": ""}).status == 200


def test_pages_insist_on_https(production_stack):
    answer = production_stack.get("/dang-nhap/", **{"X-Forwarded-Proto": "http"})
    assert answer.status == 301
    assert answer.headers["Location"] == "https://portal.test/dang-nhap/"


def test_login_page_is_served_behind_the_tls_proxy(production_stack):
    answer = production_stack.get("/dang-nhap/")
    page = answer.read().decode()
    assert answer.status == 200
    assert 'name="password"' in page
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert "Secure" in answer.headers["Set-Cookie"]


def test_unknown_host_is_refused(production_stack):
    assert production_stack.get("/dang-nhap/", Host="elsewhere.test").status == 400


def test_static_files_come_from_nginx_and_keep_for_good(production_stack):
    page = production_stack.get("/dang-nhap/").read().decode()
    sheet = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = production_stack.get(sheet)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/css")
    assert "immutable" in answer.headers["Cache-Control"]


def test_files_have_no_address_of_their_own(production_stack):
    (production_stack.folder / "data" / "files" / "secret.txt").write_text("mật")
    assert production_stack.get("/files-of-the-portal/secret.txt").status == 404


def test_running_role_may_add_to_the_log_but_not_change_it(production_stack):
    connection = psycopg2.connect(production_stack.env["DATABASE_URL"])
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO core_auditentry (at, action, target, detail) VALUES (now(), 'test.added', '', '{}')"
            )
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute("UPDATE core_auditentry SET action = 'test.changed'")
    finally:
        connection.close()


def test_preparing_the_database_again_changes_nothing(production_stack):
    again = production_stack.manage("prepare_database", env=production_stack.owner_env)
    assert again.returncode == 0, again.stderr


def test_job_goes_through_redis_to_a_worker(production_stack):
    worker = production_stack.start_worker()
    try:
        done = production_stack.manage("check_background", "--steps", "2", "--patience", "180")
        assert done.returncode == 0, done.stderr
        assert "2 steps" in done.stdout
    finally:
        worker.end()


def test_worker_killed_in_mid_job_is_replaced_by_another(production_stack):
    first = production_stack.start_worker("first")
    asking = subprocess.Popen(
        [
            sys.executable,
            "manage.py",
            "check_background",
            "--steps",
            "30",
            "--pause",
            "0.1",
            "--patience",
            "60",
        ],
        cwd=ROOT,
        env=production_stack.env,
        stdout=subprocess.PIPE,
        text=True,
    )
    job = "SELECT id FROM core_job WHERE state = 'running' AND done BETWEEN 3 AND 25"
    [[job_id]] = wait_for(lambda: production_stack.query(job), what="a job under way")
    first.kill()
    second = production_stack.start_worker("second")
    try:
        told, _errors = asking.communicate()
    finally:
        second.end()
    assert asking.returncode == 0
    assert "30 steps" in told
    assert production_stack.query("SELECT state, attempt FROM core_job WHERE id = %s", job_id) == [
        ("done", 2)
    ]


def test_job_sent_while_no_worker_and_no_broker_answer_is_done_later(production_stack):
    away = {**production_stack.env, "REDIS_URL": "redis://127.0.0.1:1/0"}
    asked = production_stack.manage("check_background", "--patience", "0", env=away)
    assert "still queued" in asked.stderr
    waiting = "SELECT count(*) FROM core_job WHERE state <> 'done'"
    assert production_stack.query(waiting) == [(1,)]
    worker = production_stack.start_worker()
    try:
        wait_for(lambda: production_stack.query(waiting) == [(0,)], what="the job that the broker never got")
    finally:
        worker.end()
