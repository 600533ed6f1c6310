"""Filters that trip servers: each with the users that it finds, or why it is refused."""

from __future__ import annotations

from typing import Any

from tests.bodies import ENTERPRISE, USER, person

USERS: list[dict[str, Any]] = [
    person("ada", title="Agent", userType="a", displayName="100%_x", emails=[{"type": "work", "value": "Ada@x"}]),
    person("bo", title="Lead", userType="b", displayName="100abx", emails=[{"type": "WORK", "value": "bo@x"}, {"type": "home", "value": "ada@x"}]),
    person("cy", userType="b", displayName='say "hi" é', active=False, **{ENTERPRISE: {"department": "Sales", "manager": {"value": "M1"}}}),
]  # fmt: skip
EVERYBODY = ["ada", "bo", "cy"]

FOUND: list[tuple[str, str, list[str]]] = [
    ("and before or", 'title eq "Agent" or title eq "Lead" and userType eq "z"', ["ada"]),
    ("and before or, from the left", 'userType eq "z" and title eq "Lead" or title eq "Agent"', ["ada"]),
    ("parentheses before both", '(title eq "Agent" or title eq "Lead") and userType eq "b"', ["bo"]),
    ("not over a group", 'not (title eq "Agent" or userType eq "b")', []),
    ("not over a group with and", 'not (title eq "Lead" and userType eq "b")', ["ada", "cy"]),
    ("double not", "not (not (title pr))", ["ada", "bo"]),
    ("double not over an absent value", 'not (not (title eq "Agent"))', ["ada"]),
    ("case inside a value path", 'emails[type eq "work" and value eq "ADA@X"]', ["ada"]),
    ("case of the type inside a value path", 'emails[TYPE eq "Work" and value sw "BO"]', ["bo"]),
    ("exact case stays exact under a URN", f'{ENTERPRISE}:manager.value eq "m1"', []),
    ("exact case found", f'{ENTERPRISE}:manager.value eq "M1"', ["cy"]),
    ("URN before a core attribute", f'{USER}:userName eq "ADA"', ["ada"]),
    ("URN before a part", f'{USER.upper()}:name.familyName eq "okafor"', EVERYBODY),
    ("URN before a value path", f'{USER}:emails[type eq "home"]', ["bo"]),
    ("literal % and _", 'displayName co "%_"', ["ada"]),
    ("literal % at the start", 'displayName sw "100%"', ["ada"]),
    ("literal _ at the end", 'displayName ew "_x"', ["ada"]),
    ("seven digits of a second", 'meta.lastModified gt "2015-10-10T14:38:21.8617979-07:00"', EVERYBODY),
    ("the year 1", 'meta.lastModified gt "0001-01-01T00:00:00Z"', EVERYBODY),
    ("the year 1, east of Greenwich", 'meta.created lt "0001-01-01T00:00:00+14:00"', []),
    ("the year 9999, west of Greenwich", 'meta.lastModified lt "9999-12-31T23:59:59.9999999-12:00"', EVERYBODY),
    (r"\u escapes", r'displayName eq "say \u0022hi\u0022 \u00E9"', ["cy"]),
    (r"\u escapes of ordinary letters", r'userName eq "\u0061da"', ["ada"]),
]

REFUSED: list[tuple[str, str]] = [
    ("gt on a boolean", "active gt true"),
    ("le on a boolean in a value path", "emails[primary le false]"),
    ("2,000 groups around each other", "(" * 2_000 + "title pr" + ")" * 2_000),
    ("2,000 nots around each other", "not (" * 1_000 + "title pr" + ")" * 1_000),
    ("empty", ""),
    ("blank", "  "),
    ("half a comparison", "userName eq"),
    ("half a conjunction", 'userName eq "ada" and'),
    ("open parenthesis", '(userName eq "ada"'),
    ("closed parenthesis", 'userName eq "ada")'),
    ("open bracket", 'emails[type eq "work"'),
    ("two comparisons side by side", 'userName eq "ada" title pr'),
    ("bare attribute", "userName"),
    ("bare value", '"ada"'),
    ("broken escape", r'userName co "\q"'),
    ("half a surrogate pair", r'userName eq "\ud800"'),
    ("single quotes", "userName eq 'ada'"),
    ("SQL", 'userName eq "ada" or 1=1'),
    ("not without parentheses", 'not title eq "Agent"'),
    ("unknown operator", 'userName like "a%"'),
    ("unknown attribute beside a known one", 'userName eq "ada" or nosuch eq "x"'),
    ("a date that is none", 'meta.lastModified gt "2015-13-45T00:00:00Z"'),
]  # fmt: skip
