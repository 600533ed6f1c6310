"""Database URLs: what they may look like, and what a person is told when one is wrong."""

# ruff: noqa: S106 passwords of nobody

from __future__ import annotations

import ssl

import pytest

from gatehouse.store.database import Database
from gatehouse.store.location import PostgresLocation, SqliteLocation, parse_url


@pytest.mark.parametrize(
    ("_case", "url", "path"),
    [
        ("relative", "sqlite:///gatehouse.db", "gatehouse.db"),
        ("relative with directory", "sqlite:///data/gatehouse.db", "data/gatehouse.db"),
        ("absolute", "sqlite:////srv/gatehouse.db", "/srv/gatehouse.db"),
        ("escaped", "sqlite:////srv/a%20b%23.db", "/srv/a b#.db"),
        ("memory", "sqlite://:memory:", ":memory:"),
        ("memory, three slashes", "sqlite:///:memory:", ":memory:"),
    ],
)
def test_sqlite(_case: str, url: str, path: str):
    assert parse_url(url) == SqliteLocation(path)


def _postgres(**parts: object) -> PostgresLocation:
    usual = {"hosts": ("db",), "ports": (5432,), "database": "gate", "target_session_attrs": "any"}
    return PostgresLocation(**usual | parts)


@pytest.mark.parametrize(
    ("_case", "url", "location"),
    [
        ("plain", "postgresql://db/gate", _postgres()),
        ("short scheme", "postgres://db/gate", _postgres()),
        ("all parts", "postgresql://u:p@db:6432/gate", _postgres(user="u", password="p", ports=(6432,))),
        (
            "escaped",
            "postgresql://a%40b:p%2F%3A%23%3F@db/g%20h",
            _postgres(user="a@b", password="p/:#?", database="g h"),
        ),
        ("colon in the password", "postgresql://u:a:b@db/gate", _postgres(user="u", password="a:b")),
        ("at in the password", "postgresql://u:a@b@db/gate", _postgres(user="u", password="a@b")),
        ("IPv6", "postgresql://[::1]:6432/gate", _postgres(hosts=("::1",), ports=(6432,))),
        (
            "several servers",
            "postgresql://a:1,b:2/gate?target_session_attrs=primary",
            _postgres(hosts=("a", "b"), ports=(1, 2), target_session_attrs="primary"),
        ),
        ("socket", "postgresql://u@/gate?host=/run/postgresql", _postgres(user="u", hosts=("/run/postgresql",))),
        ("port apart", "postgresql:///gate?host=db&port=6432", _postgres(ports=(6432,))),
        ("from the environment", "postgresql:///gate", _postgres(hosts=(), ports=())),
        (
            "TLS",
            "postgresql://db/gate?sslmode=verify-full&sslrootcert=/ca.pem",
            _postgres(sslmode="verify-full", sslrootcert="/ca.pem"),
        ),
    ],
)
def test_postgresql(_case: str, url: str, location: PostgresLocation):
    assert parse_url(url) == location


@pytest.mark.parametrize(
    ("_case", "url", "why"),
    [
        ("empty", "", "must begin with sqlite:/// or postgresql://"),
        ("other database", "mysql://u:hunter2@db/gate", "must begin with"),
        ("path only", "/srv/gatehouse.db", "must begin with"),
        ("sqlite with two slashes", "sqlite://gatehouse.db", "write sqlite:///file.db"),
        ("sqlite without a file", "sqlite:///", "write sqlite:///file.db"),
        ("sqlite with options", "sqlite:///a.db?mode=ro", r"takes no '\?' options"),
        ("no database", "postgresql://u:hunter2@db", "the database name is missing"),
        ("no database but a slash", "postgresql://u:hunter2@db/", "the database name is missing"),
        ("bare number sign", "postgresql://u:hunter2#x@db/gate", "'#' in it must be written %23"),
        ("bare slash in the password", "postgresql://u:hunter2/x@db/gate", "a port is a number|a server is"),
        ("bad port", "postgresql://u:hunter2@db:port/gate", "a server is host or host:port"),
        ("port out of range", "postgresql://u:hunter2@db:70000/gate", "a port is a number from 1 to 65535"),
        ("port with a sign", "postgresql://db/gate?host=x&port=+1", "a port is a number"),
        ("broken IPv6", "postgresql://u:hunter2@[::1/gate", "its host part cannot be read"),
        ("compatibility characters", "postgresql://u:hunter2@d\u2100b/gate", "its host part cannot be read"),
        (
            "unknown option",
            "postgresql://u:hunter2@db/gate?ssl=true",
            "unknown option 'ssl'; known are host, port, ssl",
        ),
        ("option without value", "postgresql://u:hunter2@db/gate?sslmode", "name=value pairs"),
        ("unknown TLS mode", "postgresql://u:hunter2@db/gate?sslmode=on", "sslmode must be one of disable, prefer"),
        ("unknown target", "postgresql://db/gate?target_session_attrs=best", "must be one of any, primary"),
    ],
)
def test_malformed(_case: str, url: str, why: str):
    with pytest.raises(ValueError, match=why) as caught:
        parse_url(url)

    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_the_password_is_not_shown():
    assert "hunter2" not in repr(parse_url("postgresql://u:hunter2@db/gate"))


@pytest.mark.parametrize(
    ("sslmode", "verify", "hostname"),
    [
        ("require", ssl.CERT_NONE, False),
        ("verify-ca", ssl.CERT_REQUIRED, False),
        ("verify-full", ssl.CERT_REQUIRED, True),
    ],
)
def test_tls(sslmode: str, verify: ssl.VerifyMode, hostname: bool):
    context = _postgres(sslmode=sslmode).tls()

    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (verify, hostname)


async def test_certificates_that_cannot_be_read(tmp_path):
    with pytest.raises(ValueError, match=r"TLS certificates .* cannot be read: No such file"):
        await Database.open(f"postgresql://db/gate?sslmode=verify-full&sslrootcert={tmp_path}/none.pem")
