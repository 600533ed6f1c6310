"""Every list of the store can be read in each of its orders, a page for each of several tenants at once, with few columns."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from uuid import UUID

import pytest
from tests.fixtures import new_tenant

from gatehouse import store
from gatehouse.store import listing
from gatehouse.store.database import Database
from gatehouse.store.keyset import PageRequest, Position, Sort, signature
from gatehouse.store.listing import Listing


def _listings() -> list[tuple[str, Listing[Any]]]:
    """Those that the modules of the store hold, by where they are; one of a single tenant has it in its table."""
    names = [module.name for module in iter_modules(store.__path__)]
    return [
        (f"{name}.{variable}", value)
        for name in names
        if not name.startswith("engine_")
        for variable, value in vars(import_module(f"gatehouse.store.{name}")).items()
        if isinstance(value, Listing) and "$1" not in value.table
    ]


def _requests(of: Listing[Any]) -> list[PageRequest]:
    orders = [(Sort(field, descending),) for field in of.sorts for descending in (False, True)]
    found = []
    for order in orders:
        values = tuple(1 if of.sorts[term.field].kind is int else "x" for term in order)
        for after in (None, Position(signature(order), values, UUID(int=7))):
            found += [
                PageRequest(limit=3, sort=order, after=after, backwards=backwards, columns=columns)
                for backwards in (False, True)
                for columns in (None, frozenset[str]())
            ]
    return found


@pytest.mark.parametrize("of", [pytest.param(found, id=name) for name, found in _listings()])
async def test_pages_of_several_tenants(of: Listing[Any], database: Database, subtests: pytest.Subtests) -> None:
    tenants = [(await new_tenant(slug)).id for slug in ("one", "two")]

    for request in _requests(of):
        with subtests.test(request=request):
            pages = await listing.pages_of(of, tenants, request)

            assert {key: page.rows for key, page in pages.items()} == dict.fromkeys(tenants, ())
