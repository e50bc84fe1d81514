"""What a plan says before its steps, and what each step finds."""

from __future__ import annotations

import io

import pytest

from iahome_fix.output.screen import Screen
from iahome_fix.output.summary import EFFECTS, of_backfill, of_migration
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.backfill.backfill import REASONS, BackfillPlan
from iahome_fix.repairs.migrate.plan import MigrationPlan, Step
from iahome_fix.schema.now_words import BY_NAME, WORDS, by_name, now
from iahome_fix.schema.requirements import RELOAD, Gap, Requirement, Shape, steps

EVERY = {
    r.id: r
    for shape in (Shape(change_types=True), Shape(anon_writes=True, change_types=True))
    for r in steps(shape)
    if r.id != RELOAD
}


def step(requirement_id: str, *, concurrently: bool = False) -> Step:
    needed = EVERY[requirement_id]
    return Step(needed.id, needed.title, needed.repair, "", concurrently, needed.undoable)


def plan(*ids: str) -> MigrationPlan:
    return MigrationPlan(tuple(step(one) for one in ids), ())


@pytest.mark.parametrize("requirement", EVERY.values(), ids=list(EVERY))
def test_every_step_of_a_migration_has_its_words(requirement: Requirement) -> None:
    assert requirement.id in EFFECTS
    assert (requirement.id in WORDS) is (requirement.id not in BY_NAME)


def test_the_summary_says_what_comes_of_the_steps() -> None:
    found = of_migration(plan("080_duplicates", "100_indexes", "150_authenticated"), longest=20)

    assert found.created == "indexes"
    assert found.taken == "from signed-in customers: writing"
    assert found.rows == "of duplicate accesses all but one are deactivated, none is deleted"
    assert found.sales is not None
    assert "wait 20 s at most" in found.sales
    assert found.for_good == "nothing: undo reverses all of it"


def test_a_new_table_takes_nothing_from_anybody_and_stops_no_sale() -> None:
    found = of_migration(plan("010_table", "150_authenticated", "160_anon"), longest=15)

    assert found.taken == "from nobody: the table is new"
    assert found.sales is not None
    assert found.sales.startswith("do not wait")


def test_what_cannot_be_undone_is_said_with_these_words() -> None:
    found = of_migration(plan("060_owner_type"), longest=15)

    assert found.for_good == "cannot be undone: module_access.user_id and token_id are text"


def test_on_a_large_table_sales_go_on_while_indexes_are_built() -> None:
    beside = step("100_indexes", concurrently=True)
    assert of_migration(MigrationPlan((beside,), ()), longest=15).sales == "go on meanwhile"
    both = MigrationPlan((step("110_sequence"), beside), ())
    assert "while indexes are built" in str(of_migration(both, longest=15).sales)


def test_a_backfill_says_how_many_customers_get_how_many_accesses() -> None:
    nothing = dict.fromkeys(REASONS, 0)
    found = of_backfill(BackfillPlan(MODULE_ACCESS, False, 3, 0, nothing, 0, customers=2, doubles=1))

    assert (
        found.rows
        == "3 accesses are made for 2 customers, 1 deactivated that is a duplicate, none is deleted"
    )


def test_a_narrow_screen_shows_the_summary_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    stream = io.StringIO()
    of_migration(plan("080_duplicates", "160_anon"), longest=15).show(Screen(stream))

    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= 40
    assert "for good" in stream.getvalue()


@pytest.mark.parametrize(
    ("requirement", "gaps", "words"),
    [
        ("010_table", [("module_access", "no such table")], "there is no table module_access"),
        (
            "100_indexes",
            [("idx_module_access_user_id", "no index that starts with user_id")],
            "look up by user_id:",
        ),
        ("110_sequence", [("s", "at 3, highest id 40")], "stands at 3, though ids up to 40 are taken"),
        ("140_service_role", [("select", "x"), ("usage on the sequence of id", "x")], "to: select, usage on"),
        ("145_customers_select", [("authenticated", "no select (id, user_id)")], "the columns id, user_id"),
        (
            "150_authenticated",
            [("authenticated", "insert"), ("authenticated", "update (x)")],
            "insert, update",
        ),
        ("160_anon", [("anon", "select")], "public key has the right to: select"),
        ("160_anon", [("bridge", "the bridge for a webhook that writes with the public key")], "bridge: "),
        (
            "040_defaults",
            [("is_active", "no default"), ("user_id", "may be empty")],
            "is_active; a row may be",
        ),
    ],
)
def test_what_is_there_and_what_is_missing_is_said_plainly(
    requirement: str, gaps: list[tuple[str, str]], words: str
) -> None:
    assert words in now(requirement, [Gap(*gap) for gap in gaps])


def test_of_many_things_the_first_are_named_and_the_others_counted() -> None:
    assert by_name([Gap(f"c{n}", "no such column") for n in range(9)]).endswith(
        "c5: no such column and 3 more"
    )
