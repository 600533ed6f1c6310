"""The pages: the dashboard at ``/admin/`` and GraphiQL at ``/graphiql``: our own builds, without a request to another host.

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

# Scripts, styles and workers: only our files, nothing inline, no eval.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self'{styles}; "
    "font-src 'self' data:; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_STRICT: Final = _POLICY.format(styles="")
_EDITOR: Final = _POLICY.format(styles=" 'unsafe-inline'")  # GraphiQL's editor sizes itself with style attributes
_HEADERS: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_ASSETS: Final = "/assets/"
_REVALIDATE: Final = "no-cache"
_KEEP: Final = "public, max-age=31536000, immutable"
_NOT_BUILT: Final = "This page is not built: run make frontend\n"


def create_dashboard(frontend_dir: Path) -> Route:
    """``/admin`` and all below it: what the page loads, else the page itself, which knows its own addresses.

    :param frontend_dir: where the build lies, in ``admin/``; may come into being later.
    """
    return _route("/admin", frontend_dir / "admin", _STRICT, has_addresses=True)


def create_graphiql(frontend_dir: Path) -> Route:
    """``/graphiql``, ``/graphiql/`` and what the page loads.

    :param frontend_dir: where the build lies, in ``graphiql/``; may come into being later.
    """
    return _route("/graphiql", frontend_dir / "graphiql", _EDITOR)


def _route(address: str, bundle: Path, policy: str, *, has_addresses: bool = False) -> Route:
    pages = StaticFiles(directory=bundle, check_dir=False)
    assets = StaticFiles(directory=bundle / "assets", check_dir=False)

    async def page(request: Request) -> Response:
        path = request.path_params["path"]
        is_asset = path.startswith(_ASSETS)
        if path in {"", "/"} or (has_addresses and path.startswith("/") and not is_asset):
            return _guarded(await _index(pages, request), policy)
        if not is_asset:
            raise HTTPException(404)
        asset = await assets.get_response(path.removeprefix(_ASSETS), request.scope)
        asset.headers["Cache-Control"] = _KEEP
        return _guarded(asset, policy)

    return Route(address + "{path:path}", page, methods=["GET"], include_in_schema=False)


async def _index(pages: StaticFiles, request: Request) -> Response:
    try:
        response = await pages.get_response("index.html", request.scope)
        response.headers["Cache-Control"] = _REVALIDATE
    except HTTPException:
        response = PlainTextResponse(_NOT_BUILT, status_code=404, headers={"Cache-Control": "no-store"})
    return response


def _guarded(response: Response, policy: str) -> Response:
    response.headers.update({**_HEADERS, "Content-Security-Policy": policy})
    return response
