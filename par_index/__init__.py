"""The project package. Importing it sets up the Celery application, for every process that sends tasks."""

from par_index.celery import app as celery_app

__all__ = ["celery_app"]
