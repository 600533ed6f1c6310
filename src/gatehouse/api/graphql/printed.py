"""The schema as text: what ``schema.graphql`` holds, and by which hash a client knows whether it has changed."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from graphql import build_schema, lexicographic_sort_schema, print_schema
from strawberry.schema.base import BaseSchema


def printed(schema: BaseSchema) -> str:
    """The schema in alphabetical order.

    Sorting at run time would break abstract types in Strawberry, so only the printed copy is sorted.
    """
    return print_schema(lexicographic_sort_schema(build_schema(schema.as_str()))) + "\n"


@cache
def schema_hash(schema: BaseSchema) -> str:
    """SHA-256 of :func:`printed`, in hex. The first time it takes a tenth of a second."""
    return sha256(printed(schema).encode()).hexdigest()
