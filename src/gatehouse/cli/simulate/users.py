"""The user part of a cycle: match, create, update, disable, restore, delete, and the manager afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from gatehouse.cli.simulate import answers, dialect as patches
from gatehouse.cli.simulate.answers import NOT_FOUND, Failed
from gatehouse.cli.simulate.attributes import (
    MANAGER,
    Attributes,
    create_body,
    differences,
    known_values,
    stored_value,
    wanted,
)
from gatehouse.cli.simulate.dialect import Dialect
from gatehouse.cli.simulate.job import Job, Link
from gatehouse.cli.simulate.source import Person


def pending(job: Job) -> list[Person]:
    """The people whose change has not reached the target: what the delta query and the escrow give."""
    return [person for person in job.directory.people.values() if _is_pending(job, person)]


def pending_managers(job: Job) -> list[Person]:
    """The people whose manager is to be set or taken away."""
    return [
        person
        for person in job.directory.people.values()
        if (link := job.links.get(person.id))
        and not link.broken
        and person.in_scope
        and manager_anchor(job, person) != link.manager
    ]


def gone(job: Job) -> list[str]:
    """The objectIds of people in the target who were purged from the source."""
    return [object_id for object_id in job.links if object_id not in job.directory.people]


def manager_anchor(job: Job, person: Person) -> str | None:
    """Whom ``manager`` should name; one who is not in the target changes nothing."""
    if person.manager_id is None:
        return None
    manager = job.links.get(person.manager_id)
    return manager.anchor if manager else job.links[person.id].manager


async def provision(job: Job, person: Person, form: Dialect, *, on_demand: bool = False) -> None:
    """Bring one person over.

    :param on_demand: match even if the counterpart is known.
    :raises Failed: not in this cycle.
    """
    link = job.links.get(person.id)
    if link is None:
        await _match_or_create(job, person, form)
        return
    if on_demand:
        answers.single(await _match(job, str(link.attributes["userName"])))
    await _update(job, person, link, form)


async def set_manager(job: Job, person: Person, form: Dialect) -> None:
    """Send the manager, in a request of its own."""
    link, anchor = job.links[person.id], manager_anchor(job, person)
    operations = patches.set_manager(anchor, known=link.manager is not None, dialect=form)
    await _patch(job, "set manager", link, operations)
    link.manager = anchor
    job.count("set manager" if anchor else "clear manager")


async def delete(job: Job, object_id: str) -> None:
    """Purge; somebody who is gone already is no failure."""
    link = job.links[object_id]
    answer = await job.wire.send("delete user", "DELETE", f"/Users/{link.anchor}")
    if answer.status != NOT_FOUND:
        answers.success(answer)
    job.purged[link.anchor] = str(link.attributes.get("userName"))
    del job.links[object_id]
    for group in job.group_links.values():
        group.members.discard(link.anchor)
    job.count("delete user")


async def run(job: Job) -> None:
    """All people of one cycle: first the people, then the references between them."""
    cycle = job.cycle.number

    async def one(person: Person) -> None:
        work = partial(provision, job, person, job.dialect.of(person.id, cycle))
        await job.attempt("user", person.user_principal_name, work)

    async def purge(object_id: str) -> None:
        await job.attempt(
            "delete user", str(job.links[object_id].attributes["userName"]), partial(delete, job, object_id)
        )

    async def manager(person: Person) -> None:
        work = partial(set_manager, job, person, job.dialect.of(person.id, cycle))
        await job.attempt("manager", person.user_principal_name, work, reference=True)

    await job.for_each("users", [*_in_order(pending(job))], one)
    await job.for_each("purged users", gone(job), purge)
    await job.for_each("managers", pending_managers(job), manager)


def _in_order(people: list[Person]) -> Iterator[Person]:
    """Disable first: nobody waits for the loss of access behind a crowd of newcomers."""
    yield from (person for person in people if not person.active)
    yield from (person for person in people if person.active)


def _is_pending(job: Job, person: Person) -> bool:
    link = job.links.get(person.id)
    if link is None:
        return person.in_scope and job.skipped.get(person.id) != person
    return not link.broken and bool(differences(wanted(person), link.attributes))


async def _match_or_create(job: Job, person: Person, form: Dialect) -> None:
    found = answers.single(await _match(job, person.user_principal_name))
    if found is not None:
        link = Link(found["id"], known_values(found, wanted(person)), _manager(found))
        link.history.append(dict(link.attributes))
        job.links[person.id] = link
        job.count("link user")
        await _update(job, person, link, form)
    elif person.active:
        await _create(job, person)
    else:
        job.skipped[person.id] = person
        job.count("skip disabled user")


async def _match(job: Job, user_name: str) -> answers.Answer:
    return await job.wire.match("match user", "/Users", "userName", user_name, without_members=False)


async def _create(job: Job, person: Person) -> None:
    values = dict(wanted(person))
    created = answers.resource(await job.wire.send("create user", "POST", "/Users", create_body(values)))
    link = Link(created["id"], {})
    link.acknowledge(values)
    job.links[person.id] = link
    job.count("create user")


async def _update(job: Job, person: Person, link: Link, form: Dialect) -> None:
    changed = dict(differences(wanted(person), link.attributes))
    if not changed:
        return
    answer = await job.wire.send("read user", "GET", f"/Users/{link.anchor}")
    _check_anchor(link, answer)
    answers.resource(answer)
    action = _action(changed)
    await _patch(job, action, link, patches.update(changed, link.attributes, form))
    link.acknowledge(changed)
    job.count(action)


async def _patch(job: Job, operation: str, link: Link, operations: list[patches.Operation]) -> None:
    body = patches.patch_body(operations)
    answer = await job.wire.send(operation, "PATCH", f"/Users/{link.anchor}", body)
    _check_anchor(link, answer)
    answers.success(answer)


def _check_anchor(link: Link, answer: answers.Answer) -> None:
    if answer.status == NOT_FOUND:
        link.broken = True
        raise Failed("InvalidAnchor", answer.detail(), status=answer.status)


def _action(changed: Attributes) -> str:
    if "active" not in changed:
        return "update user"
    return "restore user" if changed["active"] else "disable user"


def _manager(found: dict[str, Any]) -> str | None:
    value = stored_value(found, MANAGER)
    return value if isinstance(value, str) else None
