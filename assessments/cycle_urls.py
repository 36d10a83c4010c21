"""Addresses of the cycle desk. `code` is the cycle's own code."""

from django.urls import path, register_converter

from assessments import cycle_views
from assessments.models import Step


class StepConverter:
    """A step's kind as Vietnamese words in an address."""

    words = {
        Step.Kind.SELF_ASSESSMENT: "tu-danh-gia",
        Step.Kind.APPRAISAL_1: "tham-dinh-lan-1",
        Step.Kind.SURVEY: "dieu-tra",
        Step.Kind.MEETING: "hop-hoi-dong",
        Step.Kind.APPROVAL: "phe-duyet",
        Step.Kind.PUBLICATION: "cong-bo",
    }
    kinds = {word: kind for kind, word in words.items()}
    regex = "|".join(kinds)

    def to_python(self, word: str) -> Step.Kind:
        return self.kinds[word]

    def to_url(self, kind: str) -> str:
        return self.words[Step.Kind(kind)]


register_converter(StepConverter, "step")

app_name = "cycles"
urlpatterns = [
    path("ky/", cycle_views.cycles, name="cycles"),
    path("ky/<code:code>/", cycle_views.cycle, name="cycle"),
    path("ky/<code:code>/tien-do.xlsx", cycle_views.progress_workbook, name="progress_workbook"),
    path("ky/<code:code>/buoc/<step:kind>/mo/", cycle_views.open_step, name="open_step"),
    path("ky/<code:code>/buoc/<step:kind>/dong/", cycle_views.close_step, name="close_step"),
    path("ky/<code:code>/tra-lai/<int:assessment_id>/", cycle_views.send_back, name="send_back"),
    path("ky/<code:code>/khong-ap-dung/<int:assessment_id>/", cycle_views.exemptions, name="exemptions"),
    path(
        "ky/<code:code>/khong-ap-dung/<int:assessment_id>/<int:criterion_id>/bo/",
        cycle_views.withdraw,
        name="withdraw",
    ),
]
