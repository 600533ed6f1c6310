"""GraphiQL at ``/graphiql``: our own build, without a request to any other host.

The files come from ``make frontend``. Names below ``assets/`` carry a hash of their content, so a browser may keep them
for ever; the page itself is asked for again each time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

# Styles: the editor sizes itself with style attributes. Scripts and workers: only our files, no eval.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_ASSETS: Final = "/assets/"
_REVALIDATE: Final = "no-cache"
_KEEP: Final = "public, max-age=31536000, immutable"
_NOT_BUILT: Final = "GraphiQL is not built: run make frontend\n"


def create_graphiql(frontend_dir: Path) -> Route:
    """``/graphiql``, ``/graphiql/`` and what the page loads.

    :param frontend_dir: where the build lies, in ``graphiql/``; may come into being later.
    """
    bundle = frontend_dir / "graphiql"
    pages = StaticFiles(directory=bundle, check_dir=False)
    assets = StaticFiles(directory=bundle / "assets", check_dir=False)

    async def graphiql(request: Request) -> Response:
        path = request.path_params["path"]
        if path in {"", "/"}:
            return await _index(pages, request)
        if not path.startswith(_ASSETS):
            raise HTTPException(404)
        asset = await assets.get_response(path.removeprefix(_ASSETS), request.scope)
        return _with_headers(asset, cache=_KEEP)

    return Route("/graphiql{path:path}", graphiql, methods=["GET"], include_in_schema=False)


async def _index(pages: StaticFiles, request: Request) -> Response:
    try:
        return _with_headers(await pages.get_response("index.html", request.scope), cache=_REVALIDATE)
    except HTTPException:
        return _with_headers(PlainTextResponse(_NOT_BUILT, status_code=404), cache="no-store")


def _with_headers(response: Response, *, cache: str) -> Response:
    response.headers.update(_HEADERS)
    response.headers["Cache-Control"] = cache
    return response
