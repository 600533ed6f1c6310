"""Trusted documents: where a manifest is set, only the documents in it are run.

The manifest is a JSON object from SHA-256 (lower-case hexadecimal) to document, as graphql-codegen writes it
(``persistedDocuments`` with ``hashAlgorithm: "sha256"``). A request names its document by ``documentId``
(``sha256:…``, GraphQL-over-HTTP), by ``extensions.persistedQuery.sha256Hash``, or by sending its very text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from gatehouse.errors import DocumentNotTrusted, InvalidSyntax

_HASH: Final = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.ASCII)


class TrustedDocuments:
    """The documents of a manifest by their SHA-256; without one, any document may be run."""

    def __init__(self, documents: Mapping[str, str] | None = None) -> None:
        self._documents = documents

    @classmethod
    def read(cls, manifest: Path | None) -> TrustedDocuments:
        """Read the manifest.

        :raises ValueError: it cannot be read, or a document does not fit its hash; one line that names it.
        """
        if manifest is None:
            return cls()
        try:
            found = orjson.loads(manifest.read_bytes())
        except (OSError, orjson.JSONDecodeError) as error:
            raise ValueError(f"{manifest}: {error}") from None
        if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
            raise ValueError(f"{manifest}: not a JSON object from SHA-256 to document")
        for name, text in found.items():
            if _sha256(text) != name.removeprefix("sha256:"):
                raise ValueError(f"{manifest}: {name[:80]} is not the SHA-256 of its document")
        return cls({name.removeprefix("sha256:"): text for name, text in found.items()})

    def query(self, query: str | None, named: str | None, *, any_document: bool) -> str:
        """The text to run.

        :param query: as sent, or None.
        :param named: the hash by which the document is named, or None.
        :param any_document: the viewer may send documents that are not in the manifest.
        :raises DocumentNotTrusted: only documents of the manifest are run, and this is none.
        """
        known = self._documents
        if named is not None and known is not None and named in known:
            return known[named]
        if query is not None and (known is None or any_document or _sha256(query) in known):
            return query
        hint = "Name a document of the manifest by `documentId`, or sign in with a key that may send any document."
        if known is None:
            hint = "This server has no manifest of documents: send the text as `query`."
        raise DocumentNotTrusted("The document is not one of those that are run here", hint=hint)


def document_hash(given: Mapping[str, Any]) -> str | None:
    """The SHA-256 by which a request names its document; None when it does not.

    :raises InvalidSyntax: the name is no SHA-256 in hexadecimal.
    """
    persisted = (given.get("extensions") or {}).get("persistedQuery")
    named = given.get("documentId")
    if named is None and isinstance(persisted, dict):
        named = persisted.get("sha256Hash")
    if named is None:
        return None
    match = _HASH.fullmatch(named) if isinstance(named, str) else None
    if match is None:
        raise InvalidSyntax("`documentId` must be `sha256:` and 64 hexadecimal digits", path="documentId")
    return match[1]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
