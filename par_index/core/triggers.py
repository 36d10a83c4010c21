"""
Guards in the database itself, for tables whose rows somebody answers for.

Migration operations for PostgreSQL and SQLite alike. A refused statement ends as `django.db.IntegrityError`. They go
into a migration of their own (`0002_append_only.py`). Mind on SQLite: altering a table's columns rebuilds it without
its triggers, so a migration that does so repeats the guard; a test compares the guards of all migrations with the
database. On PostgreSQL guarded tables refuse TRUNCATE as well.
"""

from django.db.migrations.operations.base import Operation, OperationCategory


class Refuse(Operation):
    """
    Refuse `events` (of INSERT, UPDATE, DELETE) on rows of `table` for which `when` holds; always, when it is empty.

    `when` is an SQL condition over OLD (UPDATE, DELETE) or NEW (INSERT, UPDATE); subqueries are welcome. `name` tells
    the guards of one table apart.
    """

    reversible = True
    category = OperationCategory.SQL

    def __init__(self, table: str, events: tuple[str, ...], when: str = "", name: str = "append_only"):
        self.table = table
        self.events = tuple(events)
        self.when = when
        self.name = name

    def deconstruct(self):
        return self.__class__.__name__, [self.table, self.events], {"when": self.when, "name": self.name}

    def state_forwards(self, app_label, state):
        """The models do not change."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        self.database_backwards(app_label, schema_editor, from_state, to_state)
        for statement in self._create(schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for statement in self._drop(schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)

    def describe(self):
        return f"Refuse {', '.join(self.events)} on {self.table}" + (
            f" when {self.when}" if self.when else ""
        )

    def trigger_names(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [f"{self._prefix}_{event.lower()}" for event in self.events]
        return [f"{self._prefix}_row", *([f"{self._prefix}_truncate"] if self._keeps_rows else [])]

    @property
    def _prefix(self) -> str:
        return f"{self.table}_{self.name}"

    @property
    def _keeps_rows(self) -> bool:
        return "DELETE" in self.events

    @property
    def _reason(self) -> str:
        return f"{self.table} is guarded ({self.name})"

    def _create(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            condition = f"WHEN {self.when}" if self.when else ""
            return [
                f"CREATE TRIGGER {self._prefix}_{event.lower()} BEFORE {event} ON {self.table} "
                f"FOR EACH ROW {condition} BEGIN SELECT RAISE(ABORT, '{self._reason}: {event} refused'); END"
                for event in self.events
            ]
        # The condition stands in the function, not in the trigger's WHEN, which may hold no subquery.
        statements = [
            f"""
            CREATE FUNCTION {self._prefix}() RETURNS trigger LANGUAGE plpgsql AS $guard$
            BEGIN
                IF TG_OP = 'TRUNCATE' THEN
                    RAISE EXCEPTION '{self._reason}: TRUNCATE refused' USING ERRCODE = 'restrict_violation';
                END IF;
                IF {self.when or "TRUE"} THEN
                    RAISE EXCEPTION '{self._reason}: % refused', TG_OP USING ERRCODE = 'restrict_violation';
                END IF;
                RETURN COALESCE(NEW, OLD);
            END
            $guard$
            """,
            f"CREATE TRIGGER {self._prefix}_row BEFORE {' OR '.join(self.events)} ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {self._prefix}()",
        ]
        if self._keeps_rows:
            statements.append(
                f"CREATE TRIGGER {self._prefix}_truncate BEFORE TRUNCATE ON {self.table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {self._prefix}()"
            )
        return statements

    def _drop(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [f"DROP TRIGGER IF EXISTS {name}" for name in self.trigger_names(vendor)]
        return [f"DROP FUNCTION IF EXISTS {self._prefix}() CASCADE"]


def append_only(table: str) -> Refuse:
    """Rows may be added, never changed or deleted."""
    return Refuse(table, ("UPDATE", "DELETE"))


def frozen_when(table: str, condition: str, name: str = "frozen") -> Refuse:
    """Rows may change until `condition` over OLD holds, for instance `OLD.published_at IS NOT NULL`."""
    return Refuse(table, ("UPDATE", "DELETE"), when=condition, name=name)


def closed_when(table: str, condition: str, name: str = "closed") -> Refuse:
    """No row may be added while `condition` over NEW holds, for instance a leaf to a version that is issued."""
    return Refuse(table, ("INSERT",), when=condition, name=name)
