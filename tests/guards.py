"""
The guards of append-only tables and the flush between transactional tests.

Django empties the database after each test that commits: with TRUNCATE on PostgreSQL and DELETE on SQLite. The guards
refuse both, as they should, and the portal has no door past them. The tests' own flush lifts them for its statements:
on PostgreSQL the session plays a replica, for which ordinary triggers rest; on SQLite they are dropped and put back.
"""

from contextlib import contextmanager

from django.db import transaction
from django.db.backends.base.operations import BaseDatabaseOperations


@contextmanager
def lifted_guards(connection):
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            yield
            for _name, sql in triggers:
                cursor.execute(sql)
        else:
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield
            cursor.execute("SET LOCAL session_replication_role = origin")


def let_flush_pass() -> None:
    """
    Make every flush of this process lift the guards around its statements.

    For the class, not for a connection: beside a running event loop, such as Playwright's, Django uses another
    connection object than before.
    """
    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_with_lifted_guards(self, sql_list):
        with lifted_guards(self.connection):
            flush(self, sql_list)

    BaseDatabaseOperations.execute_sql_flush = flush_with_lifted_guards
