"""Small checkouts of an app, written for the tests, and what the source checks say about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from iahome_fix.checks.runner import judge, run_checks
from iahome_fix.checks.source import link as source
from iahome_fix.facts.context import Context
from iahome_fix.model import Check, Report, Result, Status
from iahome_fix.settings import load_settings
from iahome_fix.source.app import keep
from iahome_fix.source.files import read_checkout
from tests.sessions import execute

PAGE = "src/app/encours/page.tsx"
HANDLER = "src/app/api/webhooks/stripe/route.ts"
CHECKOUT = "src/app/api/create-payment-intent/route.ts"

HEALTHY_PAGE = """'use client'
import { supabase } from '@/utils/supabase'

export default function Encours() {
  async function load(user: { id: string }) {
    const { data } = await supabase
      .from('module_access')
      .select('id, module_id, expires_at')
      .eq('user_id', user.id)
      .eq('is_active', true)
    return data
  }
  return <p>Vous n'avez pas d'accès en cours</p>
}
"""
HEALTHY_HANDLER = """import Stripe from 'stripe'
import { createClient } from '@supabase/supabase-js'

const stripe = new Stripe(process.env.STRIPE_SECRET_KEY!)
const admin = createClient(process.env.NEXT_PUBLIC_SUPABASE_URL!, process.env.SUPABASE_SERVICE_ROLE_KEY!)

export async function POST(request: Request) {
  const body = await request.text()
  const event = stripe.webhooks.constructEvent(body, request.headers.get('stripe-signature')!, secret)
  const session = event.data.object as Stripe.Checkout.Session
  const ids = session.metadata?.items_ids?.split(',') ?? []
  const { data: profile } = await admin
    .from('profiles').select('id').eq('email', session.customer_email).single()
  for (const id of ids) {
    const { error: grantError } = await admin
      .from('module_access')
      .insert({ user_id: profile.id, module_id: parseInt(id), access_type: 'purchase', is_active: true })
    if (grantError) {
      return Response.json({ error: 'grant' }, { status: 500 })
    }
  }
  return Response.json({ received: true })
}
"""
HEALTHY_CHECKOUT = """import Stripe from 'stripe'
const stripe = new Stripe(process.env.STRIPE_SECRET_KEY!)
export async function POST(request: Request) {
  const { items, email } = await request.json()
  const session = await stripe.checkout.sessions.create({
    mode: 'payment',
    customer_email: email,
    metadata: { customer_email: email, items_ids: items.map((item: { id: number }) => item.id).join(',') },
  })
  return Response.json({ url: session.url })
}
"""
HEALTHY_CLIENT = """import { createClient } from '@supabase/supabase-js'
export const supabase = createClient(
  process.env.NEXT_PUBLIC_SUPABASE_URL!,
  process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY!,
)
"""


def healthy() -> dict[str, str]:
    """The files of an app in which nothing is wrong, by path."""
    return {
        PAGE: HEALTHY_PAGE,
        HANDLER: HEALTHY_HANDLER,
        CHECKOUT: HEALTHY_CHECKOUT,
        "src/utils/supabase.ts": HEALTHY_CLIENT,
    }


@dataclass
class Source:
    """A checkout in a folder; change `files`, then ask what the checks say."""

    folder: Path
    dsn: str | None = None
    files: dict[str, str] = field(default_factory=healthy)
    variables: dict[str, str] = field(default_factory=dict)

    def change(self, path: str, old: str, new: str) -> None:
        """Replace one text that has to be there."""
        assert old in self.files[path], old
        self.files[path] = self.files[path].replace(old, new)

    def write(self) -> Path:
        root = self.folder / "checkout"
        for path, text in self.files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return root

    def report(self, *chosen: Check) -> Report:
        """What these checks say, or all that read the source."""
        with self._context() as ctx:
            return run_checks(chosen or source.CHECKS, ctx)

    @contextmanager
    def _context(self) -> Iterator[Context]:
        environ = {"SUPABASE_DB_URL": self.dsn, **self.variables} if self.dsn else self.variables
        # An address at which nothing is: no test may reach for the real site.
        settings = load_settings(
            folder=self.folder, environ={"NEXT_PUBLIC_APP_URL": "http://127.0.0.1:9", **environ}
        )
        with closing(Context(settings, timeout=5)) as ctx:
            keep(ctx, read_checkout(self.write()))
            yield ctx

    def says(self, check: Check) -> Result:
        """What one check says, run alone."""
        with self._context() as ctx:
            return Result(check, judge(check, ctx))

    def sql(self, statement: str) -> None:
        """Run one statement in the database, as its owner."""
        assert self.dsn
        execute(self.dsn, statement)


def assert_fails(result: Result, *parts: str) -> None:
    """The check fails, and its sentence has these parts."""
    assert result.status is Status.FAIL, result.finding
    for part in parts:
        assert part in result.finding.detail, result.finding.detail
