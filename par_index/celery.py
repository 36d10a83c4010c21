"""The Celery application: `celery -A par_index worker` and `celery -A par_index beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "par_index.settings")

app = Celery("par_index")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
