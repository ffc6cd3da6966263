"""Foreign keys that carry the storefront, so that no row can point into another tenant.

PostgreSQL has composite foreign keys. SQLite can add none to an existing table, so triggers stand in;
Django rebuilds an SQLite table for some later migrations and drops its triggers with it: such a migration
repeats the operation (`tests/catalog/test_constraints.py` fails if one forgets).
"""

from django.db import migrations


def scoped_foreign_key(table: str, column: str, target: str) -> migrations.RunPython:
    """`table`.(storefront_id, `column`) must name a row of `target` in the same storefront, or be null."""

    def create(apps, schema_editor):
        for statement in _create(schema_editor.connection.vendor, table, column, target):
            schema_editor.execute(statement)

    def drop(apps, schema_editor):
        for statement in _drop(schema_editor.connection.vendor, table, column):
            schema_editor.execute(statement)

    return migrations.RunPython(create, drop, elidable=False)


def append_only(table: str) -> migrations.RunPython:
    """Rows of `table` are never updated, by whatever code; they may be deleted with what they belong to."""

    def create(apps, schema_editor):
        for statement in _append_only(schema_editor.connection.vendor, table):
            schema_editor.execute(statement)

    def drop(apps, schema_editor):
        schema_editor.execute(
            f"DROP FUNCTION IF EXISTS {table}_append_only CASCADE"
            if schema_editor.connection.vendor == "postgresql"
            else f"DROP TRIGGER IF EXISTS {table}_append_only"
        )

    return migrations.RunPython(create, drop, elidable=False)


def _append_only(vendor: str, table: str) -> list[str]:
    name, say = f"{table}_append_only", f"{table} is append-only: add a row instead"
    if vendor == "postgresql":
        return [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE integrity_constraint_violation USING MESSAGE = '{say}'; END $$",
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]
    return [f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{say}'); END"]


def _create(vendor: str, table: str, column: str, target: str) -> list[str]:
    name = f"{table}_{column}_scope"
    if vendor == "postgresql":
        return [
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (storefront_id, {column}) "
            f"REFERENCES {target} (storefront_id, id) DEFERRABLE INITIALLY DEFERRED"
        ]
    return [
        f"CREATE TRIGGER {name}_{event.lower()} BEFORE {event} ON {table} "
        f"WHEN NEW.{column} IS NOT NULL AND NOT EXISTS "
        f"(SELECT 1 FROM {target} WHERE id = NEW.{column} AND storefront_id = NEW.storefront_id) "
        f"BEGIN SELECT RAISE(ABORT, '{name}: the row belongs to another storefront'); END"
        for event in ("INSERT", "UPDATE")
    ]


def _drop(vendor: str, table: str, column: str) -> list[str]:
    name = f"{table}_{column}_scope"
    if vendor == "postgresql":
        return [f"ALTER TABLE {table} DROP CONSTRAINT {name}"]
    return [f"DROP TRIGGER IF EXISTS {name}_{event}" for event in ("insert", "update")]
