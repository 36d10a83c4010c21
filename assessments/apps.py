from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"

    def ready(self):
        # Imported here: models are not loaded before.
        from assessments import worklist as own
        from par_index.core import menu, worklist

        menu.register(own.menu)
        worklist.register(own.tasks)
        worklist.register_strip(own.strip)
