from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"

    def ready(self):
        # Imported here: models are not loaded before.
        from assessments import cycle_links, people_views
        from assessments import cycle_worklist as of_cycles
        from assessments import worklist as own
        from par_index.core import menu, worklist

        menu.register(own.menu)
        menu.register(of_cycles.menu)
        worklist.register(own.tasks)
        worklist.register(of_cycles.tasks)
        worklist.register_panel(of_cycles.panels)
        worklist.register_panel(own.panels)
        # Whoever manages the cycle is told of it, also where they belong to one of its units.
        worklist.register_strip(of_cycles.strip)
        worklist.register_strip(own.strip)
        cycle_links.register(people_views.links)
