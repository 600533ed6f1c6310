"""What is asked beside the SCIM base URI: a mistyped Tenant URL is the commonest mistake when Entra ID is set up."""

from __future__ import annotations

import re
from typing import Final

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from gatehouse.scim.messages import error_body

_OTHER_VERSION: Final = re.compile(r"/v\d+(?:\.\d+)*(?:/|$)", re.IGNORECASE)


class Elsewhere:
    """Answers 404 in SCIM form with the right Tenant URL; the base URI itself, without its slash, is passed on.

    :param scim: the application at the base URI.
    :param path: of the base URI, such as ``/scim/v2``.
    :param base_url: the base URI as the outside knows it.
    """

    def __init__(self, scim: ASGIApp, *, path: str, base_url: str) -> None:
        self._scim = scim
        self._path = path
        detail = f"There is nothing here; the Tenant URL is {base_url}"
        self._nothing = orjson.dumps(error_body(404, detail, None))
        self._other_version = orjson.dumps(error_body(404, detail, "invalidVers"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["path"] == self._path:
            await self._scim({**scope, "path": f"{self._path}/", "root_path": self._path}, receive, send)
            return
        below = scope["path"].removeprefix(self._path.rpartition("/")[0])
        body = self._other_version if _OTHER_VERSION.match(below) else self._nothing  # RFC 7644 §3.13
        headers = [
            (b"content-type", b"application/scim+json"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 404, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
