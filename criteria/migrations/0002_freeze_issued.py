from django.db import migrations

from par_index.core.triggers import Refuse, frozen_when

ISSUED = (
    "EXISTS (SELECT 1 FROM criteria_criteriaversion v WHERE v.id = {row}.version_id AND v.state <> 'draft')"
)
KEPT = (
    "criteria_set_id",
    "number",
    "name",
    "decision",
    "decision_date",
    "declared_total",
    "digest",
    "issued_at",
)
# Two nullable values differ; `IS DISTINCT FROM` is unknown to SQLite before 3.39.
CHANGED = " OR ".join(
    f"OLD.{name} <> NEW.{name} OR (OLD.{name} IS NULL) <> (NEW.{name} IS NULL)" for name in KEPT
)
STATE_TURNED = "NOT (NEW.state = OLD.state OR (OLD.state = 'issued' AND NEW.state = 'retired'))"


class Migration(migrations.Migration):
    """An issued version keeps its content for good; only its way from issued to retired stays open."""

    dependencies = [("criteria", "0001_initial")]
    operations = [
        frozen_when("criteria_criterion", ISSUED.format(row="OLD")),
        # Neither a new row nor one moved over from a draft.
        Refuse("criteria_criterion", ("INSERT", "UPDATE"), when=ISSUED.format(row="NEW"), name="closed"),
        Refuse("criteria_criteriaversion", ("DELETE",), when="OLD.state <> 'draft'", name="kept"),
        Refuse(
            "criteria_criteriaversion",
            ("UPDATE",),
            when=f"OLD.state <> 'draft' AND ({STATE_TURNED} OR {CHANGED})",
            name="frozen",
        ),
    ]
