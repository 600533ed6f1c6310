"""A directory out of nothing but a seed: the same seed and size always give the same people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random
from typing import Final
from uuid import UUID

from gatehouse.cli.simulate import names
from gatehouse.cli.simulate.source import Directory, Person, SourceGroup

_REPORTS: Final = 8  # people per manager
_GUEST, _DISABLED, _PLUS, _MOBILE, _FAX, _NO_TITLE, _NO_TYPE = 0.05, 0.02, 0.06, 0.4, 0.1, 0.03, 0.04


def generate(users: int, groups: int, seed: str) -> Directory:
    """People with departments, titles, managers (one tree) and groups; about two in a hundred are disabled.

    Addresses and group names carry the seed, so that two seeds never meet on one server.

    >>> people = list(generate(3, 1, "7").people.values())
    >>> [person.manager_id == people[0].id for person in people]
    [False, True, True]
    """
    random = Random(f"{seed}/people")  # noqa: S311 - repeatable on purpose
    taken = set[str]()
    everybody = list[Person]()
    for index in range(users):
        person = new_person(random, seed, taken, rank=index)
        manager = everybody[(index - 1) // _REPORTS].id if index else None
        everybody.append(replace(person, manager_id=manager))
    return Directory(seed, {person.id: person for person in everybody}, _groups(random, seed, everybody, groups))


def new_person(random: Random, seed: str, taken: set[str], *, rank: int) -> Person:
    """Invent one person.

    :param taken: the user principal names in use, in lower case; the new one is added.
    :param rank: 0 is the head, the next ones are managers, and so on down.
    """
    given, surname = random.choice(names.GIVEN_NAMES), random.choice(names.SURNAMES)
    department, region = random.choice(list(names.DEPARTMENTS)), random.choice(names.REGIONS)
    office, extension = random.choice(names.OFFICES), f"{random.randrange(1000):03}"
    alias = free_alias(f"{given[1]}.{surname[1]}", domain(seed), taken)
    guest = random.random() < _GUEST and rank > 0
    tag = f"+{department.lower()}" if random.random() < _PLUS else ""
    mail = f"{alias}{tag}@{'partner' if guest else domain(seed)}{'.example' if guest else ''}"
    user_principal_name = f"{mail.replace('@', '_')}#EXT#@{domain(seed)}" if guest else f"{alias}@{domain(seed)}"
    return Person(
        id=new_id(random),
        user_principal_name=user_principal_name,
        given_name=given[0],
        surname=surname[0],
        display_name=f"{given[0]} {surname[0]}",
        mail=mail,
        mail_nickname=alias,
        job_title=None if random.random() < _NO_TITLE else _title(random, department, rank),
        department=department,
        user_type=None if random.random() < _NO_TYPE else user_type(random, department, region),
        employee_id=f"{random.randrange(10**6):06}",
        preferred_language=random.choice(names.LANGUAGES),
        street_address=office[0],
        city=office[1],
        state=office[2],
        postal_code=office[3],
        country=office[4],
        business_phone=office[5] + extension,
        mobile_phone=f"+1 (415) 555-{random.randrange(10**4):04}" if random.random() < _MOBILE else None,
        fax_number=f"{office[5]}{extension} ext. 9" if random.random() < _FAX else None,
        account_enabled=random.random() >= _DISABLED or rank == 0,
    )


def user_type(random: Random, department: str, region: str) -> str:
    """A value as an administrator composes it: ``Leasing-North``."""
    return random.choice(names.SEPARATORS).join((department, region))


def domain(seed: str) -> str:
    """The verified domain of the generated tenant."""
    return f"contoso-{seed.lower()}.example"


def free_alias(wanted: str, at: str, taken: set[str]) -> str:
    """``ana.silva``, or ``ana.silva2`` where she has a namesake; it is taken from then on."""
    number = 1
    alias = wanted
    while f"{alias}@{at}" in taken:
        number += 1
        alias = f"{wanted}{number}"
    taken.add(f"{alias}@{at}")
    return alias


def new_group(random: Random, seed: str, number: int, members: Iterable[str]) -> SourceGroup:
    """Make a group with a name of its own."""
    department = list(names.DEPARTMENTS)[number % len(names.DEPARTMENTS)]
    region = names.REGIONS[number % len(names.REGIONS)]
    return SourceGroup(new_id(random), f"SG {seed} {department} {region} {number}", frozenset(members))


def new_id(random: Random) -> str:
    """Make an objectId."""
    return str(UUID(int=random.getrandbits(128), version=4))


def _title(random: Random, department: str, rank: int) -> str:
    if rank == 0:
        return names.CHIEF
    if rank <= _REPORTS:
        return names.REGIONAL_MANAGER
    if rank <= _REPORTS * _REPORTS:
        return names.DEPARTMENT_MANAGER
    return random.choice(names.DEPARTMENTS[department])


def _groups(random: Random, seed: str, people: Sequence[Person], count: int) -> dict[str, SourceGroup]:
    found = dict[str, SourceGroup]()
    for number in range(1, count + 1):
        size = random.randint(len(people) // 10, max(1, len(people) // 3))
        members = random.sample([person.id for person in people], min(size, len(people)))
        group = new_group(random, seed, number, members)
        found[group.id] = group
    return found
