"""The project package. Importing it makes the Celery application the one that every process sends its tasks with."""

from par_index.celery import app as celery_app

__all__ = ["celery_app"]
