"""What a database really holds, in the same words for both engines."""

from __future__ import annotations

import re
from typing import NamedTuple

from gatehouse.store.database import dialect, fetch, fetch_one


class Column(NamedTuple):
    """A column; ``type`` in lower case, as the engine spells it."""

    type: str
    nullable: bool


class Index(NamedTuple):
    """An index; the primary key is called ``PK``."""

    name: str
    columns: tuple[str, ...]
    unique: bool
    where: str


class Reference(NamedTuple):
    """A foreign key."""

    columns: tuple[str, ...]
    table: str
    targets: tuple[str, ...]
    on_delete: str


async def tables() -> set[str]:
    if dialect() == "sqlite":
        rows = await fetch("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    else:
        rows = await fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    return {row["name"] for row in rows}


async def columns(table: str) -> dict[str, Column]:
    if dialect() == "sqlite":
        rows = await fetch("SELECT * FROM pragma_table_info($1)", table)
        return {row["name"]: Column(row["type"].lower(), not row["notnull"] and not row["pk"]) for row in rows}
    rows = await fetch(
        "SELECT attname, format_type(atttypid, atttypmod) AS type, attnotnull FROM pg_attribute"
        " WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
        table,
    )
    return {row["attname"]: Column(row["type"], not row["attnotnull"]) for row in rows}


async def collations(table: str) -> dict[str, str]:
    """PostgreSQL only: column → collation."""
    rows = await fetch(
        "SELECT attname, collname FROM pg_attribute JOIN pg_collation c ON c.oid = attcollation"
        " WHERE attrelid = to_regclass($1) AND attnum > 0",
        table,
    )
    return {row["attname"]: row["collname"] for row in rows}


async def indexes(table: str) -> set[Index]:
    return await (_sqlite_indexes(table) if dialect() == "sqlite" else _postgres_indexes(table))


async def references(table: str) -> set[Reference]:
    return await (_sqlite_references(table) if dialect() == "sqlite" else _postgres_references(table))


async def _sqlite_indexes(table: str) -> set[Index]:
    found = set()
    for row in await fetch("SELECT * FROM pragma_index_list($1)", table):
        names = [info["name"] for info in await fetch("SELECT * FROM pragma_index_info($1)", row["name"])]
        source = await fetch_one("SELECT sql FROM sqlite_master WHERE name = $1", row["name"])
        where = str(source["sql"]).replace("\n", " ").partition(" WHERE ")[2].strip() if source else ""
        found.add(Index("PK" if row["origin"] == "pk" else row["name"], tuple(names), bool(row["unique"]), where))
    rowid = [
        row["name"]
        for row in await fetch("SELECT * FROM pragma_table_info($1)", table)
        if row["type"] == "INTEGER" and row["pk"]
    ]
    return found | {Index("PK", (name,), unique=True, where="") for name in rowid}


async def _postgres_indexes(table: str) -> set[Index]:
    rows = await fetch(
        "SELECT i.relname, x.indisunique, x.indisprimary, pg_get_expr(x.indpred, x.indrelid) AS predicate,"
        " pg_get_indexdef(x.indexrelid) AS definition"
        " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid"
        " WHERE x.indrelid = to_regclass($1)",
        table,
    )
    return {
        Index(
            "PK" if row["indisprimary"] else row["relname"],
            tuple(re.search(r"\(([^)]*)\)", row["definition"])[1].split(", ")),  # type: ignore[index]
            row["indisunique"],
            (row["predicate"] or "").strip("()").replace("::text", ""),
        )
        for row in rows
    }


async def _sqlite_references(table: str) -> set[Reference]:
    rows = await fetch("SELECT * FROM pragma_foreign_key_list($1)", table)
    found = set()
    for number in {row["id"] for row in rows}:
        parts = sorted((row for row in rows if row["id"] == number), key=lambda row: row["seq"])
        pairs = zip(*((row["from"], row["to"]) for row in parts), strict=True)
        own, other = (tuple(names) for names in pairs)
        found.add(Reference(own, parts[0]["table"], other, parts[0]["on_delete"]))
    return found


async def _postgres_references(table: str) -> set[Reference]:
    rows = await fetch(
        "SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid = to_regclass($1)",
        table,
    )
    pattern = re.compile(r"FOREIGN KEY \((.*?)\) REFERENCES (\w+)\((.*?)\) ON DELETE (\w+)")
    matches = [pattern.fullmatch(row["definition"]) for row in rows]
    return {
        Reference(tuple(match[1].split(", ")), match[2], tuple(match[3].split(", ")), match[4])  # type: ignore[index]
        for match in matches
    }
