"""Words that lead to a page of a dashboard: by themselves where a terminal shows that, else as an address."""

from __future__ import annotations

import io
import re

import pytest

from iahome_fix.output.links import Pages, can_link
from iahome_fix.output.screen import Screen

REF = "abcdefghijklmnopqrst"
ENDPOINT = "we_" + "1A2b3C4d5E6f7G8h"
EVENT, PAYMENT, SESSION = "evt_" + "1A2b3C4d5E6f7G8h", "pi_" + "3A2b3C4d5E6f7G8h", "cs_test_" + "a1B2"
OSC = re.compile(r"\x1b\]8;[^;]*;(?P<page>[^\x1b]*)\x1b\\(?P<words>[^\x1b]*)\x1b\]8;;\x1b\\")


class Tty(io.StringIO):
    """A terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Tty:
    for name in ("NO_COLOR", "TMUX", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return Tty()


@pytest.mark.parametrize(
    ("thing", "mode", "page"),
    [
        (ENDPOINT, "test", f"https://dashboard.stripe.com/test/webhooks/{ENDPOINT}"),
        (EVENT, "live", f"https://dashboard.stripe.com/events/{EVENT}"),
        (PAYMENT, None, f"https://dashboard.stripe.com/payments/{PAYMENT}"),
        (SESSION, "test", f"https://dashboard.stripe.com/test/search?query={SESSION}"),
        ("SQL editor", "test", f"https://supabase.com/dashboard/project/{REF}/sql/new"),
        ("in_progress", "live", None),
        ("sub_total", "live", None),
        ("we_short", "live", None),
        (f"{ENDPOINT}/../x", "live", None),
    ],
)
def test_a_thing_has_the_page_of_its_kind_and_mode(thing: str, mode: str | None, page: str | None) -> None:
    assert Pages(REF, mode).of(thing) == page


def test_without_a_known_project_the_dashboard_asks_which() -> None:
    assert Pages(None, None).of("SQL editor") == "https://supabase.com/dashboard/project/_/sql/new"
    assert Pages("odd/../ref", None).of("SQL editor") == "https://supabase.com/dashboard/project/_/sql/new"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7003"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4000"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM_PROGRAM": "iTerm.app"}, True),
        ({"WT_SESSION": "1"}, True),
        ({"TERM": "tmux-256color", "VTE_VERSION": "7003"}, False),
        ({"TERM": "dumb", "WT_SESSION": "1"}, False),
        ({"TERM": "xterm-256color", "FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, False),
    ],
)
def test_only_a_terminal_that_is_known_to_show_links_gets_them(
    environ: dict[str, str], expected: bool
) -> None:
    assert can_link(environ) is expected


def test_on_such_a_terminal_the_words_lead_there_and_no_address_is_shown(
    terminal: Tty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    screen = Screen(terminal)
    screen.pages = Pages(REF, "test")
    screen.line(f"plan: change the endpoint {ENDPOINT}, in the SQL editor", "title")
    screen.page(ENDPOINT)

    plain = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    found = [(m["words"], m["page"]) for m in OSC.finditer(plain)]
    assert found == [(ENDPOINT, screen.pages.of(ENDPOINT)), ("SQL editor", screen.pages.of("SQL editor"))]
    assert terminal.getvalue().count("dashboard.stripe.com") == 1


@pytest.mark.parametrize("forced", ["0", ""])
def test_on_every_other_the_address_stands_below(
    forced: str, terminal: Tty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_HYPERLINK", forced)
    for stream, color in ((terminal, True), (io.StringIO(), True), (Tty(), False)):
        monkeypatch.setenv("FORCE_HYPERLINK", forced if color else "1")
        screen = Screen(stream, color=color)
        screen.pages = Pages(REF, "test")
        screen.line(f"plan: change the endpoint {ENDPOINT}")
        screen.page(ENDPOINT, indent=2)
        screen.page("nothing")

        plain = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
        assert "\x1b" not in plain
        assert plain.splitlines()[1:] == [f"  https://dashboard.stripe.com/test/webhooks/{ENDPOINT}"]


def test_a_screen_that_knows_no_project_shows_the_words_alone(
    terminal: Tty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    screen = Screen(terminal)
    screen.line(ENDPOINT)
    screen.page(ENDPOINT)
    assert terminal.getvalue() == f"{ENDPOINT}\n"
