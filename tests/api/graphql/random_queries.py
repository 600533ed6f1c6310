"""Random queries over the admin schema: aliases, fragments, fields asked twice, pages, filters, ids that exist or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
)

_FILTERS = {
    "UserWhere": ["{}", '{title: {eq: "Agent"}}', '{familyName: {startsWith: "O"}}', "{status: [ACTIVE, DELETED]}"],
    "ProvisioningEventWhere": ["{}", "{action: [CREATE]}", '{changedPath: ["title"]}'],
    "TenantWhere": ["{}", '{slug: {eq: "acme"}}', '{name: {contains: "E"}, createdAt: {lastSeconds: 2000000000}}'],
    "AuditWhere": ["{}", '{targetId: {in: ["none"]}}'],
    "[UserOrder!]": ["[]", "[{field: FAMILY_NAME, direction: DESC}, {field: CREATED_AT}]"],
    "[EventOrder!]": ["[]", "[{field: OCCURRED_AT, direction: ASC}]"],
    "[TenantOrder!]": ["{field: SLUG, direction: DESC}", "[{field: NAME}, {field: CREATED_AT}]"],
    "Boolean!": ["true", "false"],
}
_MOVING = {"liveCursor"}  # another answer with every moment


@dataclass
class RandomQueries:
    """Makes queries.

    :param ids: global ids of things that exist.
    """

    schema: GraphQLSchema
    random: Random
    ids: Sequence[str]

    def query(self) -> str:
        """One document with one operation."""
        root = self.schema.query_type
        assert root is not None
        return f"query {self._selection(root, depth=5)}"

    def _selection(self, of: GraphQLObjectType, depth: int) -> str:
        stable = [(name, field) for name, field in of.fields.items() if name not in _MOVING]
        fields = [(name, field) for name, field in stable if depth > 1 or is_leaf_type(_named(field))]
        chosen = self.random.sample(fields, min(len(fields), self.random.randint(1, 5 if depth < 5 else 2)))
        parts = [text for name, field in chosen for text in self._field(name, field, depth)]
        if self.random.random() < 0.2:
            parts.append("__typename")
        if self.random.random() < 0.2:
            parts = [f"... on {of.name} {{ {' '.join(parts)} }}", "__typename"]
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def _field(self, name: str, field: GraphQLField, depth: int) -> list[str]:
        selection, arguments = self._below(field.type, depth - 1), self._arguments(field.args)
        if selection is None or arguments is None:
            return []
        alias = f"a{self.random.randrange(1000)}: " if self.random.random() < 0.15 else ""
        text = f"{alias}{name}{arguments}"
        again = self._below(field.type, depth - 1) if selection and self.random.random() < 0.15 else None
        return [f"{text} {selection}", *([f"{text} {again}"] if again else [])]

    def _below(self, of: GraphQLOutputType, depth: int) -> str | None:
        named: Any = get_named_type(of)
        if is_leaf_type(named):
            return ""
        if depth < 1:
            return None
        if is_abstract_type(named):
            kinds = self.random.sample(self.schema.get_possible_types(named), 3)
            return "{ __typename id " + " ".join(f"... on {k.name} {self._selection(k, depth)}" for k in kinds) + " }"
        return self._selection(named, depth)

    def _arguments(self, arguments: dict[str, GraphQLArgument]) -> str | None:
        """Some arguments, all that are required among them; None when there is no value for one of these."""
        given = []
        for name, argument in arguments.items():
            if is_required_argument(argument) or self.random.random() < 0.4:
                value = self._value(name, argument)
                if value is not None:
                    given.append(f"{name}: {value}")
                elif is_required_argument(argument):
                    return None
        return f"({', '.join(given)})" if given else ""

    def _value(self, name: str, argument: GraphQLArgument) -> str | None:
        if name in {"first", "last"}:
            return str(self.random.randint(0, 4))
        if name in {"id", "tenantId"}:
            return f'"{self.random.choice(self.ids)}"'
        if name == "ids":
            return "[" + ", ".join(f'"{key}"' for key in self.random.sample(list(self.ids), 3)) + "]"
        if name == "by":
            return f'{{id: "{self.random.choice(self.ids)}"}}'
        filters = _FILTERS.get(str(argument.type))
        return self.random.choice(filters) if filters else None


def _named(field: GraphQLField) -> Any:
    return get_named_type(field.type)
