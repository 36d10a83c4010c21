from django.urls import path

from councils.views import council, leaf, units

app_name = "councils"
urlpatterns = [
    path("tham-dinh/", units.start, name="start"),
    path("tham-dinh/ky/<code:code>/", units.worklist, name="worklist"),
    path("tham-dinh/phieu/<int:assessment_id>/", units.unit, name="unit"),
    path("tham-dinh/phieu/<int:assessment_id>/cong-nhan/", units.accept_many, name="accept_many"),
    path("tham-dinh/phieu/<int:assessment_id>/chot/", units.finalise, name="finalise"),
    path("tham-dinh/phieu/<int:assessment_id>/<int:criterion_id>/", leaf.leaf, name="leaf"),
    path("tham-dinh/phieu/<int:assessment_id>/<int:criterion_id>/cong-nhan/", leaf.accept, name="accept"),
    path("tham-dinh/phieu/<int:assessment_id>/<int:criterion_id>/quyet-dinh/", leaf.decide, name="decide"),
    path("tham-dinh/phieu/<int:assessment_id>/<int:criterion_id>/tinh-thu/", leaf.trial, name="trial"),
    path("tham-dinh/tep/<int:file_id>/", leaf.preview, name="preview"),
    path("hoi-dong/", council.start, name="council_start"),
    path("hoi-dong/<code:code>/", council.council, name="council"),
    path("hoi-dong/<code:code>/thanh-vien/", council.appoint, name="appoint"),
    path("hoi-dong/<code:code>/thanh-vien/<int:member_id>/thoi/", council.dismiss, name="dismiss"),
    path("hoi-dong/<code:code>/giao/", council.assign, name="assign"),
    path("hoi-dong/<code:code>/giao-theo-co-quan/", council.assign_by_agency, name="assign_by_agency"),
    path("hoi-dong/<code:code>/giao/<int:assignment_id>/thu-hoi/", council.unassign, name="unassign"),
]
