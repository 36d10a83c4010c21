from django.apps import AppConfig


class CouncilsConfig(AppConfig):
    name = "councils"

    def ready(self):
        # Imported here: models are not loaded before.
        from assessments import cycle_links
        from councils import worklist as own
        from par_index.core import menu, worklist

        menu.register(own.menu)
        cycle_links.register(own.links)
        worklist.register(own.tasks)
        worklist.register_panel(own.panels)
        worklist.register_strip(own.strip)
