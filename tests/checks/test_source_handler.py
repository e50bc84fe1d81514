"""Kinds of broken handlers, each named with its line, and look-alikes in which nothing is wrong.

Where the finding has corrected lines, they are applied, and the finding has to go.
"""

from __future__ import annotations

import pytest

from iahome_fix.checks.source.webhook import source_webhook
from iahome_fix.model import Status
from tests.checks.patching import patched
from tests.checks.source_support import HANDLER, HEALTHY_HANDLER, Source

PAGES = "src/pages/api/webhooks/stripe.ts"
HEAD = """import Stripe from 'stripe'
import { createClient } from '@supabase/supabase-js'
const stripe = new Stripe(process.env.STRIPE_SECRET_KEY!)
const admin = createClient(process.env.NEXT_PUBLIC_SUPABASE_URL!, process.env.SUPABASE_SERVICE_ROLE_KEY!)
const secret = process.env.STRIPE_WEBHOOK_SECRET!
"""
GRANT = """  const row = { user_id: event.data.object.client_reference_id, module_id: 15, is_active: true }
  const { error } = await admin.from('module_access').insert(row)
"""
TOLD = GRANT + "  if (error) return Response.json({ error: 'grant' }, { status: 500 })\n"
DONE = "  return Response.json({ received: true })\n"
GRANTED = "async function grant(event: any) {\n" + GRANT + "  if (error) throw error\n}\n"
BY_TYPE = "const byType: Record<string, any> = { 'checkout.session.completed': grant }\n"
REFUSES = "  if (!user) return Response.json({ error: 'sign in' }, { status: 401 })\n"
VERIFY = """  const body = await request.text()
  const sig = request.headers.get('stripe-signature')!
  const event = stripe.webhooks.constructEvent(body, sig, secret)
"""
OLD = (
    "  const event = stripe.webhooks.constructEvent(await buffer(req), req.headers['stripe-signature'],"
    " secret)\n"
)
OLD_TOLD = (
    GRANT
    + "  if (error) return res.status(500).json({ error: 'grant' })\n  res.status(200).json({ ok: true })\n"
)
MICRO = "import { buffer } from 'micro'\n"
OFF = "export const config = { api: { bodyParser: false } }\n"


def route(*lines: str, head: str = HEAD, signature: str = "POST(request: Request)") -> dict[str, str]:
    """A route of the app router with these lines in its function."""
    return {HANDLER: head + f"export async function {signature} {{\n" + "".join(lines) + "}\n"}


def old(*lines: str, head: str = HEAD + MICRO + OFF) -> dict[str, str]:
    """An API route of the pages router."""
    return {PAGES: head + "export default async function handler(req, res) {\n" + "".join(lines) + "}\n"}


def checkout(bare: Source, files: dict[str, str]) -> Source:
    """The healthy app with another handler."""
    del bare.files[HANDLER]
    bare.files |= files
    return bare


BROKEN = {
    # exports and files
    "default in the app router": (
        route(VERIFY, TOLD, DONE, signature="handler(request: Request)") | {},
        "exports no function POST",
    ),
    "default export": (
        {
            HANDLER: HEAD
            + "export default async function handler(request: Request) {\n"
            + VERIFY
            + TOLD
            + DONE
            + "}\n"
        },
        "as default",
    ),
    "default export of the pages router's shape": (
        {
            HANDLER: HEAD
            + MICRO
            + "export default async function handler(req, res) {\n"
            + OLD
            + OLD_TOLD
            + "}\n"
        },
        "as default",
    ),
    "wrong case": (route(VERIFY, TOLD, DONE, signature="Post(request: Request)"), "exports Post"),
    "constant in small letters": (
        {
            HANDLER: HEAD
            + "export const post = async (request: Request) => {\n"
            + VERIFY
            + TOLD
            + DONE
            + "}\n"
        },
        "exports post",
    ),
    "only GET": (route(VERIFY, TOLD, DONE, signature="GET(request: Request)"), "exports no function POST"),
    "named export in the pages router": (
        {PAGES: HEAD + MICRO + OFF + "export async function POST(req, res) {\n" + OLD + OLD_TOLD + "}\n"},
        "no default function",
    ),
    "answers through res in the app router": (
        route(
            VERIFY,
            TOLD,
            "  res.status(200).json({ received: true })\n",
            signature="POST(request: Request, res: any)",
        ),
        "second parameter",
    ),
    "returns a Response in the pages router": (
        {
            PAGES: HEAD
            + MICRO
            + OFF
            + "export default async function handler(req) {\n"
            + OLD
            + TOLD
            + DONE
            + "}\n"
        },
        "does not send",
    ),
    "a file that is no route": (
        {HANDLER.replace("route.ts", "webhook.ts"): HEALTHY_HANDLER},
        "a file named route",
    ),
    "a private folder": (
        {"src/app/api/_webhooks/stripe/route.ts": HEALTHY_HANDLER},
        "begin with _",
    ),
    "beside an outer app folder": (
        {HANDLER: HEALTHY_HANDLER, "app/page.tsx": "export default () => null"},
        "folder app beside src",
    ),
    "no API route in pages": (
        {
            "src/pages/webhooks/stripe.ts": HEAD
            + MICRO
            + OFF
            + "export default async (req, res) => {\n"
            + OLD
            + OLD_TOLD
            + "}\n"
        },
        "pages/api",
    ),
    "force-static": (
        route(VERIFY, TOLD, DONE, head=HEAD + "export const dynamic = 'force-static'\n"),
        "no headers",
    ),
    # the body
    "parsed": (
        route(VERIFY.replace("request.text()", "request.json()"), TOLD, DONE),
        "parsed body",
    ),
    "parsed and written anew": (
        route(VERIFY.replace("await request.text()", "JSON.stringify(await request.json())"), TOLD, DONE),
        "written anew",
    ),
    "parsed through a helper": (
        route(
            VERIFY.replace("await request.text()", "await read(request)"),
            TOLD,
            DONE,
            head=HEAD + "const read = async (r: Request) => JSON.stringify(await r.json())\n",
        ),
        "written anew",
    ),
    "parsed and destructured": (
        route(
            VERIFY.replace("const body = await request.text()", "const { body } = await read(request)"),
            TOLD,
            DONE,
            head=HEAD + "async function read(r: Request) { const body = await r.json(); return { body } }\n",
        ),
        "parsed body",
    ),
    "verified in a helper that is given what is parsed": (
        route(
            "  const event = verify(await request.json(), request.headers.get('stripe-signature')!)\n",
            TOLD,
            DONE,
            head=HEAD
            + "const verify = (b: any, sig: string) => stripe.webhooks.constructEvent(b, sig, secret)\n",
        ),
        "parsed body",
    ),
    "an ArrayBuffer": (
        route(VERIFY.replace("request.text()", "request.arrayBuffer()"), TOLD, DONE),
        "neither text nor a Buffer",
    ),
    "a stream": (route(VERIFY.replace("await request.text()", "request.body"), TOLD, DONE), "is a stream"),
    "read as JSON first": (
        route("  const seen = await request.json()\n  console.log(seen.type)\n", VERIFY, TOLD, DONE),
        "second time",
    ),
    "read as JSON afterwards": (
        route(VERIFY, "  const { type } = await request.json()\n", TOLD, DONE),
        "second time",
    ),
    "read in a helper first": (
        route(
            "  await log(request)\n",
            VERIFY,
            TOLD,
            DONE,
            head=HEAD + "async function log(r: Request) { console.log(await r.text()) }\n",
        ),
        "second time",
    ),
    "micro in the app router": (
        route(VERIFY.replace("await request.text()", "await buffer(request)"), TOLD, DONE, head=MICRO + HEAD),
        "micro",
    ),
    "micro without the parser off": (old(OLD, OLD_TOLD, head=HEAD + MICRO), "bodyParser false"),
    "the parser's config not exported": (
        old(OLD, OLD_TOLD, head=HEAD + MICRO + OFF.removeprefix("export ")),
        "bodyParser false",
    ),
    "the parser on": (
        old(OLD, OLD_TOLD, head=HEAD + MICRO + OFF.replace("false", "{ sizeLimit: '1mb' }")),
        "bodyParser false",
    ),
    "other config": (
        old(OLD, OLD_TOLD, head=HEAD + MICRO + "export const config = { maxDuration: 30 }\n"),
        "bodyParser false",
    ),
    "raw-body without the parser off": (
        old(
            OLD.replace("buffer(req)", "getRawBody(req, { encoding: 'utf-8' })"),
            OLD_TOLD,
            head=HEAD + "import getRawBody from 'raw-body'\n",
        ),
        "bodyParser false",
    ),
    "raw-body that is required": (
        old(
            OLD.replace("buffer(req)", "getRawBody(req)"),
            OLD_TOLD,
            head=HEAD + "const getRawBody = require('raw-body')\n",
        ),
        "bodyParser false",
    ),
    "a required helper that nobody waits for": (
        old(
            OLD,
            "  grant(event)\n  res.json({})\n",
            head=HEAD + MICRO + OFF + "const { grant } = require('../grant')\n",
        )
        | {
            "src/pages/api/grant.js": HEAD.replace("!", "")
            + "async function grant(event) {\n"
            + GRANT
            + "  if (error) throw error\n}\nmodule.exports = { grant }\n"
        },
        "does not wait",
    ),
    "chunks without the parser off": (
        old(
            "  const chunks = []\n  for await (const chunk of req) chunks.push(chunk)\n",
            OLD.replace("await buffer(req)", "Buffer.concat(chunks)"),
            OLD_TOLD,
            head=HEAD,
        ),
        "bodyParser false",
    ),
    "chunks in a helper without the parser off": (
        old(
            OLD.replace("buffer(req)", "raw(req)"),
            OLD_TOLD,
            head=HEAD
            + "async function raw(readable) {\n  const chunks = []\n"
            + "  for await (const c of readable) chunks.push(c)\n  return Buffer.concat(chunks)\n}\n",
        ),
        "bodyParser false",
    ),
    "req.body in the pages router": (old(OLD.replace("await buffer(req)", "req.body"), OLD_TOLD), "req.body"),
    "text() in the pages router": (
        old(OLD.replace("buffer(req)", "req.text()"), OLD_TOLD),
        "do not have",
    ),
    # signature and secret
    "headers as an object in the app router": (
        route(VERIFY.replace(".get('stripe-signature')", "['stripe-signature']"), TOLD, DONE),
        "by get() only",
    ),
    "get() in the pages router": (
        old(OLD.replace("['stripe-signature']", ".get('stripe-signature')"), OLD_TOLD),
        "do not have",
    ),
    "capital letters in the pages router": (
        old(OLD.replace("['stripe-signature']", "['Stripe-Signature']"), OLD_TOLD),
        "small letters",
    ),
    "another header": (
        route(VERIFY.replace("'stripe-signature'", "'x-stripe-signature'"), TOLD, DONE),
        "x-stripe-signature",
    ),
    "arguments in another order": (
        route(VERIFY.replace("body, sig, secret", "body, secret, sig"), TOLD, DONE),
        "the order is",
    ),
    "the API key as secret": (
        route(VERIFY.replace("sig, secret", "sig, process.env.STRIPE_SECRET_KEY!"), TOLD, DONE),
        "API key",
    ),
    "headers() of Next.js 16": (
        route(
            VERIFY.replace("request.headers.get", "headers().get"),
            TOLD,
            DONE,
            head=HEAD + "import { headers } from 'next/headers'\n",
        )
        | {"package.json": '{"dependencies": {"next": "^16.0.1"}}'},
        "await headers()",
    ),
    # promises
    "an event that is a promise": (
        route(VERIFY.replace("constructEvent(", "constructEventAsync("), TOLD, DONE),
        "does not await constructEventAsync",
    ),
    "an event of a helper that is a promise": (
        route(
            "  const event = verify(await request.text(), request.headers.get('stripe-signature')!)\n",
            TOLD,
            DONE,
            head=HEAD
            + "async function verify(b: string, s: string) {"
            + " return stripe.webhooks.constructEventAsync(b, s, secret) }\n",
        ),
        "does not await verify",
    ),
    "a write that is never sent": (
        route(VERIFY, "  admin.from('module_access').insert({ user_id: 'u', module_id: 15 })\n", DONE),
        "only when it is awaited",
    ),
    "a write whose error is taken without await": (
        route(
            VERIFY,
            "  const { error } = admin.from('module_access').insert({ user_id: 'u' })\n",
            "  if (error) throw error\n",
            DONE,
        ),
        "only when it is awaited",
    ),
    "a write in forEach": (
        route(
            VERIFY,
            "  ids.forEach((id) => admin.from('module_access').insert({ user_id: 'u', module_id: id }))\n",
            DONE,
        ),
        "only when it is awaited",
    ),
    "a write with void": (
        route(VERIFY, "  void admin.from('module_access').insert({ user_id: 'u', module_id: 15 })\n", DONE),
        "only when it is awaited",
    ),
    "a write that is kept": (
        route(VERIFY, "  const pending = admin.from('module_access').insert({ user_id: 'u' })\n", DONE),
        "only when it is awaited",
    ),
    "a helper that nobody waits for": (
        route(
            VERIFY,
            "  grant(event)\n",
            DONE,
            head=HEAD + "async function grant(event: any) {\n" + GRANT + "  if (error) throw error\n}\n",
        ),
        "does not wait",
    ),
    "an imported helper that nobody waits for": (
        route(VERIFY, "  grant(event)\n", DONE, head=HEAD + "import { grant } from '@/lib/billing'\n")
        | {
            "src/lib/billing/index.ts": "export * from './grant'\n",
            "src/lib/billing/grant.ts": HEAD
            + "export const grant = async (event: any) => {\n"
            + GRANT
            + "  if (error) throw error\n}\n",
        },
        "does not wait",
    ),
    "forEach with async": (
        route(
            VERIFY,
            "  ids.forEach(async (id) => {\n",
            GRANT,
            "    if (error) throw error\n  })\n",
            DONE,
        ),
        "does not wait",
    ),
    "map that nobody waits for": (
        route(VERIFY, "  ids.map(async (id) => {\n", GRANT, "    if (error) throw error\n  })\n", DONE),
        "does not wait",
    ),
    "then after the answer": (
        route(
            VERIFY,
            "  admin.from('module_access').insert({ user_id: 'u' }).then(() => console.log('ok'))\n",
            DONE,
        ),
        "does not wait",
    ),
    # words
    "an event that does not exist": (
        route(
            VERIFY, "  if (event.type !== 'checkout.session.complete') return new Response('')\n", TOLD, DONE
        ),
        "checkout.session.completed",
    ),
    "a state that a session never has": (
        route(
            VERIFY,
            "  const session = event.data.object\n  if (session.payment_status === 'succeeded') {\n",
            TOLD,
            "  }\n",
            DONE,
        ),
        "never is",
    ),
    "the state of the other field": (
        route(
            VERIFY,
            "  const session = event.data.object as Stripe.Checkout.Session\n"
            "  if (session.status !== 'paid') return new Response('')\n",
            TOLD,
            DONE,
        ),
        "'complete' is meant",
    ),
    "a method that is not there": (
        route(
            VERIFY, "  const { data } = await admin.auth.admin.getUserByEmail(event.data.email)\n", TOLD, DONE
        ),
        "getUserByEmail",
    ),
    "a field that moved": (
        route(
            VERIFY,
            "  const sub = await stripe.subscriptions.retrieve(event.data.object.subscription)\n"
            "  const ends = new Date(sub.current_period_end * 1000).toISOString()\n",
            TOLD,
            DONE,
        )
        | {"package.json": '{"dependencies": {"next": "15.1.0", "stripe": "^18.2.0"}}'},
        "of the subscription's items",
    ),
    # runtimes
    "the edge with the synchronous function": (
        route(VERIFY, TOLD, DONE, head=HEAD + "export const runtime = 'edge'\n"),
        "constructEventAsync does not",
    ),
    "the edge in the pages router": (
        {
            PAGES: HEAD
            + "export const config = { runtime: 'edge' }\n"
            + "export default async function handler(request: Request) {\n"
            + VERIFY
            + TOLD
            + DONE
            + "}\n"
        },
        "constructEventAsync does not",
    ),
    "the edge with a module of Node.js": (
        route(
            VERIFY.replace(
                "= stripe.webhooks.constructEvent(", "= await stripe.webhooks.constructEventAsync("
            ),
            TOLD,
            DONE,
            head=HEAD + "import { createHmac } from 'node:crypto'\nexport const runtime = 'edge'\n",
        ),
        "node:crypto",
    ),
    # other places and names
    "a webhook under any name": (
        {
            "src/app/(shop)/stripe/subscription-webhook/route.ts": HEALTHY_HANDLER.replace(
                "request.text()", "request.json()"
            )
        },
        "parsed body",
    ),
    "an app of a monorepo": (
        {
            "apps/web/package.json": '{"name": "web", "dependencies": {"next": "15.1.0"}}',
            "apps/web/src/app/api/billing/[provider]/route.ts": HEALTHY_HANDLER.replace(
                "request.text()", "request.json()"
            ),
            "package.json": '{"name": "root", "workspaces": ["apps/*"]}',
        },
        "apps/web/src/app/api/billing/[provider]/route.ts:9",
    ),
    "a handler that is exported from elsewhere": (
        {
            HANDLER: "export { POST } from '@/server/stripe'\n",
            "src/server/stripe.ts": HEALTHY_HANDLER.replace("request.text()", "request.json()"),
        },
        "src/server/stripe.ts:9",
    ),
    "a handler in a map that nobody waits for": (
        {
            HANDLER: GRANTED
            + "const byType = new Map([['checkout.session.completed', grant]])\n"
            + route(VERIFY, "  byType.get(event.type)?.(event)\n", DONE)[HANDLER]
        },
        "does not wait for the write to module_access",
    ),
    "a grant in then() that nobody waits for": (
        {HANDLER: GRANTED + route(VERIFY, "  ready.then(() => grant(event))\n", DONE)[HANDLER]},
        "does not wait for the write to module_access",
    ),
    "a body without await": (
        route(VERIFY.replace("await request.text()", "request.text()"), TOLD, DONE),
        "which is a promise and no text",
    ),
    "a form": (
        route(VERIFY.replace("await request.text()", "(await request.formData()).toString()"), TOLD, DONE),
        "the parsed body",
    ),
    "only money that comes later": (
        route(
            VERIFY,
            "  if (event.type === 'checkout.session.async_payment_succeeded') {\n",
            TOLD,
            "  }\n",
            DONE,
        ),
        "what a card pays at once is told by checkout.session.completed",
    ),
    "a wrapper that reads the body first": (
        {
            HANDLER: HEAD
            + "import { withLog } from '@/log'\nexport const POST = withLog(async (request: Request) => {\n"
            + VERIFY
            + TOLD
            + DONE
            + "})\n",
            "src/log.ts": "export function withLog(next) {\n  return async (req) => {\n"
            "    console.log(await req.json())\n    return next(req)\n  }\n}\n",
        },
        "src/log.ts:4 reads the body a second time (line 3 did before)",
    ),
    "a promise dropped in after()": (
        {HANDLER: GRANTED + route(VERIFY, "  after(() => {\n    void grant(event)\n  })\n", DONE)[HANDLER]},
        "does not wait for the write to module_access",
    ),
    "a handler by its type that nobody waits for": (
        {HANDLER: GRANTED + BY_TYPE + route(VERIFY, "  byType[event.type]?.(event)\n", DONE)[HANDLER]},
        "does not wait for the write to module_access",
    ),
    "one in a factory": (
        {
            HANDLER: "import { handlersFor } from '@/hook'\n"
            + HEAD
            + GRANTED
            + "export const { POST } = handlersFor({ on: { 'checkout.session.completed': grant } })\n",
            "src/hook.ts": HEAD
            + "export function handlersFor({ on }) {\n  return {\n    async POST(request: Request) {\n"
            + VERIFY
            + "      const run = on[event.type]\n      if (run) run(event)\n"
            + DONE
            + "    },\n  }\n}\n",
        },
        "src/hook.ts:",
    ),
    "a login that Stripe has not": (
        route("  const { data: { user } } = await db.auth.getUser()\n", REFUSES, VERIFY, TOLD, DONE),
        "Stripe is signed in nowhere",
    ),
    "a login behind the signature's own question": (
        route(
            "  const sig0 = (await headers()).get('stripe-signature')\n",
            "  if (!sig0) return new Response('no', { status: 400 })\n",
            "  const user = await currentUser()\n",
            REFUSES,
            VERIFY,
            TOLD,
            DONE,
        ),
        "Stripe is signed in nowhere",
    ),
    "a login beside the signature": (
        route(
            "  const user = await currentUser()\n",
            "  const known = await isOfStripe(request)\n",
            "  if (!known || !user) return new Response('no', { status: 401 })\n",
            VERIFY,
            TOLD,
            DONE,
        ),
        "Stripe is signed in nowhere",
    ),
    "a login that a wrapper of all routes asks for": (
        {
            HANDLER: HEAD
            + "import { withUser } from '@/utils/with-user'\n"
            + "export const POST = withUser(async (request: Request) => {\n"
            + VERIFY
            + TOLD
            + DONE
            + "})\n",
            "src/utils/with-user.ts": "export const withUser = (run: any) => async (request: Request) => {\n"
            "  const user = await currentUser()\n" + REFUSES + "  return run(request)\n}\n",
        },
        "Stripe is signed in nowhere",
    ),
    "a handler in a wrapper": (
        {
            HANDLER: HEAD
            + "import { withLog } from 'x'\nexport const POST = withLog(async (request: Request) => {\n"
            + VERIFY.replace("request.text()", "request.json()")
            + TOLD
            + DONE
            + "})\n"
        },
        "parsed body",
    ),
    "JavaScript": (
        {
            "src/app/api/webhooks/stripe/route.js": HEAD.replace("!", "")
            + "export async function POST(request) {\n"
            + VERIFY.replace("!", "").replace("request.text()", "request.json()")
            + TOLD
            + DONE
            + "}\n"
        },
        "route.js:",
    ),
}


BY_HAND = frozenset(
    (
        *("default in the app router", "default export of the pages router's shape", "only GET"),
        *("named export in the pages router", "answers through res in the app router"),
        *("returns a Response in the pages router", "a file that is no route", "a private folder"),
        *("beside an outer app folder", "no API route in pages", "a method that is not there"),
        *("a login beside the signature", "a login that a wrapper of all routes asks for"),
    )
)
"""Where somebody has to think: no lines are proposed."""


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_handler_is_named(bare: Source, kind: str) -> None:
    files, says = BROKEN[kind]
    source = checkout(bare, files)
    result = source.says(source_webhook)

    assert result.status is Status.FAIL, result.finding
    assert says in result.finding.detail, result.finding.detail
    diff = result.finding.evidence.get("diff")
    assert bool(diff) is (kind not in BY_HAND), diff
    if diff:
        source.files = patched(source.files, diff)
        after = source.says(source_webhook)
        assert says not in after.finding.detail or after.status is Status.OK, (diff, after.finding)
        assert after.status is not Status.FAIL, (diff, after.finding)


HEALTHY = {
    "as it is": {HANDLER: HEALTHY_HANDLER},
    "a grant in after()": {
        HANDLER: GRANTED
        + route(VERIFY, "  after(async () => {\n    await grant(event)\n  })\n", DONE)[HANDLER]
    },
    "a grant in then() that is awaited": {
        HANDLER: GRANTED + route(VERIFY, "  await ready.then(() => grant(event))\n", DONE)[HANDLER]
    },
    "money that comes later in a file of its own": route(
        VERIFY, "  if (event.type === 'checkout.session.async_payment_succeeded') {\n", TOLD, "  }\n", DONE
    )
    | {"src/app/api/webhooks/stripe-at-once/route.ts": "// checkout.session.completed\n"},
    "cards by the event of their payment": route(
        VERIFY,
        "  if (event.type === 'payment_intent.succeeded') await pay(event)\n",
        "  if (event.type === 'checkout.session.async_payment_succeeded') {\n",
        TOLD,
        "  }\n",
        DONE,
    ),
    "a handler by its type": {
        HANDLER: GRANTED + BY_TYPE + route(VERIFY, "  await byType[event.type]?.(event)\n", DONE)[HANDLER]
    },
    "an internal key that Stripe may have in its address": route(
        "  const key = new URL(request.url).searchParams.get('key')\n",
        "  if (key !== process.env.HOOK_KEY) return new Response('no', { status: 401 })\n",
        VERIFY,
        TOLD,
        DONE,
    ),
    "a wrapper that reads a copy": {
        HANDLER: HEAD
        + "import { withLog } from '@/log'\nexport const POST = withLog(async (request: Request) => {\n"
        + VERIFY
        + TOLD
        + DONE
        + "})\n",
        "src/log.ts": "export function withLog(next) {\n  return async (req) => {\n"
        "    console.log(await req.clone().json())\n    return next(req)\n  }\n}\n",
    },
    "a wrapped handler": {
        HANDLER: HEAD
        + "export const POST = withLog(async (request: Request) => {\n"
        + VERIFY
        + TOLD
        + DONE
        + "})\n"
    },
    "exported at the end": {
        HANDLER: HEAD
        + "const handler = async (request: Request) => {\n"
        + VERIFY
        + TOLD
        + DONE
        + "}\nexport { handler as POST, handler as GET }\n"
    },
    "JavaScript with module.exports": {
        PAGES.replace(".ts", ".js"): (HEAD + MICRO).replace("!", "")
        + "const handler = async (req, res) => {\n"
        + OLD
        + OLD_TOLD
        + "}\nmodule.exports = handler\nmodule.exports.config = { api: { bodyParser: false } }\n"
    },
    "a clone is read": route("  console.log(await request.clone().json())\n", VERIFY, TOLD, DONE),
    "either way to read": route(
        "  if (request.headers.get('x-test')) {\n    const test = await request.json()\n"
        "    return Response.json(test)\n  }\n",
        VERIFY,
        TOLD,
        DONE,
    ),
    "read in the one or the other branch": route(
        "  let body\n  if (legacy) { body = await request.text() } else { body = await request.text() }\n",
        VERIFY.replace("  const body = await request.text()\n", ""),
        TOLD,
        DONE,
    ),
    "parsed after it was verified": route(VERIFY, "  const data = JSON.parse(body)\n", TOLD, DONE),
    "the name is used again": route(
        VERIFY.replace("const body", "let body"), "  body = JSON.parse(body)\n", TOLD, DONE
    ),
    "text or what was made of it": route(
        VERIFY.replace(
            "const body = await request.text()",
            "const raw = await request.text()\n"
            "  const body = typeof raw === 'string' ? raw : JSON.stringify(raw)",
        ),
        TOLD,
        DONE,
    ),
    "a buffer": route(
        VERIFY.replace("await request.text()", "Buffer.from(await request.arrayBuffer())"), TOLD, DONE
    ),
    "JSON of another method": {
        HANDLER: route(VERIFY, TOLD, DONE)[HANDLER]
        + "export async function PUT(request: Request) { return f(await request.json()) }\n"
    },
    "headers() awaited": route(
        VERIFY.replace("request.headers.get", "(await headers()).get"),
        TOLD,
        DONE,
        head=HEAD + "import { headers } from 'next/headers'\n",
    )
    | {"package.json": '{"dependencies": {"next": "^16.0.1"}}'},
    "headers() of Next.js 14": route(
        VERIFY.replace("request.headers.get", "headers().get"),
        TOLD,
        DONE,
        head=HEAD + "import { headers } from 'next/headers'\n",
    )
    | {"package.json": '{"dependencies": {"next": "14.2.3"}}'},
    "an event that is awaited": route(
        VERIFY.replace("= stripe.webhooks.constructEvent(", "= await stripe.webhooks.constructEventAsync("),
        TOLD,
        DONE,
        head=HEAD + "export const runtime = 'edge'\n",
    ),
    "an event in a try": route(
        "  let event\n  try {\n  ",
        VERIFY.replace("const event", "event"),
        "  } catch (err) {\n    return new Response('no', { status: 400 })\n  }\n",
        TOLD,
        DONE,
    ),
    "writes that are waited for together": route(
        VERIFY,
        "  const all = await Promise.all(\n"
        "    ids.map((id) => admin.from('module_access').insert({ module_id: id })))\n"
        "  if (all.some((one) => one.error)) return Response.json({}, { status: 500 })\n",
        DONE,
    ),
    "a query that is built in steps": route(
        VERIFY,
        "  let query = admin.from('module_access').update({ is_active: true })\n"
        "  if (all) query = query.eq('user_id', 'u')\n  const { error } = await query\n"
        "  if (error) throw error\n",
        DONE,
    ),
    "after() takes it": route(
        VERIFY,
        TOLD,
        "  after(async () => { await admin.from('module_access').upsert({ seen: true }) })\n",
        DONE,
        head=HEAD + "import { after } from 'next/server'\n",
    ),
    "waitUntil takes it": route(
        VERIFY,
        "  waitUntil(grant(event))\n",
        DONE,
        head=HEAD + "async function grant(event: any) {\n" + GRANT + "  if (error) throw error\n}\n",
    ),
    "a log that nobody waits for": route(
        VERIFY,
        TOLD,
        "  void note(event)\n",
        DONE,
        head=HEAD + "async function note(e: any) { await fetch(url) }\n",
    ),
    "a helper that is returned": route(
        VERIFY,
        "  return grant(event)\n",
        head=HEAD + "async function grant(event: any) {\n" + TOLD + DONE + "}\n",
    ),
    "a helper that is waited for later": route(
        VERIFY,
        "  const done = grant(event)\n  await done\n",
        DONE,
        head=HEAD + "async function grant(event: any) {\n" + GRANT + "  if (error) throw error\n}\n",
    ),
    "reading helpers of the same file": route(
        VERIFY,
        TOLD,
        DONE,
        head=HEAD
        + "async function other(r: Request) { admin.from('module_access').insert(await r.json()) }\n",
    ),
    "micro with the parser off": old(OLD, OLD_TOLD),
    "the parser off in another way of writing": old(
        OLD,
        OLD_TOLD,
        head=HEAD + MICRO + "export const config: PageConfig = { api: { 'bodyParser': false } };\n",
    ),
    "buffers of Node.js in the app router": route(
        VERIFY.replace("await request.text()", "await buffer(request.body as any)"),
        TOLD,
        DONE,
        head=HEAD + "import { buffer } from 'node:stream/consumers'\n",
    ),
    "text in JSX and comments": route(
        VERIFY, TOLD, DONE, head=HEAD + "// const body = await request.json()\n/* stripe.webhooks */\n"
    ),
    "the secret's name": route(
        VERIFY.replace("sig, secret", "sig, process.env.STRIPE_SIGNING_SECRET ?? ''"), TOLD, DONE
    ),
    "a switch over types": route(
        VERIFY,
        "  switch (event.type) {\n    case 'a': {\n",
        TOLD,
        "      break\n    }\n    default:\n      console.log('other')\n  }\n",
        DONE,
    ),
    "a handler that is made": {
        HANDLER: "import { createHandler } from '@/server/stripe'\nexport const POST = createHandler()\n",
        "src/server/stripe.ts": HEAD
        + "async function grant(event: any) {\n"
        + GRANT
        + "  if (error) throw error\n}\nexport const createHandler = () => async (request: Request) => {\n"
        + VERIFY
        + "  await grant(event)\n"
        + DONE
        + "}\n",
    },
    "words that are known": route(
        VERIFY,
        "  const session = event.data.object\n"
        "  if (event.type === 'checkout.session.completed' && session.payment_status !== 'unpaid') {\n",
        TOLD,
        "  }\n  if (order.payment_status === 'completed' || event.type === 'checkout.session.x') note()\n",
        DONE,
    ),
    "a field where it was": route(
        VERIFY,
        "  const sub = await stripe.subscriptions.retrieve(event.data.object.subscription)\n"
        "  const ends = new Date(sub.current_period_end * 1000).toISOString()\n",
        TOLD,
        DONE,
    )
    | {"package.json": '{"dependencies": {"next": "15.1.0", "stripe": "^17.2.0"}}'},
    "a class that serves": route(
        VERIFY,
        "  await service.grant(event)\n",
        DONE,
        head=HEAD
        + "class Service {\n  async grant(event: any) {\n"
        + GRANT
        + "  if (error) throw error\n  }\n}\nconst service = new Service()\n",
    ),
    "an error that goes to the caller": route(
        VERIFY,
        "  const done = await grant(event)\n  if (!done.ok) return new Response('no', { status: 500 })\n",
        DONE,
        head=HEAD + "async function grant(event: any) {\n" + GRANT + "  return { ok: !error }\n}\n",
    ),
    "other webhooks beside it": {
        HANDLER: HEALTHY_HANDLER,
        "src/app/api/webhooks/clerk/route.ts": "import { Webhook } from 'svix'\n"
        "export async function POST(req: Request) { const payload = await req.json();"
        " new Webhook(s).verify(JSON.stringify(payload), headers) }",
        "src/app/api/webhooks/github/route.ts": "export async function POST(req: Request) {"
        " const body = await req.json(); admin.from('commits').insert(body) }",
    },
    "another service's constructEvent": {
        HANDLER: HEALTHY_HANDLER,
        "src/app/api/webhooks/a-workos/route.ts": "export async function POST(r: Request) {"
        " workos.webhooks.constructEvent({ payload: await r.json() }) }",
    },
    "tests and examples beside it": {
        HANDLER: HEALTHY_HANDLER,
        "src/app/api/webhooks/stripe/route.test.ts": "stripe.webhooks.constructEvent(await r.json(), a, b)",
        "examples/old/app/api/stripe/route.ts": "export default () => s.constructEvent(await r.json())",
    },
}


@pytest.mark.parametrize("kind", HEALTHY)
def test_a_handler_in_which_nothing_is_wrong_is_not_accused(bare: Source, kind: str) -> None:
    result = checkout(bare, HEALTHY[kind]).says(source_webhook)

    assert result.status is Status.OK, result.finding


OF_INVOICES = """  if (event.type === 'invoice.paid') {
    const invoice = event.data.object
    if (invoice.subscription) await extend(invoice.subscription)
  }
"""
STRIPE_20 = {"package.json": '{"dependencies": {"next": "15.1.0", "stripe": "20.0.0"}}'}


def test_the_old_place_of_an_invoices_subscription_is_a_warning(bare: Source) -> None:
    source = checkout(bare, route(VERIFY, TOLD, OF_INVOICES, DONE) | STRIPE_20)
    result = source.says(source_webhook)

    assert result.status is Status.WARN, result.finding
    assert "parent.subscription_details.subscription since API 2025-03-31.basil" in result.finding.detail
    assert "5xx" not in (result.finding.hint or "")
    source.files = patched(source.files, result.finding.evidence["diff"])
    assert source.files[HANDLER].count("subscription_details") == 2
    assert source.says(source_webhook).status is Status.OK


def test_the_old_place_is_right_for_an_older_version(bare: Source) -> None:
    older = {"package.json": '{"dependencies": {"next": "15.1.0", "stripe": "17.0.0"}}'}

    assert (
        checkout(bare, route(VERIFY, TOLD, OF_INVOICES, DONE) | older).says(source_webhook).status
        is Status.OK
    )
