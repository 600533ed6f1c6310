"""Migrations: once, in order, under a lock, whole or not at all."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.fixtures import insert, new_group, new_tenant, new_user
from tests.store import introspection

from gatehouse.errors import Unavailable
from gatehouse.store.database import Database, Dialect, execute, fetch, fetch_one
from gatehouse.store.migrate import MIGRATION_OPTIONS, is_behind, migrate, pending
from gatehouse.store.migrations import DIRECTORY, Migration, load

SPINE = "0001_spine"
ALL = [step.name for step in load(DIRECTORY, "sqlite")]
PROGRAM = """
import asyncio, sys
from pathlib import Path
from gatehouse.store.database import Database
from gatehouse.store.migrate import MIGRATION_OPTIONS, migrate
async def main(url, *directory):
    database = await Database.open(url, options=MIGRATION_OPTIONS)
    print(*await migrate(database, *map(Path, directory)))
    await database.close()
asyncio.run(main(*sys.argv[1:]))
"""
SLOW = {
    "sqlite": "CREATE TABLE slow AS WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000000)"
    " SELECT count(*) AS n FROM c;",
    "postgres": "CREATE TABLE slow AS SELECT 1 AS n FROM pg_sleep(1);",
}


@pytest.fixture
async def empty(empty_database_url: str) -> AsyncIterator[Database]:
    """Open a database without any table and make it current."""
    database = await Database.open(empty_database_url, options=MIGRATION_OPTIONS)
    with database.activate():
        yield database
    await database.close()


@pytest.fixture
def directory(tmp_path: Path, engine: Dialect) -> Path:
    """Migrations that a test may add to; the spine is there."""
    directory = tmp_path / "migrations"
    directory.mkdir()
    name = f"{SPINE}.{engine}.sql"
    (directory / name).write_text((DIRECTORY / name).read_text())
    return directory


def add(directory: Path, engine: Dialect, name: str, text: str) -> Path:
    file = directory / f"{name}.{engine}.sql"
    file.write_text(text)
    return file


async def start_process(*arguments: str) -> asyncio.subprocess.Process:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, *arguments, env=environment, stdout=asyncio.subprocess.PIPE
    )


async def test_empty_database_becomes_current(empty: Database) -> None:
    assert await pending(empty) == ALL
    assert await introspection.tables() == set()
    assert await migrate(empty) == ALL
    assert await pending(empty) == []
    assert await migrate(empty) == []


async def test_each_step_is_recorded_with_its_checksum(empty: Database, engine: Dialect) -> None:
    await migrate(empty)

    rows = await fetch("SELECT number, name, checksum FROM schema_migration")
    assert [tuple(row) for row in rows] == [(step.number, step.name, step.checksum) for step in load(DIRECTORY, engine)]


async def test_both_dialects_have_the_same_steps() -> None:
    assert [step.name for step in load(DIRECTORY, "sqlite")] == [step.name for step in load(DIRECTORY, "postgres")]


async def test_four_processes_apply_once(empty_database_url: str) -> None:
    processes = [await start_process(empty_database_url) for _ in range(4)]
    outputs = [(await process.communicate())[0].decode().strip() for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert sorted(" ".join(outputs).split()) == ALL


async def test_failing_step_leaves_nothing(empty: Database, engine: Dialect, directory: Path) -> None:
    file = add(directory, engine, "0002_more", "CREATE TABLE more (id INT);\nINSERT INTO nowhere VALUES (1);\n")
    with pytest.raises(Exception, match="nowhere"):
        await migrate(empty, directory)

    assert "more" not in await introspection.tables()
    assert await pending(empty, directory) == ["0002_more"]
    file.write_text("CREATE TABLE more (id INT);\n")
    assert await migrate(empty, directory) == ["0002_more"]
    assert "more" in await introspection.tables()


async def test_killed_process_leaves_nothing(
    empty: Database, empty_database_url: str, engine: Dialect, directory: Path
) -> None:
    file = add(directory, engine, "0002_more", f"CREATE TABLE more (id INT);\n{SLOW[engine]}\n")
    process = await start_process(empty_database_url, str(directory))
    while await pending(empty, directory) != ["0002_more"]:  # noqa: ASYNC110 - another process's work has no event
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    process.kill()
    await process.wait()
    await process.communicate()

    assert await pending(empty, directory) == ["0002_more"]
    assert "more" not in await introspection.tables()
    file.write_text("CREATE TABLE more (id INT);\n")
    assert await migrate(empty, directory) == ["0002_more"]


async def test_changed_step_is_refused(empty: Database, engine: Dialect, directory: Path) -> None:
    file = add(directory, engine, "0002_more", "CREATE TABLE more (id INT);\n")
    await migrate(empty, directory)
    file.write_text("CREATE TABLE more (id INT NOT NULL);\n")
    add(directory, engine, "0003_next", "CREATE TABLE next (id INT);\n")

    with pytest.raises(Unavailable, match="migration 0002_more was applied with other content"):
        await migrate(empty, directory)
    with pytest.raises(Unavailable, match="migration 0002_more was applied with other content"):
        await pending(empty, directory)
    assert "next" not in await introspection.tables()


async def test_database_of_a_newer_version_is_refused(empty: Database, engine: Dialect, directory: Path) -> None:
    add(directory, engine, "9999_more", "CREATE TABLE more (id INT);\n")
    await migrate(empty, directory)

    with pytest.raises(Unavailable, match="9999_more, which this version of Gatehouse does not know"):
        await migrate(empty)


async def test_only_a_database_that_lacks_steps_is_behind(empty: Database, engine: Dialect, directory: Path) -> None:
    seen = [await is_behind(directory)]
    await migrate(empty, directory)
    seen.append(await is_behind(directory))
    newer = add(directory, engine, "0002_more", "CREATE TABLE more (id INT);\n")
    seen.append(await is_behind(directory))
    await migrate(empty, directory)
    newer.unlink()
    seen.append(await is_behind(directory))

    assert seen == [True, False, True, False]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_rebuilt_table_keeps_the_rows_that_refer_to_it(empty: Database, engine: Dialect, directory: Path) -> None:
    await migrate(empty, directory)
    tenant = await new_tenant(name_key=None)
    ada = await new_user(tenant.id)
    await insert("user_value", tenant_id=tenant.id, user_id=ada.id, attribute="emails", position=0)
    await new_group(tenant.id, "Leasing", ada.id)
    rebuild = (
        "CREATE TABLE new_user AS SELECT * FROM scim_user;\nDROP TABLE scim_user;\n"
        "ALTER TABLE new_user RENAME TO scim_user;\nCREATE UNIQUE INDEX uid ON scim_user (tenant_id, id);\n"
    )
    add(directory, engine, "0002_rebuild", rebuild)
    assert await migrate(empty, directory) == ["0002_rebuild"]

    rows = await fetch("SELECT count(*) FROM scim_user UNION ALL SELECT count(*) FROM user_value")
    assert [row[0] for row in rows] == [1, 1]
    assert (await fetch_one("PRAGMA foreign_keys") or [0])[0] == 1
    await execute("DELETE FROM scim_user")
    assert (await fetch_one("SELECT count(*) FROM user_value") or [None])[0] == 0


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_step_that_breaks_a_reference_is_refused(empty: Database, engine: Dialect, directory: Path) -> None:
    await migrate(empty, directory)
    await new_user((await new_tenant(name_key=None)).id)
    add(directory, engine, "0002_break", "DELETE FROM tenant;\n")

    with pytest.raises(Unavailable, match="0002_break would leave 1 rows that refer to nothing"):
        await migrate(empty, directory)
    assert (await fetch_one("SELECT count(*) FROM tenant") or [None])[0] == 1
    assert (await fetch_one("PRAGMA foreign_keys") or [0])[0] == 1


def test_statement_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="without a closing semicolon: DROP TABLE b"):
        Migration.parse("0002_more", "DROP TABLE a;\n\nDROP TABLE b\n")
