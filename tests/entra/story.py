"""A case as it is played against the service: a state, requests, and what must come back.

A case names users and groups that exist (``given``); each step has ``method``, ``path``, ``headers``, ``body`` and ``expect``
(status, headers, values at pointers, values to save for later steps, and ``then``: the next steps). ``{{name}}`` in any
text stands for a value known by then: ``{{token}}``, ``{{ref.id}}`` of a given resource, whatever was saved. A path that
is an address is taken as it is; a ``raw_body`` is sent as it is.
"""

from __future__ import annotations

import base64
from typing import Any

import httpx
from tests.entra.matchers import MISSING, locate, mismatch
from tests.world import BASE, SCIM, Client, World


class Story:
    """One case: the values known so far, and the client."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._values: dict[str, Any] = {"token": client.token}

    async def arrange(self, given: dict[str, Any], world: World) -> None:
        await self._add(given, self._client)
        generated = given.get("generate_users", {"count": 0})
        for number in range(generated["count"]):
            await self._client.create(f"{generated['prefix']}{number}@harborline.example")
        if "other_tenant" in given:
            other = await world.client(f"beside-{self._client.tenant.slug}")
            self._values["other_token"] = other.token
            await self._add(given["other_tenant"], other)

    async def arrange_client(self) -> None:
        """An OAuth client of the tenant."""
        client_id, secret = await self._client.oauth_client()
        self._values |= {
            "token_endpoint": f"{BASE}/oauth/token",
            "client_id": client_id,
            "client_secret": secret,
            "client_basic": base64.b64encode(f"{client_id}:{secret}".encode()).decode(),
        }

    async def _add(self, given: dict[str, Any], client: Client) -> None:
        for user in given.get("users", ()):
            await self._create(client, "/Users", user["ref"], user["scim"])
        for group in given.get("groups", ()):
            members = [{"value": self._values[f"{ref}.id"]} for ref in group.get("members", ())]
            await self._create(client, "/Groups", group["ref"], {**group["scim"], "members": members})

    async def _create(self, client: Client, path: str, ref: str, body: dict[str, Any]) -> None:
        response = await client.post(path, body)
        assert response.status_code == 201, response.text
        self._values[f"{ref}.id"] = response.json()["id"]

    async def play(self, step: dict[str, Any], *, inherited: dict[str, Any] | None = None) -> None:
        headers = self._filled(step.get("headers") or inherited or {})
        response = await self._send(step, headers)
        expect = self._filled(step["expect"])
        self._check(response, expect)
        for name, pointer in expect.get("save", {}).items():
            self._values[name] = locate(response.json(), pointer)
        for following in step["expect"].get("then", ()):
            await self.play(following, inherited=step.get("headers") or inherited)

    async def _send(self, step: dict[str, Any], headers: dict[str, Any]) -> httpx.Response:
        body = self._filled(step.get("body"))
        path, raw = self._filled(step["path"]), self._filled(step.get("raw_body"))
        url = path if path.startswith(BASE) else SCIM + path
        request = self._client.http.build_request(step["method"], url, json=body, content=raw)
        for name, value in headers.items():
            if value is None:
                request.headers.pop(name, None)
            else:
                request.headers[name] = value
        if body is None and raw is None:
            request.headers.pop("content-type", None)
        return await self._client.http.send(request)

    def _check(self, response: httpx.Response, expect: dict[str, Any]) -> None:
        wanted = expect["status"] if isinstance(expect["status"], list) else [expect["status"]]
        assert response.status_code in wanted, f"{response.status_code}: {response.text}"
        for name, pattern in expect.get("headers", {}).items():
            problem = mismatch(response.headers.get(name, MISSING), {"$re": pattern}, headers={}, saved={})
            assert problem is None, f"header {name}: {problem}"
        if expect.get("empty"):
            assert response.content == b""
        for pointer, expected in expect.get("body", {}).items():
            found = locate(response.json(), pointer)
            problem = mismatch(found, expected, headers=response.headers, saved=self._values)
            assert problem is None, f"{pointer or 'body'}: {problem}"

    def _filled(self, template: Any) -> Any:
        """Replace ``{{name}}`` in all texts."""
        if isinstance(template, str):
            for name, value in self._values.items():
                template = template.replace("{{" + name + "}}", str(value))
            return template
        if isinstance(template, list):
            return [self._filled(item) for item in template]
        if isinstance(template, dict):
            return {self._filled(name): self._filled(value) for name, value in template.items()}
        return template
