"""Helpers of the web layer."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse

from par_index.core.gallery import ReturnForm
from par_index.core.http import login_required, paginate, render_act
from tests.factories import UserFactory


@login_required
def secret(request):
    return HttpResponse("secret")


def request_of(rf, user, *, htmx=False, method="get", **extra):
    request = getattr(rf, method)("/phieu/3/?loc=thieu", **extra)
    request.user = user
    request.htmx = htmx
    return request


def test_login_required_lets_a_user_pass(rf):
    assert secret(request_of(rf, UserFactory.build(pk=1))).content == b"secret"


def test_login_required_sends_a_visitor_to_log_in_and_back(rf):
    response = secret(request_of(rf, AnonymousUser()))

    assert response.status_code == 302
    assert response.url == "/dang-nhap/?next=/phieu/3/%3Floc%3Dthieu"


def test_login_required_after_a_form_comes_back_to_the_page_of_the_form(rf):
    response = secret(
        request_of(rf, AnonymousUser(), method="post", headers={"referer": "http://testserver/phieu/3/"})
    )

    assert response.url == "/dang-nhap/?next=http%3A//testserver/phieu/3/"


def test_login_required_answers_a_piece_with_401_instead_of_another_page(rf):
    response = secret(request_of(rf, AnonymousUser(), htmx=True))

    assert (response.status_code, response.content) == (401, b"")


@pytest.mark.django_db
@pytest.mark.parametrize("htmx", [False, True])
def test_render_act_is_a_page_or_the_piece_of_a_dialog(rf, htmx):
    request = request_of(rf, UserFactory(), htmx=htmx)

    response = render_act(
        request, title="Trả lại phiếu của Sở Y tế", form=ReturnForm(), submit="Trả lại", back="/", danger=True
    )

    page = response.content.decode()
    assert ("<html" in page) is not htmx
    assert "Trả lại phiếu của Sở Y tế" in page
    assert 'action="/phieu/3/?loc=thieu"' in page
    assert 'class="btn danger"' in page


@pytest.mark.parametrize(("asked", "number"), [("2", 2), ("99", 3), ("x", 1), ("", 1)])
def test_paginate_gives_the_nearest_page(rf, asked, number):
    page = paginate(rf.get("/", {"trang": asked}), range(25), 10)

    assert (page.number, page.pages) == (number, [1, 2, 3])
