import pytest
from django.http import HttpResponse

from par_index.core.middleware import ContentSecurityPolicyMiddleware, PrivatePagesMiddleware


@pytest.fixture
def headers_of(rf):
    def answer(**own) -> dict:
        middleware = ContentSecurityPolicyMiddleware(lambda request: HttpResponse(headers=own))
        return dict(middleware(rf.get("/")).headers)

    return answer


def test_policy_allows_own_scripts_and_styles_alone(headers_of):
    policy = headers_of()["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


def test_policy_of_a_view_stands(headers_of):
    assert headers_of(**{"Content-Security-Policy": "sandbox"})["Content-Security-Policy"] == "sandbox"


def test_every_answer_isolates_its_window_and_asks_for_no_devices(headers_of):
    headers = headers_of()
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def cache_control(request, **own) -> set[str]:
    response = PrivatePagesMiddleware(lambda request: HttpResponse(headers=own))(request)
    return set(filter(None, response.headers.get("Cache-Control", "").split(", ")))


@pytest.fixture
def request_of_a_session(rf, settings):
    rf.cookies[settings.SESSION_COOKIE_NAME] = "x"
    return rf.get("/")


def test_answer_to_a_session_is_kept_nowhere(request_of_a_session):
    assert cache_control(request_of_a_session) == {"private", "no-store"}
    assert cache_control(request_of_a_session, **{"Cache-Control": "no-cache"}) == {
        "no-cache",
        "private",
        "no-store",
    }


def test_answer_to_a_visitor_and_a_public_file_stay_as_they_are(rf, request_of_a_session):
    assert cache_control(request_of_a_session, **{"Cache-Control": "public, no-cache"}) == {
        "public",
        "no-cache",
    }
    rf.cookies.clear()
    assert cache_control(rf.get("/")) == set()
