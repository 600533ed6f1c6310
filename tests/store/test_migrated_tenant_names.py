"""A database from before tenants were ordered by name: the keys come with the migration, whatever the alphabet."""

from __future__ import annotations

from pathlib import Path

from tests.fixtures import new_tenant

from gatehouse.services import runtime
from gatehouse.settings import Settings
from gatehouse.store.database import Database, Dialect, execute, fetch
from gatehouse.store.migrate import migrate
from gatehouse.store.migrations import DIRECTORY

STEP = "0034_names_and_targets"


async def test_every_tenant_has_the_key_of_its_name(empty_database_url: str, engine: Dialect, tmp_path: Path) -> None:
    for file in DIRECTORY.iterdir():
        if file.name < STEP and file.name.endswith(f".{engine}.sql"):
            (tmp_path / file.name).write_text(file.read_text())
    database = await Database.open(empty_database_url)
    with database.activate():
        await migrate(database, tmp_path)
        for slug, name in (("a", "ÉLAN Homes"), ("b", "Bravo")):
            await new_tenant(slug, name=name, name_key=None)

        await runtime.migrate(Settings(database_url=empty_database_url))
        keys = "SELECT slug, name_key FROM tenant ORDER BY slug"
        migrated = [tuple(row) for row in await fetch(keys)]
        await execute("UPDATE tenant SET name = 'Ärger' WHERE slug = 'b'")  # by a process of the version before
        await runtime.migrate(Settings(database_url=empty_database_url))
        healed = [tuple(row) for row in await fetch(keys)]
    await database.close()

    assert migrated == [("a", "élan homes"), ("b", "bravo")]
    assert healed == [("a", "élan homes"), ("b", "ärger")]
