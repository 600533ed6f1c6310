"""What is wrong, or worth a second look, in a proposed mapping."""

from __future__ import annotations

from typing import Self

import strawberry

from gatehouse.api.graphql.enums import Severity
from gatehouse.mapping import findings


@strawberry.type(description="Something in a proposed mapping that is wrong, or deserves a second look.")
class Finding:
    """A finding of :class:`gatehouse.mapping.findings.Finding`."""

    severity: Severity = strawberry.field(description="What has an `ERROR` can be neither planned nor applied.")
    code: str = strawberry.field(description="The kind of finding, as `acknowledgeFindings` names it.")
    message: str = strawberry.field(description="What was found, in a sentence.")
    path: str | None = strawberry.field(description="The place in the document: `roleRules[3].role`.")
    line: int | None = strawberry.field(description="The line of the document, from 1; null without a document.")
    column: int | None = strawberry.field(description="The character of the line, from 1.")

    @classmethod
    def from_value(cls, finding: findings.Finding) -> Self:
        """Wrap a finding."""
        return cls(
            severity=finding.severity,
            code=finding.code.value,
            message=finding.message,
            path=finding.path,
            line=finding.line,
            column=finding.column,
        )
