"""Looking into the target afterwards, which Entra never does: everybody is read back and compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gatehouse.cli.simulate import answers, groups, users
from gatehouse.cli.simulate.admin import AdminApi
from gatehouse.cli.simulate.answers import NOT_FOUND
from gatehouse.cli.simulate.attributes import wanted
from gatehouse.cli.simulate.compare import Difference, Expected, compare_access, compare_group, compare_person
from gatehouse.cli.simulate.job import Job, Link
from gatehouse.cli.simulate.source import Person, SourceGroup


@dataclass
class Comparison:
    """How many were compared, and what differs."""

    people: int = 0
    groups: int = 0
    with_access: bool = False
    differences: list[Difference] = field(default_factory=list)


async def compare(job: Job, admin: AdminApi | None, *, slug: str | None) -> Comparison:
    """Compare every person and group with SCIM, and with the admin API where there is one.

    :raises ValueError: the admin API cannot be asked.
    :raises Failed: the SCIM server does not answer.
    """
    comparison = Comparison(with_access=admin is not None)
    anchors = {link.anchor: object_id for object_id, link in job.links.items() if object_id in job.directory.people}
    await _people(job, comparison)
    await _groups(job, comparison)
    if admin is not None:
        scim_id = next(iter(anchors), None)
        tenant_id, mapping = await admin.tenant(slug=slug, scim_id=scim_id)
        stored = await admin.access(tenant_id)
        for anchor, object_id in anchors.items():
            comparison.differences += compare_access(expected(job, object_id), mapping, stored.get(anchor))
    return comparison


def expected(job: Job, object_id: str) -> Expected:
    """What should be stored of one person: the source, over what was sent while a value had not yet been cleared."""
    link, person = job.links[object_id], job.directory.people[object_id]
    name = person.user_principal_name
    return Expected(name, {**link.attributes, **wanted(person)}, _manager(job, person, link), link.history)


def _manager(job: Job, person: Person, link: Link) -> str | None:
    return users.manager_anchor(job, person) if person.in_scope else link.manager


async def _people(job: Job, comparison: Comparison) -> None:
    async def one(object_id: str) -> None:
        wanted_person = expected(job, object_id)
        stored = await _read(job, f"/Users/{job.links[object_id].anchor}")
        found = compare_person(wanted_person, stored)
        comparison.differences += [d for d in found if not _lost_manager(job, d)]
        comparison.people += 1

    async def purged(anchor: str) -> None:
        if await _read(job, f"/Users/{anchor}") is not None:
            comparison.differences.append(Difference(purged_names[anchor], "id", "deleted", "present"))
        comparison.people += 1

    undeleted = {job.links[i].anchor: str(job.links[i].attributes["userName"]) for i in users.gone(job)}
    purged_names = job.purged | undeleted
    await job.for_each("users compared", [i for i in job.links if i in job.directory.people], one)
    await job.for_each("purged users compared", list(purged_names), purged)


async def _groups(job: Job, comparison: Comparison) -> None:
    async def one(group: SourceGroup) -> None:
        anchor = job.group_links[group.id].anchor
        stored, members = await _read(job, f"/Groups/{anchor}"), groups.wanted_members(job, group)
        comparison.differences += compare_group(group.display_name, groups.wanted(group), members, stored)
        comparison.groups += 1

    linked = [group for group in job.directory.groups.values() if group.id in job.group_links]
    await job.for_each("groups compared", linked, one)


def _lost_manager(job: Job, difference: Difference) -> bool:
    """Whether the manager was deleted from the target meanwhile: either answer is right then."""
    return difference.expected in job.purged or difference.stored in job.purged


async def _read(job: Job, path: str) -> dict[str, Any] | None:
    async def work() -> dict[str, Any] | None:
        answer = await job.wire.send(None, "GET", path)
        return None if answer.status == NOT_FOUND else answers.resource(answer)

    return await job.patiently(work)
