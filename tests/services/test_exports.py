"""Exports: what a file holds, that it is whole and right whatever happens to those who make it, and how many there may be."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from tests.api.graphql.people import ACCOUNT_MANAGER, READER, Community, new_community, viewer
from tests.api.graphql.request_rows import log
from tests.fixtures import NOW, new_tenant
from tests.world import ORIGIN

from gatehouse.errors import Forbidden, InvalidValue, NotFound, StaleVersion, TooMany
from gatehouse.records import Change, Permission, Viewer, iso_milliseconds
from gatehouse.services import exports
from gatehouse.services.clock import now
from gatehouse.services.due_work import DueWork
from gatehouse.services.export_run import ExportRunner
from gatehouse.services.exports import ExportFormat, ExportLimits, ExportSubject, Job, JobStatus, Wish
from gatehouse.store import audit, database as store, jobs, outbox
from gatehouse.store.condition import Compare
from gatehouse.store.database import Database

EXPORTER = READER | {Permission.EXPORT}
SMALL = ExportLimits(rows_at_once=2)
NDJSON, CSV = ExportFormat.NDJSON, ExportFormat.CSV
USERS = ExportSubject.USERS


@pytest.fixture
async def acme(database: Database) -> Community:
    return await new_community()


def somebody(acme: Community, *more: Permission) -> Viewer:
    return viewer((acme.tenant.id, EXPORTER | frozenset(more)))


async def create(acme: Community, wish: Wish, who: Viewer | None = None, **options: Any) -> Job:
    return await exports.create(who or viewer(), ORIGIN, acme.tenant.id, wish, **options)


def worker(limits: ExportLimits = SMALL) -> DueWork:
    runner = ExportRunner(limits)
    return DueWork({exports.RUN: runner.do_export, exports.EXPIRE: runner.do_expire}, at_once=1)


async def made(acme: Community, wish: Wish, who: Viewer | None = None, **options: Any) -> tuple[Job, bytes]:
    """The job when it has ended, and its file."""
    job = await create(acme, wish, who, **options)
    while await worker().do_due():
        pass
    job = await jobs.get(acme.tenant.id, job.id)
    return job, b"".join([piece async for piece in exports.read(job)])


def lines(file: bytes) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in file.splitlines()]


async def test_a_file_of_users(acme: Community) -> None:
    for number, name in enumerate(("Ana", "Ben", "Cem", "Dot", "Eve")):
        await acme.add(name, title="Agent", userType="north-vip", active=name != "Ben", minute=number)

    job, file = await made(acme, Wish(USERS, NDJSON, redacted=False))

    rows = lines(file)
    assert (job.status, job.processed, job.total, job.pieces) == (JobStatus.SUCCEEDED, 5, 5, 3)
    assert (job.sha256, job.byte_size) == (hashlib.sha256(file).hexdigest(), len(file))
    assert job.expires_at is not None and job.finished_at is not None
    assert job.expires_at - job.finished_at == timedelta(days=1)
    assert [row["userName"] for row in rows] == [f"{n}@contoso.example" for n in ("ana", "ben", "cem", "dot", "eve")]
    assert rows[0] == {
        "id": str(acme.people[0].id),
        "userName": "ana@contoso.example",
        "externalId": "Ext-Ana",
        "status": "ACTIVE",
        "displayName": "Ana Okafor",
        "givenName": "Ana",
        "familyName": "Okafor",
        "workEmail": "Ana@Contoso.Example",
        "workPhone": None,
        "mobilePhone": "+49 170 1234567",
        "title": "Agent",
        "userType": "north-vip",
        "department": None,
        "role": "agent",
        "roleOutcome": "MAPPED",
        "employeeGroups": ["north", "vip"],
        "overrideUntil": None,
        "mappingVersion": 1,
        "version": 1,
        "createdAt": "2026-11-25T09:30:00.123Z",
        "updatedAt": "2026-11-25T09:30:00.123Z",
        "deletedAt": None,
    }
    assert [rows[1][name] for name in ("status", "role", "roleOutcome", "employeeGroups")] == [
        *("DISABLED", None, "INACTIVE"),
        [],
    ]


async def test_csv_cannot_become_formulas(acme: Community) -> None:
    """OWASP, "CSV Injection": the first character of a cell, and the quoting, decide."""
    nasty = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\uff1d1", 'a","=1+1', "a\r\n=2", "fine = 1"]
    for number, title in enumerate(nasty):
        await acme.add(f"P{number}", title=title, minute=number)

    _, file = await made(acme, Wish(USERS, CSV, redacted=False))

    rows = list(csv.DictReader(io.StringIO(file.decode(), newline="")))
    assert [row["title"] for row in rows] == [
        *("'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", "'\nx", "'\uff1d1", 'a","=1+1', "a\r\n=2", "fine = 1")
    ]
    assert {row["mobilePhone"] for row in rows} == {"'+49 170 1234567"}
    assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for value in row.values())


MARK = "zmarkus"


async def _everything(acme: Community) -> None:
    person = await acme.add(MARK.title(), MARK.title(), title="Unheard of", userType="north")
    await acme.happen(0, 5, reason=f'userName "{MARK}" is taken', action="other", outcome="failure")
    body = orjson.dumps({"userName": MARK}).decode()
    await log(acme.tenant, 5, resource_id=person.id, detail=f"{MARK} was read", body=body)


@pytest.mark.parametrize("form", ExportFormat)
@pytest.mark.parametrize(
    ("subject", "number"),
    [
        (ExportSubject.USERS, 1),
        (ExportSubject.PROVISIONING_EVENTS, 2),
        (ExportSubject.SCIM_REQUESTS, 1),
        (ExportSubject.AUDIT, 0),  # what asks for the export is no part of it
        (ExportSubject.MAPPING, 5),
        (ExportSubject.UNMAPPED_VALUES, 1),
    ],
)
async def test_every_subject_masks(acme: Community, subject: ExportSubject, number: int, form: ExportFormat) -> None:
    await _everything(acme)

    plain, names = await made(acme, Wish(subject, form, redacted=False))
    masked, nothing = await made(acme, Wish(subject, form), somebody(acme, Permission.READ_RAW_REQUESTS))

    more = 1 if subject is ExportSubject.AUDIT else 0  # the export before
    assert (plain.processed, masked.processed) == (number, number + more)
    assert names.count(b"\n") - (form is CSV) == number
    personal = {ExportSubject.USERS, ExportSubject.PROVISIONING_EVENTS, ExportSubject.SCIM_REQUESTS}
    assert (MARK in names.decode().lower()) is (subject in personal)
    assert MARK not in nothing.decode().lower()
    assert not plain.redacted and masked.redacted


async def test_filters(acme: Community) -> None:
    for number, name in enumerate(("Ana", "Ben", "Cem")):
        await acme.add(name, title="Agent" if name == "Ben" else "Porter", minute=number)
    events = ExportSubject.PROVISIONING_EVENTS
    agents = Wish(USERS, NDJSON, condition=Compare("title", "eq", "agent"), redacted=False)
    then = Wish(events, NDJSON, NOW + timedelta(minutes=1), NOW + timedelta(minutes=2), redacted=False)
    his = Wish(events, NDJSON, condition=Compare("resourceId", "in", (acme.people[2].id,)), redacted=False)

    found = [lines((await made(acme, wish))[1]) for wish in (agents, then, his)]

    assert [row["userName"] for row in found[0]] == ["ben@contoso.example"]
    assert [[row["resourceName"] for row in rows] for rows in found[1:]] == [
        ["ben@contoso.example"],
        ["cem@contoso.example"],
    ]


async def test_nothing_is_a_file_too(acme: Community) -> None:
    job, file = await made(acme, Wish(USERS, CSV))

    assert (job.status, job.processed, file.count(b"\r\n")) == (JobStatus.SUCCEEDED, 0, 1)


async def test_another_tenant_is_not_in_the_file(acme: Community) -> None:
    other = await new_community("other")
    await other.add("Eve")
    await acme.add("Ana")
    everywhere = Compare("tenantId", "in", (acme.tenant.id, other.tenant.id))

    _, file = await made(acme, Wish(USERS, NDJSON, condition=everywhere, redacted=False))

    assert [row["userName"] for row in lines(file)] == ["ana@contoso.example"]


@pytest.mark.parametrize(
    ("_case", "held", "wish", "error", "path"),
    [
        ("no EXPORT", ACCOUNT_MANAGER, Wish(USERS, NDJSON), Forbidden, "tenantId"),
        ("names without READ_PII", EXPORTER, Wish(USERS, NDJSON, redacted=False), Forbidden, "redactPii"),
        ("raw requests", EXPORTER, Wish(ExportSubject.SCIM_REQUESTS, CSV), Forbidden, "subject"),
        (
            "a search for a name tells it",
            EXPORTER,
            Wish(USERS, CSV, condition=Compare("userName", "contains", "a")),
            Forbidden,
            None,
        ),
        ("users have no time", EXPORTER, Wish(USERS, CSV, since=NOW), InvalidValue, "from"),
        (
            "an empty span",
            EXPORTER,
            Wish(ExportSubject.AUDIT, CSV, since=NOW, until=NOW),
            InvalidValue,
            "from",
        ),
    ],
)
async def test_refused(
    acme: Community, _case: str, held: frozenset[Permission], wish: Wish, error: type[Exception], path: str | None
) -> None:
    with pytest.raises(error) as refused:
        await create(acme, wish, viewer((acme.tenant.id, held)))

    assert getattr(refused.value, "path", None) == path
    assert await jobs.counts([acme.tenant.id]) == {acme.tenant.id: 0}
    told = [("exportCreate", audit.AuditOutcome.DENIED, str(refused.value))] if error is Forbidden else []
    assert [(e.action, e.outcome, e.reason) for e in await audit.newest(acme.tenant.id)] == told


async def test_only_so_many_at_once(acme: Community) -> None:
    """Also when they are asked for at the same moment; other tenants do not count."""
    limits, other = ExportLimits(max_open=2), await new_community("other")
    asked = [create(place, Wish(USERS, CSV), limits=limits) for place in (acme,) * 5 + (other,)]

    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(answer) for answer in answers].count(TooMany) == 3
    assert await jobs.counts([acme.tenant.id, other.tenant.id]) == {acme.tenant.id: 2, other.tenant.id: 1}
    assert len([e for e in await audit.newest(acme.tenant.id) if e.action == "exportCreate"]) == 2
    while await worker(limits).do_due():
        pass
    await create(acme, Wish(USERS, CSV), limits=limits)  # there is room again


@pytest.mark.parametrize(("redacted", "name"), [(True, "a***@contoso.example"), (False, "ana@contoso.example")])
async def test_a_filter_in_the_file_of_the_audit_trail(acme: Community, redacted: bool, name: str) -> None:
    await create(acme, Wish(USERS, CSV, condition=Compare("userName", "eq", "ana@contoso.example")))

    _, file = await made(acme, Wish(ExportSubject.AUDIT, NDJSON, redacted=redacted))

    [row] = [row for row in lines(file) if row["action"] == "exportCreate"]
    assert {change["path"]: change["after"] for change in row["changes"]} == {
        "subject": "USERS",
        "format": "CSV",
        "redactPii": True,
        "filter": {"userName": {"eq": name}},
    }


async def test_only_so_many_files(acme: Community) -> None:
    limits = ExportLimits(max_files=1)
    job, _ = await made(acme, Wish(USERS, CSV), limits=limits)

    with pytest.raises(TooMany, match="1 files"):
        await create(acme, Wish(USERS, CSV), limits=limits)
    taken_back = await exports.cancel(viewer().actor, ORIGIN, acme.tenant.id, job.id)
    [entry] = [e for e in await audit.newest(acme.tenant.id) if e.action == "jobCancel"]
    await create(acme, Wish(USERS, CSV), limits=limits)

    assert job.expires_at and taken_back.expires_at
    before, after = iso_milliseconds(job.expires_at), iso_milliseconds(taken_back.expires_at)
    assert entry.changes == (Change("downloadExpiresAt", before, after),)


async def test_a_file_that_grows_too_large_fails(acme: Community) -> None:
    for number in range(6):
        await acme.add(f"P{number}", minute=number)
    job = await create(acme, Wish(USERS, CSV))
    await worker(replace(SMALL, max_bytes=700)).do_due()

    job = await jobs.get(acme.tenant.id, job.id)
    assert (job.status, job.sha256) == (JobStatus.FAILED, None)
    assert job.error == "The file is larger than 700 bytes: ask for less at once"
    assert job.pieces < 3
    with pytest.raises(NotFound, match="FAILED"):
        await exports.open_file(viewer(), ORIGIN, job.id, reads=True)


async def test_cancelled_while_it_runs(acme: Community) -> None:
    for number in range(20):
        await acme.add(f"P{number}", minute=number)
    job = await create(acme, Wish(USERS, CSV))
    stopped = asyncio.Event()

    def progressed() -> None:
        stopped.set()

    working = asyncio.create_task(
        DueWork({exports.RUN: ExportRunner(SMALL, progressed=progressed).do_export}, at_once=1).do_due()
    )
    await stopped.wait()
    cancelled = await exports.cancel(viewer().actor, ORIGIN, acme.tenant.id, job.id)
    again = await exports.cancel(viewer().actor, ORIGIN, acme.tenant.id, job.id)
    await working

    after = await jobs.get(acme.tenant.id, job.id)
    assert {cancelled.status, again.status, after.status} == {JobStatus.CANCELLED}
    assert after.processed < 20 and after.sha256 is None
    entries = await audit.newest(acme.tenant.id)
    assert [e.action for e in entries] == ["jobCancel", "exportCreate"]
    assert entries[0].changes == (Change("status", "RUNNING", "CANCELLED"),)
    assert await outbox.next_due([exports.RUN], now=now()) is None


async def test_a_worker_that_lost_its_lease_adds_nothing(acme: Community) -> None:
    for number in range(6):
        await acme.add(f"P{number}", minute=number)
    job = await create(acme, Wish(USERS, NDJSON, redacted=False))
    stale = await jobs.get(acme.tenant.id, job.id)
    await worker().do_due()
    done = await jobs.get(acme.tenant.id, job.id)

    piece = jobs.Piece(b"x", 1, 1, "null")
    with pytest.raises(StaleVersion):
        await store.write(jobs.append(stale, piece))

    assert await jobs.get(acme.tenant.id, job.id) == done


async def test_goes_on_where_it_stood(acme: Community) -> None:
    """The process that made the first pieces is gone; the next one reads no row twice and knows the digest of all."""
    for number in range(7):
        await acme.add(f"P{number}", minute=number)
    job = await create(acme, Wish(USERS, CSV, redacted=False))
    await _steps(job, 2)
    half = await jobs.get(acme.tenant.id, job.id)
    await store.execute("UPDATE outbox SET claimed_by = NULL, claimed_until = NULL")

    await worker().do_due()

    after = await jobs.get(acme.tenant.id, job.id)
    file = b"".join([piece async for piece in exports.read(after)])
    assert (half.status, half.pieces, half.processed) == (JobStatus.RUNNING, 2, 4)
    assert (after.status, after.pieces, after.processed) == (JobStatus.SUCCEEDED, 4, 7)
    assert after.sha256 == hashlib.sha256(file).hexdigest()
    rows = list(csv.DictReader(io.StringIO(file.decode(), newline="")))
    assert [row["givenName"] for row in rows] == [f"P{number}" for number in range(7)]
    assert after.started_at == half.started_at


async def _steps(job: Job, number: int) -> None:
    """Work on the job until it has so many pieces, and stop as if the power had failed."""
    begun = 0

    class Cut(BaseException):
        pass

    def progressed() -> None:
        nonlocal begun
        begun += 1
        if begun > number:
            raise Cut

    work = (await outbox.claim([exports.RUN], worker="dead", now=now(), until=now() + timedelta(hours=1), limit=1))[0]
    with pytest.raises(Cut):
        await ExportRunner(SMALL, progressed=progressed).do_export(work)


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_a_file_is_made_though_its_rows_cannot_be_counted(acme: Community, migrated_url: str) -> None:
    """Counting is kept waiting for as long as a statement may take; the file is not."""
    await acme.add("Ana")
    job, locked, release = await create(acme, Wish(USERS, CSV)), asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with store.transaction():
            await store.execute("LOCK TABLE scim_user IN ACCESS EXCLUSIVE MODE")
            locked.set()
            await release.wait()

    holding = asyncio.create_task(hold())
    await locked.wait()
    runner = ExportRunner(SMALL, progressed=release.set)  # told first of that it has begun
    impatient = await Database.open(migrated_url, options=store.DatabaseOptions(lock_timeout_s=1.5))
    with impatient.activate():
        await DueWork({exports.RUN: runner.do_export}, at_once=1).do_due()
    await impatient.close()
    await holding

    job = await jobs.get(acme.tenant.id, job.id)
    assert (job.status, job.processed, job.total) == (JobStatus.SUCCEEDED, 1, None)


async def test_pieces_go_when_the_file_has_expired(acme: Community) -> None:
    for number in range(5):
        await acme.add(f"P{number}", minute=number)
    job, _ = await made(acme, Wish(USERS, CSV))
    pieces = "SELECT count(*) FROM job_piece"

    kept = await store.fetch_one(pieces)
    await exports.cancel(viewer().actor, ORIGIN, acme.tenant.id, job.id)
    with pytest.raises(NotFound, match="expired"):
        await exports.open_file(viewer(), ORIGIN, job.id, reads=True)
    for_those_who_read_it = await store.fetch_one(pieces)
    await store.execute("UPDATE outbox SET available_at = 0 WHERE kind = 'exportExpire'")
    await worker().do_due()
    gone = await store.fetch_one(pieces)

    assert [row[0] for row in (kept, for_those_who_read_it, gone) if row] == [3, 3, 0]


async def test_the_file_of_others_is_not_there(acme: Community) -> None:
    beta = await new_tenant("beta")
    job, _ = await made(acme, Wish(USERS, CSV, redacted=False))
    stranger, without = viewer((beta.id, frozenset(Permission))), viewer((acme.tenant.id, READER))

    for who, error in ((stranger, NotFound), (without, Forbidden), (somebody(acme), Forbidden)):
        with pytest.raises(error):
            await exports.open_file(who, ORIGIN, job.id, reads=True)
    found = await exports.open_file(somebody(acme, Permission.READ_PII), ORIGIN, job.id, reads=True)

    assert found.id == job.id
    told = [entry for entry in await audit.newest(acme.tenant.id) if entry.action == "exportDownload"]
    assert {entry.target_id for entry in told} == {str(job.id)}
    assert {(entry.outcome, entry.reason, entry.attempts) for entry in told} == {
        (audit.AuditOutcome.DENIED, "This needs the permission EXPORT, READ_PII in the tenant", 2),
        (audit.AuditOutcome.SUCCEEDED, None, 1),
    }
    with pytest.raises(NotFound):
        await exports.open_file(viewer(), ORIGIN, UUID(int=1), reads=True)
