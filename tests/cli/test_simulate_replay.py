"""A customer's export as the source: what is understood, and how every bad row is named."""

from __future__ import annotations

import json

import pytest

from gatehouse.cli.simulate.replay import read_directory
from gatehouse.cli.simulate.source import Person

_HEADER = "userPrincipalName,givenName,surname,mail,jobTitle,userType,department,employeeId,accountEnabled,manager\n"


def _people(text: str, name: str = "people.csv", **options: str) -> list[Person]:
    return list(read_directory(name, text.encode(), **options).people.values())


def test_csv() -> None:
    text = _HEADER + (
        "ana@c.example,Ana,Silva,ana@c.example,Agent,Leasing-North,Leasing,0042,TRUE,\n"
        '"bo@c.example",Bo,"O\'Brien, Jr.",,Diver,,,,false,ANA@c.example\n\n'
    )
    ana, bo = _people(text)

    assert (ana.user_type, ana.employee_id, ana.mail_nickname, ana.active) == ("Leasing-North", "0042", "ana", True)
    assert (bo.surname, bo.mail, bo.active, bo.manager_id) == ("O'Brien, Jr.", None, False, ana.id)


def test_excel_writes_a_byte_order_mark_and_semicolons() -> None:
    (person,) = _people("\ufeffUserPrincipalName;Surname \nzoë@c.example; Müller \n")

    assert (person.user_principal_name, person.surname) == ("zoë@c.example", "Müller")


def test_graph_export() -> None:
    users = [
        {"id": "1", "userPrincipalName": "a@c.example", "givenName": "A", "userType": "Member", "accountEnabled": True,
         "businessPhones": ["+1", "+2"], "manager": None,
         "onPremisesExtensionAttributes": {"extensionAttribute3": "Leasing-North"}},
        {"id": "2", "userPrincipalName": "b@c.example", "manager": {"@odata.type": "user", "id": "1"}},
    ]  # fmt: skip
    for document in (users, {"value": users}):
        first, second = _people(json.dumps(document), "people.json")

        assert (first.id, first.user_type, first.business_phone) == ("1", "Leasing-North", "+1")
        assert second.manager_id == "1"


@pytest.mark.parametrize(
    ("column", "user_type"), [(None, "x"), ("department", "Leasing"), ("userType", "Member"), ("nonsense", None)]
)
def test_source_of_user_type(column: str | None, user_type: str | None) -> None:
    text = "userPrincipalName,userType,extensionAttribute1,department\na@c.example,Member,x,Leasing\n"
    (person,) = _people(text, **({"user_type_from": column} if column else {}))

    assert person.user_type == user_type


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the header has no column userPrincipalName"),
        ("mail\na@c.example\n", "line 1: the header has no column userPrincipalName"),
        (_HEADER, "holds no people"),
        (_HEADER + "a@c.example,,,,,,,,,\n,Bo,,,,,,,,\n", "line 3: userPrincipalName is empty"),
        (_HEADER + "a@c.example\nA@C.example\n", "line 3: userPrincipalName A@C.example is also in line 2"),
        (_HEADER + "a@c.example,,,,,,,,perhaps,\n", "line 2: accountEnabled is 'perhaps', neither true nor false"),
        (_HEADER + "a@c.example,,,,,,,,,nobody\n", "line 2: manager nobody is nobody in this file"),
        (_HEADER + "a@c.example,,,,,,,,,,,\n", "line 2: too many cells"),
        (_HEADER + ",,,,,,,,x,\n" * 9, "line 2: userPrincipalName is empty; .*and 13 more"),
    ],
    ids=str,
)
def test_bad_csv(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _people(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{", "line 1: no JSON"),
        ("{}", "an array of users is expected"),
        ("[]", "holds no people"),
        ('[{"userPrincipalName": "a"}, 7]', "entry 2: not an object"),
        ('[{"displayName": "a"}]', "entry 1: userPrincipalName is empty"),
    ],
    ids=str,
)
def test_bad_json(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _people(text, "people.json")


def test_not_utf8() -> None:
    with pytest.raises(ValueError, match="line 2 is not UTF-8"):
        read_directory("people.csv", b"userPrincipalName\nzo\xeb@c.example\n")
