"""Measured results are append-only until their cycle is discarded whole; opened questionnaires are frozen."""

from django.db import migrations

from par_index.core.triggers import Refuse, closed_when, frozen_when

IN_DISCARDED_CYCLE = (
    "EXISTS (SELECT 1 FROM assessments_assessment a JOIN assessments_cycle c ON c.id = a.cycle_id "
    "WHERE a.id = OLD.assessment_id AND c.discarded_at IS NOT NULL)"
)
QUESTIONNAIRE = "SELECT 1 FROM surveys_questionnaire f JOIN assessments_cycle c ON c.id = f.cycle_id "
OPENED = "f.state <> 'draft' AND c.discarded_at IS NULL"
QUESTION_OPENED = f"EXISTS ({QUESTIONNAIRE}WHERE f.id = {{row}}.questionnaire_id AND {OPENED})"
OPTION_OPENED = (
    f"EXISTS ({QUESTIONNAIRE}JOIN surveys_question q ON q.questionnaire_id = f.id "
    f"WHERE q.id = {{row}}.question_id AND {OPENED})"
)


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_initial")]
    operations = [
        Refuse("surveys_measuredresult", ("UPDATE",)),
        Refuse("surveys_measuredresult", ("DELETE",), when=f"NOT {IN_DISCARDED_CYCLE}", name="kept"),
        frozen_when("surveys_question", QUESTION_OPENED.format(row="OLD")),
        closed_when("surveys_question", QUESTION_OPENED.format(row="NEW")),
        frozen_when("surveys_option", OPTION_OPENED.format(row="OLD")),
        closed_when("surveys_option", OPTION_OPENED.format(row="NEW")),
    ]
