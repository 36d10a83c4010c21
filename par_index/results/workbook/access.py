"""Who may import a cycle, and for which body."""

from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet

from assessments.models import Cycle, Unit


def bodies_for(user) -> QuerySet[Unit]:
    """
    The bodies for which the user may import: those whose cycles they manage; all, with the permission to add cycles.
    """
    bodies = Unit.objects.filter(parent=None)
    if may_add_cycles(user):
        return bodies
    return bodies.filter(pk__in=Cycle.objects.manageable_by(user).values("owner"))


def may_import(user) -> bool:
    return may_add_cycles(user) or bodies_for(user).exists()


def may_add_cycles(user) -> bool:
    """Whether the permission was granted; being a superuser alone opens nothing here."""
    granted = Q(user=user) | Q(group__user=user)
    return (
        user.is_authenticated
        and user.is_active
        and Permission.objects.filter(
            granted, codename="add_cycle", content_type__app_label=Cycle._meta.app_label
        ).exists()
    )
