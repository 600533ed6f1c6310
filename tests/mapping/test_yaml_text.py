"""The canonical YAML: byte for byte, and no text that a YAML reader would take for something else."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given
from tests.mapping.documents import AWKWARD, SampleVocabulary, awkward_mappings, new_ids
from tests.mapping.samples import AGENT, NORTH, VIP, mapping

from gatehouse.mapping.document import digest, to_document
from gatehouse.mapping.merge import merge
from gatehouse.mapping.reading import read_document
from gatehouse.mapping.rules import GroupRule, Mapping, MappingSettings, Policy, RoleRule
from gatehouse.mapping.syntax import DocumentFormat
from gatehouse.mapping.yaml_text import to_yaml

CANONICAL = """\
# Mapping of tenant contoso
# version 4
settings:
  delimiter: "-"
  roleAttribute: title
  groupAttribute: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
  emptyTitle: ASSIGN_NONE
  unmappedTitle: USE_DEFAULT
  unmappedGroup: KEEP_PREVIOUS
  defaultRole: leasing-agent
  defaultGroups: [vip, north]
roleRules:
  - title: "Leasing \\"Agent\\""
    role: leasing-agent
    note: "two\\u000Alines"
  - title: "no"
    role: leasing-agent
groupRules: []
"""


def test_the_form_is_fixed_to_the_byte() -> None:
    settings = {
        "group_attribute": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "unmapped_title": Policy.USE_DEFAULT,
        "unmapped_group": Policy.KEEP_PREVIOUS,
        "default_role_id": AGENT,
        "default_group_ids": (VIP, NORTH),
    }
    sample = mapping({}, {}, **settings)
    rules = (RoleRule(AGENT, "no", AGENT), RoleRule(VIP, 'Leasing "Agent"', AGENT, "two\nlines"))
    document = to_document(Mapping(4, sample.settings, rules, (), sample.roles, sample.groups))

    assert to_yaml(document, heading=["Mapping of tenant contoso", "version\n4"]) == CANONICAL


@pytest.mark.parametrize("key", ["y", "no", "on", "null", "1e3", "007", "nan"])
def test_keys_that_are_no_text_elsewhere_are_quoted(key: str) -> None:
    roles = {AGENT: key}
    document = to_document(Mapping(1, MappingSettings(), (RoleRule(AGENT, "a", AGENT),), (), roles, {}))

    assert f'    role: "{key}"\n' in to_yaml(document)


@pytest.mark.parametrize("text", AWKWARD)
def test_other_readers_see_the_same_text(text: str) -> None:
    """PyYAML reads YAML 1.1, the language with the most surprises; nothing but printable text is in the file."""
    rules = (GroupRule(NORTH, text, (NORTH,), text),)
    written = to_yaml(to_document(Mapping(1, MappingSettings(), (), rules, {}, {NORTH: "north"})), heading=[text])

    assert yaml.safe_load(written)["groupRules"] == [{"segment": text, "groups": ["north"], "note": text}]
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\xa0\u2028-\u202e\ufeff]", written)


@given(awkward_mappings())
def test_what_is_written_reads_as_what_it_was(sample: Mapping) -> None:
    document = to_document(sample)
    written = to_yaml(document, heading=["any"])
    for text, language in ((written, DocumentFormat.YAML), (document, DocumentFormat.JSON)):
        read, faults = read_document(text, language)
        empty = Mapping(sample.version, MappingSettings(), (), (), sample.roles, sample.groups)
        onto_itself = merge(sample, read, prune=True, vocabulary=SampleVocabulary(), new_id=new_ids())
        onto_nothing = merge(empty, read, prune=False, vocabulary=SampleVocabulary(), new_id=new_ids())

        assert faults == onto_itself.findings == onto_nothing.findings == ()
        assert onto_itself.after is sample
        again = to_document(onto_nothing.after)
        assert (again, digest(again), to_yaml(again, heading=["any"])) == (document, digest(document), written)
