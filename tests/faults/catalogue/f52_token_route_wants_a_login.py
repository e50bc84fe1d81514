"""F52: the webhook calls a route of the app that wants a signed-in user; only the app's source can say so."""

from __future__ import annotations

from tests.checks.source_support import HANDLER
from tests.faults.model import Fault, Outside, command, site, source

ROUTE = "src/app/api/generate-module-token/route.ts"
LOGIN = "const { data: { user } } = await admin.auth.getUser(bearer(request))\n  if (!user)"
SECRET = "if (request.headers.get('x-internal-secret') !== process.env.INTERNAL_SECRET)"
GIVES = f"""import {{ createClient }} from '@supabase/supabase-js'

const admin = createClient(process.env.NEXT_PUBLIC_SUPABASE_URL!, process.env.SUPABASE_SERVICE_ROLE_KEY!)

export async function POST(request: Request) {{
  {LOGIN} return Response.json({{ error: 'not signed in' }}, {{ status: 401 }})
  const {{ module_id, user_id }} = await request.json()
  const {{ error }} = await admin.from('module_access').insert({{ user_id, module_id, is_active: true }})
  if (error) return Response.json({{ error: 'grant' }}, {{ status: 500 }})
  return Response.json({{ granted: true }})
}}
"""
WRITES = """const { error: grantError } = await admin
      .from('module_access')
      .insert({ user_id: profile.id, module_id: parseInt(id), access_type: 'purchase', is_active: true })
    if (grantError) {
      return Response.json({ error: 'grant' }, { status: 500 })
    }"""
CALLS = """await fetch(`${process.env.NEXT_PUBLIC_APP_URL}/api/generate-module-token`, {
      method: 'POST', body: JSON.stringify({ user_id: profile.id, module_id: id }),
    })"""

FAULT = Fault(
    what="the route answers 401 to the handler, which answers 200 to Stripe",
    inject=(site(handler="noop"), source((HANDLER, WRITES, CALLS), more={ROUTE: GIVES})),
    cause="site.source-webhook",
    says=f"{HANDLER}:15 calls /api/generate-module-token, which wants a signed-in user and answers 401",
    before={"carol": [], "alice": ["15"]},
    hint="correct it in the code and deploy it; reconcile serves the payments that it lost",
    quiet=("site.webhook-handler", "payments.unfulfilled"),
    statuses={"site.source-split": "ok", "site.source-key": "ok"},
    repair=(site(handler="normal"), source((ROUTE, LOGIN, SECRET)), command("reconcile", "--yes")),
    after={"carol": ["15"]},
    outside=Outside(
        cause="site.webhook-handler",
        says={
            "site.webhook-handler": "the app's source (doctor --app FOLDER) or the server's log says which"
        },
    ),
)
