"""Settings come from the environment, secrets from files as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatehouse.settings import PREFIX, Settings, SettingsError

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
        (b"", "GATEHOUSE_DATABASE_URL: must begin with sqlite:/// or postgresql://"),
        (
            b"mysql://u:s3cret@host/x",
            "GATEHOUSE_DATABASE_URL: must begin with sqlite:/// or postgresql://",
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


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("max_queue", "0", 0),
        ("max_queue", "5 ", 5),
        ("live_poll_s", " 1.5", 1.5),
        ("metrics", " true", True),
        ("live_poll_s", "2", 2.0),
        ("live_poll_s", "0.25", 0.25),
        ("metrics", "FALSE", False),
        ("metrics", "1", True),
        ("graphiql", "off", False),
        ("log_level", "DEBUG", "DEBUG"),
        ("frontend_dir", "/srv/pages", Path("/srv/pages")),
        ("entra_grants", "", ""),
        ("public_url", "https://gatehouse.example/", "https://gatehouse.example"),
        ("metrics_token", "sixteen letters.", "sixteen letters."),
        ("max_json_depth", "200", 200),
        ("max_page_size", " 5\n", 5),
        ("max_page_size", "1e+03", 1_000),
        ("trusted_proxies", "10.0.3.1, 10.0.4.0/24,fd00::/8 ,::1", "10.0.3.1,10.0.4.0/24,fd00::/8,::1"),
        ("trusted_proxies", " ", ""),
    ],
)
def test_text_becomes_a_value(name: str, text: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + name.upper(), text)

    found = getattr(Settings.load(), name)

    assert found == value
    assert type(found) is type(value) or isinstance(value, Path)


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("max_page_size", "many", "Expected `int`"),
        ("max_page_size", "1.5", "Expected `int`"),
        ("max_page_size", "+5", "Expected `int`"),
        ("max_page_size", "007", "Expected `int`"),
        ("max_page_size", "1_000", "Expected `int`"),
        ("max_page_size", "0", "Expected `int` >= 1"),
        ("max_queue", "-1", "Expected `int` >= 0"),
        ("max_json_depth", "201", "Expected `int` <= 200"),
        ("due_work_lease_s", "2.9", "Expected `float` >= 3.0"),
        ("credential_cache_s", "-0.1", "Expected `float` >= 0.0"),
        ("credential_cache_s", "1.1", "Expected `float` <= 1.0"),
        ("live_poll_s", "soon", "Expected `float`"),
        ("live_poll_s", "nan", "Expected `float` > 0.0"),
        ("live_poll_s", "inf", "Expected a finite `float`"),
        ("live_poll_s", "", "Expected `float`"),
        ("metrics", "perhaps", "Expected `bool`"),
        ("log_level", "debug", "Expected one of DEBUG, INFO, WARNING, ERROR"),
        ("entra_directory_id", "contoso", "Invalid UUID"),
        ("metrics_token", "fifteen letters", "must have at least 16 characters"),
        ("otlp_endpoint", "collector:4318", "must begin with http:// or https://"),
        ("public_url", "gatehouse.example", "must be an http(s) address without query, like https://gatehouse.example"),
        ("public_url", "", "must be an http(s) address without query, like https://gatehouse.example"),
        ("allowed_origins", "https://a.example/b", "must be origins by comma, like https://dashboard.example"),
        ("entra_jwks_url", "http://login.example/keys", "must be an https address"),
        ("public_url", "https://user:s3cret\N{ACCOUNT OF}@a.example", "is no address"),
        ("entra_jwks_url", "https://[s3cret]", "is no address"),
        ("allowed_origins", "https://[s3cret]", "is no address"),
        ("metrics_token", "\udcff" * 16, "not UTF-8"),
        ("trusted_proxies", "*", "must be addresses or networks by comma, like 10.0.3.1,10.0.4.0/24"),
        ("trusted_proxies", "127.0.0.1,proxy", "must be addresses or networks by comma, like 10.0.3.1,10.0.4.0/24"),
        ("trusted_proxies", "127.0.0.1,", "must be addresses or networks by comma, like 10.0.3.1,10.0.4.0/24"),
        ("trusted_proxies", "10.0.3.0/99", "must be addresses or networks by comma, like 10.0.3.1,10.0.4.0/24"),
        ("trusted_proxies", "10.0.3.1/24", "must be addresses or networks by comma, like 10.0.3.1,10.0.4.0/24"),
    ],
)
def test_what_is_no_value_is_told_by_name(name: str, text: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + name.upper(), text)

    with pytest.raises(SettingsError) as refused:
        Settings.load()

    assert str(refused.value) == f"{PREFIX}{name.upper()}: {fault}"


@pytest.mark.parametrize("name", ["gatehouse_metrics_token", "Gatehouse_Metrics_Token", "GATEHOUSE_METRIC_TOKEN"])
def test_a_setting_that_would_be_passed_over_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "sixteen letters.")

    with pytest.raises(SettingsError) as refused:
        Settings.load()

    assert str(refused.value) == f"unknown setting {name}"


def test_all_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_MAX_QUEUE", "some")
    monkeypatch.setenv("GATEHOUSE_METRICS", "some")

    with pytest.raises(SettingsError) as refused:
        Settings.load()

    assert sorted(str(refused.value).split("; ")) == [
        "GATEHOUSE_MAX_QUEUE: Expected `int`",
        "GATEHOUSE_METRICS: Expected `bool`",
    ]


def test_values_given_by_the_program_are_checked_as_well() -> None:
    with pytest.raises(SettingsError, match="GATEHOUSE_MAX_QUEUE: Expected `int` >= 0"):
        Settings(max_queue=-1)


def test_only_secrets_come_from_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_LOG_LEVEL_FILE", "/dev/null")

    with pytest.raises(SettingsError, match="unknown setting GATEHOUSE_LOG_LEVEL_FILE"):
        Settings.load()
