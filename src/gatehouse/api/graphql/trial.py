"""Trying a mapping on values before it reaches anybody."""

from __future__ import annotations

from typing import Self

import strawberry

from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.enums import DocumentFormat, Outcome, UnmappedPolicy
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.filters import given
from gatehouse.api.graphql.findings import Finding
from gatehouse.api.graphql.mapping import GroupRule, RoleRule, load_groups, load_role
from gatehouse.api.graphql.plan_inputs import MappingPatchOp
from gatehouse.errors import InvalidValue
from gatehouse.mapping import resolve, rules
from gatehouse.mapping.explain import GroupExplanation, RoleExplanation
from gatehouse.services import trial
from gatehouse.services.proposal import DocumentChange, PatchChange, RequestedChange, RollbackChange
from gatehouse.services.trial import MAX_SAMPLES, Sample


@strawberry.input(description="Values to try, as a new user would bring them.")
class MappingSample:
    """One row of the table."""

    ref: str | None = strawberry.field(default=strawberry.UNSET, description="Comes back with the outcome.")
    title: str | None = strawberry.field(
        default=strawberry.UNSET, description="The value of the attribute that decides the role."
    )
    user_type: str | None = strawberry.field(
        default=strawberry.UNSET, description="The value of the attribute that decides the employee groups."
    )


@strawberry.input(description="What to try: a document, edits or a version, or none of them for the mapping in force.")
class EvaluateMappingInput:
    """Input of evaluateMapping."""

    tenant_id: strawberry.ID = strawberry.field(description="The tenant.")
    samples: list[MappingSample] = strawberry.field(description=f"The values, at most {MAX_SAMPLES} rows.")
    document: str | None = strawberry.field(
        default=strawberry.UNSET, description="A mapping document, merged into the mapping in force."
    )
    format: DocumentFormat = strawberry.field(default=DocumentFormat.YAML, description="The language of the document.")
    prune: bool = strawberry.field(default=False, description="Whether rules that the document does not have go.")
    patch: list[MappingPatchOp] | None = strawberry.field(
        default=strawberry.UNSET, description="Edits of the mapping in force, one after the other."
    )
    version: int | None = strawberry.field(default=strawberry.UNSET, description="A version that the mapping had.")


def to_samples(input: EvaluateMappingInput) -> list[Sample]:
    """Read the samples; what was left out counts as null."""
    return [Sample(row.title or None, row.user_type or None, row.ref or None) for row in input.samples]


def to_change(input: EvaluateMappingInput) -> RequestedChange | None:
    """Read what is to be tried.

    :raises InvalidValue: more than one thing.
    """
    document, patch, version = given(input.document), given(input.patch), given(input.version)
    changes: list[RequestedChange] = []
    if document is not None:
        changes.append(DocumentChange(input.format, document, input.prune))
    if patch is not None:
        changes.append(PatchChange(tuple(operation.to_operation() for operation in patch)))
    if version is not None:
        changes.append(RollbackChange(version))
    if len(changes) > 1:
        raise InvalidValue("Give one of `document`, `patch` and `version`", path="input")
    return changes[0] if changes else None


@strawberry.type(description="Which role a sample gets, and why.")
class SampleRole:
    """A role decision about a sample."""

    outcome: Outcome = strawberry.field(description="How it comes about.")
    normalized_value: str | None = strawberry.field(description="The value as rules see it.")
    matched_rule: RoleRule | None = strawberry.field(description="The rule that matches.")
    policy_applied: UnmappedPolicy | None = strawberry.field(description="What decides in the absence of a rule.")
    sentence: str = strawberry.field(description="All of this in words.")
    decision: strawberry.Private[resolve.RoleDecision]

    @resolver("The role.")
    async def role(self, info: Info) -> Role | None:
        """Load the role."""
        return await load_role(info.context, self.decision.role_id)

    @classmethod
    def from_explanation(cls, explained: RoleExplanation, mapping: rules.Mapping) -> Self:
        """Wrap a decision."""
        decision = explained.decision
        rule = mapping.role_rule_by_value.get(decision.normalised)
        return cls(
            outcome=explained.outcome,
            normalized_value=decision.normalised or None,
            matched_rule=RoleRule.from_rule(rule) if rule else None,
            policy_applied=decision.policy,
            sentence=explained.sentence,
            decision=decision,
        )


@strawberry.type(description="Which employee groups one segment of a sample gives, and why.")
class SampleGroups:
    """A group decision about a sample."""

    outcome: Outcome = strawberry.field(description="How it comes about.")
    segment: str = strawberry.field(description="The segment; the whole value if a rule matches that.")
    segment_index: int = strawberry.field(description="Its place among the segments, from 0.")
    normalized_segment: str = strawberry.field(description="The segment as rules see it.")
    matched_rule: GroupRule | None = strawberry.field(description="The rule that matches.")
    policy_applied: UnmappedPolicy | None = strawberry.field(description="What decides in the absence of a rule.")
    sentence: str = strawberry.field(description="All of this in words.")
    decision: strawberry.Private[resolve.GroupDecision]

    @resolver("The employee groups.")
    async def groups(self, info: Info) -> list[EmployeeGroup]:
        """Load the groups."""
        return await load_groups(info.context, self.decision.group_ids)

    @classmethod
    def from_explanation(cls, explained: GroupExplanation, mapping: rules.Mapping) -> Self:
        """Wrap a decision."""
        decision = explained.decision
        rule = mapping.group_rule_by_value.get(decision.normalised)
        return cls(
            outcome=explained.outcome,
            segment=decision.segment,
            segment_index=decision.index,
            normalized_segment=decision.normalised,
            matched_rule=GroupRule.from_rule(rule) if rule else None,
            policy_applied=decision.policy,
            sentence=explained.sentence,
            decision=decision,
        )


@strawberry.type(description="What a mapping gives to a sample.")
class SampleAccess:
    """Role, groups, and the whole in words."""

    role: SampleRole = strawberry.field(description="The role decision.")
    groups: list[SampleGroups] = strawberry.field(description="One decision for each segment.")
    unmatched_values: list[str] = strawberry.field(description="The values without a rule, as typed.")
    summary: str = strawberry.field(description="The whole answer in one sentence.")

    @classmethod
    def from_decided(cls, decided: trial.Decided, mapping: rules.Mapping) -> Self:
        """Wrap what was decided."""
        explanation = decided.explanation
        return cls(
            role=SampleRole.from_explanation(explanation.role, mapping),
            groups=[SampleGroups.from_explanation(group, mapping) for group in explanation.groups],
            unmatched_values=list(decided.access.unmatched),
            summary=explanation.summary,
        )


@strawberry.type(description="A sample under the mapping tried, and under the one in force.")
class EvaluationResult:
    """One row of the answer."""

    ref: str | None = strawberry.field(description="What was given along.")
    proposed: SampleAccess = strawberry.field(description="Under the mapping tried.")
    today: SampleAccess = strawberry.field(description="Under the mapping in force.")
    changes: bool = strawberry.field(description="Whether the role, or the set of employee groups, differs.")


@strawberry.type(description="The outcome of trying a mapping. Nothing was stored.")
class MappingEvaluation:
    """What :func:`gatehouse.services.trial.evaluate` found."""

    version: int = strawberry.field(description="The mapping version in force, which `today` speaks of.")
    findings: list[Finding] = strawberry.field(
        description="What is wrong with the document; with an `ERROR` in it, `proposed` is as today."
    )
    results: list[EvaluationResult] = strawberry.field(description="One for each sample, in order.")

    @classmethod
    def from_trial(cls, tried: trial.Trial) -> Self:
        """Wrap a trial."""
        return cls(
            version=tried.today.version,
            findings=[Finding.from_value(finding) for finding in tried.findings],
            results=[
                EvaluationResult(
                    ref=outcome.sample.ref,
                    proposed=SampleAccess.from_decided(outcome.proposed, tried.proposed),
                    today=SampleAccess.from_decided(outcome.today, tried.today),
                    changes=outcome.differs,
                )
                for outcome in tried.outcomes
            ],
        )
