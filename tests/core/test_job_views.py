import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from par_index.core.models import Job

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def officer():
    return get_user_model().objects.create(username="officer")


@pytest.fixture
def job(officer, at):
    return Job.objects.create(kind="test.view", key="k", created_by=officer, created_at=at, done=3, total=8)


def test_job_page_shows_how_far_the_work_is(client, officer, job):
    client.force_login(officer)
    page = client.get(reverse("core:job", args=[job.pk]))
    assert page.templates[0].name == "core/job.html"
    assert '<progress value="3" max="8"' in page.text
    assert f'href="{reverse("core:job", args=[job.pk])}"' in page.text  # for a browser without script


def test_job_piece_polls_while_the_work_is_alive_only(client, officer, job):
    client.force_login(officer)
    url = reverse("core:job", args=[job.pk])
    alive = client.get(url, headers=HTMX).text
    Job.objects.update(state=Job.State.DONE, result={"url": "/ket-qua/"})
    done = client.get(url, headers=HTMX).text
    assert f'hx-get="{url}"' in alive
    assert "<html" not in alive
    assert "hx-get" not in done
    assert 'href="/ket-qua/"' in done


def test_job_that_failed_tells_why(client, officer, job):
    client.force_login(officer)
    Job.objects.update(state=Job.State.FAILED, error="Thiếu điểm của <Sở Nội vụ>")
    piece = client.get(reverse("core:job", args=[job.pk]), headers=HTMX)
    assert "Thiếu điểm của &lt;Sở Nội vụ&gt;" in piece.text


def test_job_of_another_person_is_not_found(client, job):
    client.force_login(get_user_model().objects.create(username="stranger", is_superuser=True))
    assert client.get(reverse("core:job", args=[job.pk])).status_code == 404


def test_job_without_login_leads_to_it(client, job):
    url = reverse("core:job", args=[job.pk])
    assert client.get(url).status_code == 302
    assert client.get(url, headers=HTMX).status_code == 401
