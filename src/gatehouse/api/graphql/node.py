"""The Node interface (https://relay.dev/graphql/objectidentification.htm)."""

from __future__ import annotations

import strawberry


@strawberry.interface(description="Anything that can be fetched again by its id.")
class Node:
    """Has a global id, see :mod:`gatehouse.api.graphql.ids`."""

    id: strawberry.ID = strawberry.field(description="Opaque, unique across all types, stable for ever.")
