import pytest
from django.http import HttpResponse

from par_index.core.middleware import ContentSecurityPolicyMiddleware


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
