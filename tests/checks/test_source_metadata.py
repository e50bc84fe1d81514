"""The keys in which checkout and handler agree, or do not."""

from __future__ import annotations

import pytest

from iahome_fix.checks.source.checkout import source_metadata
from iahome_fix.checks.source.data import source_split
from iahome_fix.checks.source.keys import source_key
from iahome_fix.checks.source.webhook import source_webhook
from iahome_fix.model import Status
from tests.checks.patching import patched
from tests.checks.source_support import CHECKOUT, HANDLER, Source, assert_fails


def test_the_checkout_writes_a_key_that_the_handler_does_not_read(bare: Source) -> None:
    bare.change(CHECKOUT, "items_ids: items.map", "moduleId: items.map")

    assert_fails(bare.says(source_metadata), "writes moduleId", f"{CHECKOUT}:5", "reads items_ids", HANDLER)


@pytest.mark.parametrize(
    "reading",
    [
        "session.metadata.moduleId",
        "session.metadata?.moduleId",
        "session.metadata!['moduleId']",
        "session?.metadata?.['moduleId']",
        "(() => { const { moduleId, other } = session.metadata ?? {}; return moduleId })()",
        "(() => { const meta = session.metadata || {}; return meta.moduleId })()",
        "(() => { const { moduleId: id = '' } = event.data.object.metadata as Data; return id })()",
    ],
)
def test_every_way_to_read_a_key_counts(bare: Source, reading: str) -> None:
    bare.change(CHECKOUT, "items_ids: items.map", "moduleId: items.map")
    bare.change(HANDLER, "session.metadata?.items_ids?.split", f"({reading})?.split")

    assert bare.says(source_metadata).status is Status.OK


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("const metadata = { moduleId: id }\ncreate({ metadata })", Status.FAIL),
        ("const data: Record<string, string> = { moduleId: id }\ncreate({ metadata: data })", Status.FAIL),
        ("const options = { metadata: { 'moduleId': id } }\ncreate(options)", Status.FAIL),
        ("const m = { a: 1 }\nm.items_ids = '3'\ncreate({ metadata: m, x: { moduleId: 1 } })", Status.OK),
        ("create({ metadata: { moduleId: id, ...more } })", Status.OK),
        ("create({ metadata: make(id) })", Status.OK),
        (
            "create({ payment_intent_data: { metadata: { items_ids: 1 } }, metadata: { moduleId: id } })",
            Status.FAIL,
        ),
        ("create({ metadata: { type: 'token_purchase', tokens: 5 } })", Status.OK),
    ],
)
def test_the_keys_are_those_of_the_session_itself(bare: Source, written: str, status: Status) -> None:
    bare.files[CHECKOUT] = written.replace("create(", "await stripe.checkout.sessions.create(")

    assert bare.says(source_metadata).status is status


def test_one_of_several_checkouts_that_does_not_fit_is_a_warning(bare: Source) -> None:
    bare.files["src/app/api/old/route.ts"] = "stripe.checkout.sessions.create({ metadata: { moduleId: 3 } })"
    result = bare.says(source_metadata)

    assert result.status is Status.WARN
    assert "src/app/api/old/route.ts:1" in result.finding.detail


def test_without_a_handler_nothing_can_be_said(bare: Source) -> None:
    del bare.files[HANDLER]
    report = bare.report(source_metadata, source_split, source_key, source_webhook)

    assert {r.status for r in report.results} == {Status.UNKNOWN}
    assert "/api/webhooks/stripe" in report.results[0].finding.detail


AS_JSON = "JSON.stringify(items.map((item: { id: number }) => item.id))"
AS_LIST = "items.map((item: { id: number }) => item.id).join(',')"


@pytest.mark.parametrize(
    ("written", "reading", "says"),
    [
        (AS_JSON, "session.metadata?.items_ids?.split(',') ?? []", "JSON.stringify() .* by split()"),
        (AS_JSON, "(session.metadata!.items_ids || '').split(',')", "JSON.stringify() .* by split()"),
        (AS_LIST, "JSON.parse(session.metadata?.items_ids ?? '[]')", "join() .* by JSON.parse()"),
        (AS_JSON, "JSON.parse(session.metadata!.items_ids!)", ""),
        (AS_LIST, "session.metadata!.items_ids.split(',')", ""),
        (AS_JSON, "parsed(session.metadata!.items_ids)", ""),
        ("ids", "session.metadata!.items_ids.split(',')", ""),
    ],
)
def test_ids_in_a_form_that_the_handler_does_not_take_apart(
    bare: Source, written: str, reading: str, says: str
) -> None:
    bare.change(CHECKOUT, AS_LIST, written)
    bare.change(HANDLER, "session.metadata?.items_ids?.split(',') ?? []", reading)
    result = bare.says(source_metadata)

    if says:
        assert_fails(result, *says.split(" .* "), "items_ids", f"{CHECKOUT}:5", HANDLER)
    else:
        assert result.status is Status.OK, result.finding


def test_a_form_that_goes_by_a_name_is_seen(bare: Source) -> None:
    bare.change(CHECKOUT, AS_LIST, AS_JSON)
    bare.change(
        HANDLER,
        "const ids = session.metadata?.items_ids?.split(',') ?? []",
        "const raw = session.metadata?.items_ids ?? ''\n  const ids = raw.split(',')",
    )
    assert_fails(bare.says(source_metadata), "takes it apart by split()")


WAITING = "  if (event.type !== 'payment_intent.succeeded') return Response.json({})\n"


def test_the_payments_own_event_has_nothing_of_the_session(bare: Source) -> None:
    bare.change(HANDLER, "  const session =", WAITING + "  const session =")
    result = bare.says(source_metadata)

    assert_fails(result, "waits for payment_intent.succeeded", f"{HANDLER}:10", "items_ids", f"{CHECKOUT}:5")
    bare.files = patched(bare.files, result.finding.evidence["diff"])
    assert bare.says(source_metadata).status is Status.OK


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (CHECKOUT, "mode: 'payment',", "payment_intent_data: { metadata: { items_ids: ids } },"),
        (
            HANDLER,
            "  const ids =",
            "  const of = await s.checkout.sessions.list({ payment_intent: id })\n  const ids =",
        ),
        (HANDLER, "  const ids =", "  if (event.type === 'checkout.session.completed') go()\n  const ids ="),
    ],
)
def test_a_payment_that_is_led_to_its_session_is_no_fault(
    bare: Source, path: str, old: str, new: str
) -> None:
    bare.change(HANDLER, "  const session =", WAITING + "  const session =")
    bare.change(path, old, new)

    assert bare.says(source_metadata).status is Status.OK
