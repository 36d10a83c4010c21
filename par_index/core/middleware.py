"""Headers that every answer carries."""

from django.conf import settings
from django.utils.cache import patch_cache_control

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class ContentSecurityPolicyMiddleware:
    """Sets the strict policy; a view that needs another one, such as a preview, sets its own header."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class PrivatePagesMiddleware:
    """
    What is sent to somebody who is logged in is kept nowhere: offices share machines, and after logging out the
    browser's way back must show nothing. Files that a view declares public are the same for everybody.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        public = "public" in response.headers.get("Cache-Control", "")
        # The cookie tells enough: asking for the user would cost every public page a query.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not public:
            patch_cache_control(response, private=True, no_store=True)
        return response
