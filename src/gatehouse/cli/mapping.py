"""``gatehouse mapping``: a tenant's rules as a document, through plans that name everybody whom a change reaches."""

from __future__ import annotations

import sys
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from gatehouse.cli.paper import paper, table, visible, words
from gatehouse.cli.plan_view import show_plan
from gatehouse.cli.planned_change import (
    PlannedChange,
    Proposal,
    carry_out,
    discard,
    plan_document,
    plan_made_before,
    plan_return,
)
from gatehouse.cli.remote import JsonOption, TenantOption, chosen_tenant, print_json, run
from gatehouse.client import ClientError, Gatehouse, Refused
from gatehouse.client.inputs import DocumentFormat
from gatehouse.client.results import MappingVersion
from gatehouse.records import iso_milliseconds

app = typer.Typer(
    help="Export, plan, apply and take back mapping changes on a server (GATEHOUSE_URL, GATEHOUSE_API_KEY).",
    no_args_is_help=True,
)

_NO_CHANGE: Final = 0
_CHANGES: Final = 2
_STDIN: Final = "-"


class Language(StrEnum):
    """What a document is written in."""

    YAML = "yaml"
    JSON = "json"


Prune: TypeAlias = Annotated[bool, typer.Option("--prune", help="Rules that the document does not have go.")]
Message: TypeAlias = Annotated[str | None, typer.Option(help="Why; stays with the version.")]
All: TypeAlias = Annotated[bool, typer.Option("--all", help="Name all affected users, not only the first 20.")]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
MaxUsers: TypeAlias = Annotated[int | None, typer.Option(min=0, help="Refuse if more users than this would change.")]
Acknowledge: TypeAlias = Annotated[
    list[str] | None, typer.Option(help="Code of a warning that is expected, such as PRIVILEGED_GAIN; repeatable.")
]


@app.command()
def export(
    *,
    tenant: TenantOption = None,
    version: Annotated[int | None, typer.Option(help="An earlier version; default: the one in force.")] = None,
    form: Annotated[Language, typer.Option("--format", help="Language of the document.")] = Language.YAML,
) -> None:
    """Print the mapping as a canonical document: the same mapping always gives the same bytes."""
    document = run(lambda gatehouse: _document(gatehouse, tenant, version, form))
    typer.echo(document.encode(), nl=False)


@app.command()
def plan(
    file: Annotated[str, typer.Argument(help="A mapping document; JSON if it ends so; -: stdin.")],
    *,
    prune: Prune = False,
    tenant: TenantOption = None,
    message: Message = None,
    discarded: Annotated[
        bool, typer.Option("--discard", help="Show it only: leave no plan to be applied later.")
    ] = False,
    show_all: All = False,
    as_json: JsonOption = False,
) -> int:
    """Show what a document would change, and for whom; nothing changes.

    Exit code 0: no change; 2: changes; 1: it failed.
    """
    proposal = _proposal(file, prune=prune, message=message)
    change = run(lambda gatehouse: _planned(gatehouse, tenant, proposal, discarded=discarded, show_all=show_all))
    if as_json:
        print_json(change)
    elif change.changes_nothing:
        paper().print("No change.")
    else:
        show_plan(paper(), change, origin=proposal.origin)
    if not (as_json or discarded or change.changes_nothing):
        paper().print(f"\nApply it with: gatehouse mapping apply --plan {change.plan.id}")
    return _NO_CHANGE if change.changes_nothing else _CHANGES


@app.command()
def apply(
    file: Annotated[str | None, typer.Argument(help="A mapping document; JSON if it ends so; -: stdin.")] = None,
    *,
    plan_id: Annotated[str | None, typer.Option("--plan", help="A plan made before, instead of a document.")] = None,
    prune: Prune = False,
    tenant: TenantOption = None,
    message: Message = None,
    max_users_changed: MaxUsers = None,
    acknowledge: Acknowledge = None,
    yes: Yes = False,
    show_all: All = False,
    as_json: JsonOption = False,
) -> None:
    """Show a change, ask, and make it: all of it, or nothing. Warnings need --acknowledge, or a yes at the terminal."""
    _refuse_to_ask_nobody(yes=yes, reads_stdin=file == _STDIN)
    if plan_id is not None:
        if file is not None or prune or message is not None:
            raise typer.BadParameter("a document, --prune and --message do not go with it", param_hint="--plan")
        change = run(lambda gatehouse: plan_made_before(gatehouse, plan_id, show_all=show_all))
        origin = "document"
    elif file is not None:
        proposal = _proposal(file, prune=prune, message=message)
        change = run(lambda gatehouse: plan_document(gatehouse, tenant, proposal, show_all=show_all))
        origin = proposal.origin
    else:
        raise typer.BadParameter("give a document or --plan")
    _finish(change, origin, acknowledge, max_users_changed, made_here=plan_id is None, yes=yes, as_json=as_json)


@app.command()
def rollback(
    version: Annotated[int, typer.Argument(help="The version to return to, from `gatehouse mapping history`.")],
    *,
    tenant: TenantOption = None,
    message: Message = None,
    max_users_changed: MaxUsers = None,
    acknowledge: Acknowledge = None,
    yes: Yes = False,
    show_all: All = False,
    as_json: JsonOption = False,
) -> None:
    """Return to an earlier version, as a new one: show what that changes, ask, and do it."""
    _refuse_to_ask_nobody(yes=yes, reads_stdin=False)
    why = message or f"Back to version {version}"
    change = run(lambda gatehouse: plan_return(gatehouse, tenant, version, why, show_all=show_all))
    _finish(change, "document", acknowledge, max_users_changed, made_here=True, yes=yes, as_json=as_json)


@app.command()
def history(
    *,
    tenant: TenantOption = None,
    limit: Annotated[int, typer.Option(min=1, help="How many versions.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List the versions of the mapping, newest first; in a pipe tab-separated and without a heading."""
    versions = run(lambda gatehouse: _versions(gatehouse, tenant, limit))
    if as_json:
        print_json(versions)
        return
    console = paper()
    if not console.is_terminal:
        for version in versions:
            typer.echo("\t".join(_row(version)))
        return
    shown = table("version", "time", "by", "source", "users", "message")
    for version in versions:
        shown.add_row(*map(words, _row(version)))
    console.print(shown)


def _row(version: MappingVersion) -> tuple[str, ...]:
    source = version.source if version.rollback_of is None else f"{version.source} to {version.rollback_of}"
    cells = (version.created_by.display, source, str(version.impact.users_changed), version.message or "")
    return str(version.number), iso_milliseconds(version.created_at), *map(visible, cells)


def _proposal(file: str, *, prune: bool, message: str | None) -> Proposal:
    """:raises ValueError: it is not UTF-8. :raises OSError: it cannot be read."""
    origin = "stdin" if file == _STDIN else file
    content = sys.stdin.buffer.read() if file == _STDIN else Path(file).read_bytes()
    try:
        return Proposal(origin, content.decode("utf-8"), prune, message)
    except UnicodeDecodeError as error:
        raise ValueError(f"{origin}: not UTF-8") from error


async def _planned(
    gatehouse: Gatehouse, slug: str | None, proposal: Proposal, *, discarded: bool, show_all: bool
) -> PlannedChange:
    """A plan that stays only if there is something to apply later."""
    change = await plan_document(gatehouse, slug, proposal, show_all=show_all)
    if discarded or change.changes_nothing:
        await discard(gatehouse, change)
    return change


async def _document(gatehouse: Gatehouse, slug: str | None, version: int | None, form: Language) -> str:
    tenant = await chosen_tenant(gatehouse, slug)
    language = DocumentFormat(form.value.upper())
    found = await gatehouse.mapping_document(by={"id": tenant.id}, version=version, format=language)
    if found is None:
        raise ValueError(f"the mapping has no version {version}")
    return found


async def _versions(gatehouse: Gatehouse, slug: str | None, limit: int) -> list[MappingVersion]:
    tenant = await chosen_tenant(gatehouse, slug)
    found: list[MappingVersion] = []
    async for version in gatehouse.mapping_versions(by={"id": tenant.id}):
        found.append(version)
        if len(found) == limit:
            break
    return found


def _refuse_to_ask_nobody(*, yes: bool, reads_stdin: bool) -> None:
    if not yes and (reads_stdin or not sys.stdin.isatty()):
        raise typer.BadParameter("there is nobody to ask: give --yes, and --acknowledge for warnings")


def _finish(
    change: PlannedChange,
    origin: str,
    acknowledge: list[str] | None,
    max_users_changed: int | None,
    *,
    made_here: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Show, ask, apply, and say what came of it; a plan that was made for this does not stay behind."""
    if change.changes_nothing:
        run(lambda gatehouse: discard(gatehouse, change))
        print_json(None) if as_json else paper().print("No change.")
        return
    show_plan(paper(stderr=as_json), change, origin=origin)
    acknowledged = list(acknowledge or ())
    try:
        if not yes:
            _ask(to_stderr=as_json)
            acknowledged += [finding.code for finding in change.plan.findings]
        done = run(lambda gatehouse: carry_out(gatehouse, change, acknowledged, max_users_changed))
    except (Refused, ValueError, typer.Abort):
        if made_here:
            with suppress(ClientError):  # it ended by itself; the reason above is the one to tell
                run(lambda gatehouse: discard(gatehouse, change))
        raise
    if as_json:
        print_json(done)
    elif done.mapping is not None:
        paper().print(words(f"Applied: version {done.mapping.number}", "bold green"))


def _ask(*, to_stderr: bool) -> None:
    if not typer.confirm("Apply?", err=to_stderr):
        raise ValueError("not applied")
