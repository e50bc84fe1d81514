"""The texts of the requirements: what the query and the repair ask for stands once, in sql/schema."""

from __future__ import annotations

import pytest

from iahome_fix import sql
from iahome_fix.schema.requirements import PLAIN, Shape, requirement, requirements

SHAPES = (PLAIN, Shape(anon_writes=True), Shape(change_types=True, kept=("access_type",)))


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_shown_and_run_is_the_whole_text(shape: Shape) -> None:
    assert not [r.id for r in requirements(shape) if "/* include" in r.detect + r.repair]


@pytest.mark.parametrize(
    ("requirement_id", "condition"),
    [
        ("050_module_type", "types_match"),
        ("060_owner_type", "is_text"),
        ("070_foreign_key", "module_types_match"),
        ("075_foreign_key_checked", "modules_are_there"),
        ("087_half_built_indexes", "dead_index"),
        ("087_half_built_indexes", "own_index"),
        ("090_unique_index", "keeps_one_active"),
        ("110_sequence", "sequence_of_column"),
        ("130_owner_policy", "read_policy_is_there"),
        ("145_customers_select", "customers_see_no_more"),
        ("150_authenticated", "rights_of_owner"),
        ("160_anon", "rights_of_owner"),
        ("165_sequence_rights", "sequence_of_another"),
    ],
)
def test_the_query_and_the_repair_ask_for_the_same(requirement_id: str, condition: str) -> None:
    asked = _folded(sql.load(f"schema/{condition}"))
    found = requirement(requirement_id)
    assert asked in _folded(found.detect)
    assert asked in _folded(found.repair)


def test_what_is_taken_in_stands_as_far_right_as_the_line_that_takes_it_in() -> None:
    lines = requirement("090_unique_index").detect.splitlines()
    first = next(line for line in lines if "keeps it at one" in line)
    following = lines[lines.index(first) + 1]
    assert following.startswith(" " * (len(first) - len(first.lstrip())) + "i.indisunique")


def _folded(text: str) -> str:
    return " ".join(text.split())
