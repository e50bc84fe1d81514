"""The page in a real browser: it opens, asks nobody, can be read in both schemes, and is printed on A4."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iahome_fix.output.page.html import html
from tests.output.chromium import Tab, browser, find
from tests.output.whole_pages import attacked, full, hostile

pytestmark = pytest.mark.chromium

_CONTRASTS = """
(() => {
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = 1;
  const paper = canvas.getContext('2d', {willReadFrequently: true});
  const rgba = text => {
    paper.clearRect(0, 0, 1, 1); paper.fillStyle = text; paper.fillRect(0, 0, 1, 1);
    return [...paper.getImageData(0, 0, 1, 1).data];
  };
  const light = rgb => rgb.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = node => {
    for (let at = node; at; at = at.parentElement) {
      const found = rgba(getComputedStyle(at).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || ['TITLE', 'DESC', 'title', 'desc'].includes(node.tagName)) continue;
    const style = getComputedStyle(node);
    const ink = rgba(node instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(ink), light(behind(node))].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), ink[3], walk.currentNode.data.trim().slice(0, 40)]);
  }
  return found;
})()
"""


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    program = find()
    if program is None:
        if os.environ.get("IAHOME_REQUIRE_CHROMIUM") == "1":
            pytest.fail("no Chromium here")
        pytest.skip("no Chromium here")
    with browser(program) as opened:
        yield opened


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    (folder / "report.html").write_text(full(folder), encoding="utf-8")
    return folder / "report.html"


def test_it_opens_without_asking_anybody_or_a_complaint(tab: Tab, file: Path) -> None:
    tab.open(file)
    assert tab.requests == [file.as_uri()]
    assert tab.complaints == []
    assert tab.run("document.styleSheets.length") == 1
    assert tab.run("document.querySelectorAll('h1').length") == 1
    # The policy lets nothing else in, whatever got into the page.
    tab.run(
        "new Promise(done => { const one = document.createElement('script');"
        " one.textContent = 'window.ran = 1'; document.body.append(one);"
        " const two = new Image(); two.onerror = done; two.src = 'https://example.test/x.png'; })"
    )
    assert tab.run("window.ran") is None
    assert tab.refused == 1


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1100, 360])
def test_every_word_stands_out_from_what_is_behind_it(tab: Tab, file: Path, width: int, dark: bool) -> None:
    tab.open(file, width=width, dark=dark)
    assert tab.run("matchMedia('(prefers-color-scheme: dark)').matches") is dark
    found: list[tuple[float, int, str]] = tab.run(_CONTRASTS)
    assert len(found) > 300
    assert all(alpha == 255 for _ratio, alpha, _text in found)
    assert [entry for entry in found if entry[0] < 4.5] == []
    background = tab.run("getComputedStyle(document.body).backgroundColor")
    assert (int(re.findall(r"\d+", background)[0]) < 60) is dark


@pytest.mark.parametrize("width", [1100, 360])
def test_it_fits_its_window_and_shows_one_of_the_two_pictures(tab: Tab, file: Path, width: int) -> None:
    tab.open(file, width=width)
    assert tab.run("document.documentElement.scrollWidth") <= width
    shown = tab.run(
        "[...document.querySelectorAll('figure > svg')].filter(e => e.getBoundingClientRect().width)"
        ".map(e => e.getAttribute('class'))"
    )
    assert shown == (["wide", "wide"] if width > 640 else ["narrow", "narrow"])


def test_hostile_values_neither_run_nor_ask_nor_burst_the_page(tab: Tab, tmp_path: Path) -> None:
    file = tmp_path / "attacked.html"
    file.write_text(html(attacked(tmp_path, hostile())), encoding="utf-8")
    for width in (1100, 360):
        tab.open(file, width=width)
        assert tab.run("document.documentElement.scrollWidth") <= width
    assert tab.requests == [file.as_uri()]
    assert tab.complaints == []
    # What is written from right to left turns nothing but itself.
    assert tab.run("getComputedStyle(document.querySelector('.evidence dd')).unicodeBidi") == "isolate"


def test_a_reader_of_the_screen_hears_the_pictures_and_the_tables(tab: Tab, file: Path) -> None:
    tab.open(file)
    nodes: list[dict[str, Any]] = tab.ask("Accessibility.getFullAXTree")["nodes"]
    heard = [(n["role"]["value"], n["name"]["value"]) for n in nodes if n.get("name") and not n["ignored"]]
    pictures = [name for role, name in heard if role == "image"]
    assert len(pictures) == 2
    assert "The chain breaks at stripe." in pictures[0]
    assert "5 are missing" in pictures[1]
    assert ("table", "Why customers wait: where their payments stop") in heard
    assert ("columnheader", "Customers") in heard
    assert ("rowheader", "payments.unfulfilled") in heard


def test_it_is_printed_on_a4_with_all_of_its_evidence(tab: Tab, file: Path) -> None:
    tab.open(file, media="print", dark=True)
    # What is folded on the screen has a height on paper, and paper is white in a dark room, too.
    closed = tab.run(
        "[...document.querySelectorAll('details:not([open]) dl')]"
        ".filter(e => !e.getBoundingClientRect().height).length"
    )
    assert closed == 0
    assert [entry for entry in tab.run(_CONTRASTS) if entry[0] < 4.5] == []
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    tab.open(file, media="")
    printed = tab.pdf()
    assert printed.startswith(b"%PDF")
    boxes = {
        tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox ?\[([^]]*)\]", _unpacked(printed))
    }
    assert boxes
    assert all(
        width == pytest.approx(595, abs=1) and height == pytest.approx(842, abs=1)
        for *_at, width, height in boxes
    )


def _unpacked(pdf: bytes) -> bytes:
    """The file with what its object streams hold."""
    found = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(found)
