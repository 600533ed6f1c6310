"""Print docs/graphql-reference.md from the schema: ``make generated``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    Undefined,
    ast_from_value,
    build_schema,
    get_named_type,
    print_ast,
)

from gatehouse.api.graphql.schema import print_admin_schema

_HEAD = """# GraphQL reference

<!-- Printed from src/gatehouse/api/graphql by `make generated`. -->

Everything that `/graphql` offers, as `schema.graphql` has it. What it costs and which limits hold: [GraphQL limits](graphql-limits.md).
Who may ask what is said with each operation.
"""
_CHAPTERS: list[tuple[str, type]] = [
    ("Objects", GraphQLObjectType),
    ("Interfaces", GraphQLInterfaceType),
    ("Unions", GraphQLUnionType),
    ("Inputs", GraphQLInputObjectType),
    ("Enums", GraphQLEnumType),
    ("Scalars", GraphQLScalarType),
]


def reference() -> str:
    """The whole page."""
    return _HEAD + "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    schema = build_schema(print_admin_schema())
    roots = {
        "Queries": schema.query_type, "Mutations": schema.mutation_type, "Subscriptions": schema.subscription_type,
    }  # fmt: skip
    for title, root in roots.items():
        if root is not None:
            yield f"\n## {title}\n\n{_line(root.description)}\n"
            for name, field in sorted(root.fields.items()):
                yield f"### {name}: {_type(field.type)}\n\n{_line(field.description)}\n"
                yield from _table("Argument", field.args)
    kinds = sorted(schema.type_map.values(), key=lambda kind: kind.name)
    for title, chapter in _CHAPTERS:
        shown = [k for k in kinds if isinstance(k, chapter) and not k.name.startswith("__") and k not in roots.values()]
        if shown:
            yield f"\n## {title}\n"
        for kind in shown:
            yield from _described(kind)


def _described(kind: Any) -> Iterator[str]:
    yield f"### {kind.name}\n\n{_line(kind.description)}\n"
    if isinstance(kind, GraphQLEnumType):
        yield from _table("Value", kind.values)
    elif isinstance(kind, GraphQLUnionType):
        yield ", ".join(_type(member) for member in kind.types) + "\n"
    elif not isinstance(kind, GraphQLScalarType):
        yield from _table("Field", kind.fields)


def _table(what: str, members: dict[str, Any]) -> Iterator[str]:
    if not members:
        return
    yield f"| {what} | Type | |\n|---|---|---|"
    for name, member in members.items():
        arguments = getattr(member, "args", None)
        taken = f"({', '.join(arguments)})" if arguments else ""
        kind = _type(member.type) if hasattr(member, "type") else ""
        yield f"| `{name}{taken}` | {kind}{_default(member)} | {_line(member.description, cell=True)} |"
    yield ""


def _type(kind: Any) -> str:
    """As a link to where it is described; names are unique whatever their case."""
    named = get_named_type(kind).name
    before, _, after = str(kind).partition(named)
    link = named if named in {"String", "Int", "Float", "Boolean", "ID"} else f"[{named}](#{named.lower()})"
    return f"{before}{link}{after}".replace("[[", "\\[[")


def _default(member: Any) -> str:
    value = getattr(member, "default_value", Undefined)
    if value is Undefined:
        return ""
    node = ast_from_value(value, member.type)
    return f" = `{print_ast(node)}`" if node else ""


def _line(text: str | None, *, cell: bool = False) -> str:
    words = " ".join((text or "").split())
    return words.replace("|", "\\|") if cell else words


if __name__ == "__main__":
    sys.stdout.write(reference())
