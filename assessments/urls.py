"""Addresses of the sheet. `assessment_id` names the sheet, `criterion_id` a leaf of it."""

from django.urls import path

from assessments.views import evidence, sheet, submission

app_name = "assessments"
urlpatterns = [
    path("phieu/", sheet.sheets, name="sheets"),
    path("phieu/<int:assessment_id>/", sheet.sheet, name="sheet"),
    path("phieu/<int:assessment_id>/nop/", submission.submit, name="submit"),
    path("phieu/<int:assessment_id>/<int:criterion_id>/", sheet.record, name="record"),
    path("phieu/<int:assessment_id>/<int:criterion_id>/thu/", sheet.preview, name="preview"),
    path("phieu/<int:assessment_id>/<int:criterion_id>/lich-su/", sheet.history, name="history"),
    path("phieu/<int:assessment_id>/<int:criterion_id>/tai-lieu/", evidence.attach, name="attach"),
    path("phieu/<int:assessment_id>/tai-lieu/<int:link_id>/bo/", evidence.remove, name="remove"),
    path("tai-lieu/<int:file_id>/", evidence.download, name="download"),
]
