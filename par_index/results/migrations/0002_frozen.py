"""
Results do not change: a run's rows from the moment they are written, the run itself once it is confirmed, and with a
publication everything that the published numbers came from. Only an imported cycle that is discarded whole before
anything was published takes its runs with it.
"""

from django.db import migrations

from par_index.core.triggers import Refuse, append_only

DISCARDED = "EXISTS (SELECT 1 FROM assessments_cycle c WHERE c.id = {cycle} AND c.discarded_at IS NOT NULL)"
RUN_OF_UNIT = "SELECT r.{column} FROM results_consolidation r WHERE r.id = {row}.consolidation_id"
RUN_OF_PART = (
    "SELECT r.{column} FROM results_unitresult u JOIN results_consolidation r ON r.id = u.consolidation_id "
    "WHERE u.id = {row}.unit_id"
)
RUN_CHANGED = " OR ".join(
    f"NEW.{column} <> OLD.{column}"
    for column in ("cycle_id", "inputs_digest", "used_settings", "computed_at")
)
PUBLISHED_SHEET = (
    "EXISTS (SELECT 1 FROM results_publication p JOIN assessments_assessment a ON a.cycle_id = p.cycle_id "
    "WHERE a.id = {row}.assessment_id)"
)
PUBLISHED_CYCLE = "EXISTS (SELECT 1 FROM results_publication p WHERE p.cycle_id = {cycle})"


def rows_of_a_run(table: str, run: str) -> list[Refuse]:
    cycle = f"({run.format(column='cycle_id', row='OLD')})"
    confirmed = f"({run.format(column='state', row='NEW')}) = 'confirmed'"
    return [
        Refuse(table, ("UPDATE",), name="unchanged"),
        # Rows whose run is gone in the same statement chain have no cycle any more, and go too.
        Refuse(
            table,
            ("DELETE",),
            when=f"{cycle} IS NOT NULL AND NOT {DISCARDED.format(cycle=cycle)}",
            name="kept",
        ),
        Refuse(table, ("INSERT",), when=confirmed, name="closed"),
    ]


def closed_by_publication(table: str, events: tuple[str, ...], condition: str) -> list[Refuse]:
    """One guard for an event, since INSERT knows only NEW and DELETE only OLD."""
    return [
        Refuse(
            table,
            (event,),
            when=condition.replace("{row}", "NEW" if event == "INSERT" else "OLD"),
            name=f"published_{event.lower()}",
        )
        for event in events
    ]


EVERY = ("INSERT", "UPDATE", "DELETE")


class Migration(migrations.Migration):
    dependencies = [
        ("results", "0001_initial"),
        ("assessments", "0002_append_only"),
        ("surveys", "0002_guards"),
    ]
    operations = [
        *rows_of_a_run("results_unitresult", RUN_OF_UNIT),
        *rows_of_a_run("results_arearesult", RUN_OF_PART),
        *rows_of_a_run("results_leafresult", RUN_OF_PART),
        Refuse(
            "results_consolidation",
            ("UPDATE",),
            when=f"OLD.state = 'confirmed' OR {RUN_CHANGED}",
            name="frozen",
        ),
        Refuse(
            "results_consolidation",
            ("DELETE",),
            when=f"NOT {DISCARDED.format(cycle='OLD.cycle_id')}",
            name="kept",
        ),
        append_only("results_publication"),
        append_only("results_document"),
        *closed_by_publication("assessments_score", EVERY, PUBLISHED_SHEET),
        *closed_by_publication("assessments_exemption", EVERY, PUBLISHED_SHEET),
        *closed_by_publication("assessments_ledgerentry", ("INSERT",), PUBLISHED_SHEET),
        *closed_by_publication("surveys_measuredresult", ("INSERT",), PUBLISHED_SHEET),
        *closed_by_publication(
            "assessments_assessment", EVERY, PUBLISHED_CYCLE.format(cycle="{row}.cycle_id")
        ),
        *closed_by_publication("assessments_block", EVERY, PUBLISHED_CYCLE.format(cycle="{row}.cycle_id")),
        *closed_by_publication(
            "assessments_cycle", ("UPDATE", "DELETE"), PUBLISHED_CYCLE.format(cycle="{row}.id")
        ),
    ]
