"""The options of ``gatehouse simulate``, and what it leaves behind: a report and an exit code."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import time
from typing import Annotated, Final
from urllib.parse import urlsplit

import orjson
import typer

from gatehouse.cli.simulate.dialect import Dialect
from gatehouse.cli.simulate.generate import generate
from gatehouse.cli.simulate.replay import read_directory
from gatehouse.cli.simulate.source import Directory

_CYCLES: Final = 3
_STDOUT: Final = Path("-")


def simulate(  # noqa: PLR0917 - typer fills in options by their type, not by their place
    url: Annotated[str, typer.Option(help="SCIM base address, e.g. http://127.0.0.1:8080/scim/v2.")],
    token: Annotated[str, typer.Option(envvar="SCIM_TOKEN", help="Bearer token for it.")],
    users: Annotated[int, typer.Option(min=1, help="People in the generated directory.")] = 50,
    groups: Annotated[int, typer.Option(min=0, help="Groups in the generated directory.")] = 5,
    seed: Annotated[str | None, typer.Option(help="The same seed gives the same run; default: a new one.")] = None,
    dialect: Annotated[Dialect, typer.Option(help="PATCH without or with aadOptscim062020, or both.")] = Dialect.MIXED,
    cycles: Annotated[
        int | None, typer.Option(min=0, help="Incremental cycles; default 3, after --replay none.")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests at the same time.")] = 8,
    rate: Annotated[float, typer.Option(min=0, help="Most requests per second; 0: no limit.")] = 0,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds to retry an object within a cycle while the server fails.")
    ] = 0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for an answer.")] = 60,
    replay: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="People from a CSV or JSON export instead.")
    ] = None,
    user_type_from: Annotated[
        str | None, typer.Option(help="Column of the export for userType, e.g. extensionAttribute1.")
    ] = None,
    api_key: Annotated[str | None, typer.Option(help="Compare role and groups too (Gatehouse only).")] = None,
    graphql_url: Annotated[str | None, typer.Option(help="Its admin API; default: /graphql beside --url.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Slug of its tenant; default: found by the people.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the report as JSON to this file; -: to stdout.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar, and a report only if not passed.")] = False,
    on_demand: Annotated[bool, typer.Option(help="Provision some people on demand.")] = True,
    verify: Annotated[bool, typer.Option(help="Read everybody back at the end and compare.")] = True,
) -> None:
    """Play an Entra ID tenant against a SCIM 2.0 server and report what Entra would have concluded.

    Exit code 0: no failure, no quarantine, no difference; 1 otherwise.
    """
    from gatehouse.cli.simulate.rehearsal import Plan, rehearse  # noqa: PLC0415 - an HTTP client, only here

    if urlsplit(url).scheme not in {"http", "https"}:
        raise typer.BadParameter("must be an http(s) address", param_hint="--url")
    plan = Plan(
        url=url,
        token=token,
        directory=_directory(replay, users, groups, seed, user_type_from),
        cycles=cycles if cycles is not None else (0 if replay else _CYCLES),
        dialect=dialect,
        concurrency=concurrency,
        rate=rate,
        patience_s=patience,
        timeout_s=timeout,
        on_demand=on_demand,
        verify=verify,
        api_key=api_key,
        graphql_url=graphql_url,
        tenant=tenant,
        progress=not quiet,
    )
    report = asyncio.run(rehearse(plan))
    if json is not None:
        _write(json, report.to_json())
    if json != _STDOUT and not (quiet and report.passed):
        typer.echo(report.to_text())
    raise typer.Exit(0 if report.passed else 1)


def _directory(replay: Path | None, users: int, groups: int, seed: str | None, user_type_from: str | None) -> Directory:
    if replay is not None:
        return read_directory(replay.name, replay.read_bytes(), user_type_from=user_type_from)
    return generate(users, groups, seed or f"{int(time()):x}")


def _write(target: Path, report: dict[str, object]) -> None:
    text = orjson.dumps(report, option=orjson.OPT_INDENT_2).decode()
    if target == _STDOUT:
        typer.echo(text)
    else:
        target.write_text(text + "\n", encoding="utf-8")
