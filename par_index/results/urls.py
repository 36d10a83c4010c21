"""Addresses of results. `cycle_code` and `unit_code` are the codes that people know."""

from django.urls import include, path

from par_index.results.views import desk, public

app_name = "results"
urlpatterns = [
    path("nhap-ky/", include("par_index.results.workbook.urls")),
    path("tong-hop/", desk.start, name="start"),
    path("tong-hop/<code:cycle_code>/", desk.desk, name="desk"),
    path("tong-hop/<code:cycle_code>/chay/", desk.consolidate, name="consolidate"),
    path("tong-hop/<code:cycle_code>/lan/<int:run_id>/", desk.run, name="run"),
    path("tong-hop/<code:cycle_code>/lan/<int:run_id>/xac-nhan/", desk.confirm, name="confirm"),
    path("tong-hop/<code:cycle_code>/lan/<int:run_id>/cong-bo/", desk.publish, name="publish"),
    path("ket-qua/", public.index, name="index"),
    path("ket-qua/<code:cycle_code>/", public.ranking, name="ranking"),
    path("ket-qua/<code:cycle_code>/tep/<str:name>", public.download, name="download"),
    path("ket-qua/<code:cycle_code>/don-vi/<code:unit_code>/", public.unit, name="unit"),
]
