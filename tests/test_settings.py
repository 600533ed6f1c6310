"""Settings come from the environment, secrets from files as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatehouse.settings import Settings, SettingsError

_URL = "postgresql://gatehouse:s3cret@postgres:5432/gatehouse"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEHOUSE_DATABASE_URL", raising=False)
    monkeypatch.delenv("GATEHOUSE_DATABASE_URL_FILE", raising=False)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"], ids=["no newline", "newline", "Windows newline"])
def test_database_url_from_a_file(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "database_url"
    secret.write_bytes((_URL + ending).encode())
    monkeypatch.setenv("GATEHOUSE_DATABASE_URL_FILE", str(secret))

    assert Settings.load().database_url == _URL


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "GATEHOUSE_DATABASE_URL_FILE: {file}: No such file or directory"),
        (b"s3cret\xff", "GATEHOUSE_DATABASE_URL_FILE: {file}: not UTF-8"),
        (b"", "GATEHOUSE_DATABASE_URL: Value error, must begin with sqlite:/// or postgresql://"),
        (
            b"mysql://u:s3cret@host/x",
            "GATEHOUSE_DATABASE_URL: Value error, must begin with sqlite:/// or postgresql://",
        ),
    ],
    ids=["missing", "binary", "empty", "other database"],
)
def test_unusable_file_is_named_without_its_content(
    content: bytes | None, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "database_url"
    if content is not None:
        secret.write_bytes(content)
    monkeypatch.setenv("GATEHOUSE_DATABASE_URL_FILE", str(secret))

    with pytest.raises(SettingsError) as refused:
        Settings.load()

    assert str(refused.value) == reason.format(file=secret)


def test_a_value_beside_its_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "database_url").write_text(_URL, "utf-8")
    monkeypatch.setenv("GATEHOUSE_DATABASE_URL_FILE", str(tmp_path / "database_url"))
    monkeypatch.setenv("GATEHOUSE_DATABASE_URL", _URL)

    with pytest.raises(SettingsError, match="GATEHOUSE_DATABASE_URL and GATEHOUSE_DATABASE_URL_FILE are both set"):
        Settings.load()


def test_only_secrets_come_from_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_LOG_LEVEL_FILE", "/dev/null")

    with pytest.raises(SettingsError, match="unknown setting GATEHOUSE_LOG_LEVEL_FILE"):
        Settings.load()
