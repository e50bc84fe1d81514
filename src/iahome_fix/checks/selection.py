"""Which checks are meant by the words of an operator, and which others they cannot do without."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from iahome_fix.command_lines import command_line
from iahome_fix.errors import UsageError
from iahome_fix.i18n import _
from iahome_fix.model import Check, Link

_MOST_NEAR = 4


def chosen(words: Iterable[str], among: Sequence[Check]) -> tuple[Check, ...]:
    """The checks that the words name, each a check's id or a link, in the order of `among`.

    Raises UsageError for a word that names nothing, with what comes near it.
    """
    wanted: set[str] = set()
    for word in words:
        found = {check.id for check in among if word.lower() in (check.id, check.link.value)}
        if not found:
            raise _nothing(word, among)
        wanted |= found
    return tuple(check for check in among if check.id in wanted)


def with_needed(checks: Iterable[Check], among: Sequence[Check]) -> tuple[Check, ...]:
    """`checks` and all that bears on what they say, directly or not, in the order of `among`.

    A check may also ask what an earlier one of its link, or one of link env, said, without needing it. Those
    come along where they can be judged with what is there already.
    """
    known = {check.id: check for check in among}
    wanted: set[str] = set()
    first = [check.id for check in checks]
    waiting = list(first)
    while waiting:
        check_id = waiting.pop()
        if check_id in known and check_id not in wanted:
            wanted.add(check_id)
            waiting += (*known[check_id].needs, *known[check_id].after, *known[check_id].beside)
    links = {known[check_id].link for check_id in first} | {Link.ENV}
    last = max((place for place, check in enumerate(among) if check.id in wanted), default=-1)
    for check in among[: last + 1]:
        if check.link in links and wanted.issuperset(check.needs):
            wanted.add(check.id)
    return tuple(check for check in among if check.id in wanted)


def _nothing(word: str, among: Sequence[Check]) -> UsageError:
    names = [*(link.value for link in Link), *(check.id for check in among)]
    near = dict.fromkeys(
        [
            *(name for name in names if len(word) > 2 and word.lower() in name),
            *difflib.get_close_matches(word.lower(), names, n=_MOST_NEAR, cutoff=0.5),
        ]
    )
    if near:
        hint = _("perhaps: {names}").format(names=", ".join(list(near)[:_MOST_NEAR]))
    else:
        hint = _("all of them: {command}").format(command=command_line("checks"))
    return UsageError(
        "unknown-check", _("there is no check and no link of the name {word}").format(word=word), hint
    )
