"""In which order the operations of a bulk request are carried out (RFC 7644 §3.7.1, §3.7.2).

In the order of the request, but each after what it refers to; and operations on one resource keep their order. Where
operations refer to each other in a circle, each resource is created without the values that are not known yet, which
are added once all are there. Operations of a circle succeed together: when one fails the others are undone, so that
none that failed leaves anything behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heapify, heappop, heappush
from typing import Any

from gatehouse.scim.bulk import BulkOperation
from gatehouse.scim.bulk_references import PREFIX, postpone, references, resolve
from gatehouse.scim.messages import PATCH_OP

_Edges = Sequence[Iterable[int]]


class StepKind(StrEnum):
    """What a step is."""

    PERFORM = "PERFORM"  # the operation itself, as far as it can be carried out
    COMPLETE = "COMPLETE"  # PATCH what a circle created with the references that were open
    UNDO = "UNDO"  # DELETE what a circle created that did not succeed
    REFUSE = "REFUSE"  # do nothing: the operation cannot be carried out


@dataclass(slots=True)
class Step:
    """One request to make, or to refuse. Whoever makes it sets ``succeeded``, and ``resource_id`` of what it created.

    :param index: of the operation, 0-based.
    :param path: with ids in place of references, as far as known.
    :param reason: why the operation is refused or undone, in words for the administrator.
    """

    kind: StepKind
    index: int
    method: str
    path: str
    data: dict[str, Any] | None = None
    reason: str | None = None
    succeeded: bool = False
    resource_id: str = ""


@dataclass(slots=True)
class _Unit:
    """Operations that are carried out together: a circle, or one by itself.

    :param members: in the order of creation: what others refer to first, as far as a circle has a first.
    :param followers: places of the units that wait for this one.
    """

    members: list[int]
    circular: bool
    waits_for: int = 0
    followers: set[int] = field(default_factory=set)


class Schedule:
    """The steps of a bulk request; iterate, make each step, and tell its outcome before asking for the next."""

    def __init__(self, operations: Sequence[BulkOperation]) -> None:
        self._operations = operations
        self._ids: dict[str, str] = {}  # of what was created, by bulkId
        self._stopped = False
        creators = {o.bulk_id: index for index, o in enumerate(operations) if o.method == "POST" and o.bulk_id}
        self._creators = creators
        self._references = [_named_in(operation) for operation in operations]
        needs = [[creators[name] for name in sorted(named) if name in creators] for named in self._references]
        self._units = _units(needs)
        self._link(needs)

    def stop(self) -> None:
        """Begin nothing more; a circle under way is still given up in order."""
        self._stopped = True

    def __iter__(self) -> Iterator[Step]:
        """Yield the steps."""
        ready = [(min(unit.members), place) for place, unit in enumerate(self._units) if not unit.waits_for]
        heapify(ready)
        while ready and not self._stopped:
            unit = self._units[heappop(ready)[1]]
            yield from self._circle(unit.members) if unit.circular else self._single(unit.members[0])
            for place in unit.followers:
                follower = self._units[place]
                follower.waits_for -= 1
                if not follower.waits_for:
                    heappush(ready, (min(follower.members), place))

    def _link(self, needs: _Edges) -> None:
        """Let each unit wait for those it refers to, and for the one before it on the same resource.

        The latter closes no new circle: only creations are referred to, and those wait for creations alone.
        """
        home = {index: place for place, unit in enumerate(self._units) for index in unit.members}
        latest: dict[str, int] = {}
        for index, operation in enumerate(self._operations):
            awaited = {home[needed] for needed in needs[index]}
            if operation.method != "POST":
                resource = _resource(operation)
                if resource in latest:
                    awaited.add(home[latest[resource]])
                latest[resource] = index
            for place in awaited - {home[index]}:
                self._units[place].followers.add(home[index])
        for unit in self._units:
            for place in unit.followers:
                self._units[place].waits_for += 1

    def _single(self, index: int) -> Iterator[Step]:
        reason = self._obstacle([index])
        if reason:
            yield self._refusal(index, reason)
            return
        operation = self._operations[index]
        step = self._step(StepKind.PERFORM, index, resolve(operation.data, self._ids))
        yield step
        self._note(index, step)

    def _circle(self, members: Sequence[int]) -> Iterator[Step]:
        reason = self._obstacle(members)
        if reason:
            for index in members:
                yield self._refusal(index, reason)
            return
        begun: list[int] = []
        steps = self._circle_steps(members)
        for step in steps:
            yield step
            if not step.succeeded:
                yield from self._give_up(members, begun, step)
                return
            if step.kind is StepKind.PERFORM:
                self._note(step.index, step)
                begun.append(step.index)

    def _circle_steps(self, members: Sequence[int]) -> Iterator[Step]:
        open_values: dict[int, list[dict[str, Any]]] = {}
        for index in members:
            known = resolve(self._operations[index].data, self._ids)
            now, open_values[index] = postpone(known)
            yield self._step(StepKind.PERFORM, index, now)
        for index, values in open_values.items():
            if values:
                message = {"schemas": [PATCH_OP], "Operations": resolve(values, self._ids)}
                yield self._on_created(StepKind.COMPLETE, index, "PATCH", message)

    def _give_up(self, members: Sequence[int], begun: Sequence[int], failed: Step) -> Iterator[Step]:
        """Undo what was created, the last first, and refuse the rest: each refers, at last, to what failed."""
        name = self._operations[failed.index].bulk_id
        reason = f"It belongs to a circle of references in which the operation {PREFIX}{name} failed"
        for index in reversed(begun):
            undo = self._on_created(StepKind.UNDO, index, "DELETE", None)
            undo.reason = reason
            yield undo
        for index in begun:
            del self._ids[self._name(index)]
        for index in members:
            if index not in begun and index != failed.index:
                yield self._refusal(index, reason)

    def _obstacle(self, members: Sequence[int]) -> str | None:
        """Why operations cannot be carried out: they refer to what is not there, and will not be."""
        own = {self._operations[index].bulk_id for index in members}
        for name in sorted(frozenset().union(*(self._references[index] for index in members))):
            if name in self._creators and name not in own and name not in self._ids:
                return f"It refers to {PREFIX}{name}, whose operation failed"
            if name not in self._creators:
                return f"It refers to {PREFIX}{name}, which no operation of this request creates"
        return None

    def _note(self, index: int, step: Step) -> None:
        if step.succeeded and self._operations[index].method == "POST":
            self._ids[self._name(index)] = step.resource_id

    def _name(self, index: int) -> str:
        return self._operations[index].bulk_id or ""

    def _step(self, kind: StepKind, index: int, data: dict[str, Any] | None) -> Step:
        operation = self._operations[index]
        return Step(kind, index, operation.method, resolve(operation.path, self._ids), data)

    def _on_created(self, kind: StepKind, index: int, method: str, data: dict[str, Any] | None) -> Step:
        collection = _resource(self._operations[index])
        return Step(kind, index, method, f"{collection}/{self._ids[self._name(index)]}", data)

    def _refusal(self, index: int, reason: str) -> Step:
        step = self._step(StepKind.REFUSE, index, self._operations[index].data)
        step.reason = reason
        return step


def _named_in(operation: BulkOperation) -> frozenset[str]:
    """The path of a creation names a collection, which nobody creates."""
    named = references(operation.data)
    return named if operation.method == "POST" else named | references(operation.path)


def _resource(operation: BulkOperation) -> str:
    return operation.path.partition("?")[0].rstrip("/")


def _units(needs: _Edges) -> list[_Unit]:
    """The strongly connected components of the graph of references (Kosaraju's algorithm)."""
    finished: list[int] = []
    seen: set[int] = set()
    for index in range(len(needs)):
        finished += _after_what_it_needs(index, needs, seen)
    needed_by: list[list[int]] = [[] for _ in needs]
    for index, needed in enumerate(needs):
        for other in needed:
            needed_by[other].append(index)
    rank = {index: place for place, index in enumerate(finished)}
    seen = set()
    components = (sorted(_after_what_it_needs(i, needed_by, seen), key=rank.__getitem__) for i in reversed(finished))
    return [_Unit(members, len(members) > 1 or members[0] in needs[members[0]]) for members in components if members]


def _after_what_it_needs(start: int, edges: _Edges, seen: set[int]) -> list[int]:
    """Everything reachable that was not seen before, each after what it leads to (depth first, without recursion)."""
    if start in seen:
        return []
    seen.add(start)
    found: list[int] = []
    trail = [(start, iter(edges[start]))]
    while trail:
        index, rest = trail[-1]
        onward = next((other for other in rest if other not in seen), None)
        if onward is None:
            found.append(index)
            trail.pop()
        else:
            seen.add(onward)
            trail.append((onward, iter(edges[onward])))
    return found
