"""``gatehouse schema``."""

from __future__ import annotations

import typer


def schema() -> None:
    """Print schema.graphql."""
    from gatehouse.api.graphql.schema import print_admin_schema  # noqa: PLC0415 - costs half a second, only here

    typer.echo(print_admin_schema(), nl=False)
