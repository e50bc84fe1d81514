"""Values that pages ask for and nobody writes."""

from __future__ import annotations

import pytest

from iahome_fix.checks.source.filters import source_filters
from iahome_fix.model import Status
from tests.checks.source_support import HANDLER, PAGE, Source, assert_fails


def test_a_filter_on_a_value_that_nobody_writes(deployed: Source) -> None:
    deployed.files["src/app/page.tsx"] = (
        "const { data } = await supabase.from('module_access').select()\n"
        "  .eq('user_id', user.id).eq('access_type', 'active')"
    )
    assert_fails(deployed.says(source_filters), "src/app/page.tsx:2", "access_type = 'active'")

    deployed.sql(
        "insert into public.module_access (user_id, module_id, access_type) values ('u', 15, 'active')",
    )
    assert deployed.says(source_filters).status is Status.OK


@pytest.mark.parametrize("value", ["purchase", "token"])
def test_values_that_are_written_somewhere_are_fine(bare: Source, value: str) -> None:
    bare.change(PAGE, ".eq('is_active', true)", f".eq('access_type', '{value}')")

    assert bare.says(source_filters).status is Status.OK


def test_a_value_that_is_computed_when_written_may_be_any(deployed: Source) -> None:
    deployed.change(PAGE, ".eq('is_active', true)", ".eq('access_type', 'gift')")
    assert_fails(deployed.says(source_filters), "gift")
    deployed.change(HANDLER, "access_type: 'purchase'", "access_type: kind")
    assert deployed.says(source_filters).status is Status.OK


def test_what_no_row_could_be_asked_for_accuses_no_page(bare: Source) -> None:
    bare.change(PAGE, ".eq('is_active', true)", ".eq('access_type', 'gift')")

    assert bare.says(source_filters).status is Status.SKIPPED


def test_a_filter_outside_of_pages_is_a_warning_and_other_tables_are_none_of_its_business(
    bare: Source,
) -> None:
    bare.files["src/lib/clean.ts"] = "db.from('module_access').select().match({ access_type: 'gift' })"
    bare.files["src/app/chat/page.tsx"] = "db.from('messages').select().eq('user_id', id).eq('kind', 'sent')"
    result = bare.says(source_filters)

    assert result.status is Status.WARN
    assert "src/lib/clean.ts:1" in result.finding.detail
    assert "messages" not in result.finding.detail


@pytest.mark.parametrize("read", [".single()", ".maybeSingle()"])
def test_a_page_that_asks_for_the_one_access_of_a_customer_is_a_warning(bare: Source, read: str) -> None:
    bare.change(PAGE, ".eq('is_active', true)", f".eq('is_active', true)\n      {read}")
    result = bare.says(source_filters)

    assert result.status is Status.WARN
    assert PAGE in result.finding.detail
    assert "an error for whoever has several" in result.finding.detail


@pytest.mark.parametrize(
    "read", [".eq('module_id', id).single()", ".limit(1).maybeSingle()", ".eq('id', id).single()", ""]
)
def test_a_page_that_asks_for_the_access_to_one_module_or_for_a_list_is_fine(bare: Source, read: str) -> None:
    bare.change(PAGE, ".eq('is_active', true)", f".eq('is_active', true){read}")

    assert bare.says(source_filters).status is Status.OK
