"""``/healthz`` (is the process alive?) and ``/readyz`` (can it work?)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gatehouse.errors import Unavailable
from gatehouse.services.health import check_database


async def healthz(_request: Request) -> Response:
    """200 as long as the process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """200 when the database answers, else 503 with Retry-After; 503 too when the process is about to end."""
    if request.state.drain.begun:
        headers = {"Retry-After": "1"}
        return JSONResponse({"status": "unavailable", "reason": "draining"}, status_code=503, headers=headers)
    try:
        await check_database()
    except Unavailable as error:
        headers = {"Retry-After": str(error.retry_after_s)}
        return JSONResponse({"status": "unavailable", "reason": "database"}, status_code=503, headers=headers)
    return JSONResponse({"status": "ok"})


ROUTES = [Route("/healthz", healthz), Route("/readyz", readyz)]
