"""The generated tenant: the same for the same seed, and every kind of change in it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gatehouse.cli.simulate.evolve import next_day
from gatehouse.cli.simulate.generate import generate
from gatehouse.cli.simulate.source import Directory, Person


def _days(users: int = 60, seed: str = "7", count: int = 4) -> list[Directory]:
    days = [generate(users, 5, seed)]
    for number in range(1, count + 1):
        days.append(next_day(days[-1], number))
    return days


def _both(before: Directory, after: Directory) -> list[tuple[Person, Person]]:
    return [(before.people[i], person) for i, person in after.people.items() if i in before.people]


def test_same_seed_same_directory() -> None:
    assert _days() == _days()
    assert _days(seed="8")[0].people != _days()[0].people


@pytest.mark.parametrize("users", [1, 2, 5, 60, 500])
def test_names_are_unique_on_every_day(users: int) -> None:
    for day in _days(users):
        names = [person.user_principal_name.lower() for person in day.people.values()]
        assert len(set(names)) == len(names)
        assert {group.display_name for group in day.groups.values()}.__len__() == len(day.groups)


def test_two_seeds_never_meet() -> None:
    names = [{person.user_principal_name for person in _days(seed=seed)[0].people.values()} for seed in ("7", "8")]

    assert not names[0] & names[1]


def test_people_are_as_various_as_in_life() -> None:
    people = list(generate(500, 0, "7").people.values())

    assert any(not (person.display_name or "").isascii() for person in people)
    assert all(person.user_principal_name.isascii() for person in people)
    assert any("#EXT#" in person.user_principal_name for person in people)
    assert any("'" in person.user_principal_name for person in people)
    assert any("+" in (person.mail or "") for person in people)
    assert len({person.surname for person in people}) < len(people)
    assert {None, "Leasing-North"} <= {person.user_type for person in people}
    assert any(not person.active for person in people)


def test_managers_are_a_tree() -> None:
    people = generate(200, 0, "7").people
    heads = [person for person in people.values() if person.manager_id is None]

    assert len(heads) == 1
    for person in people.values():
        steps = 0
        while person.manager_id:
            person, steps = people[person.manager_id], steps + 1  # noqa: PLW2901
        assert steps < 10


def test_every_kind_of_change_happens_within_three_days() -> None:
    seen = set[str]()
    for before, after in pairwise(_days(count=3)):
        seen |= {"join" for i in after.people if i not in before.people}
        seen |= {"purge" for i in before.people if i not in after.people}
        seen |= {"new group" for i in after.groups if i not in before.groups}
        seen |= {"delete group" for i in before.groups if i not in after.groups}
        for old, new in _both(before, after):
            seen |= {name for name in ("job_title", "mail", "manager_id", "surname", "user_principal_name")
                     if getattr(old, name) != getattr(new, name)}  # fmt: skip
            seen |= {"disable"} if old.active and not new.active else set()
            seen |= {"restore"} if new.active and not old.active else set()
        for i, group in after.groups.items():
            if i in before.groups:
                seen |= {"rename group"} if group.display_name != before.groups[i].display_name else set()
                seen |= {"add"} if group.members - before.groups[i].members else set()
                seen |= {"remove"} if before.groups[i].members - group.members else set()

    assert seen >= {
        "join", "purge", "new group", "delete group", "job_title", "mail", "manager_id", "surname",
        "user_principal_name", "disable", "restore", "rename group", "add", "remove",
    }  # fmt: skip


def test_one_purged_comes_back_under_the_old_name() -> None:
    days = _days()
    gone = {person.user_principal_name: person.id for person in days[2].departed}
    back = [person for person in days[3].people.values() if person.user_principal_name in gone]

    assert gone and back
    assert all(person.active and person.id != gone[person.user_principal_name] for person in back)


def test_a_name_is_not_taken_over_on_the_day_it_is_given_up() -> None:
    for before, after in pairwise(_days(200)):
        held = {person.user_principal_name.lower(): i for i, person in before.people.items()}
        newcomers = [person for i, person in after.people.items() if i not in before.people]

        assert not [person for person in newcomers if person.user_principal_name.lower() in held]
