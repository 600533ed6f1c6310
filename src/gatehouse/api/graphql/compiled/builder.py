"""The function that makes an object of the answer, written out for its selection.

A list of a hundred users with ten fields makes a thousand values: a loop over fields would cost more than the values. So
the loop is unrolled into source text, once for each selection; nothing of a request but response keys gets into the text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gatehouse.api.graphql.compiled.leaves import EnumLeaf
from gatehouse.api.graphql.made import Written

Data = dict[str, Any]
Complete = Callable[[Any, Any], Any]
"""A resolver's value, and the run → what the answer holds."""
Step = Callable[[Any, Any, Data], None]
"""Puts one field of a source into the object, now or later."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a selection: a leaf (``get`` the value, ``finish`` it unless its type is ``plain``), or a ``step``.

    :param missing: called when the value of a leaf is None; without it that is the answer.
    """

    key: str
    get: Callable[[Any], Any] | None = None
    finish: Callable[[Any], Any] | None = None
    plain: type | None = None
    missing: Callable[[], Any] | None = None
    step: Step | None = None


def builder(parts: Sequence[Part]) -> Complete:
    """The function (source, run) → object with these fields, in this order.

    >>> one = Part("name", get=lambda person: person["n"], finish=str.upper, plain=int)
    >>> builder([one])({"n": "ada"}, None), builder([one])({"n": 7}, None)
    ({'name': 'ADA'}, {'name': 7})
    >>> builder([Part("name", get=Written("it['n']"), finish=str.upper)])({"n": None}, None)
    {'name': None}
    """
    scope: dict[str, Any] = {}
    shared: dict[str, str] = {}
    before, members, after = [], [], []
    for n, part in enumerate(parts):
        scope |= {
            f"finish{n}": part.finish,
            f"plain{n}": part.plain,
            f"step{n}": part.step,
            f"missing{n}": part.missing,
        }
        if part.step:
            members.append(f"{part.key!r}: None")  # keeps its place
            after.append(f"    step{n}(it, run, data)")
        else:
            before.append(f"    v{n} = {_value(n, part.get, scope, shared)}")
            plain = f"v{n} if v{n}.__class__ is plain{n} else " if part.plain else ""
            nothing = f"missing{n}()" if part.missing else "None"
            members.append(
                f"{part.key!r}: {plain}{_finished(n, part.finish, scope)} if v{n} is not None else {nothing}"
            )
    read = [f"    {name} = {text}" for name, text in shared.items()]
    lines = ["def build(it, run):", *read, *before, f"    data = {{{', '.join(members)}}}", *after, "    return data"]
    exec("\n".join(lines), scope)  # noqa: S102 - our own text; response keys are GraphQL names, quoted
    build: Complete = scope["build"]
    return build


def _value(n: int, get: Any, scope: dict[str, Any], shared: dict[str, str]) -> str:
    """The expression of a value; what it names goes into ``scope``, what it reads of the object into ``shared``."""
    if not isinstance(get, Written):
        scope[f"get{n}"] = get
        return f"get{n}(it)"
    for names, known in ((get.names, scope), (get.parts, shared)):
        for name, value in names.items():
            if known.setdefault(name, value) is not value:
                raise ValueError(f"two things are called {name}")
    return get.text


def _finished(n: int, finish: Any, scope: dict[str, Any]) -> str:
    if isinstance(finish, EnumLeaf):
        scope[f"names{n}"] = finish.names
        return f"names{n}.get(id(v{n})) or finish{n}(v{n})"
    return f"finish{n}(v{n})"
