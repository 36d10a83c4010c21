import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from par_index.core.models import AuditEntry
from par_index.core.triggers import Refuse, append_only, closed_when, frozen_when
from tests.guards import lifted_guards

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def entry(at):
    return AuditEntry.objects.create(at=at, actor=None, action="test.done", target="a thing", detail={})


@pytest.fixture
def tables():
    """A root and its leaves, to be guarded."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE guard_root (id integer PRIMARY KEY, issued integer NOT NULL)")
        cursor.execute("CREATE TABLE guard_leaf (id integer PRIMARY KEY, root_id integer, points integer)")
        cursor.execute("INSERT INTO guard_root VALUES (1, 0), (2, 1)")
        cursor.execute("INSERT INTO guard_leaf VALUES (10, 1, 5), (20, 2, 5)")


def execute(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


def refused(statement: str) -> bool:
    try:
        with transaction.atomic():
            execute(statement)
    except IntegrityError as error:
        return "guarded" in str(error)
    return False


def install(operation: Refuse) -> None:
    # Not entered as a context: on SQLite that is refused inside a transaction, and guards need no more of it.
    operation.database_forwards("core", connection.schema_editor(), None, None)


def remove(operation: Refuse) -> None:
    operation.database_backwards("core", connection.schema_editor(), None, None)


def installed_triggers() -> set[str]:
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(catalogue[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


def test_audit_entry_cannot_be_changed(entry):
    with pytest.raises(IntegrityError, match="UPDATE refused"), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(action="test.undone")
    entry.refresh_from_db()
    assert entry.action == "test.done"


def test_audit_entry_cannot_be_deleted(entry):
    with pytest.raises(IntegrityError, match="DELETE refused"), transaction.atomic():
        entry.delete()
    assert AuditEntry.objects.count() == 1


def test_guard_with_a_condition_refuses_those_rows_alone(tables):
    install(frozen_when("guard_root", "OLD.issued = 1"))
    assert not refused("UPDATE guard_root SET id = 3 WHERE id = 1")
    assert refused("UPDATE guard_root SET id = 4 WHERE id = 2")
    assert refused("DELETE FROM guard_root WHERE id = 2")
    assert not refused("DELETE FROM guard_root WHERE id = 3")


def test_guard_may_look_at_another_table(tables):
    issued = "EXISTS (SELECT 1 FROM guard_root r WHERE r.id = {}.root_id AND r.issued = 1)"
    install(frozen_when("guard_leaf", issued.format("OLD")))
    install(closed_when("guard_leaf", issued.format("NEW")))
    assert refused("UPDATE guard_leaf SET points = 6 WHERE id = 20")
    assert refused("INSERT INTO guard_leaf VALUES (21, 2, 1)")
    assert not refused("UPDATE guard_leaf SET points = 6 WHERE id = 10")
    assert not refused("INSERT INTO guard_leaf VALUES (11, 1, 1)")


def test_guard_is_removed_when_its_migration_is_reversed(tables):
    guard = append_only("guard_root")
    install(guard)
    remove(guard)
    assert execute("UPDATE guard_root SET issued = 1") == 2


def test_installing_a_guard_again_replaces_it(tables):
    install(frozen_when("guard_root", "OLD.issued = 1"))
    install(frozen_when("guard_root", "OLD.issued = 0"))
    assert refused("DELETE FROM guard_root WHERE id = 1")
    assert not refused("DELETE FROM guard_root WHERE id = 2")


def test_guards_rest_only_while_they_are_lifted(entry):
    with lifted_guards(connection):
        execute("DELETE FROM core_auditentry")
    assert AuditEntry.objects.count() == 0
    AuditEntry.objects.create(at=entry.at, actor=None, action="test.done", detail={})
    assert refused("DELETE FROM core_auditentry")


def test_guards_of_all_migrations_stand_in_the_database():
    guards = [
        operation
        for migration in MigrationLoader(connection).disk_migrations.values()
        for operation in migration.operations
        if isinstance(operation, Refuse)
    ]
    expected = {name for guard in guards for name in guard.trigger_names(connection.vendor)}
    assert expected <= installed_triggers()
    assert "core_auditentry" in {guard.table for guard in guards}


@pytest.mark.django_db(transaction=True)
def test_flush_between_transactional_tests_passes_the_guards(at):
    AuditEntry.objects.create(at=at, actor=None, action="test.done", detail={})


def test_operation_describes_itself():
    assert append_only("t").describe() == "Refuse UPDATE, DELETE on t"
    assert frozen_when("t", "OLD.x = 1").describe() == "Refuse UPDATE, DELETE on t when OLD.x = 1"
    assert frozen_when("t", "OLD.x = 1").deconstruct() == (
        "Refuse",
        ["t", ("UPDATE", "DELETE")],
        {"when": "OLD.x = 1", "name": "frozen"},
    )
