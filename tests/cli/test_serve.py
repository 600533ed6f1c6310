"""How ``gatehouse serve`` becomes a server, and how it ends when it cannot be one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import gatehouse

_LISTENS_NOWHERE = "sqlite:////no/such/place/x.db"  # so no failing case leaves a server behind


def _serve(directory: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, *options, "-m", "gatehouse", "serve", "--port", "0"],
        cwd=directory,
        env={**os.environ, "GATEHOUSE_DATABASE_URL": _LISTENS_NOWHERE, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_interrupted_while_it_is_imported_it_ends_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("raise KeyboardInterrupt")  # Ctrl-C, at a moment that does not vary
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])

    done = _serve(tmp_path, PYTHONPATH=path)

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


TOLD = "import os, signal\ntry: os.kill(os.getpid(), signal.SIGTERM)\n"


@pytest.mark.parametrize(
    "then",
    ["finally: pass", "except SystemExit: raise OSError('interrupted')"],  # as sqlite3 does in the midst of a statement
    ids=["at once", "by a failure"],
)
def test_told_to_end_while_it_starts_it_ends(then: str, tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text(TOLD + then)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])

    done = _serve(tmp_path, PYTHONPATH=path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("options", "printed"), [((), "served from here\n"), (("-P",), "")], ids=["current directory", "installed"]
)
def test_the_server_is_of_the_same_code_as_the_command(options: tuple[str, ...], printed: str, tmp_path: Path) -> None:
    checkout = tmp_path / "gatehouse"
    checkout.mkdir()
    for part in Path(gatehouse.__file__).parent.iterdir():
        if part.name not in {"serving", "__pycache__"}:
            (checkout / part.name).symlink_to(part)
    (checkout / "serving").mkdir()
    (checkout / "serving" / "__init__.py").touch()
    (checkout / "serving" / "__main__.py").write_text('print("served from here")')
    path = [str(Path(gatehouse.__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]

    done = _serve(tmp_path, *options, PYTHONPATH=os.pathsep.join(path))

    assert done.stdout == printed


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("postgresql://u:s3cret@127.0.0.1:port/x", "malformed database URL: "),
        ("postgresql://u:s3cret@127.0.0.1:1", "malformed database URL: the database name is missing: "),
        (_LISTENS_NOWHERE, "the database cannot be opened: unable to open database file"),
    ],
)
def test_a_database_that_cannot_be_is_told_in_one_line(url: str, fault: str, tmp_path: Path) -> None:
    done = _serve(tmp_path, GATEHOUSE_DATABASE_URL=url)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"gatehouse: {fault}")
    assert "s3cret" not in done.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_address_in_use_is_told_before_anything_is_done(workers: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(  # noqa: S603 - our own arguments
            [sys.executable, "-m", "gatehouse", "serve", "--port", str(port), "--workers", workers, "--demo"],
            env={**os.environ, "GATEHOUSE_DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"gatehouse: cannot listen on port {port} of 127.0.0.1: Address already in use\n"
    assert list(tmp_path.iterdir()) == []


_NO_START = """
from gatehouse.api.front import server
from gatehouse.settings import Settings

def app():
    async def refuse(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": ""})
    return refuse

if __name__ == "__main__":
    server.run(Settings(), "no_start:app", bound=server.bind("127.0.0.1", 0), workers=WORKERS)
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_application_that_does_not_start_is_a_failure(workers: str, tmp_path: Path) -> None:
    script = tmp_path / "no_start.py"
    script.write_text(_NO_START.replace("WORKERS", workers))
    done = subprocess.run([sys.executable, script], capture_output=True, check=False, timeout=60)  # noqa: S603 - ours

    assert (done.returncode, b"Traceback" in done.stderr) == (1, False)
