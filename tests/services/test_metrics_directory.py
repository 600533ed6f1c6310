"""The directory of the workers' counters: made, shared, and cleared up after processes that were killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.smoke.server import Server

from gatehouse.services import metrics_directory
from gatehouse.services.metrics_directory import hold, shared_directory


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """An empty directory for temporary files, of this process and those it starts."""
    before, tempfile.tempdir = tempfile.tempdir, str(tmp_path)
    yield tmp_path
    tempfile.tempdir = before


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
