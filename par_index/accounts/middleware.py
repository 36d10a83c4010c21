"""A password that somebody else has seen is changed before anything else."""

from django.http import HttpResponse
from django.shortcuts import redirect

OPEN_TO_ALL = {"accounts:change_password", "accounts:log_out", "set_language", "health"}


class OwnPasswordMiddleware:
    """Lead a user whose password was made for them to the page where they choose their own."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.resolver_match.view_name in OPEN_TO_ALL or not request.user.is_authenticated:
            return None
        if not request.user.must_change_password:
            return None
        return (
            HttpResponse(status=401)
            if request.headers.get("HX-Request")
            else redirect("accounts:change_password")
        )
