"""The drills, in short: a fault under load loses nothing that was acknowledged, and the service comes back by itself.

``make drills`` runs them at full length (docs/drills.md).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from drills import failover, patroni, service
from drills.evidence import Findings
from drills.service import Pace

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(120)]

_PACE = Pace(before_s=1, after_s=1)
_RECOVERY_S = 15  # promise P14; on a busy machine for a restart too


def _check(findings: Findings) -> None:
    assert findings.faults() == []
    assert findings.acknowledged > 20
    assert findings.recovery_s < _RECOVERY_S


@pytest.mark.parametrize("engine", ["sqlite"])  # on PostgreSQL: test_crash.py
async def test_the_server_is_killed(empty_database_url: str):
    _check(await service.server_killed(empty_database_url, _PACE))


@pytest.mark.parametrize("engine", ["postgres"])
async def test_the_server_is_rolled(empty_database_url: str):
    _check(await service.server_rolled(empty_database_url, _PACE))


async def test_postgresql_is_stopped():
    _check(await service.postgres_stopped(_PACE, away_s=4))


@pytest.fixture
def cluster() -> Iterator[patroni.Cluster]:
    """Three PostgreSQL under Patroni; skips only where Debian's packages cannot be had."""
    try:
        patroni.ensure_installed()
    except patroni.NotInstalledError as error:
        pytest.skip(str(error))
    with patroni.cluster() as started:
        yield started


@pytest.mark.timeout(300)
async def test_postgresql_fails_over(cluster: patroni.Cluster):
    _check(await failover.switched_over(cluster, _PACE))
    killed = await failover.leader_killed(cluster, _PACE)

    assert killed.faults() == []
    assert killed.down_s < patroni.TTL_S + _RECOVERY_S
