from django.apps import AppConfig


class ResultsConfig(AppConfig):
    name = "par_index.results"
    label = "results"

    def ready(self):
        # Imported here: models may be loaded only after all apps are.
        from assessments import cycle_links
        from par_index.accounts import demo
        from par_index.core import menu
        from par_index.core import worklist as home
        from par_index.results import worklist
        from par_index.results.demo import people

        menu.register(worklist.menu)
        cycle_links.register(worklist.links)
        home.register(worklist.tasks)
        home.register_public_panel(worklist.public_panels)
        demo.register(people.accounts)
