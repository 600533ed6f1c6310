"""``/healthz`` (is the process alive?) and ``/readyz`` (can it work?)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gatehouse.services.health import Trouble

_DRAINING = Trouble("draining", "the process is about to end", 1)


async def healthz(_request: Request) -> Response:
    """200 as long as the process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """200 when the process can work, else 503 with the reason and Retry-After; so too when it is about to end."""
    trouble = _DRAINING if request.state.drain.begun else await request.state.health.trouble()
    if trouble is not None:
        headers = {"Retry-After": str(trouble.retry_after_s)}
        return JSONResponse({"status": "unavailable", "reason": trouble.reason}, status_code=503, headers=headers)
    return JSONResponse({"status": "ok"})


ROUTES = [Route("/healthz", healthz), Route("/readyz", readyz)]
