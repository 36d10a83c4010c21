"""Addresses of background work and of the gallery."""

from django.urls import path

from par_index.core import views

app_name = "core"
urlpatterns = [
    path("ui/", views.gallery, name="gallery"),
]
