"""The directory of the workers' counters: made, shared, and cleared up after processes that were killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tests.smoke.server import Server

from gatehouse.services import metrics_directory
from gatehouse.services.metrics_directory import hold, shared_directory


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory for temporary files, of this process and those it starts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def _names(place: Path) -> list[str]:
    return sorted(path.name for path in place.glob("gatehouse-metrics-*"))


def test_one_process_counts_alone(place: Path) -> None:
    with shared_directory(1):
        assert (metrics_directory.current(), _names(place)) == (None, [])


def test_several_share_a_directory_while_they_live(place: Path) -> None:
    with shared_directory(2):
        directory = metrics_directory.current()
        assert directory is not None
        assert _names(place) == [directory.name]

    assert (metrics_directory.current(), _names(place)) == (None, [])


def test_what_others_use_stays(place: Path) -> None:
    with shared_directory(2):
        used = metrics_directory.current()
        assert used is not None
        with shared_directory(2):
            assert used.exists()
        kept = place / "gatehouse-metrics-kept"
        shutil.copytree(used, kept)
    foreign = place / "gatehouse-metrics-foreign"
    foreign.symlink_to(kept)
    unfinished = place / "gatehouse-metrics-unfinished"
    unfinished.mkdir()
    descriptor = hold(kept)  # a worker that outlived the process that started it

    with shared_directory(2):
        assert kept.exists()
    os.close(descriptor)
    with shared_directory(2):
        assert not kept.exists()

    assert unfinished.exists()


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="no directory in memory")  # noqa: S108 - only asked for
def test_several_share_a_directory_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    with shared_directory(2):
        directory = metrics_directory.current()
    with shared_directory(10**9):
        elsewhere = metrics_directory.current()

    assert directory and directory.parent == Path("/dev/shm")  # noqa: S108 - only named
    assert elsewhere and elsewhere.parent == Path(tempfile.gettempdir())


def test_no_room_for_a_directory_keeps_nobody_from_starting(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(place / "missing"))
    with shared_directory(2):
        assert metrics_directory.current() is None


_APART = ("unshare", "--user", "--map-root-user", "--mount")
_COUNT = """
import os
from uuid import UUID
from gatehouse.services.cycles import Cycles
from gatehouse.services.metrics_directory import current, shared_directory
with shared_directory(2), open(os.environ["TMPDIR"] + "/others", "wb") as others:
    disk = os.statvfs(others.fileno())
    os.posix_fallocate(others.fileno(), 0, max(1, disk.f_bavail * disk.f_frsize - {left}))
    from gatehouse.services import metrics
    for number in range(300):
        metrics.count_request(f"/{{number}}", "GET", 200, 0.1)
    counted = [sample for metric in metrics.collect() for sample in metric.samples]
    print(sum(sample.value for sample in counted if sample.name == "gatehouse_requests_total"))
    print(Cycles(current()).begins(UUID(int=1), 0.0))
"""


def _on_a_small_disk(place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run it where 8 MB are mounted at the place; the mount goes with the process."""
    return subprocess.run(  # noqa: S603 - our own arguments
        [*_APART, "sh", "-c", f'mount -t tmpfs -o size=8m tmpfs {place} && exec "$@"', "sh", *command],
        env={**os.environ, "TMPDIR": str(place)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("left", [0, 3 * 65_536, 4_000_000], ids=["at once", "when it must grow", "never"])
def test_a_full_disk_ends_no_worker(left: int, tmp_path: Path) -> None:
    if shutil.which("unshare") is None or _on_a_small_disk(tmp_path, "true").returncode:
        pytest.skip("mounting is not permitted")
    done = _on_a_small_disk(tmp_path, sys.executable, "-c", _COUNT.format(left=left))

    assert (done.returncode, done.stdout) == (0, "300.0\nTrue\n")
    assert done.stderr.count("no room") == (0 if left == 4_000_000 else 1)


@pytest.mark.heavy
@pytest.mark.timeout(60)
def test_what_killed_servers_left_is_removed_by_the_next(tmp_path: Path) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    server = Server(f"sqlite:///{tmp_path / 'a.db'}", workers=2, settings={"TMPDIR": str(place)})
    server.start()
    (killed,) = _names(place)
    server.kill()
    left = _names(place)
    server.start()
    (used,) = _names(place)
    server.terminate()

    assert left == [killed]
    assert used != killed
    assert _names(place) == []
