"""Addresses of background work and of the gallery."""

from django.urls import path

from par_index.core import job_views, views

app_name = "core"
urlpatterns = [
    path("viec/<int:job_id>/", job_views.job, name="job"),
    path("ui/", views.gallery, name="gallery"),
]
