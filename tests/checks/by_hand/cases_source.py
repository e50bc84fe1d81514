"""What only the app's source can say: checkouts in memory, and facts of database and site by hand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from iahome_fix.domain.sale import Verdict
from iahome_fix.facts import webhook
from iahome_fix.facts.queries import of_rows
from iahome_fix.facts.seen import Key
from iahome_fix.model import Status, fail
from iahome_fix.source import app as source
from iahome_fix.source.files import Checkout, SourceFile
from iahome_fix.source.packages import Manifests
from iahome_fix.source.routes import NextApp
from iahome_fix.systems.database_errors import SqlError
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.seen import database, given
from tests.checks.by_hand.shop import answer, related, sale, settings, sold, without_source
from tests.checks.source_support import CHECKOUT, HANDLER, PAGE, healthy

OK, WARN, FAIL, BLOCKED, SKIPPED, UNKNOWN = (Status(word) for word in Status)
CLIENT = "src/utils/supabase.ts"
MIDDLEWARE = "src/middleware.ts"
SECRET = "process.env.STRIPE_WEBHOOK_SECRET!"
SHOP = {**healthy(), HANDLER: healthy()[HANDLER].replace("!, secret)", f"!, {SECRET})")}
Change = tuple[str, str, str]
"""In a file, one text in the place of another."""


@cache
def _files(changes: tuple[Change, ...], more: tuple[tuple[str, str], ...], gone: tuple[str, ...]) -> Checkout:
    texts = SHOP | dict(more)
    for path, old, new in changes:
        assert old in texts[path], old
        texts[path] = texts[path].replace(old, new)
    app = NextApp()
    files = {path: SourceFile(path, text, app) for path, text in texts.items() if path not in gone}
    return Checkout(files, (), Manifests({}), (app,))


def given_rows_unread() -> dict[Key, Any]:
    refused = SqlError("42501", "permission denied for table module_access")
    return given(of_rows, "checks/source_access_types", be=refused)


def checkout(
    *changes: Change, more: Mapping[str, str] | None = None, gone: tuple[str, ...] = ()
) -> dict[Key, Any]:
    """The healthy app, with these texts changed, and files more and less."""
    return given(source.checkout, be=_files(changes, tuple((more or {}).items()), gone))


FACTS = checkout()
"""A shop whose source was given, and is healthy."""

NO_HANDLER = checkout(gone=(HANDLER,))
NO_PAGE = checkout(gone=(PAGE,))
UNTOLD = [
    *(
        Case(check, "no handler", UNKNOWN, "no webhook handler", NO_HANDLER)
        for check in (
            "site.source-variables",
            "site.source-split",
            "site.source-columns",
            "site.source-metadata",
            "site.source-key",
            "site.source-webhook",
        )
    ),
    *(
        Case(check, "no page", UNKNOWN, "has no page", NO_PAGE)
        for check in (
            "site.source-split",
            "site.source-page-columns",
            "site.source-page-variables",
        )
    ),
]

OTHER = "process.env.STRIPE_WEBHOOK_SIGNING_SECRET!"
RENAMED = checkout((HANDLER, SECRET, OTHER))
LATE = checkout(
    (HANDLER, "const admin = createClient(", "const make = () => createClient("),
    (HANDLER, "SUPABASE_SERVICE_ROLE_KEY!", "SUPABASE_SERVICE_KEY!"),
    (HANDLER, "const body = await", "const admin = make()\n  const body = await"),
)
NOBODY = sold()
REFUSED = given(webhook.rightly_signed, be=answer(400))
CRASHED = {**REFUSED, **given(webhook.answer_at, be=answer(500))}
SILENT = given(webhook.rightly_signed, be=answer(None, reason="timeout"))
OWED = sold(sale(Verdict.OWED))

VARIABLES, PAGE_VARIABLES = "site.source-variables", "site.source-page-variables"
OF_VARIABLES = [
    Case(
        VARIABLES,
        "another name",
        FAIL,
        "reads STRIPE_WEBHOOK_SIGNING_SECRET",
        {**RENAMED, **NOBODY, **REFUSED},
    ),
    Case(VARIABLES, "another name, and a crash", FAIL, "", {**RENAMED, **NOBODY, **CRASHED}),
    Case(VARIABLES, "another name, taken", OK, "name otherwise", {**RENAMED, **NOBODY}),
    Case(VARIABLES, "another name, rows of deliveries", OK, "name otherwise", {**RENAMED, **REFUSED}),
    Case(VARIABLES, "another name, silence", WARN, "", {**RENAMED, **NOBODY, **SILENT}),
    Case(
        VARIABLES,
        "another name, no route",
        WARN,
        "",
        {**RENAMED, **NOBODY, **given(webhook.rightly_signed, be=answer(404))},
    ),
    Case(VARIABLES, "a client made later", WARN, "SUPABASE_SERVICE_KEY", {**LATE, **NOBODY}),
    Case(VARIABLES, "a client made later, and lost payments", FAIL, "SUPABASE_SERVICE_KEY", {**LATE, **OWED}),
    Case(
        VARIABLES,
        "lost payments that others explain",
        WARN,
        "",
        {**LATE, **OWED},
        results={"schema.grant-accepted": fail("a condition refuses every grant")},
    ),
    Case(
        VARIABLES,
        "no file states it",
        SKIPPED,
        "deployment has to have it",
        RENAMED,
        settings=settings("STRIPE_WEBHOOK_SECRET"),
    ),
    Case(
        VARIABLES,
        "nothing that could be followed",
        UNKNOWN,
        "could not be seen",
        checkout(
            (HANDLER, SECRET, "secret"),
            (HANDLER, "new Stripe(process.env.STRIPE_SECRET_KEY!)", "stripeOf()"),
            (
                HANDLER,
                "createClient(process.env.NEXT_PUBLIC_SUPABASE_URL!, process.env.SUPABASE_SERVICE_ROLE_KEY!)",
                "connect()",
            ),
        ),
    ),
    Case(
        VARIABLES,
        "a name with a text behind it",
        OK,
        "",
        checkout(
            (
                HANDLER,
                "process.env.NEXT_PUBLIC_SUPABASE_URL!",
                "process.env.SOME_URL || 'https://x.supabase.co'",
            )
        ),
    ),
    Case(
        PAGE_VARIABLES,
        "a name of the server",
        FAIL,
        "no browser has",
        checkout((CLIENT, "NEXT_PUBLIC_SUPABASE_ANON_KEY", "SUPABASE_ANON_KEY")),
    ),
    Case(
        PAGE_VARIABLES,
        "a public name that is not stated",
        WARN,
        "NEXT_PUBLIC_SUPABASE_KEY_ANON",
        checkout((CLIENT, "NEXT_PUBLIC_SUPABASE_ANON_KEY", "NEXT_PUBLIC_SUPABASE_KEY_ANON")),
    ),
]

TABLES, SPLIT = "site.source-tables", "site.source-split"
OF_TABLES = [
    Case(
        TABLES,
        "the page's",
        FAIL,
        "perhaps module_access is meant",
        checkout((PAGE, "module_access", "access_modules")),
    ),
    Case(TABLES, "the handler's", FAIL, "names accounts", checkout((HANDLER, "'profiles'", "'accounts'"))),
    Case(
        TABLES,
        "elsewhere",
        WARN,
        "statistics",
        checkout(more={"src/app/admin/page.tsx": "supabase.from('statistics').select()"}),
    ),
    Case(TABLES, "no tables", UNKNOWN, "no tables at all", database("checks/source_relations")),
    Case(
        SPLIT,
        "another table",
        FAIL,
        "writes user_applications",
        {
            **checkout((HANDLER, "'module_access'", "'user_applications'")),
            **related(user_applications=("id",)),
        },
    ),
    Case(
        SPLIT,
        "a table of another name",
        WARN,
        "reads favourites",
        {**checkout((PAGE, "module_access", "favourites")), **related(favourites=("user_id",))},
    ),
    Case(SPLIT, "a table that is not there", BLOCKED, "", checkout((HANDLER, "'profiles'", "'accounts'"))),
    Case(
        SPLIT,
        "a function of the database",
        UNKNOWN,
        "functions of the database",
        checkout((HANDLER, "      .from('module_access')\n      .insert(", "      .rpc('grant_module', ")),
    ),
]

COLUMNS, PAGE_COLUMNS = "site.source-columns", "site.source-page-columns"
OF_COLUMNS = [
    Case(
        COLUMNS, "another name", FAIL, "perhaps user_id is meant", checkout((HANDLER, "user_id:", "userId:"))
    ),
    Case(
        COLUMNS,
        "no such column",
        FAIL,
        "PGRST204",
        checkout((HANDLER, "user_id:", "stripe_session: s, user_id:")),
    ),
    Case(
        COLUMNS,
        "no constraint",
        FAIL,
        "42P10",
        checkout(
            (HANDLER, "is_active: true })", "is_active: true }, { onConflict: 'user_id,module_id' })"),
            (HANDLER, ".insert(", ".upsert("),
        ),
    ),
    Case(
        COLUMNS,
        "by the key",
        OK,
        "",
        checkout(
            (HANDLER, "is_active: true })", "is_active: true }, { onConflict: 'id' })"),
            (HANDLER, ".insert(", ".upsert("),
        ),
    ),
    Case(
        COLUMNS,
        "noted beside it",
        WARN,
        "writes nonsense",
        checkout(
            (
                HANDLER,
                "  return Response.json({ rec",
                "  await admin.from('payments').insert({ nonsense: 1 })\n  return Response.json({ rec",
            )
        ),
    ),
    Case(
        COLUMNS,
        "elsewhere",
        WARN,
        "asks modules for nonsense",
        checkout(more={"src/app/admin/page.tsx": "supabase.from('modules').select('nonsense')"}),
    ),
    Case(
        PAGE_COLUMNS,
        "another name",
        FAIL,
        "perhaps module_id is meant",
        checkout((PAGE, "id, module_id", "id, moduleId")),
    ),
    Case(
        PAGE_COLUMNS,
        "beside the accesses",
        WARN,
        "asks profiles for nickname",
        checkout(
            (
                PAGE,
                "    return data\n",
                "    await supabase.from('profiles').select('nickname')\n    return data\n",
            )
        ),
    ),
    Case(
        PAGE_COLUMNS,
        "an embedded table",
        FAIL,
        "asks modules for titel",
        checkout((PAGE, "expires_at')", "expires_at, modules(titel)')")),
    ),
]

LOGIN = (
    "import { NextResponse } from 'next/server'\nexport function middleware(request) {\n"
    "  if (!request.cookies.get('session')) return NextResponse.redirect('/login')\n"
    "  return NextResponse.next()\n}\n"
)
CHECKS_OUT, METADATA, GATE = "site.source-checkout", "site.source-metadata", "site.source-gate"
MADE = "await stripe.checkout.sessions.create({"
DATA_ELSEWHERE = "await stripe.checkout.sessions.create({ subscription_data: {},"
SECOND = "src/app/api/packs/route.ts"
OF_CHECKOUTS = [
    Case(
        CHECKS_OUT,
        "data of another mode",
        FAIL,
        "subscription_data",
        checkout((CHECKOUT, MADE, DATA_ELSEWHERE)),
    ),
    Case(
        CHECKS_OUT,
        "one that names no module",
        WARN,
        "subscription_data",
        checkout(
            more={SECOND: "stripe.checkout.sessions.create({ mode: 'payment', subscription_data: {} })"}
        ),
    ),
    Case(METADATA, "another key", FAIL, "writes moduleId", checkout((CHECKOUT, "items_ids:", "moduleId:"))),
    Case(
        METADATA,
        "another key in one of two",
        WARN,
        "writes moduleId",
        checkout(more={SECOND: "stripe.checkout.sessions.create({ metadata: { moduleId: 3 } })"}),
    ),
    Case(
        METADATA,
        "options that cannot be read",
        UNKNOWN,
        "could not be read",
        checkout(more={CHECKOUT: "stripe.checkout.sessions.create(make())"}),
    ),
    Case(
        GATE,
        "a login before the route",
        FAIL,
        "",
        checkout(more={MIDDLEWARE: LOGIN}),
    ),
    Case(
        GATE,
        "what cannot be parsed",
        UNKNOWN,
        "could not be read",
        checkout(
            more={
                MIDDLEWARE: LOGIN.replace(
                    "  return NextResponse.next()", "  const = ;]\n  return NextResponse.next()"
                )
            }
        ),
    ),
    Case(
        GATE,
        "a matcher that leaves it out",
        OK,
        "",
        checkout(more={MIDDLEWARE: LOGIN + "export const config = { matcher: ['/encours'] }\n"}),
    ),
]

KEY, SECRETS, FILTERS, WEBHOOK = (f"site.source-{name}" for name in ("key", "secrets", "filters", "webhook"))
PUBLIC = checkout((HANDLER, "SUPABASE_SERVICE_ROLE_KEY", "NEXT_PUBLIC_SUPABASE_ANON_KEY"))
LEAKED = "sk_" + "test_" + "".join(chr(97 + n % 26) for n in range(24))
OF_HANDLER = [
    Case(KEY, "the public key", FAIL, "no right to insert", PUBLIC),
    Case(
        KEY,
        "the public key, which may",
        WARN,
        "as long as the public may",
        {**PUBLIC, **database("checks/writers")},
    ),
    Case(
        KEY,
        "a client that cannot be followed",
        UNKNOWN,
        "could not be read",
        checkout(
            (
                HANDLER,
                "createClient(process.env.NEXT_PUBLIC_SUPABASE_URL!, process.env.SUPABASE_SERVICE_ROLE_KEY!)",
                "connect()",
            )
        ),
    ),
    Case(
        SECRETS,
        "a key in a page",
        FAIL,
        f"{PAGE}:",
        checkout((PAGE, "'use client'\n", f"'use client'\n// {LEAKED}\n")),
    ),
    Case(
        FILTERS,
        "a value that nobody writes",
        FAIL,
        "access_type = 'active'",
        checkout((PAGE, ".eq('is_active', true)", ".eq('access_type', 'active')")),
    ),
    Case(
        FILTERS,
        "the same elsewhere",
        WARN,
        "access_type = 'active'",
        checkout(
            more={
                "src/utils/access.ts": "supabase.from('module_access').select().eq('access_type', 'active')"
            }
        ),
    ),
    Case(
        WEBHOOK, "a parsed body", FAIL, "parsed body", checkout((HANDLER, "request.text()", "request.json()"))
    ),
    Case(
        WEBHOOK,
        "an error that is swallowed",
        WARN,
        "answers 200",
        checkout(
            (
                HANDLER,
                "return Response.json({ error: 'grant' }, { status: 500 })",
                "console.error(grantError)",
            )
        ),
    ),
    Case(
        WEBHOOK,
        "what cannot be parsed",
        UNKNOWN,
        "could not be read",
        checkout(
            (HANDLER, "request.text()", "request.json()"),
            (HANDLER, "  return Response.json({ rec", "  const = ;]\n  return Response.json({ rec"),
        ),
    ),
    Case(
        FILTERS,
        "a value that nobody writes, rows unread",
        UNKNOWN,
        "permission denied",
        {
            **checkout((PAGE, ".eq('is_active', true)", ".eq('access_type', 'active')")),
            **given_rows_unread(),
        },
    ),
    Case("site.source-read", "not given", SKIPPED, "doctor --app FOLDER", without_source()),
]

CASES = [*UNTOLD, *OF_VARIABLES, *OF_TABLES, *OF_COLUMNS, *OF_CHECKOUTS, *OF_HANDLER]
