"""A database from before values without a rule were kept: they are found in the stored accesses."""

from __future__ import annotations

from pathlib import Path

from tests.fixtures import NOW_US, new_tenant, new_user

from gatehouse.store.database import Database, Dialect, fetch
from gatehouse.store.migrate import migrate
from gatehouse.store.migrations import DIRECTORY

STEP = "0014_unmapped_values"
ACCESS = (
    '{"role":{"outcome":"UNMAPPED","value":" Boss ","normalised":"boss","policy":"ASSIGN_NONE"},"groups":['
    '{"outcome":"UNMAPPED","segment":"Moon","index":0,"normalised":"moon","groupIds":[]},'
    '{"outcome":"MAPPED","segment":"north","index":1,"normalised":"north","groupIds":[],'
    '"ruleId":"0199a3a4-0000-7000-8000-000000000001"}]}'
)
EMPTY = '{"role":{"outcome":"EMPTY","normalised":""},"groups":[{"outcome":"EMPTY","segment":"","index":0,"normalised":"","groupIds":[]}]}'


async def test_what_users_have_without_a_rule_is_found(
    empty_database_url: str, engine: Dialect, tmp_path: Path
) -> None:
    for file in DIRECTORY.iterdir():
        if file.name < STEP and file.name.endswith(f".{engine}.sql"):
            (tmp_path / file.name).write_text(file.read_text())
    database = await Database.open(empty_database_url)
    with database.activate():
        await migrate(database, tmp_path)
        tenant = await new_tenant(name_key=None)
        ann = await new_user(tenant.id, "ann", access=ACCESS)
        bob = await new_user(tenant.id, "bob", access=ACCESS.replace(" Boss ", "boss"), last_modified_at=NOW_US - 5)
        await new_user(tenant.id, "cid", access=EMPTY)
        await new_user(tenant.id, "dan", access="{}")
        await new_user(tenant.id, "eve", access=ACCESS, deleted_at=NOW_US)
        name = f"{STEP}.{engine}.sql"
        (tmp_path / name).write_text((DIRECTORY / name).read_text())
        await migrate(database, tmp_path)

        held = await fetch("SELECT user_id, kind, value_key, value, seen_at, held FROM user_unmapped_value")
        seen = await fetch("SELECT id, kind, value_key, first_seen_at, ignored_at FROM unmapped_value ORDER BY kind")
    await database.close()

    assert {(str(row[0]), *tuple(row)[1:5], bool(row[5])) for row in held} == {
        (str(ann.id), "ROLE", "boss", " Boss ", NOW_US, True),
        (str(ann.id), "GROUP", "moon", "Moon", NOW_US, True),
        (str(bob.id), "ROLE", "boss", "boss", NOW_US - 5, True),
        (str(bob.id), "GROUP", "moon", "Moon", NOW_US - 5, True),
    }
    assert [tuple(row)[1:] for row in seen] == [
        ("GROUP", "moon", NOW_US - 5, None),
        ("ROLE", "boss", NOW_US - 5, None),
    ]
    assert len({str(row[0]) for row in seen}) == 2
    assert all(len(str(row[0])) == 36 for row in seen)
