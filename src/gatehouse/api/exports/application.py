"""``GET /exports/{id}``: the file of an export, as one ASGI application.

Order of a request: method → credential → rate → slot → job and permission → file. Failures are problem details (RFC 9457).
The file is read piece by piece while the client takes it, so memory holds one piece, whatever the size. A client can tell that
it has all of it by ``Content-Length``, and that it is right by ``Content-Digest`` (RFC 9530) or ``ETag``, the SHA-256 in hex.
"""

from __future__ import annotations

from base64 import b64encode
from contextlib import aclosing
from http import HTTPStatus
from typing import Final
from uuid import UUID

import orjson
from starlette.types import Receive, Scope, Send

from gatehouse import errors
from gatehouse.api.front.bearer import BearerAuth
from gatehouse.api.front.gate import Gate
from gatehouse.api.front.session_cookie import SessionCookie, secret_of_download
from gatehouse.api.front.sign_in import SignIn
from gatehouse.logs import logger
from gatehouse.records import Origin, Viewer
from gatehouse.services import export_file, exports
from gatehouse.services.exports import Job

_LOG: Final = logger(__name__)

_AUTHORIZATION: Final = BearerAuth(
    missing="Authentication is needed: send an API key as Authorization: Bearer …",
    malformed="Send exactly one Authorization: Bearer header",
)
_METHODS: Final = ("GET", "HEAD")
_STATUS: Final[dict[type[errors.GatehouseError], int]] = {
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}

Headers = list[tuple[bytes, bytes]]


class Downloads:
    """Gives out files.

    :param sign_in: credential → viewer; raises Unauthorized, TooManyRequests or Unavailable.
    :param cookie: how sessions of the dashboard are read; None: only bearer tokens.
    :param gate: rates by viewer, shared with the admin API, and slots for work.
    """

    def __init__(self, *, sign_in: SignIn[Viewer], gate: Gate, cookie: SessionCookie | None = None) -> None:
        self._cookie = cookie
        self._sign_in = sign_in
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request_id: str = scope["state"]["request_id"]
        try:
            job = await self._job(scope, request_id)
        except errors.GatehouseError as error:
            await _refuse(scope, send, error, request_id)
            return
        headers = [*_headers(job), (b"x-request-id", request_id.encode("latin-1"))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        async with aclosing(exports.read(job)) as pieces:
            async for piece in pieces:  # what fails here ends the connection before Content-Length is reached
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        _LOG.info("export_download", job_id=str(job.id), byte_size=job.byte_size, request_id=request_id)

    async def _job(self, scope: Scope, request_id: str) -> Job:
        if scope["method"] not in _METHODS:
            raise errors.MethodNotAllowed("Files are fetched by GET", allow=_METHODS)
        client = scope.get("client")
        secret = secret_of_download(scope, _AUTHORIZATION, self._cookie)
        viewer = await self._sign_in(secret, client[0] if client else None)
        self._gate.count(viewer.id)
        job_id = _uuid(scope["path_params"]["job_id"])
        async with self._gate.slot(viewer.id):
            return await exports.open_file(viewer, Origin(request_id), job_id, reads=scope["method"] == "GET")


def _uuid(text: str) -> UUID:
    """:raises NotFound: no job can have this id."""
    try:
        found = UUID(text)
    except ValueError:
        raise errors.NotFound("There is no such export") from None
    if str(found) != text:
        raise errors.NotFound("There is no such export")
    return found


def _headers(job: Job) -> Headers:
    sha256 = job.sha256 or ""
    day = f"{job.created_at:%Y-%m-%d}"
    name = f"{job.subject.lower().replace('_', '-')}-{day}-{str(job.id)[-6:]}.{export_file.EXTENSIONS[job.format]}"
    return [
        (b"content-type", export_file.MEDIA_TYPES[job.format].encode()),
        (b"content-length", str(job.byte_size).encode()),
        (b"content-disposition", f'attachment; filename="{name}"'.encode()),
        (b"content-digest", b"sha-256=:" + b64encode(bytes.fromhex(sha256)) + b":"),
        (b"etag", f'"{sha256}"'.encode()),
    ]


async def _refuse(scope: Scope, send: Send, error: errors.GatehouseError, request_id: str) -> None:
    status = _STATUS[type(error)]
    problem = {"title": HTTPStatus(status).phrase, "status": status, "detail": error.message, "requestId": request_id}
    content = orjson.dumps(problem)
    headers = [
        *_refusal_headers(error),
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(content)).encode()),
        (b"x-request-id", request_id.encode("latin-1")),
    ]
    _LOG.info("export_refused", status=status, request_id=request_id)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})


def _refusal_headers(error: errors.GatehouseError) -> Headers:
    if isinstance(error, errors.Unauthorized):
        challenge = "Bearer" + (f' error="{error.code}"' if error.code else "")
        return [(b"www-authenticate", challenge.encode())]
    if isinstance(error, errors.MethodNotAllowed):
        return [(b"allow", ", ".join(error.allow).encode())]
    if isinstance(error, errors.Unavailable | errors.TooManyRequests):
        return [(b"retry-after", str(error.retry_after_s).encode())]
    return []
