"""Public reports of handlers and checkouts in other spellings: the fault is named, the right one is not."""

from __future__ import annotations

import pytest

from iahome_fix.checks.source.checkout_refused import source_checkout
from iahome_fix.checks.source.data import source_split, source_tables
from iahome_fix.checks.source.webhook import source_webhook
from iahome_fix.model import Status
from tests.checks.patching import patched
from tests.checks.source_support import CHECKOUT, HANDLER, HEALTHY_HANDLER, Source, assert_fails
from tests.checks.test_source_handler import (
    DONE,
    HEAD,
    MICRO,
    OFF,
    OLD,
    OLD_TOLD,
    PAGES,
    TOLD,
    VERIFY,
    checkout,
    route,
)

APP = VERIFY + TOLD + DONE
OLDER = OLD + OLD_TOLD
ASYNC = VERIFY.replace("= stripe.webhooks.constructEvent(", "= await stripe.webhooks.constructEventAsync(")
UNSENT = "export async function grant(e: any) { admin.from('module_access').insert({ user_id: e.id }) }\n"


def pages(text: str) -> dict[str, str]:
    return {PAGES: HEAD + MICRO + text}


def app(text: str) -> dict[str, str]:
    return {HANDLER: HEAD + text}


FAULTS = {
    # the pages router parses the body
    "arrow of a type": (
        pages(f"const handler: NextApiHandler = async (req, res) => {{\n{OLDER}}}\nexport default handler\n"),
        "bodyParser false",
    ),
    "wrapped default": (
        pages(f"async function handler(req, res) {{\n{OLDER}}}\nexport default withCors(handler)\n"),
        "bodyParser false",
    ),
    "default in braces": (
        pages(f"async function handler(req, res) {{\n{OLDER}}}\nexport {{ handler as default }}\n"),
        "bodyParser false",
    ),
    "default from elsewhere": (
        {
            PAGES: "export { default } from '@/server/hook'\n",
            "src/server/hook.ts": HEAD + MICRO + f"export default async (req, res) => {{\n{OLDER}}}\n",
        },
        "bodyParser false",
    ),
    "parser on, by satisfies": (
        pages(
            f"export default async function handler(req, res) {{\n{OLDER}}}\n"
            "export const config = { api: { bodyParser: true } } satisfies PageConfig\n"
        ),
        "bodyParser false",
    ),
    "CommonJS": (
        {
            PAGES.replace(".ts", ".js"): (HEAD + MICRO).replace("!", "")
            + f"module.exports = async (req, res) => {{\n{OLDER}}}\n"
        },
        "bodyParser false",
    ),
    # exports that are not called
    "named at the end as default": (
        app(f"async function handler(request: Request) {{\n{APP}}}\nexport {{ handler as default }}\n"),
        "as default",
    ),
    "a constant as default": (
        app(f"const handler = async (request: Request) => {{\n{APP}}}\nexport default handler\n"),
        "as default",
    ),
    "wrapped as default": (
        app(f"export default withSentry(async (request: Request) => {{\n{APP}}})\n"),
        "as default",
    ),
    "in small letters in braces": (
        app(f"const handler = async (request: Request) => {{\n{APP}}}\nexport {{ handler as post }}\n"),
        "exports post",
    ),
    "default passed on": (
        {
            HANDLER: "export { default } from '@/server/hook'\n",
            "src/server/hook.ts": HEAD + f"export default async function (request: Request) {{\n{APP}}}\n",
        },
        "as default",
    ),
    # statements that are never sent
    "behind a condition": (
        route(VERIFY, "  if (ok) admin.from('module_access').insert({ user_id: 'u' })\n", DONE),
        "only when it is awaited",
    ),
    "behind &&": (
        route(VERIFY, "  ok && admin.from('module_access').insert({ user_id: 'u' })\n", DONE),
        "only when it is awaited",
    ),
    "in a try": (
        route(
            VERIFY,
            "  try { admin.from('module_access').upsert([{ user_id: 'u' }]) } catch (e) { throw e }\n",
            DONE,
        ),
        "only when it is awaited",
    ),
    "in an arrow that is exported": (
        app(
            "export const POST = async (request: Request) => {\n"
            + VERIFY
            + "  admin.from('module_access').insert({ user_id: 'u' }).select().single()\n"
            + DONE
            + "}\n"
        ),
        "only when it is awaited",
    ),
    "in a helper of another file": (
        route(VERIFY, "  await grant(event)\n", DONE, head=HEAD + "import { grant } from '@/lib/grant'\n")
        | {"src/lib/grant.ts": HEAD + UNSENT},
        "src/lib/grant.ts:6",
    ),
    "in a helper that is loaded late": (
        route(VERIFY, "  const { grant } = await import('@/lib/grant')\n  await grant(event)\n", DONE)
        | {"src/lib/grant.ts": HEAD + UNSENT},
        "src/lib/grant.ts:6",
    ),
    "a function that calls itself": (
        route(
            VERIFY,
            "  ;(async () => {\n",
            GRANT := TOLD.replace("return Response", "throw Response"),
            "  })()\n",
            DONE,
        ),
        "does not wait",
    ),
    "together, and nobody waits": (
        route(
            VERIFY,
            "  Promise.all(ids.map((id) => admin.from('module_access').insert({ module_id: id })))\n",
            DONE,
        ),
        "does not wait",
    ),
    "together, what is waited for inside, and nobody waits": (
        route(
            VERIFY,
            "  Promise.all(ids.map(async (id) => {\n"
            "    const { error } = await admin.from('module_access').insert({ module_id: id })\n"
            "    if (error) throw error\n"
            "  }))\n",
            DONE,
        ),
        "does not wait",
    ),
    "in a timer": (
        route(VERIFY, "  setTimeout(async () => {\n", GRANT, "  }, 0)\n", DONE),
        "does not wait",
    ),
    # an event that is a promise
    "let": (
        route(
            VERIFY.replace(
                "const event = stripe.webhooks.constructEvent(",
                "let event = stripe.webhooks.constructEventAsync(",
            ),
            TOLD,
            DONE,
        ),
        "does not await constructEventAsync",
    ),
    "assigned in a try": (
        route(
            "  let event: Stripe.Event\n  try {\n",
            VERIFY.replace(
                "const event = stripe.webhooks.constructEvent(",
                "event = stripe.webhooks.constructEventAsync(",
            ),
            "  } catch (e) {\n    return new Response('no', { status: 400 })\n  }\n",
            TOLD,
            DONE,
        ),
        "does not await constructEventAsync",
    ),
    "taken apart": (
        route(
            VERIFY.replace(
                "const event = stripe.webhooks.constructEvent(",
                "const { type, data } = stripe.webhooks.constructEventAsync(",
            ),
            TOLD,
            DONE,
        ),
        "does not await constructEventAsync",
    ),
    "with a cast": (
        route(
            VERIFY.replace("stripe.webhooks.constructEvent(", "stripe.webhooks.constructEventAsync(").replace(
                "sig, secret)", "sig, secret) as unknown as Stripe.Event"
            ),
            TOLD,
            DONE,
        ),
        "does not await constructEventAsync",
    ),
    "an imported helper": (
        route(
            "  const event = verify(await request.text(), request.headers.get('stripe-signature')!)\n",
            TOLD,
            DONE,
            head=HEAD + "import { verify } from '@/lib/verify'\n",
        )
        | {
            "src/lib/verify.ts": HEAD
            + "export const verify = (b, s) => stripe.webhooks.constructEventAsync(b, s, secret)\n"
        },
        "does not await verify",
    ),
    # the edge
    "the edge in double quotes": (
        route(APP, head=HEAD + 'export const runtime = "edge" as const\n'),
        "constructEventAsync does not",
    ),
    "the experimental edge": (
        route(APP, head=HEAD + "export const runtime = 'experimental-edge'\n"),
        "constructEventAsync does not",
    ),
    "the edge by satisfies": (
        route(APP, head=HEAD + "export const runtime = 'edge' satisfies Runtime\n"),
        "constructEventAsync does not",
    ),
    # a body that is changed on its way
    **{
        f"{kind}, a changed body": ({HANDLER: HEALTHY_HANDLER.replace("await request.text()", read)}, says)
        for kind, read, says in (
            (
                "latin1",
                "Buffer.from(await request.arrayBuffer()).toString('latin1')",
                "was read as latin1, while Stripe signs UTF-8",
            ),
            (
                "a decoder",
                "new TextDecoder('Windows-1252').decode(await request.arrayBuffer())",
                "was read as windows-1252",
            ),
            ("line ends", r"(await request.text()).replace(/\r\n/g, '\n').trim()", ".replace() has changed"),
            ("normalized", "String(await request.text()).normalize()", ".normalize() has changed"),
        )
    },
    # places
    "a group": ({"src/app/(pay)/hooks/route.ts": HEALTHY_HANDLER.replace("text()", "json()")}, "parsed body"),
    "a slot": ({"src/app/@x/api/st/route.ts": HEALTHY_HANDLER.replace("text()", "json()")}, "parsed body"),
    "everything below": (
        {"src/app/api/[[...all]]/route.tsx": HEALTHY_HANDLER.replace("text()", "json()")},
        "parsed body",
    ),
    "the pages router without src": (
        {
            "pages/api/stripe-hooks.ts": HEAD
            + MICRO
            + f"export default async function handler(req, res) {{\n{OLDER}}}\n"
        },
        "bodyParser false",
    ),
    "behind comments and text that look like code": (
        route(
            VERIFY.replace("request.text()", "request.json()"),
            TOLD,
            DONE,
            head=HEAD + "const a = <code>/api/*</code>\nconst b = /[/*]/\nconst c = `//${1}/*`\n",
        ),
        "parsed body",
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_named_in_every_spelling(bare: Source, kind: str) -> None:
    files, says = FAULTS[kind]
    source = checkout(bare, files)
    if any(path.startswith("pages/") for path in files):
        source.files = {path.removeprefix("src/"): text for path, text in source.files.items()}
    result = source.says(source_webhook)

    assert_fails(result, says)
    diff = result.finding.evidence.get("diff")
    if diff:
        source.files = patched(source.files, diff)
        assert source.says(source_webhook).status is not Status.FAIL, diff


RIGHT = {
    **{
        f"{kind}, the whole body": {HANDLER: HEALTHY_HANDLER.replace("await request.text()", read)}
        for kind, read in (
            ("utf-8 by name", "Buffer.from(await request.arrayBuffer()).toString('utf8')"),
            ("a decoder", "new TextDecoder().decode(await request.arrayBuffer())"),
            ("a decoder of utf-8", "new TextDecoder('utf-8').decode(await request.arrayBuffer())"),
            ("blanks at its ends", "(await request.text()).trim()"),
        )
    },
    "in braces": app(
        f"const handler = async (request: Request) => {{\n{APP}}}\nexport {{ handler as POST }}\n"
    ),
    "a constant": app(f"export const POST: Handler = async (request) => {{\n{APP}}}\n"),
    "a function expression": app(f"export const POST = async function (request: Request) {{\n{APP}}}\n"),
    "satisfies": app(f"export const POST = (async (request: Request) => {{\n{APP}}}) satisfies Handler\n"),
    "passed on": {HANDLER: "export * from '@/server/hook'\n", "src/server/hook.ts": HEALTHY_HANDLER},
    "default passed on as POST": {
        HANDLER: "export { default as POST } from '@/server/hook'\n",
        "src/server/hook.ts": HEAD + f"export default async function (request: Request) {{\n{APP}}}\n",
    },
    "imported and exported": {
        HANDLER: "import { handler } from '@/server/hook'\nexport const POST = handler\n",
        "src/server/hook.ts": HEAD + f"export async function handler(request: Request) {{\n{APP}}}\n",
    },
    "wrapped twice": app(
        f"const one = async (request: Request) => {{\n{APP}}}\nexport const POST = withA(withB(one))\n"
    ),
    "one of an object": app(
        f"const all = {{ POST: async (request: Request) => {{\n{APP}}} }}\nexport const {{ POST }} = all\n"
    ),
    "config by satisfies": pages(
        f"export default async function handler(req, res) {{\n{OLDER}}}\n"
        "export const config = { api: { bodyParser: false } } satisfies PageConfig\n"
    ),
    "config as const": pages(
        f"export default async function handler(req, res) {{\n{OLDER}}}\n"
        "export const config = { api: { bodyParser: false } } as const\n"
    ),
    "config in braces": pages(
        f"const config = {{ api: {{ bodyParser: false }} }}\n"
        f"const handler = async (req, res) => {{\n{OLDER}}}\nexport {{ config, handler as default }}\n"
    ),
    "config passed on": {
        PAGES: "export { default, config } from '@/server/hook'\n",
        "src/server/hook.ts": HEAD + MICRO + OFF + f"export default async (req, res) => {{\n{OLDER}}}\n",
    },
    "wrapped, with config": pages(
        OFF + f"async function handler(req, res) {{\n{OLDER}}}\nexport default withCors(handler)\n"
    ),
    "the edge, awaited": route(ASYNC, TOLD, DONE, head=HEAD + 'export const runtime = "edge"\n'),
    "Node.js by its name": route(APP, head=HEAD + "export const runtime = 'nodejs' as const\n"),
    "a promise that is returned and awaited": route(
        "  const event = await verify(await request.text(), request.headers.get('stripe-signature')!)\n",
        TOLD,
        DONE,
        head=HEAD
        + "const verify = (b: string, s: string) => stripe.webhooks.constructEventAsync(b, s, secret)\n",
    ),
    "then, returned": route(
        "  const body = await request.text()\n",
        "  const sig = request.headers.get('stripe-signature')!\n"
        "  return stripe.webhooks\n    .constructEventAsync(body, sig, secret)\n"
        "    .then(async (event) => {\n",
        TOLD,
        DONE,
        "    })\n",
    ),
    "a query that is returned": route(
        VERIFY,
        "  const { error } = await grant(event)\n  if (error) return new Response('no', { status: 500 })\n",
        DONE,
        head=HEAD + "const grant = (e: any) => admin.from('module_access').insert({ user_id: e.id })\n",
    ),
    "settled together": route(
        VERIFY,
        "  const found = await Promise.allSettled(\n"
        "    ids.map(async (id) => admin.from('module_access').insert({ module_id: id }).throwOnError()))\n"
        "  if (found.some((one) => one.status === 'rejected')) return new Response('no', { status: 500 })\n",
        DONE,
    ),
    "a loop that waits": route(
        VERIFY,
        "  for await (const id of ids) {\n",
        TOLD,
        "  }\n",
        DONE,
    ),
}


@pytest.mark.parametrize("kind", RIGHT)
def test_the_right_one_is_accused_in_no_spelling(bare: Source, kind: str) -> None:
    result = checkout(bare, RIGHT[kind]).says(source_webhook)

    assert result.status is Status.OK, result.finding


BY_IMPORT = {
    "by name": ("import { grant } from '@/lib/grant'", "await grant(event)", "export async function grant"),
    "by default": ("import grant from '@/lib/grant'", "await grant(event)", "export default async function"),
    "as a whole": (
        "import * as billing from '@/lib/grant'",
        "await billing.grant(event)",
        "export async function grant",
    ),
    "late": (
        "",
        "const { grant } = await import('@/lib/grant')\n  await grant(event)",
        "export async function grant",
    ),
    "required": (
        "const { grant } = require('@/lib/grant')",
        "await grant(event)",
        "export async function grant",
    ),
}


@pytest.mark.parametrize("kind", BY_IMPORT)
def test_a_table_that_the_handler_writes_through_an_import_is_the_handlers(
    deployed: Source, kind: str
) -> None:
    imported, call, declared = BY_IMPORT[kind]
    deployed.files |= {
        HANDLER: HEAD.replace("import Stripe", f"{imported}\nimport Stripe", 1)
        + f"export async function POST(request: Request) {{\n{VERIFY}  {call}\n{DONE}}}\n",
        "src/lib/grant.ts": "import { db } from './db'\n"
        f"{declared}(event: any) {{\n"
        "  const { data } = await db.from('acounts').select('id').eq('email', event.email).single()\n"
        "  const { error } = await db.from('module_access').insert({ user_id: data.id })\n"
        "  if (error) throw error\n}\n",
        "src/lib/db.ts": "import { createClient } from '@supabase/supabase-js'\n"
        "export const db = createClient(U, K)\n",
    }
    tables = deployed.says(source_tables)

    assert_fails(tables, "src/lib/grant.ts:3 names acounts")
    assert deployed.says(source_split).status is Status.BLOCKED
    deployed.change("src/lib/grant.ts", "acounts", "profiles")
    assert deployed.says(source_tables).status is Status.OK
    assert deployed.says(source_split).status is Status.OK


PACKAGE = {"package.json": '{"dependencies": {"next": "16.0.0", "stripe": "^23.1.0"}}'}
REFUSED = {
    "a constant": "const options = { payment_method_types: ['card'], metadata: { items_ids: '1' } }\n"
    "create(options)",
    "satisfies": "create({ payment_method_types: ['card'], metadata: { items_ids: '1' } }"
    " satisfies Stripe.Checkout.SessionCreateParams)",
    "a cast": "create({ payment_method_types: ['card' as const], metadata: { items_ids: '1' } } as any)",
    "a type": "const options: Stripe.Checkout.SessionCreateParams = {\n  payment_method_types: ['card'],\n"
    "  metadata: { items_ids: '1' },\n}\ncreate(options)",
    "a helper": "const optionsOf = () => ({ payment_method_types: ['card'], metadata: { items_ids: '1' } })\n"
    "create(optionsOf())",
    "spread": "const base = { payment_method_types: ['card'] }\n"
    "create({ ...base, metadata: { items_ids: '1' } })",
    "assigned": "const options: any = { metadata: { items_ids: '1' } }\n"
    "options.payment_method_types = ['card']\ncreate(options)",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_parameter_that_stripe_refuses_is_named_in_every_spelling(bare: Source, kind: str) -> None:
    made = REFUSED[kind].replace("create(", "await stripe.checkout.sessions.create(")
    bare.files |= {
        CHECKOUT: f"const stripe = new Stripe(process.env.STRIPE_SECRET_KEY!)\n{made}\n",
        **PACKAGE,
    }
    result = bare.says(source_checkout)

    assert_fails(result, "payment_method_types", CHECKOUT, "2026-09-30.endive")
    old = "{ apiVersion: '2024-06-20' }"
    bare.change(CHECKOUT, "STRIPE_SECRET_KEY!)", f"STRIPE_SECRET_KEY!, {old})")
    assert bare.says(source_checkout).status is Status.OK
