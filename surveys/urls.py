from django.urls import path

from surveys.views import desk, public, questionnaires, results

app_name = "surveys"

CYCLE = "dieu-tra/<code:code>/"
QUESTIONNAIRE = CYCLE + "phieu/<int:pk>/"
QUESTION = QUESTIONNAIRE + "cau-hoi/<int:question_id>/"

urlpatterns = [
    path("k/cam-on/", public.thanks, name="thanks"),
    path("k/<str:token>/", public.form, name="form"),
    path("dieu-tra/", desk.index, name="index"),
    path(CYCLE, desk.desk, name="desk"),
    path(CYCLE + "nhom/them/", desk.group_add, name="group_add"),
    path(CYCLE + "nhom/<int:group_id>/", desk.group_change, name="group_change"),
    path(CYCLE + "phieu/them/", desk.questionnaire_add, name="questionnaire_add"),
    path(CYCLE + "nhap/", results.import_responses, name="import"),
    path(CYCLE + "tinh-diem/", results.tally, name="tally"),
    path(CYCLE + "ket-qua/", results.results, name="results"),
    path(CYCLE + "chi-so-ngoai/<int:block_id>/<int:criterion_id>/", results.external, name="external"),
    path(QUESTIONNAIRE, questionnaires.questionnaire, name="questionnaire"),
    path(QUESTIONNAIRE + "sua/", questionnaires.change, name="questionnaire_change"),
    path(QUESTIONNAIRE + "xoa/", questionnaires.delete, name="questionnaire_delete"),
    path(QUESTIONNAIRE + "mo/", questionnaires.open_, name="questionnaire_open"),
    path(QUESTIONNAIRE + "dong/", questionnaires.close, name="questionnaire_close"),
    path(QUESTIONNAIRE + "xem-truoc/", questionnaires.preview, name="preview"),
    path(QUESTIONNAIRE + "cau-hoi-mau/", questionnaires.standard_questions, name="standard_questions"),
    path(QUESTIONNAIRE + "cau-hoi/them/", questionnaires.question_add, name="question_add"),
    path(QUESTION, questionnaires.question_change, name="question_change"),
    path(QUESTION + "xoa/", questionnaires.question_remove, name="question_remove"),
    path(QUESTIONNAIRE + "lien-ket/", questionnaires.make_links, name="links"),
    path(QUESTIONNAIRE + "lien-ket/tep/", questionnaires.links_file, name="links_file"),
]
