"""The drills of a database in high availability: the service follows the primary, by the servers named in its URL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from drills.evidence import Findings
from drills.ledger import Fault
from drills.patroni import Cluster, Node
from drills.processes import family, frozen, postmaster
from drills.server import serving
from drills.service import Pace, drill

_Failover = Callable[[Cluster, Node], Awaitable[None]]


async def switched_over(cluster: Cluster, pace: Pace) -> Findings:
    """The leader is asked to hand over, as for maintenance."""

    async def switch_over(cluster: Cluster, leader: Node) -> None:
        await cluster.switch_over(leader)
        await cluster.led_by_another(leader)

    return await _fail_over("Patroni: switchover", cluster, switch_over, pace)


async def leader_killed(cluster: Cluster, pace: Pace) -> Findings:
    """SIGKILL to the leader's PostgreSQL and Patroni; the node comes back when the drill is over."""

    async def kill(cluster: Cluster, leader: Node) -> None:
        leader.kill()
        await cluster.led_by_another(leader)
        leader.start()

    return await _fail_over("Patroni: leader killed", cluster, kill, pace)


async def leader_frozen(cluster: Cluster, pace: Pace) -> Findings:
    """The leader's machine stands still, with its connections open; it goes on when another leads."""

    async def freeze(cluster: Cluster, leader: Node) -> None:
        assert leader.process is not None  # noqa: S101 it runs
        with frozen([*family(leader.process.pid), *family(postmaster(leader.data))]):
            await cluster.led_by_another(leader)
            await asyncio.sleep(pace.after_s)

    return await _fail_over("Patroni: leader frozen", cluster, freeze, pace)


async def _fail_over(name: str, cluster: Cluster, failover: _Failover, pace: Pace) -> Findings:
    leader = await cluster.healthy()
    url = await cluster.create_database("drill_" + failover.__name__)
    with serving(url) as server:

        async def cause() -> Fault:
            began = time.monotonic()
            await failover(cluster, leader)
            return Fault(began, began)

        return await drill(name, server, cause, pace)
