"""What Entra ID holds: people and groups as Microsoft Graph knows them, before any mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the source. Names follow Graph (snake_case); a missing value is None, never empty.

    ``user_type`` stands for the extension attribute that the administrator maps to SCIM ``userType``: Entra's own
    attribute of that name cannot be mapped.
    """

    id: str  # objectId
    user_principal_name: str
    given_name: str | None
    surname: str | None
    display_name: str | None = None
    mail: str | None = None
    mail_nickname: str | None = None
    job_title: str | None = None
    department: str | None = None
    user_type: str | None = None
    employee_id: str | None = None
    preferred_language: str | None = None
    street_address: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    business_phone: str | None = None
    mobile_phone: str | None = None
    fax_number: str | None = None
    manager_id: str | None = None  # objectId
    account_enabled: bool = True
    assigned: bool = True  # to the enterprise application
    soft_deleted: bool = False  # in the bin for 30 days

    @property
    def in_scope(self) -> bool:
        """Whether Entra manages the person at all; out of scope only the disabling is sent."""
        return self.assigned and not self.soft_deleted

    @property
    def active(self) -> bool:
        """``Switch([IsSoftDeleted], …)`` of the default mapping, with the assignment."""
        return self.in_scope and self.account_enabled


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """A security group that is assigned to the application."""

    id: str  # objectId
    display_name: str
    members: frozenset[str] = frozenset()  # objectIds of people


@dataclass(frozen=True, slots=True)
class Directory:
    """The source at one moment. Who is not in ``people`` any more was purged, and likewise for groups."""

    seed: str
    people: Mapping[str, Person]  # by objectId
    groups: Mapping[str, SourceGroup]
    departed: tuple[Person, ...] = ()  # purged people, some of whom come back as new ones
