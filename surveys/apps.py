from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "surveys"

    def ready(self):
        # Models and addresses can be read only once all apps are there.
        from par_index.core import menu, worklist
        from surveys import providers

        menu.register(providers.menu)
        worklist.register(providers.tasks)
