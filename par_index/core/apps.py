from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "par_index.core"
    label = "core"

    def ready(self):
        # Web processes too must know every kind of job: who may see its progress is registered with its handler.
        autodiscover_modules("tasks")
