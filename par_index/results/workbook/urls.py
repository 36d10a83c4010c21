"""Addresses of the import; they belong to the namespace of results."""

from django.urls import path

from par_index.results.workbook import views

urlpatterns = [
    path("", views.upload, name="import"),
    path("<int:job_id>/", views.preview, name="import_preview"),
    path("<int:job_id>/luu/", views.confirm, name="import_confirm"),
    path("<int:job_id>/bo/", views.put_away, name="import_put_away"),
]
