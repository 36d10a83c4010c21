"""The ledgers of an assessment grow only; they go when an imported cycle is discarded as a whole."""

from django.db import migrations

from par_index.core.triggers import Refuse

NOT_DISCARDED = (
    "NOT EXISTS (SELECT 1 FROM assessments_assessment sheet JOIN assessments_cycle cycle ON cycle.id = sheet.cycle_id "
    "WHERE sheet.id = OLD.assessment_id AND cycle.discarded_at IS NOT NULL)"
)


def guards(table: str) -> list[Refuse]:
    return [
        Refuse(table, ("UPDATE",), name="unchanged"),
        Refuse(table, ("DELETE",), when=NOT_DISCARDED, name="append_only"),
    ]


class Migration(migrations.Migration):
    dependencies = [("assessments", "0001_initial")]
    operations = [*guards("assessments_ledgerentry"), *guards("assessments_statuschange")]
