"""The group part of a cycle: match, create, rename, add and remove members, delete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from gatehouse.cli.simulate import answers, dialect as patches
from gatehouse.cli.simulate.answers import NOT_FOUND, Failed
from gatehouse.cli.simulate.attributes import Attributes, differences
from gatehouse.cli.simulate.dialect import Dialect
from gatehouse.cli.simulate.job import GroupLink, Job
from gatehouse.cli.simulate.source import SourceGroup


def wanted(group: SourceGroup) -> Attributes:
    """Entra's default mapping of a group."""
    return {"displayName": group.display_name, "externalId": group.id}


def wanted_members(job: Job, group: SourceGroup) -> set[str]:
    """The members that are in the target, by their ids there; a disabled member stays one."""
    return {job.links[member].anchor for member in group.members if member in job.links}


def pending(job: Job) -> list[SourceGroup]:
    """The groups whose change has not reached the target."""
    return [group for group in job.directory.groups.values() if _is_pending(job, group)]


def gone(job: Job) -> list[str]:
    """The objectIds of groups in the target that are no longer in the source."""
    return [object_id for object_id in job.group_links if object_id not in job.directory.groups]


async def provision(job: Job, group: SourceGroup, form: Dialect) -> None:
    """Bring the group itself over, without members.

    :raises Failed: not in this cycle.
    """
    link = job.group_links.get(group.id)
    if link is None:
        found = answers.single(await _match(job, group.display_name))
        if found is None:
            await _create(job, group)
            return
        known = {name: found[name] for name in wanted(group) if name in found}
        link = job.group_links[group.id] = GroupLink(found["id"], known)
        job.count("link group")
    await _update(job, group, link, form)


async def provision_members(job: Job, group: SourceGroup, form: Dialect, *, at_most: int | None = None) -> None:
    """Send the members that came and went, in batches; what was acknowledged is not sent again.

    :param at_most: of each; on demand Entra takes five.
    :raises Failed: not in this cycle.
    """
    link = job.group_links[group.id]
    members = wanted_members(job, group)
    for batch in patches.batches(sorted(members - link.members)[:at_most]):
        await _patch_members(job, link, batch, patches.add_members, form)
        link.members.update(batch)
        job.count("add member", len(batch))
    for batch in patches.batches(sorted(link.members - members)[:at_most]):
        await _patch_members(job, link, batch, patches.remove_members, form)
        link.members.difference_update(batch)
        job.count("remove member", len(batch))


async def delete(job: Job, object_id: str) -> None:
    """Delete; a group that is gone already is no failure."""
    link = job.group_links[object_id]
    answer = await job.wire.send("delete group", "DELETE", f"/Groups/{link.anchor}")
    if answer.status != NOT_FOUND:
        answers.success(answer)
    del job.group_links[object_id]
    job.count("delete group")


async def run(job: Job) -> None:
    """All groups of one cycle, then their members."""
    cycle = job.cycle.number

    async def one(group: SourceGroup) -> None:
        await job.attempt("group", group.display_name, partial(provision, job, group, job.dialect.of(group.id, cycle)))

    async def members(group: SourceGroup) -> None:
        work = partial(provision_members, job, group, job.dialect.of(group.id, cycle))
        await job.attempt("members", group.display_name, work, reference=True)

    async def purge(object_id: str) -> None:
        name = str(job.group_links[object_id].attributes["displayName"])
        await job.attempt("delete group", name, partial(delete, job, object_id))

    waiting = pending(job)
    await job.for_each("groups", waiting, one)
    await job.for_each("members", [group for group in waiting if group.id in job.group_links], members)
    await job.for_each("deleted groups", gone(job), purge)


def _is_pending(job: Job, group: SourceGroup) -> bool:
    link = job.group_links.get(group.id)
    if link is None:
        return True
    changed = differences(wanted(group), link.attributes) or link.members != wanted_members(job, group)
    return not link.broken and bool(changed)


async def _match(job: Job, display_name: str) -> answers.Answer:
    return await job.wire.match("match group", "/Groups", "displayName", display_name, without_members=True)


async def _create(job: Job, group: SourceGroup) -> None:
    body = patches.create_group_body(group.display_name, group.id)
    created = answers.resource(await job.wire.send("create group", "POST", "/Groups", body))
    job.group_links[group.id] = GroupLink(created["id"], dict(wanted(group)))
    job.count("create group")


async def _update(job: Job, group: SourceGroup, link: GroupLink, form: Dialect) -> None:
    changed = dict(differences(wanted(group), link.attributes))
    if not changed:
        return
    path = f"/Groups/{link.anchor}"
    answer = await job.wire.send("read group", "GET", f"{path}?excludedAttributes=members")
    _check_anchor(link, answer)
    answers.resource(answer)
    answers.success(
        await job.wire.send("update group", "PATCH", path, patches.patch_body(patches.update_group(changed, form)))
    )
    link.attributes |= changed
    job.count("update group")


async def _patch_members(
    job: Job,
    link: GroupLink,
    batch: Sequence[str],
    write: Callable[[Sequence[str], Dialect], list[patches.Operation]],
    form: Dialect,
) -> None:
    body = patches.patch_body(write(batch, form))
    answer = await job.wire.send("change members", "PATCH", f"/Groups/{link.anchor}", body)
    _check_anchor(link, answer)
    answers.success(answer)


def _check_anchor(link: GroupLink, answer: answers.Answer) -> None:
    if answer.status == NOT_FOUND:
        link.broken = True
        raise Failed("InvalidAnchor", answer.detail(), status=answer.status)
