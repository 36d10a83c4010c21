from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "surveys"

    def ready(self):
        # Models and addresses can be read only once all apps are there.
        from assessments import cycle_links
        from par_index.core import menu, worklist
        from surveys import providers

        menu.register(providers.menu)
        cycle_links.register(providers.links)
        worklist.register(providers.tasks)
