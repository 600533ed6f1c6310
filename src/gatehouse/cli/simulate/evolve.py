"""A working day of the generated tenant: who comes, moves, marries, leaves, and returns between two cycles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Final

from gatehouse.cli.simulate import names
from gatehouse.cli.simulate.generate import domain, free_alias, new_group, new_id, new_person, user_type
from gatehouse.cli.simulate.source import Directory, Person, SourceGroup

_JOIN, _MOVE, _LEAVE, _RENAME, _MAIL, _RELOCATE, _RETURN, _MEMBERS = 0.04, 0.06, 0.04, 0.03, 0.03, 0.03, 0.5, 0.1
_LOWEST_RANK: Final = 10**6
_NEW_GROUP_EVERY: Final = 2  # days


def next_day(directory: Directory, number: int) -> Directory:
    """The directory after day ``number`` (1-based); pure: the seed decides.

    Every kind of change happens to at least one person, as far as there are enough of them.
    """
    random = Random(f"{directory.seed}/day/{number}")  # noqa: S311 - repeatable on purpose
    people = dict(directory.people)
    purged = _purge(people)
    absent = [person for person in people.values() if not person.active]
    pool = _Pool(random, people)
    changed = [
        *(_moved(random, person, people) for person in pool.take(_MOVE)),
        *(_left(person, number + place) for place, person in enumerate(pool.take(_LEAVE))),
        *_renamed(random, directory, people, pool),
        *(replace(person, mail=_other_mail(person)) for person in pool.take(_MAIL)),
        *(_relocated(random, person) for person in pool.take(_RELOCATE)),
        *(replace(person, job_title=None) for person in pool.take(0)),  # Entra keeps silent about a cleared value
        *(replace(person, manager_id=None) for person in pool.take(0)),
        *(_returned(person) for person in random.sample(absent, round(len(absent) * _RETURN))),
    ]
    people.update((person.id, person) for person in changed)
    joined = [*_rehired(random, directory), *_joined(random, directory, people)]
    people.update((person.id, person) for person in joined)
    groups = _regrouped(random, directory, people, joined, number)
    return Directory(directory.seed, people, groups, departed=purged)


class _Pool:
    """Active people, each of whom is touched at most once a day."""

    def __init__(self, random: Random, people: dict[str, Person]) -> None:
        self._total = len(people)
        self._waiting = [person for person in people.values() if person.active]
        random.shuffle(self._waiting)

    def take(self, share: float) -> list[Person]:
        """So many of all, at least one."""
        count = max(1, round(self._total * share))
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken


def _purge(people: dict[str, Person]) -> tuple[Person, ...]:
    """Take away those in the bin; whom they managed goes to the next higher manager."""
    purged = tuple(person for person in people.values() if person.soft_deleted)
    for person in purged:
        del people[person.id]
    heirs = {person.id: person.manager_id for person in purged}
    for person in list(people.values()):
        manager = person.manager_id
        while manager in heirs:
            manager = heirs[manager]
        if manager != person.manager_id:
            people[person.id] = replace(person, manager_id=manager)
    return purged


def _moved(random: Random, person: Person, people: dict[str, Person]) -> Person:
    """Another post, and a manager from outside the person's own line of reports."""
    department, region = random.choice(list(names.DEPARTMENTS)), random.choice(names.REGIONS)
    manager = random.choice(list(people.values()))
    below = person.id in _line(manager, people)
    return replace(
        person,
        job_title=random.choice(names.DEPARTMENTS[department]),
        department=department,
        user_type=user_type(random, department, region),
        manager_id=person.manager_id if below else manager.id,
    )


def _line(person: Person, people: dict[str, Person]) -> set[str]:
    """The person and all managers above."""
    found = {person.id}
    while person.manager_id in people and person.manager_id not in found:
        person = people[person.manager_id]
        found.add(person.id)
    return found


def _left(person: Person, turn: int) -> Person:
    """The three ways to lose access, in turn; who is in the bin is purged the next day."""
    if turn % 3 == 1:
        return replace(person, soft_deleted=True)
    return replace(person, assigned=False) if turn % 3 else replace(person, account_enabled=False)


def _returned(person: Person) -> Person:
    return replace(person, account_enabled=True, assigned=True, soft_deleted=False)


def _renamed(random: Random, directory: Directory, people: dict[str, Person], pool: _Pool) -> Iterator[Person]:
    """A new surname, and with it a new sign-in name and address; every third keeps address and mail."""
    taken = _taken(directory, people)
    for place, person in enumerate(pool.take(_RENAME)):
        surname, ascii_surname = random.choice(names.SURNAMES)
        given = (person.mail_nickname or "x").partition(".")[0]
        person = replace(person, surname=surname, display_name=f"{person.given_name} {surname}")  # noqa: PLW2901
        if place % 3 == 0 and "#EXT#" not in person.user_principal_name:
            alias = free_alias(f"{given}.{ascii_surname}", domain(directory.seed), taken)
            address = f"{alias}@{domain(directory.seed)}"
            person = replace(person, user_principal_name=address, mail=address, mail_nickname=alias)  # noqa: PLW2901
        yield person


def _other_mail(person: Person) -> str:
    name, _, at = (person.mail or person.user_principal_name).partition("@")
    return f"{name.partition('+')[0]}+office@{at}" if "+office" not in name else f"{name.partition('+')[0]}@{at}"


def _relocated(random: Random, person: Person) -> Person:
    street, city, state, postal_code, country, phone = random.choice(names.OFFICES)
    return replace(
        person,
        street_address=street,
        city=city,
        state=state,
        postal_code=postal_code,
        country=country,
        business_phone=f"{phone}{random.randrange(1000):03}",
        mobile_phone=f"+1 (628) 555-{random.randrange(10**4):04}",
    )


def _joined(random: Random, directory: Directory, people: dict[str, Person]) -> Iterator[Person]:
    taken = _taken(directory, people)
    managers = sorted(people)
    for _ in range(max(2, round(len(people) * _JOIN))):
        person = new_person(random, directory.seed, taken, rank=_LOWEST_RANK)
        yield replace(person, manager_id=random.choice(managers) if managers else None, account_enabled=True)


def _taken(directory: Directory, people: dict[str, Person]) -> set[str]:
    """The names in use today or yesterday: a name is free a day after it was given up."""
    everybody = (*directory.people.values(), *people.values(), *directory.departed)
    aliases = {f"{person.mail_nickname}@{domain(directory.seed)}" for person in everybody}
    return aliases | {person.user_principal_name.lower() for person in everybody}


def _rehired(random: Random, directory: Directory) -> Iterator[Person]:
    """One of those purged the day before comes back under the old name, as somebody new to Entra."""
    for person in directory.departed[:1]:
        yield replace(_returned(person), id=new_id(random), manager_id=None)


def _regrouped(
    random: Random, directory: Directory, people: dict[str, Person], joined: list[Person], number: int
) -> dict[str, SourceGroup]:
    groups = {
        group.id: replace(group, members=_members(random, group, people, joined)) for group in directory.groups.values()
    }
    if not groups:
        return groups
    chosen = random.choice(sorted(groups))
    groups[chosen] = replace(groups[chosen], display_name=f"{groups[chosen].display_name} ({number})")
    if number % _NEW_GROUP_EVERY == 0:
        del groups[random.choice(sorted(groups))]
        new = new_group(random, directory.seed, 100 * number, random.sample(sorted(people), min(5, len(people))))
        groups[new.id] = new
    return groups


def _members(random: Random, group: SourceGroup, people: dict[str, Person], joined: list[Person]) -> frozenset[str]:
    members = sorted(member for member in group.members if member in people)
    random.shuffle(members)
    kept = members[max(1, round(len(members) * _MEMBERS)) :]
    return frozenset(kept) | {person.id for person in joined if random.random() < _RETURN}
