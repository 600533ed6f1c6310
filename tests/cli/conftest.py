"""One server for each engine, for the commands that speak to one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from tests.postgres import new_database
from tests.remote import Remote, remote


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    """Run a server for the tests of a file."""
    file = tmp_path_factory.mktemp("served") / "gatehouse.db"
    with (
        (
            nullcontext(f"sqlite:///{file}")
            if request.param == "sqlite"
            else new_database(request.getfixturevalue("postgres_url"))
        ) as url,
        remote(url) as server,
    ):
        yield server
