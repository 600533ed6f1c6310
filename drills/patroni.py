"""PostgreSQL in high availability on 127.0.0.1: three servers under Patroni, three etcd that choose the leader.

From Debian's packages (``apt-get install patroni etcd-server postgresql``). Replication is synchronous: what a client was
told is on two servers. All of it runs as ``postgres`` in a temporary directory, and ends with the process that made it.
"""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
from tests.smoke.server import free_port

from drills.processes import family, postmaster, send

PACKAGES: Final = {"patroni": "/usr/bin/patroni", "etcd-server": "/usr/bin/etcd", "haproxy": "/usr/sbin/haproxy"}
TTL_S: Final = 20  # Patroni's minimum: a dead leader is replaced after it
_BINARIES: Final = Path("/usr/lib/postgresql")
_USER: Final = "postgres"
_START_LIMIT_S: Final = 90


class NotInstalledError(Exception):
    """Debian's packages are not here and cannot be installed."""


def ensure_installed() -> None:
    """Install the packages if they are missing and we are root; their services are not used.

    :raises NotInstalledError: with the reason.
    """
    missing = [name for name, path in PACKAGES.items() if not Path(path).exists()]
    if os.geteuid() != 0:
        raise NotInstalledError("Patroni's drill must run as root: it starts processes as the user postgres")
    if missing and shutil.which("apt-get") is None:
        raise NotInstalledError(f"without apt-get these cannot be installed: {', '.join(missing)}")
    if missing:
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing, "postgresql"]):
            _apt_get(command)
    if not any(_BINARIES.glob("*/bin/postgres")):
        raise NotInstalledError("no PostgreSQL from Debian's packages")


def _apt_get(arguments: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(  # noqa: S603 our own arguments
        ["/usr/bin/apt-get", "-qq", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotInstalledError(f"apt-get {arguments[0]} failed: {done.stderr.strip()[-300:]}")


@dataclass(eq=False)
class Node:
    """One PostgreSQL with the Patroni that looks after it."""

    name: str
    home: Path
    port: int = field(default_factory=free_port)
    api: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / self.name

    def start(self) -> None:
        """Start Patroni, which starts PostgreSQL."""
        self.process = _spawn(self.home, self.name, [PACKAGES["patroni"], f"{self.name}.json"])

    def kill(self) -> None:
        """SIGKILL to Patroni first, then to PostgreSQL with all its processes."""
        assert self.process is not None  # noqa: S101 started before
        pids = [self.process.pid, *family(postmaster(self.data))]
        send(pids, signal.SIGKILL)
        self.process.wait(10)


@dataclass
class Cluster:
    """Three nodes, one of which leads."""

    home: Path
    nodes: list[Node]
    password: str

    @property
    def url(self) -> str:
        """All three servers; whoever connects looks for the one that takes writes."""
        servers = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        return f"postgresql://postgres:{self.password}@{servers}/postgres?target_session_attrs=primary"

    async def create_database(self, name: str) -> str:
        """Make a new database; its URL, with all servers."""
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()
        return self.url.replace("/postgres?", f"/{name}?")

    async def leader(self) -> Node | None:
        """The node that holds the leader's key, asked of any node that answers."""
        members = await asyncio.to_thread(self._members)
        found = [member["name"] for member in members if member["role"] in {"leader", "master"}]
        return next((node for node in self.nodes if node.name in found), None)

    async def healthy(self) -> Node:
        """Wait until one node leads and the others follow, one of them synchronously; the leader."""
        async with asyncio.timeout(_START_LIMIT_S):
            while not _is_healthy(await asyncio.to_thread(self._members)):  # noqa: ASYNC110 other processes, no event
                await asyncio.sleep(0.3)
            while (leader := await self.leader()) is None:  # noqa: ASYNC110 as above
                await asyncio.sleep(0.3)
        return leader

    async def switch_over(self, leader: Node) -> None:
        """Ask the leader to hand over to the synchronous follower."""
        async with httpx.AsyncClient(timeout=60) as http:
            answer = await http.post(f"http://127.0.0.1:{leader.api}/switchover", json={"leader": leader.name})
        if not answer.is_success:
            raise RuntimeError(f"no switchover: {answer.text}")

    async def led_by_another(self, former: Node) -> None:
        """Wait until another node leads."""
        async with asyncio.timeout(_START_LIMIT_S):
            while await self.leader() in {None, former}:  # noqa: ASYNC110 as above
                await asyncio.sleep(0.1)

    def _members(self) -> list[dict[str, Any]]:
        for node in self.nodes:
            with suppress(httpx.HTTPError, KeyError, ValueError):
                answer = httpx.get(f"http://127.0.0.1:{node.api}/cluster", timeout=0.5)
                members: list[dict[str, Any]] = answer.json()["members"]
                return members
        return []


def _is_healthy(members: list[dict[str, Any]]) -> bool:
    roles = sorted(member["role"] for member in members)
    running = all(member["state"] in {"running", "streaming"} for member in members)
    return running and roles == ["leader", "replica", "sync_standby"]


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start all of it; on leaving nothing is left."""
    home = Path(tempfile.mkdtemp(prefix="gatehouse-patroni-"))
    owner = pwd.getpwnam(_USER)
    etcds: list[subprocess.Popen[bytes]] = []
    made = Cluster(home, [Node(f"node{number}", home) for number in (1, 2, 3)], password="drill")  # noqa: S106 on loopback, for minutes
    try:
        os.chown(home, owner.pw_uid, owner.pw_gid)
        hosts = _start_etcd(home, etcds)
        for node in made.nodes:
            (home / f"{node.name}.json").write_text(json.dumps(_settings(node, hosts, made.password)))
            node.start()
        yield made
    finally:
        _end([node.process for node in made.nodes if node.process is not None], signal.SIGTERM)
        for node in made.nodes:
            with suppress(OSError, ValueError):
                send(family(postmaster(node.data)), signal.SIGKILL)
        _end(etcds, signal.SIGKILL)
        shutil.rmtree(home, ignore_errors=True)


def _start_etcd(home: Path, started: list[subprocess.Popen[bytes]]) -> list[str]:
    names = {f"etcd{number}": (free_port(), free_port()) for number in (1, 2, 3)}
    members = ",".join(f"{name}=http://127.0.0.1:{peer}" for name, (_, peer) in names.items())
    for name, (client, peer) in names.items():
        clients, peers = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
        arguments = {
            "name": name,
            "data-dir": str(home / name),
            "listen-client-urls": clients,
            "advertise-client-urls": clients,
            "listen-peer-urls": peers,
            "initial-advertise-peer-urls": peers,
            "initial-cluster": members,
            "initial-cluster-state": "new",
        }
        command = [PACKAGES["etcd-server"], *(f"--{key}={value}" for key, value in arguments.items())]
        started.append(_spawn(home, name, command))
    return [f"127.0.0.1:{client}" for client, _ in names.values()]


def _settings(node: Node, etcd_hosts: list[str], password: str) -> dict[str, Any]:
    """Patroni's configuration file; JSON is YAML."""
    binaries = max(_BINARIES.glob("*/bin"), key=lambda path: float(path.parent.name))
    return {
        "scope": "drill",
        "name": node.name,
        "restapi": {"listen": f"127.0.0.1:{node.api}", "connect_address": f"127.0.0.1:{node.api}"},
        "etcd3": {"hosts": etcd_hosts},
        "bootstrap": {
            "dcs": {
                "ttl": TTL_S,
                "loop_wait": 2,
                "retry_timeout": 5,
                "synchronous_mode": True,
                "postgresql": {"use_pg_rewind": True, "use_slots": True},
            },
            "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums"],
        },
        "postgresql": {
            "listen": f"127.0.0.1:{node.port}",
            "connect_address": f"127.0.0.1:{node.port}",
            "data_dir": str(node.data),
            "bin_dir": str(binaries),
            "pgpass": str(node.home / f"{node.name}.pgpass"),
            "authentication": {
                "superuser": {"username": "postgres", "password": password},
                "replication": {"username": "replicator", "password": password},
            },
            "pg_hba": ["host all all 127.0.0.1/32 scram-sha-256", "host replication all 127.0.0.1/32 scram-sha-256"],
            "parameters": {
                "unix_socket_directories": "",
                "shared_buffers": "32MB",
                "password_encryption": "scram-sha-256",
            },
        },
    }


def _spawn(home: Path, name: str, command: list[str]) -> subprocess.Popen[bytes]:
    """Start as ``postgres``; it is sent SIGTERM should we die."""
    identity = pwd.getpwnam(_USER)
    become = [
        "setpriv",
        f"--reuid={identity.pw_uid}",
        f"--regid={identity.pw_gid}",
        "--clear-groups",
        "--pdeathsig=TERM",
    ]
    with (home / f"{name}.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 our own arguments
            [*become, "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=home,
            env={"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )


def _end(processes: list[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    for process in processes:
        send([process.pid], signal.SIGCONT)
        send([process.pid], number)
    deadline = time.monotonic() + 20
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
