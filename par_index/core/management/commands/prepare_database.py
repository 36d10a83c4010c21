"""Bring the database up to date, and the running role's rights with it."""

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from psycopg2 import sql

from par_index.core.triggers import Refuse

OWNER = "owner"


class Command(BaseCommand):
    help = (
        "Migrate. With DATABASE_OWNER_URL as the owner of the tables; the role of DATABASE_URL is then created if it "
        "is missing and gets every right on rows except changing and deleting those of append-only tables."
    )

    def handle(self, **options):
        if OWNER not in settings.DATABASES:
            call_command("migrate", interactive=False, verbosity=options["verbosity"])
            return
        call_command("migrate", database=OWNER, interactive=False, verbosity=options["verbosity"])
        owner, running = connections[OWNER], settings.DATABASES["default"]
        if owner.settings_dict["USER"] == running["USER"]:
            return
        refused = always_refused(owner)
        with owner.cursor() as cursor:
            for statement in grants(running["USER"], running["PASSWORD"], running["NAME"], refused, cursor):
                cursor.execute(statement)
        for table, events in refused.items():
            self.stdout.write(f"{running['USER']} has no {' or '.join(events)} on {table}")


def always_refused(connection) -> dict[str, list[str]]:
    """For each table the events that a migration's guard refuses without a condition."""
    refused: dict[str, set[str]] = {}
    for migration in MigrationLoader(connection).disk_migrations.values():
        for operation in migration.operations:
            if isinstance(operation, Refuse) and not operation.when:
                refused.setdefault(operation.table, set()).update(operation.events)
    return {table: sorted(events) for table, events in sorted(refused.items())}


def grants(
    role: str, password: str, database: str, refused: dict[str, list[str]], cursor
) -> list[sql.Composable]:
    """The statements, in order; safe to run again."""
    name = sql.Identifier(role)
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    verb = sql.SQL("ALTER ROLE" if cursor.fetchone() else "CREATE ROLE")
    statements = [
        sql.SQL("{} {} LOGIN PASSWORD {}").format(verb, name, sql.Literal(password)),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), name),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
    ]
    return statements + [
        sql.SQL("REVOKE {} ON {} FROM {}").format(sql.SQL(", ".join(events)), sql.Identifier(table), name)
        for table, events in refused.items()
    ]
