"""Running the application: one process, or several under uvicorn's supervisor."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
from multiprocessing import parent_process
from typing import Final

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from gatehouse.api.front.limits import ConnectionLimits, FrontConfig
from gatehouse.api.front.protocol import FrontProtocol
from gatehouse.api.front.web_socket import FrontWebSocket
from gatehouse.logs import logger
from gatehouse.settings import Settings

_LOG: Final = logger(__name__)


class Supervisor(Multiprocess):
    """Keeps the workers alive and ends them together."""

    def terminate_all(self) -> None:
        """End the workers, and listen no longer.

        The workers share our socket. While it were open here, connections that no worker takes any more would wait in
        it until this process ends, instead of being refused.
        """
        super().terminate_all()
        for listening in self.sockets:
            listening.close()

    def keep_subprocess_alive(self) -> None:
        """Replace the workers that have died, and warn of each that did not end in order."""
        before = list(self.processes)
        super().keep_subprocess_alive()
        for worker in before:
            if worker not in self.processes and worker.exitcode:
                _LOG.warning("worker died", pid=worker.pid, exit_code=worker.exitcode)


def bind(host: str, port: int) -> socket.socket:
    """Take the address that :func:`run` is to serve on; who connects is refused until it does.

    :raises OSError: it is in use, or not of this machine; the message names it.
    """
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as fault:
        bound.close()
        raise OSError(f"cannot listen on port {port} of {host}: {fault.strerror}") from None
    return bound


def run(settings: Settings, app: str, *, bound: socket.socket, workers: int) -> None:
    """Serve until SIGTERM or SIGINT; exit code 1 when the application does not start.

    When it is done, uvicorn raises the signal again: what then happens is the caller's to say.

    :param app: import string of a function that makes the application in each process.
    :param bound: the address, from :func:`bind`.
    """
    host, port, *_ = bound.getsockname()
    config = _config(settings, app, host=host, port=port, workers=workers)
    if workers > 1:
        supervisor = Supervisor(config, sockets=[bound])
        supervisor.run()
        started = all(worker.exitcode != STARTUP_FAILURE for worker in supervisor.processes)
    else:
        server = uvicorn.Server(config)
        with contextlib.suppress(KeyboardInterrupt):
            _run_here(server, bound)
        started = server.started
    if not started:
        sys.exit(1)


def _run_here(server: uvicorn.Server, bound: socket.socket) -> None:
    try:
        server.run([bound])
    except SystemExit as end:
        if end.code != STARTUP_FAILURE:
            raise


async def _end_with_the_supervisor() -> None:
    """End this worker in order, as SIGTERM does, once the process above it is gone, killed perhaps.

    Else it would go on without anybody who could end it, on an address that the next start needs.
    """
    supervisor = parent_process()
    if supervisor is not None and not supervisor.is_alive():
        signal.raise_signal(signal.SIGTERM)


def _config(settings: Settings, app: str, *, host: str, port: int, workers: int) -> FrontConfig:
    return FrontConfig(
        app,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http=FrontProtocol,
        ws=FrontWebSocket,
        ws_max_size=settings.graphql_max_body_bytes,
        ws_per_message_deflate=False,  # a window for each connection, and bombs to defuse
        ws_ping_interval=settings.live_ping_interval_s,
        ws_ping_timeout=settings.live_ping_timeout_s,
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=settings.keep_alive_s,
        timeout_graceful_shutdown=settings.drain_timeout_s,
        callback_notify=_end_with_the_supervisor,
        timeout_notify=1,
        limits=ConnectionLimits(
            header_timeout_s=settings.header_timeout_s,
            max_header_bytes=settings.max_header_bytes,
            write_timeout_s=settings.write_timeout_s,
        ),
    )
