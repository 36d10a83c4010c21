"""What several commands share."""

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from assessments.models import Cycle


def find_cycle(code: str) -> Cycle:
    """:raises CommandError: there is no cycle of this code"""
    cycle = Cycle.objects.filter(code=code).select_related("owner").first()
    if cycle is None:
        raise CommandError(_("There is no cycle “%(code)s”.") % {"code": code})
    return cycle
