"""What can be told about the image without building it; ``make image-test`` builds and runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

_TOP = Path(__file__).parents[2]
_DOCKER = _TOP / "docker"
_DOCKERFILE = (_DOCKER / "Dockerfile").read_text("utf-8")
_COMPOSE = (_DOCKER / "compose.yaml").read_text("utf-8")
_STEPS = re.sub(r"\\\n", " ", re.sub(r"^ *#.*\n", "", _DOCKERFILE, flags=re.MULTILINE)).splitlines()
_LAST_STAGE = _STEPS[max(number for number, step in enumerate(_STEPS) if step.startswith("FROM")) :]
_VERSION = tomllib.loads((_TOP / "pyproject.toml").read_text("utf-8"))["project"]["version"]
_SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|API_KEY|DATABASE_URL")


def _steps(instruction: str, steps: list[str] = _STEPS) -> list[str]:
    return [step.removeprefix(instruction).strip() for step in steps if step.startswith(f"{instruction} ")]


def test_bases_can_be_replaced() -> None:
    assert {"BASE=python:3.11-slim", "NODE=node:22-slim"} <= set(_steps("ARG"))
    assert [base.split()[0] for base in _steps("FROM")] == ["${NODE}", "${BASE}", "${BASE}"]


def test_everything_downloaded_is_pinned_by_hash() -> None:
    runs = " && ".join(_steps("RUN"))
    installs = [run for run in runs.split("&&") if "pip install" in run or "$INSTALL" in run]

    assert len(installs) == 3
    assert [run for run in installs if "--require-hashes" not in run and "--no-index" not in run] == []
    assert "npm ci" in runs
    assert not re.search(r"npm (i|install)\b|apt-get|apk |curl|wget", runs)
    assert not _steps("ADD")


def test_lock_of_the_image_is_the_lock_of_the_service_with_tracing() -> None:
    image, run = (
        dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (_TOP / "requirements" / name).read_text("utf-8"), re.MULTILINE))
        for name in ("image.txt", "run.txt")
    )

    assert run.items() <= image.items(), "run `make locks`"
    assert "opentelemetry-exporter-otlp-proto-http" in image


def test_runs_as_nobody_in_particular() -> None:
    assert _steps("USER", _LAST_STAGE) == ["10001:10001"]
    assert not [step for step in _LAST_STAGE[_LAST_STAGE.index("USER 10001:10001") :] if step.startswith("RUN")]


def test_says_how_to_run_it() -> None:
    assert _steps("STOPSIGNAL", _LAST_STAGE) == ["SIGTERM"]
    assert _steps("EXPOSE", _LAST_STAGE) == ["8080"]
    assert _steps("ENTRYPOINT", _LAST_STAGE) == ['["gatehouse"]']
    assert '["python", "/opt/gatehouse/ready.py"]' in _steps("HEALTHCHECK", _LAST_STAGE)[0]


def test_names_the_version_of_the_project() -> None:
    assert f"VERSION={_VERSION}" in _steps("ARG")
    assert f"image: gatehouse:{_VERSION}\n" in _COMPOSE


def test_no_secret_is_baked_in() -> None:
    assert not [step for step in [*_steps("ENV"), *_steps("ARG")] if _SECRET.search(step)]


def test_compose_takes_secrets_from_files_only() -> None:
    variables = re.findall(r"^ +([A-Z_]+): ", _COMPOSE, re.MULTILINE)

    assert [name for name in variables if _SECRET.search(name) and not name.endswith("_FILE")] == []
    assert "secrets/" in (_DOCKER / ".gitignore").read_text("utf-8").splitlines()


@pytest.mark.parametrize("service", ["postgres", "migrate", "gatehouse"])
def test_compose_confines(service: str) -> None:
    confined = re.search(r"x-confined: &confined\n((?:  .+\n)+)", _COMPOSE)
    begin = re.search(rf"^  {service}:\n    <<: \*(confined|gatehouse)\n", _COMPOSE, re.MULTILINE)

    assert confined
    assert "read_only: true" in confined[1]
    assert "cap_drop: [ALL]" in confined[1]
    assert "no-new-privileges:true" in confined[1]
    assert "x-gatehouse: &gatehouse\n  <<: *confined\n" in _COMPOSE
    assert begin


def test_only_what_is_needed_goes_to_the_build() -> None:
    lines = (_TOP / ".dockerignore").read_text("utf-8").splitlines()
    sent = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied = {
        source.split("/")[0] if not source.startswith("docker/") else source
        for step in _steps("COPY")
        if "--from" not in step
        for source in step.split()[:-1]
    }

    assert lines[1] == "*"
    assert sent == copied


@pytest.mark.parametrize("script", ["image-test.sh", "new-secrets.sh"])
def test_scripts_run(script: str) -> None:
    assert os.access(_DOCKER / script, os.X_OK)
    assert subprocess.run(["bash", "-n", _DOCKER / script], check=False, timeout=10).returncode == 0  # noqa: S603, S607


@pytest.fixture
def ready_status(request: pytest.FixtureRequest) -> Iterator[tuple[int, list[str]]]:
    """A server that answers with one status: its port, and the paths asked for."""
    paths: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(request.param)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, paths
        server.shutdown()


@pytest.mark.parametrize(("ready_status", "code"), [(200, 0), (503, 1)], indirect=["ready_status"])
def test_health_check(ready_status: tuple[int, list[str]], code: int) -> None:
    port, paths = ready_status

    assert _health_check(port) == code
    assert paths == ["/readyz"]


def test_health_check_without_a_server() -> None:
    assert _health_check(1) == 1


def _health_check(port: int) -> int:
    command = [sys.executable, _DOCKER / "ready.py", str(port)]
    environment = {**os.environ, "http_proxy": "http://127.0.0.1:1"}
    return subprocess.run(command, env=environment, check=False, capture_output=True, timeout=10).returncode  # noqa: S603
