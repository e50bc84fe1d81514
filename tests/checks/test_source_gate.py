"""What stands before the handler, and checkouts that Stripe refuses."""

from __future__ import annotations

import pytest

from iahome_fix.checks.source.checkout_refused import source_checkout
from iahome_fix.checks.source.gate import source_gate
from iahome_fix.model import Status
from iahome_fix.source.patterns import matches
from tests.checks.patching import patched
from tests.checks.source_support import CHECKOUT, Source

MIDDLEWARE = "src/middleware.ts"
NEXT = "import { NextResponse } from 'next/server'\n"
SIGNED_IN = """export async function middleware(request: NextRequest) {
  const supabase = createServerClient(a, b, { cookies })
  const { data: { user } } = await supabase.auth.getUser()
"""
LOGIN = "return NextResponse.redirect(new URL('/login', request.url))\n"
EVERYTHING = "export const config = { matcher: ['/((?!_next/static|favicon.ico).*)'] }\n"

GATES = {
    "everybody has to sign in": {MIDDLEWARE: NEXT + SIGNED_IN + f"  if (!user) {LOGIN}}}\n" + EVERYTHING},
    "without a matcher": {MIDDLEWARE: NEXT + SIGNED_IN + f"  if (!user) {LOGIN}}}\n"},
    "the example of Supabase": {
        MIDDLEWARE: "import { updateSession } from '@/utils/session'\n"
        "export async function middleware(request) { return await updateSession(request) }\n" + EVERYTHING,
        "src/utils/session.ts": NEXT
        + """export async function updateSession(request) {
  let response = NextResponse.next({ request })
  const supabase = createServerClient(a, b, {
    cookies: { setAll(all) { response = NextResponse.next({ request }) } },
  })
  const { data: { user } } = await supabase.auth.getUser()
  const { pathname } = request.nextUrl
  if (!user && !pathname.startsWith('/login') && !pathname.startsWith('/auth')) {
    const url = request.nextUrl.clone()
    url.pathname = '/login'
    return NextResponse.redirect(url)
  }
  return response
}
""",
    },
    "a list of public paths": {
        MIDDLEWARE: NEXT
        + "const open = ['/', '/login', '/pricing']\n"
        + SIGNED_IN
        + "  const path = request.nextUrl.pathname\n"
        + "  if (!open.some((p) => path === p || path.startsWith(p + '/x')) && !user) {\n"
        + "    return NextResponse.json({ error: 'sign in' }, { status: 401 })\n  }\n"
        + "  return NextResponse.next()\n}\n",
    },
    "next-auth": {MIDDLEWARE: "export { default } from 'next-auth/middleware'\n"},
    "next-auth with options": {
        MIDDLEWARE: "import { withAuth } from 'next-auth/middleware'\n"
        "export default withAuth({ callbacks: { authorized: ({ token }) => !!token } })\n"
    },
    "Clerk": {
        MIDDLEWARE: "import { authMiddleware } from '@clerk/nextjs'\n"
        "export default authMiddleware({ publicRoutes: ['/', '/api/health'] })\n"
        "export const config = { matcher: ['/(api|trpc)(.*)'] }\n"
    },
    "Clerk's newer one": {
        MIDDLEWARE: "import { clerkMiddleware, createRouteMatcher } from '@clerk/nextjs/server'\n"
        "const isPublic = createRouteMatcher(['/sign-in(.*)', '/'])\n"
        "export default clerkMiddleware(async (auth, request) => {\n"
        "  if (!isPublic(request)) { await auth.protect() }\n})\n"
    },
    "Clerk without options": {
        MIDDLEWARE: "import { authMiddleware } from '@clerk/nextjs'\nexport default authMiddleware()\n"
    },
    "a login in a header": {
        MIDDLEWARE: NEXT
        + "export function middleware(request) {\n  const login = request.headers.get('authorization')\n"
        + "  if (!login) {\n    return new NextResponse('no', { status: 401 })\n  }\n}\n"
    },
    "languages everywhere": {
        MIDDLEWARE: "import createMiddleware from 'next-intl/middleware'\n"
        "export default createMiddleware({ locales: ['fr', 'en'], defaultLocale: 'fr' })\n"
        "export const config = { matcher: ['/((?!_next).*)'] }\n"
    },
    "languages in a function": {
        MIDDLEWARE: "import createMiddleware from 'next-intl/middleware'\n"
        "const languages = createMiddleware(routing)\n"
        "export default function middleware(request) {\n  return languages(request)\n}\n"
    },
    "languages of a router": {
        MIDDLEWARE: "import { i18nRouter } from 'next-i18n-router'\n"
        "export function middleware(request) {\n  return i18nRouter(request, config)\n}\n"
    },
    "the token of a cookie": {
        MIDDLEWARE: NEXT
        + "export function middleware(request) {\n  const token = request.cookies.get('token')?.value\n"
        + f"  if (request.nextUrl.pathname.startsWith('/api') && !token) {LOGIN}"
        + "  return NextResponse.next()\n}\n"
    },
    "proxy": {"src/proxy.ts": NEXT + f"export function proxy(request) {{ {LOGIN} }}\n"},
    "a slash": {"next.config.mjs": "const config = { trailingSlash: true }\nexport default config\n"},
    "a slash in a wrapped config": {
        "next.config.js": "module.exports = withPwa({ reactStrictMode: true, trailingSlash: true })\n"
    },
    "a base path": {"next.config.ts": "export default { basePath: '/shop' } satisfies NextConfig\n"},
    "a redirect": {
        "next.config.js": "module.exports = { async redirects() { return [\n"
        "  { source: '/api/:path*', destination: 'https://api.x.test/:path*', permanent: true },\n] } }\n"
    },
    "an export": {"next.config.js": "module.exports = { output: 'export' }\n"},
}


@pytest.mark.parametrize("kind", GATES)
def test_what_turns_stripe_away_is_named(bare: Source, kind: str) -> None:
    bare.files |= GATES[kind]
    result = bare.says(source_gate)

    assert result.status is Status.FAIL, result.finding
    assert any(path in result.finding.detail for path in GATES[kind]), result.finding.detail
    diff = result.finding.evidence.get("diff")
    if diff:
        bare.files = patched(bare.files, diff)
        assert bare.says(source_gate).status is Status.OK, diff


OPEN = {
    "no middleware": {},
    "a matcher that leaves the API out": {
        MIDDLEWARE: NEXT
        + SIGNED_IN
        + f"  if (!user) {LOGIN}}}\n"
        + "export const config = { matcher: ['/((?!api|_next/static).*)'] }\n"
    },
    "a matcher of pages": {
        MIDDLEWARE: NEXT
        + SIGNED_IN
        + f"  if (!user) {LOGIN}}}\n"
        + "export const config = { matcher: ['/dashboard/:path*', '/account'] }\n"
    },
    "only some pages": {
        MIDDLEWARE: NEXT
        + SIGNED_IN
        + f"  if (!user && request.nextUrl.pathname.startsWith('/dashboard')) {LOGIN}"
        + "  return NextResponse.next()\n}\n"
    },
    "the webhook is let through": {
        MIDDLEWARE: NEXT
        + "export async function middleware(request) {\n"
        + "  if (request.nextUrl.pathname.startsWith('/api/webhooks')) return NextResponse.next()\n"
        + SIGNED_IN.split("\n", 1)[1]
        + f"  if (!user) {LOGIN}}}\n"
    },
    "a list of protected paths": {
        MIDDLEWARE: NEXT
        + "const closed = ['/dashboard', '/settings']\n"
        + SIGNED_IN
        + f"  if (closed.some((p) => request.nextUrl.pathname.startsWith(p)) && !user) {LOGIN}}}\n"
    },
    "something that is not known": {
        MIDDLEWARE: NEXT
        + f"export async function middleware(request) {{\n  if (await blocked(request)) {LOGIN}}}\n"
    },
    "another host": {
        MIDDLEWARE: NEXT
        + "export function middleware(request) {\n"
        + f"  if (request.headers.get('host')?.startsWith('www.')) {LOGIN}"
        + "  return NextResponse.next()\n}\n"
    },
    "Clerk with the webhook open": {
        MIDDLEWARE: "import { authMiddleware } from '@clerk/nextjs'\n"
        "export default authMiddleware({ publicRoutes: ['/', '/api/webhooks(.*)'] })\n"
    },
    "Clerk that protects pages": {
        MIDDLEWARE: "import { clerkMiddleware, createRouteMatcher } from '@clerk/nextjs/server'\n"
        "const isProtected = createRouteMatcher(['/dashboard(.*)'])\n"
        "export default clerkMiddleware(async (auth, request) => {\n"
        "  if (isProtected(request)) await auth.protect()\n})\n"
    },
    "Clerk that protects nothing": {
        MIDDLEWARE: "import { clerkMiddleware } from '@clerk/nextjs/server'\n"
        "export default clerkMiddleware()\n"
    },
    "a middleware where Next.js does not look": {
        "middleware.ts": NEXT + f"export function middleware() {{ {LOGIN} }}\n"
    },
    "a slash without a redirect": {
        "next.config.js": "module.exports = { trailingSlash: true, skipTrailingSlashRedirect: true }\n"
    },
    "a redirect of pages": {
        "next.config.js": "module.exports = { redirects: async () => [\n"
        "  { source: '/old/:path*', destination: '/:path*', permanent: true },\n"
        "  { source: '/:path*', has: [{ type: 'host', value: 'www.x.test' }], destination: '/y' },\n"
        "] }\n"
    },
    "a key in a header of one's own": {
        MIDDLEWARE: NEXT
        + "export function middleware(request) {\n  const key = request.headers.get('x-api-key')\n"
        + "  if (!key) {\n    return new NextResponse('no', { status: 401 })\n  }\n}\n"
    },
    "languages of pages in a function": {
        MIDDLEWARE: "import createMiddleware from 'next-intl/middleware'\n"
        "const languages = createMiddleware(routing)\n"
        "export default function middleware(request) {\n"
        "  if (request.nextUrl.pathname.startsWith('/api')) return\n  return languages(request)\n}\n"
    },
    "languages": {
        MIDDLEWARE: "import createMiddleware from 'next-intl/middleware'\n"
        "export default createMiddleware(routing)\n"
        "export const config = { matcher: ['/((?!api).*)'] }\n"
    },
}


@pytest.mark.parametrize("kind", OPEN)
def test_what_lets_stripe_through_is_not_accused(bare: Source, kind: str) -> None:
    bare.files |= OPEN[kind]

    assert bare.says(source_gate).status is Status.OK


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/dashboard/:path*", "/dashboard", True),
        ("/dashboard/:path*", "/dashboard/a/b", True),
        ("/dashboard/:path+", "/dashboard", False),
        ("/:lang/about", "/fr/about", True),
        ("/:lang/about", "/fr/x/about", False),
        ("/((?!api|_next).*)", "/api/x", False),
        ("/((?!api|_next).*)", "/encours", True),
        ("/(api|trpc)(.*)", "/api/webhooks/stripe", True),
        ("/post/:id(\\d{1,3})", "/post/12", True),
        ("/a{/b}", "/a", None),
        ("/(", "/x", None),
    ],
)
def test_patterns_of_addresses(pattern: str, path: str, fits: bool | None) -> None:
    assert matches(pattern, path) is fits


def with_version(version: str) -> dict[str, str]:
    return {"package.json": f'{{"dependencies": {{"next": "15.1.0", "stripe": "{version}"}}}}'}


REFUSED = [
    ("23.1.0", "payment_method_types: ['card'],", "payment_method_types"),
    ("^22.0.0", "ui_mode: 'embedded',", "embedded_page"),
    ("17.0.0", "line_items: [{ name: 'a', amount: 990, currency: 'eur', quantity: 1 }],", "price_data"),
    (
        "17.0.0",
        "line_items: items.map((i) => ({ name: i.title, amount: i.price, currency: 'eur', quantity: 1 })),",
        "price_data",
    ),
    (
        "17.0.0",
        "line_items: items.map((i) => ({ price_data: { recurring: { interval: 'month' } } })),",
        "with recurring in mode payment",
    ),
    ("17.0.0", "subscription_data: { metadata: {} },", "mode payment"),
    ("17.0.0", "discounts: [{ coupon: 'x' }], allow_promotion_codes: true,", "allow_promotion_codes"),
]


@pytest.mark.parametrize(("version", "extra", "says"), REFUSED)
def test_a_checkout_that_stripe_refuses(bare: Source, version: str, extra: str, says: str) -> None:
    bare.files |= with_version(version)
    bare.change(CHECKOUT, "    mode: 'payment',\n", f"    mode: 'payment',\n    {extra}\n")
    result = bare.says(source_checkout)

    assert result.status is Status.FAIL, result.finding
    assert says in result.finding.detail
    assert f"{CHECKOUT}:7" in result.finding.detail
    diff = result.finding.evidence.get("diff")
    if diff:
        bare.files = patched(bare.files, diff)
        assert bare.says(source_checkout).status is Status.OK


def test_a_subscription_needs_a_recurring_price(bare: Source) -> None:
    price = "price_data: { currency: 'eur', unit_amount: 990, product_data: { name: 'a' } }, quantity: 1"
    bare.change(CHECKOUT, "mode: 'payment',", f"mode: 'subscription', line_items: [{{ {price} }}],")
    assert bare.says(source_checkout).status is Status.FAIL
    bare.change(CHECKOUT, "unit_amount: 990,", "unit_amount: 990, recurring: { interval: 'month' },")
    assert bare.says(source_checkout).status is Status.OK


@pytest.mark.parametrize(
    ("version", "client", "extra"),
    [
        ("22.1.0", "", "payment_method_types: ['card'],"),
        ("latest", "", "payment_method_types: ['card'],"),
        ("23.1.0", ", { apiVersion: '2025-06-30.basil' }", "payment_method_types: ['card'],"),
        ("23.1.0", ", options", "payment_method_types: ['card'],"),
        ("23.1.0", "", "ui_mode: 'embedded_page',"),
        ("20.0.0", "", "ui_mode: 'embedded',"),
        ("10.0.0", "", "line_items: [{ name: 'a', amount: 990, currency: 'eur', quantity: 1 }],"),
        ("23.1.0", "", "line_items: [{ price: 'price_1', quantity: 1 }], payment_intent_data: {},"),
        ("23.1.0", "", "subscription_data: monthly ? { metadata: {} } : undefined,"),
    ],
)
def test_a_checkout_that_stripe_takes(bare: Source, version: str, client: str, extra: str) -> None:
    bare.files |= with_version(version)
    bare.change(CHECKOUT, "    mode: 'payment',\n", f"    mode: 'payment',\n    {extra}\n")
    bare.change(CHECKOUT, "STRIPE_SECRET_KEY!)", f"STRIPE_SECRET_KEY!{client})")

    assert bare.says(source_checkout).status is Status.OK


def test_the_clients_own_version_counts_and_is_named(bare: Source) -> None:
    bare.files |= with_version("17.0.0")
    bare.files["src/lib/stripe.ts"] = (
        "import Stripe from 'stripe'\n"
        "export const stripe = new Stripe(process.env.KEY!, { apiVersion: '2026-09-30.endive' })\n"
    )
    bare.change(
        CHECKOUT,
        "const stripe = new Stripe(process.env.STRIPE_SECRET_KEY!)",
        "import { stripe } from '@/lib/stripe'",
    )
    bare.change(CHECKOUT, "mode: 'payment',", "mode: 'payment', payment_method_types: ['card'],")
    result = bare.says(source_checkout)

    assert result.status is Status.FAIL
    assert "src/lib/stripe.ts:2" in result.finding.detail
