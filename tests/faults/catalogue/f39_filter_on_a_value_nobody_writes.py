"""F39: a page asks for accesses of a type that nobody writes; only the app's source can say so."""

from __future__ import annotations

from tests.faults.model import Fault, Outside, source
from tests.faults.world import World

HOME = "src/app/page.tsx"
ASKS = """'use client'
import { supabase } from '@/utils/supabase'

export default function Home() {
  async function owned(user: { id: string }) {
    const { data } = await supabase
      .from('module_access')
      .select('module_id')
      .eq('user_id', user.id)
      .eq('access_type', 'active')
      .gt('expires_at', new Date().toISOString())
    return data
  }
  return <h1>IAHome</h1>
}
"""


def nobody_has_one(world: World) -> None:
    """What the home page asks for: no row is of that type, though accesses are in force."""
    in_force = world.sql("select count(*), count(*) filter (where access_type = 'active') from module_access")
    assert in_force == [(3, 0)]


FAULT = Fault(
    what="/encours shows the module, and the home page still offers to buy it",
    inject=(source(more={HOME: ASKS}), nobody_has_one),
    cause="site.source-filters",
    says=f"{HOME}:10 asks module_access for access_type = 'active', which nobody writes",
    before={"alice": ["15"], "carol": ["15"]},
    hint="accesses in force have is_active true and an end that is absent or ahead",
    statuses={"payments.unfulfilled": "ok", "site.source-tables": "ok", "site.source-split": "ok"},
    repair=(source((HOME, ".eq('access_type', 'active')", ".eq('is_active', true)")),),
    after={"alice": ["15"], "carol": ["15"]},
    outside=Outside(),
)
