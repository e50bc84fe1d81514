"""What the source of the handler does with an event."""

from __future__ import annotations

import pytest

from iahome_fix.checks.source.webhook import source_webhook
from iahome_fix.model import Status
from tests.checks.source_support import HANDLER, Source, assert_fails


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("await request.text()", False),
        ("Buffer.from(await request.arrayBuffer())", False),
        ("await request.json()", True),
        ("JSON.stringify(await request.json())", True),
        ("request.body", True),
    ],
)
def test_the_handler_has_to_verify_the_raw_text(bare: Source, body: str, wrong: bool) -> None:
    bare.change(HANDLER, "const body = await request.text()", f"const body = {body}")
    result = bare.says(source_webhook)

    assert result.status is (Status.FAIL if wrong else Status.OK), result.finding
    assert not wrong or f"{HANDLER}:9" in result.finding.detail


def test_the_body_of_another_function_is_another_one(bare: Source) -> None:
    bare.change(
        HANDLER,
        "export async function POST",
        "const send = () => { const body = JSON.stringify({}); return post(body) }\n"
        "export async function POST",
    )

    assert bare.says(source_webhook).status is Status.OK


def test_the_check_of_another_error_does_not_count(bare: Source) -> None:
    bare.change(HANDLER, "const { error: grantError } = await admin", "await admin")
    bare.change(HANDLER, "const { data: profile } =", "const { data: profile, error: grantError } =")

    assert bare.says(source_webhook).status is Status.WARN


def test_a_body_that_was_read_as_json_first_is_gone(bare: Source) -> None:
    bare.change(HANDLER, "const body = await", "const seen = await request.json()\n  const body = await")

    assert_fails(bare.says(source_webhook), "gone")


def test_json_of_another_method_does_not_matter(bare: Source) -> None:
    bare.files[HANDLER] += "export async function PUT(request: Request) { return f(await request.json()) }"

    assert bare.says(source_webhook).status is Status.OK


@pytest.mark.parametrize("switched_off", [True, False])
def test_the_pages_router_parses_the_body_unless_told_not_to(bare: Source, switched_off: bool) -> None:
    handler = (
        "import { buffer } from 'micro'\n"
        "export default async (req, res) => { s.webhooks.constructEvent(await buffer(req), sig, secret) }"
    )
    if switched_off:
        handler = "export const config = { api: { bodyParser: false } }\n" + handler
    del bare.files[HANDLER]
    bare.files["src/pages/api/webhooks/stripe.ts"] = handler

    assert bare.says(source_webhook).status is (Status.OK if switched_off else Status.FAIL)


def test_a_route_that_wants_a_login_cannot_be_called_by_the_handler(bare: Source) -> None:
    bare.change(
        HANDLER,
        "for (const id of ids) {",
        "await fetch(`${process.env.NEXT_PUBLIC_APP_URL}/api/generate-token`, { method: 'POST' })\n"
        "  for (const id of ids) {",
    )
    route = "src/app/api/generate-token/route.ts"
    bare.files[route] = (
        "const { data: { user } } = await supabase.auth.getUser(token)\n"
        "if (!user) return Response.json({}, { status: 401 })"
    )
    assert_fails(bare.says(source_webhook), "/api/generate-token", "signed-in user", f"{HANDLER}:14")

    bare.files[route] = (
        "if (request.headers.get('x-internal') !== s) return Response.json({}, { status: 401 })"
    )
    assert bare.says(source_webhook).status is Status.OK


@pytest.mark.parametrize(
    ("after_write", "told"),
    [
        ("if (grantError) {\n      throw grantError\n    }", True),
        ("if (grantError) return new Response('no', { status: 503 })", True),
        ("if (grantError) {\n      console.error('failed', grantError)\n    }", False),
        ("console.log('granted')", False),
    ],
)
def test_an_error_that_ends_in_200_is_a_warning(bare: Source, after_write: str, told: bool) -> None:
    bare.change(
        HANDLER,
        "if (grantError) {\n      return Response.json({ error: 'grant' }, { status: 500 })\n    }",
        after_write,
    )
    result = bare.says(source_webhook)

    assert result.status is (Status.OK if told else Status.WARN), result.finding
    assert told or f"{HANDLER}:1" in result.finding.detail


def test_a_handler_that_verifies_nothing_is_named(bare: Source) -> None:
    bare.change(
        HANDLER,
        "stripe.webhooks.constructEvent(body, request.headers.get('stripe-signature')!, secret)",
        "JSON.parse(body)",
    )
    result = bare.says(source_webhook)

    assert result.status is Status.WARN
    assert "no signature" in result.finding.detail
