"""What the journal keeps in English (states of runs, parts of the schema), in the operator's language."""

from __future__ import annotations

from iahome_fix.i18n import N_, rendered

_RUN_STATES = (
    N_("started"),
    N_("applied"),
    N_("partly"),
    N_("failed"),
    N_("interrupted"),
    N_("unknown"),
    N_("damaged"),
)
_PARTS = (
    N_("table {name}"),
    N_("row level security"),
    N_("type of {name}"),
    N_("column {name}"),
    N_("default of {name}"),
    N_("empty values of {name}"),
    N_("rights of {role} to sequence {name}"),
    N_("rights of {role}"),
    N_("sequence {name}"),
    N_("constraint {name}"),
    N_("index {name}"),
    N_("policy {name}"),
)
_PART_STATES = (N_("on"), N_("off"), N_("none"), N_("taken"), N_("refused"))


def run_state(state: str) -> str:
    """How far a run came."""
    return rendered(state, _RUN_STATES)


def part(item: str) -> str:
    """A part of the schema, by the name that the journal has for it."""
    return rendered(item, _PARTS)


def part_state(state: str) -> str:
    """What a part of the schema was: a word of ours, or its definition, which stays as it is."""
    return rendered(state, _PART_STATES)
