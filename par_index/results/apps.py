from django.apps import AppConfig


class ResultsConfig(AppConfig):
    name = "par_index.results"
    label = "results"
