from django.apps import AppConfig
from django.urls import reverse
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from par_index.core import menu


class CoreConfig(AppConfig):
    name = "par_index.core"
    label = "core"

    def ready(self):
        # Web processes too must know every kind of job: who may see its progress is registered with its handler.
        autodiscover_modules("tasks")
        menu.register(_home)


def _home(request) -> list[menu.Item]:
    return [menu.Item(_("To do"), reverse("home"), order=0)] if request.user.is_authenticated else []
