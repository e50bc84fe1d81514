"""The lines that give the webhook's handler the server's key, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.source.app import App
from iahome_fix.source.clients import SupabaseClient, variable_of
from iahome_fix.source.edits import Edit, behind, instead
from iahome_fix.source.files import SourceFile
from iahome_fix.source.following import Placed
from iahome_fix.source.nodes import Node
from iahome_fix.source.scopes import Binding, How, lookup
from iahome_fix.source.tables import TableUse

KEY = "SUPABASE_SERVICE_ROLE_KEY"
_URL = "NEXT_PUBLIC_SUPABASE_URL"
_OF_BROWSERS = ("use client", "createBrowserClient")
_SUPABASE = "@supabase/supabase-js"
_MAKER = f"import {{ createClient }} from '{_SUPABASE}'"


def with_server_key(app: App, client: SupabaseClient, uses: tuple[TableUse, ...]) -> list[Edit]:
    """The server's key in the client that the handler has to itself; where others have the same client,
    pages say, one of the handler's own. Nothing where that would give them the key, too.
    """
    own = client.key.node if client.key is not None else None
    if own is not None and is_handlers(app, own.file):
        return [_key_in(own)]
    return [edit for file in _asking(app, client, uses) for edit in _client_in(app, file, client)]


def is_handlers(app: App, file: SourceFile) -> bool:
    """Whether nothing but the webhook's handler comes to load a file."""
    if any(word in file.text for word in _OF_BROWSERS):
        return False
    others = [other for other in app.checkout if other.placed is not None and other is not app.handler]
    return file not in app.checkout.reached_from(*others)


def _key_in(at: Placed) -> Edit:
    sure = at.node.parent is not None and at.node.parent.kind in ("non_null_expression", "as_expression")
    return Edit(at.file, at.node.start, at.node.end, _variable(at.file, KEY, sure=sure))


def _variable(file: SourceFile, name: str, *, sure: bool = False) -> str:
    return f"process.env.{name}{'' if sure or not file.path.endswith(('.ts', '.tsx')) else '!'}"


def _asking(app: App, client: SupabaseClient, uses: tuple[TableUse, ...]) -> list[SourceFile]:
    """The files of the handler alone whose statements go through the client."""
    files = {use.file.path: use.file for use in uses}
    return [file for file in files.values() if file is not client.file and is_handlers(app, file)]


def _client_in(app: App, file: SourceFile, client: SupabaseClient) -> Iterator[Edit]:
    """`const name = createClient(…)` in the place of the import of that name."""
    imports = [node for node in file.tree.children if node.kind == "import_statement"]
    for node in imports:
        name = _only_name(app, file, node, client)
        if name is None:
            continue
        there = lookup(file.tree, "createClient")
        made = f"const {name} = createClient({_variable(file, _URL)}, {_variable(file, KEY)})"
        end = ";" if node.text.endswith(";") else ""
        if there is not None and there.source != _SUPABASE:
            return
        if there is None:
            yield instead(file, node, _MAKER + end)
        else:
            yield Edit(file, node.start, node.end + file.text.encode()[node.end :].startswith(b"\n"), "")
        last = imports[-1]
        yield behind(file, last, f"\n\n{made}{end}")
        return


def _only_name(app: App, file: SourceFile, node: Node, client: SupabaseClient) -> str | None:
    """The one name that an import brings, where that is the client."""
    names = [_bound(part) for part in node.walk() if part.kind in ("import_specifier", "namespace_import")]
    clause = node.first("import_clause")
    default = clause.first("identifier") if clause is not None else None
    names += [default] if default is not None else []
    name = names[0] if len(names) == 1 else None
    binding = lookup(file.tree, name.text) if name is not None else None
    if name is None or binding is None or not _is_client(app, file, binding, client):
        return None
    return name.text


def _bound(specifier: Node) -> Node | None:
    return specifier.get("alias") or specifier.get("name")


def _is_client(app: App, file: SourceFile, binding: Binding, client: SupabaseClient) -> bool:
    found = app.follower.imported(file, binding) if binding.how is How.IMPORT else None
    return found is not None and found.file is client.file and variable_of(found.node) is None
