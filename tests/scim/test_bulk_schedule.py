"""The order of bulk operations: after what they need, circles together, nothing left behind by what failed."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, strategies as st

from gatehouse.scim.bulk import BulkOperation
from gatehouse.scim.bulk_references import references
from gatehouse.scim.bulk_schedule import Schedule, Step, StepKind


def _post(bulk_id: str, *named: str) -> BulkOperation:
    members = [{"value": f"bulkId:{name}"} for name in named]
    return BulkOperation("POST", "/Groups", bulk_id, data={"displayName": bulk_id, "members": members})


def _patch(target: str, *named: str) -> BulkOperation:
    members = [{"value": f"bulkId:{name}"} for name in named]
    operations = [{"op": "add", "path": "members", "value": members}]
    return BulkOperation("PATCH", f"/Groups/{target}", data={"Operations": operations})


def _delete(target: str) -> BulkOperation:
    return BulkOperation("DELETE", f"/Groups/{target}")


@dataclass
class Directory:
    """Groups by id, each with its members; does what it is told, but for operations that are to fail.

    ``failing``: indexes of operations that fail; ``incomplete``: of those whose completion fails.
    """

    failing: Container[int] = ()
    incomplete: Container[int] = ()
    groups: dict[str, list[str]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def run(self, operations: Sequence[BulkOperation]) -> list[Step]:
        """Carry everything out; the steps."""
        steps = []
        for step in Schedule(operations):
            steps.append(step)
            self.log.append(f"{step.kind} {step.index}")
            self._take(step)
        return steps

    def _take(self, step: Step) -> None:
        if step.kind is StepKind.REFUSE or (step.kind is StepKind.PERFORM and step.index in self.failing):
            return
        if step.kind is StepKind.COMPLETE and step.index in self.incomplete:
            return
        assert not references(step.path)
        assert not references(step.data)
        getattr(self, f"_{step.method.lower()}")(step)
        step.succeeded = True

    def _post(self, step: Step) -> None:
        assert step.data is not None
        step.resource_id = f"id-{step.data['displayName']}"
        assert step.resource_id not in self.groups
        self._add(step.resource_id, step.data.get("members", []))

    def _patch(self, step: Step) -> None:
        assert step.data is not None
        for operation in step.data["Operations"]:
            self._add(step.path.rpartition("/")[2], operation["value"])

    def _delete(self, step: Step) -> None:
        self.groups.pop(step.path.partition("?")[0].rstrip("/").rpartition("/")[2], None)

    def _add(self, group: str, members: list[dict[str, str]]) -> None:
        ids = [member["value"] for member in members]
        assert all(member in self.groups or member == group for member in ids)
        self.groups.setdefault(group, []).extend(ids)


def test_what_is_needed_later_in_the_request_comes_first() -> None:
    directory = Directory()

    directory.run(
        [_post("crew", "ada", "bob"), _post("solo"), _post("ada"), _patch("bulkId:crew", "solo"), _post("bob")]
    )

    assert directory.log == ["PERFORM 1", "PERFORM 2", "PERFORM 4", "PERFORM 0", "PERFORM 3"]
    assert directory.groups["id-crew"] == ["id-ada", "id-bob", "id-solo"]


def test_a_circle_is_created_with_what_is_known_and_then_completed() -> None:
    directory = Directory()

    directory.run([_post("a", "b"), _post("b", "a", "free"), _post("own", "own"), _post("free")])

    assert directory.log == [
        *("PERFORM 2", "COMPLETE 2", "PERFORM 3"),
        *("PERFORM 1", "PERFORM 0", "COMPLETE 1"),
    ]
    assert directory.groups == {
        "id-own": ["id-own"],
        "id-free": [],
        "id-b": ["id-free", "id-a"],
        "id-a": ["id-b"],
    }


def test_operations_on_one_resource_keep_their_order() -> None:
    directory = Directory(groups={"7": []})

    directory.run([_patch("7", "ada"), _delete("7/?attributes=id"), _delete("7"), _post("ada")])

    assert directory.log[:2] == ["PERFORM 3", "PERFORM 0"]
    assert directory.log[2:] == ["PERFORM 1", "PERFORM 2"]


@pytest.mark.parametrize(
    ("_case", "operations", "failing", "log", "reasons"),
    [
        (
            "a bulkId that nobody has",
            [_post("a", "ghost"), _post("b", "a"), _patch("bulkId:ghost")],
            (),
            ["REFUSE 0", "REFUSE 1", "REFUSE 2"],
            [
                "It refers to bulkId:ghost, which no operation of this request creates",
                "It refers to bulkId:a, whose operation failed",
                "It refers to bulkId:ghost, which no operation of this request creates",
            ],
        ),
        (
            "a creation that failed",
            [_post("a"), _post("b", "a"), _post("c")],
            (0,),
            ["PERFORM 0", "REFUSE 1", "PERFORM 2"],
            ["It refers to bulkId:a, whose operation failed"],
        ),
        (
            "a circle that needs what failed",
            [_post("a", "b", "x"), _post("b", "a"), _post("x")],
            (2,),
            ["PERFORM 2", "REFUSE 1", "REFUSE 0"],
            ["It refers to bulkId:x, whose operation failed"] * 2,
        ),
        (
            "the first of a circle",
            [_post("a", "b"), _post("b", "c"), _post("c", "a")],
            (2,),
            ["PERFORM 2", "REFUSE 1", "REFUSE 0"],
            ["It belongs to a circle of references in which the operation bulkId:c failed"] * 2,
        ),
        (
            "the last of a circle",
            [_post("a", "b"), _post("b", "c"), _post("c", "a")],
            (0,),
            ["PERFORM 2", "PERFORM 1", "PERFORM 0", "UNDO 1", "UNDO 2"],
            ["It belongs to a circle of references in which the operation bulkId:a failed"] * 2,
        ),
    ],
)
def test_what_refers_to_what_failed_fails(
    _case: str, operations: list[BulkOperation], failing: tuple[int, ...], log: list[str], reasons: list[str]
) -> None:
    directory = Directory(failing)

    steps = directory.run(operations)

    assert directory.log == log
    assert [step.reason for step in steps if step.reason] == reasons
    assert not {"id-a", "id-b"} & directory.groups.keys()


def test_a_circle_that_cannot_be_completed_leaves_nothing() -> None:
    directory = Directory(incomplete=(1,))

    directory.run([_post("a", "b"), _post("b", "a"), _patch("bulkId:a")])

    assert directory.log == ["PERFORM 1", "PERFORM 0", "COMPLETE 1", "UNDO 0", "UNDO 1", "REFUSE 2"]
    assert directory.groups == {}


def test_nothing_is_begun_after_a_stop() -> None:
    schedule = Schedule([_post("a", "b"), _post("b", "a"), _post("c")])
    log = []

    for step in schedule:
        log.append(f"{step.kind} {step.index}")
        step.succeeded, step.resource_id = step.index == 1, "1"
        schedule.stop()

    assert log == ["PERFORM 1", "PERFORM 0", "UNDO 1"]


@st.composite
def _requests(draw: st.DrawFn) -> tuple[list[BulkOperation], frozenset[int]]:
    count = draw(st.integers(1, 9))
    names = [f"n{number}" for number in range(count)]
    known = st.sampled_from([*names, "ghost"] if draw(st.booleans()) else names)
    named = st.lists(known, max_size=3, unique=True)
    creations = [_post(name, *draw(named)) for name in names]
    changes = [_patch(f"bulkId:{draw(known)}", *draw(named)) for _ in range(draw(st.integers(0, 4)))]
    operations = draw(st.permutations([*creations, *changes]))
    failing = draw(st.frozensets(st.integers(0, len(operations) - 1), max_size=2))
    return operations, failing


def _named(operation: BulkOperation) -> frozenset[str]:
    return references(operation.path) | references(operation.data)


def _lasting(operations: Sequence[BulkOperation], failing: Container[int]) -> set[int]:
    """Those that should succeed: the largest set in which none is to fail and each finds what it refers to."""
    creator = {o.bulk_id: index for index, o in enumerate(operations) if o.method == "POST"}
    lasting = set(range(len(operations)))
    while True:
        lost = {i for i in lasting if i in failing or any(creator.get(n) not in lasting for n in _named(operations[i]))}
        if not lost:
            return lasting
        lasting -= lost


def _intended(operations: Sequence[BulkOperation], lasting: set[int]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for index in sorted(lasting, key=lambda index: operations[index].method != "POST"):
        operation = operations[index]
        name = operation.bulk_id or next(iter(references(operation.path)))
        found.setdefault(f"id-{name}", []).extend(f"id-{named}" for named in references(operation.data))
    return {group: sorted(members) for group, members in found.items()}


@given(_requests())
def test_any_graph_ends_as_intended(case: tuple[list[BulkOperation], frozenset[int]]) -> None:
    operations, failing = case
    directory = Directory(failing)

    steps = directory.run(operations)

    lasting = _lasting(operations, failing)
    assert {group: sorted(m) for group, m in directory.groups.items()} == _intended(operations, lasting)
    once = [step.index for step in steps if step.kind in {StepKind.PERFORM, StepKind.REFUSE}]
    assert sorted(once) == list(range(len(operations)))
    undone = {step.index for step in steps if step.kind is StepKind.UNDO}
    stood = {step.index for step in steps if step.kind is StepKind.PERFORM and step.succeeded} - undone
    assert stood == lasting


@given(_requests())
def test_changes_of_one_resource_keep_their_order(case: tuple[list[BulkOperation], frozenset[int]]) -> None:
    operations, failing = case

    steps = Directory(failing).run(operations)

    turns: dict[str, list[int]] = {}
    for step in steps:
        if step.method == "PATCH" and step.kind is not StepKind.COMPLETE:
            turns.setdefault(operations[step.index].path, []).append(step.index)
    assert all(indexes == sorted(indexes) for indexes in turns.values())


def test_a_long_chain_needs_no_recursion() -> None:
    directory = Directory()
    chain: list[Any] = [_post(str(n), str((n + 1) % 1_000)) for n in range(1_000)]

    directory.run(chain)

    assert len(directory.groups) == 1_000
    assert directory.groups["id-0"] == ["id-1"]
    assert directory.log.count("COMPLETE 999") == 1
