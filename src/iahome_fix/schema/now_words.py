"""What is there and what is missing, by requirement, for a reader who does not know PostgreSQL by heart."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from iahome_fix.i18n import _, joined, labelled

if TYPE_CHECKING:
    from iahome_fix.schema.requirements import Gap

_MOST = 6
_NEW_TABLE = "the rights that new tables come with"
_NEW_SEQUENCE = "the rights that new sequences come with"
_COUNTER = re.compile(r"at (?P<value>-?\d+), highest id (?P<highest>-?\d+)")


def now(requirement_id: str, gaps: Sequence[Gap]) -> str:
    """What a requirement found, in one sentence without a full stop."""
    say = WORDS.get(requirement_id)
    return say(gaps) if say is not None else by_name(gaps)


def by_name(gaps: Sequence[Gap]) -> str:
    """Each thing with what is wrong with it; what no better sentence is known for."""
    return _listed([labelled(gap.where, gap.what) for gap in gaps])


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST
    shown = ", ".join(names[:_MOST])
    return shown + (_(" and {count} more").format(count=more) if more > 0 else "")


def _items(gaps: Sequence[Gap]) -> str:
    return _listed([gap.where for gap in gaps])


def _columns(gaps: Sequence[Gap]) -> str:
    return _("these columns are missing: {columns}").format(columns=_items(gaps))


def _defaults(gaps: Sequence[Gap]) -> str:
    empty = [gap.where for gap in gaps if gap.detail == "no default"]
    said = []
    if empty:
        said.append(
            _("what the app leaves out of a new row stays empty: {columns}").format(columns=_listed(empty))
        )
    if any(gap.detail == "may be empty" for gap in gaps):
        said.append(_("a row may be of nobody (user_id may be empty)"))
    return joined(*said) or by_name(gaps)


def _owner_type(gaps: Sequence[Gap]) -> str:
    types = _listed([f"{gap.where} ({gap.what})" for gap in gaps])
    return _("the app compares text, and these are of another type: {columns}").format(columns=types)


def _indexes(gaps: Sequence[Gap]) -> str:
    columns = _listed([gap.item.removeprefix("idx_module_access_") for gap in gaps])
    return _("no index helps to look up by {columns}: each look reads the whole table").format(
        columns=columns
    )


def _counter(gaps: Sequence[Gap]) -> str:
    found = _COUNTER.fullmatch(gaps[0].detail)
    if found is None:
        return by_name(gaps)
    return _("the sequence of ids stands at {value}, though ids up to {highest} are taken").format(
        **found.groupdict()
    )


def _server(gaps: Sequence[Gap]) -> str:
    return _("the app's server (service_role) has no right to: {rights}").format(rights=_items(gaps))


def _customers_select(gaps: Sequence[Gap]) -> str:
    columns = re.fullmatch(r"no select \((.+)\)", gaps[0].detail)
    if columns is None:
        return _("signed-in customers have no right to read the table")
    return _("signed-in customers have no right to read the columns {columns}").format(columns=columns[1])


def _customers_write(gaps: Sequence[Gap]) -> str:
    if any(gap.detail == _NEW_TABLE for gap in gaps):
        return _("a new table comes with the right to write for signed-in customers")
    return _("signed-in customers have the right to: {rights}").format(
        rights=_listed([gap.what for gap in gaps])
    )


def _public(gaps: Sequence[Gap]) -> str:
    if any(gap.detail == _NEW_TABLE for gap in gaps):
        return _("a new table comes with rights for everybody who has the page's public key")
    if any(gap.item not in ("anon", "public") for gap in gaps):
        return by_name(gaps)
    return _("everybody who has the page's public key has the right to: {rights}").format(
        rights=_listed([gap.what for gap in gaps])
    )


def _sequence(gaps: Sequence[Gap]) -> str:
    if any(gap.detail == _NEW_SEQUENCE for gap in gaps):
        return _("a new table's sequence of ids comes with rights for everybody")
    return _("the sequence of ids is open to others: {rights}").format(
        rights=_listed([gap.what for gap in gaps])
    )


WORDS: Mapping[str, Callable[[Sequence[Gap]], str]] = {
    "010_table": lambda _gaps: _("there is no table module_access: no purchase can be written down"),
    "020_columns": _columns,
    "030_primary_key": lambda _gaps: _("nothing tells its rows apart (no primary key)"),
    "040_defaults": _defaults,
    "060_owner_type": _owner_type,
    "070_foreign_key": lambda _gaps: _(
        "module_id does not refer to modules: an access may name a module that is gone"
    ),
    "075_foreign_key_checked": lambda _gaps: _(
        "module_id refers to modules, but older rows were never held against them"
    ),
    "087_half_built_indexes": lambda gaps: _("indexes that were begun and never finished: {indexes}").format(
        indexes=_items(gaps)
    ),
    "090_unique_index": lambda _gaps: _(
        "nothing keeps a customer from having two active accesses to one module"
    ),
    "100_indexes": _indexes,
    "110_sequence": _counter,
    "120_row_level_security": lambda _gaps: _(
        "row level security is off: whoever may read the table sees everybody's rows"
    ),
    "130_owner_policy": lambda _gaps: _(
        "no policy lets signed-in customers see their own rows: their page stays empty"
    ),
    "140_service_role": _server,
    "145_customers_select": _customers_select,
    "150_authenticated": _customers_write,
    "160_anon": _public,
    "165_sequence_rights": _sequence,
    "170_access_tokens_columns": _columns,
    "180_access_tokens_id": lambda gaps: _(
        "access_tokens.id is {type}, which takes no id of the app (token_…)"
    ).format(type=gaps[0].what),
}
"""By requirement. Of the others what the query says is plain by itself (`by_name`)."""

BY_NAME = frozenset({"050_module_type", "080_duplicates", "168_anon_writes"})
"""Requirements with a repair whose query says it plainly."""
