"""The checks of the app's source on a large checkout: how much of this process's time all of them take.

    python -m benchmarks.source [--megabytes 100]

The checkout is made in a temporary folder: a healthy app, and components beside it, of which one in fifty
asks Supabase for tables; the database is given by hand. Goal: at most 10 seconds for 100 MB.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.measure import judged, table
from iahome_fix.checks.runner import judge
from iahome_fix.checks.source import link
from iahome_fix.facts.app_tables import Relation, relations
from iahome_fix.facts.context import Context
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.settings import load_settings
from iahome_fix.source.app import keep
from iahome_fix.source.files import read_checkout
from tests.checks.source_support import healthy

GOAL = 10.0
_OF_TABLES = 50
_COMPONENT = """export function C{n}({{ title }}: {{ title: string }}) {{
  const [open, setOpen] = useState(false)
  const items = Array.from({{ length: 10 }}, (_, i) => ({{ id: i, name: `item ${{i}}` }}))
  return (<div className="p-4" onClick={{() => setOpen(!open)}}>
    {{items.map((item) => <Button key={{item.id}}>{{title}} {{item.name}}</Button>)}}
  </div>)
}}
"""
_QUERY = """export async function load{n}(userId: string) {{
  const {{ data, error }} = await db.from('table_{n}').select('id, owner(id, email)').eq('user_id', userId)
  if (error) throw error
  return data.map((row) => ({{ ...row, label: `${{row.name}} (#${{row.id}})` }}))
}}
"""


def main() -> None:
    """Measure and print the table."""
    given = argparse.ArgumentParser()
    given.add_argument("--megabytes", type=int, default=100)
    size = given.parse_args().megabytes
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        files = _make(root, size * 1_000_000)
        settings = load_settings(folder=root, environ={"NEXT_PUBLIC_APP_URL": "http://127.0.0.1:9"})
        began = time.process_time()
        with closing(Context(settings, timeout=2)) as ctx:
            keep(ctx, read_checkout(root))
            there = {"module_access": Relation(frozenset(MODULE_ACCESS.table.names))}
            ctx.fact(relations.key(), lambda: there)
            rows = [("read", f"{time.process_time() - began:.2f}")]
            for check in link.CHECKS:
                before = time.process_time()
                judge(check, ctx)
                rows.append((check.id, f"{time.process_time() - before:.2f}"))
        taken = time.process_time() - began
    print(table([("part", "s"), *rows]))
    print(f"\n{files} files, {size} MB   {taken:.1f} s   goal ≤ {GOAL:g}: {judged(taken, GOAL)}")


def _make(root: Path, size: int) -> int:
    for path, text in healthy().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    folder = root / "src" / "components"
    folder.mkdir()
    made = count = 0
    while made < size:
        part = _QUERY if count % _OF_TABLES == 0 else _COMPONENT
        text = "".join(part.format(n=count * 30 + number) for number in range(30))
        (folder / f"c{count}.tsx").write_text(text, encoding="utf-8")
        made += len(text)
        count += 1
    return count


if __name__ == "__main__":
    main()
