"""`doctor --report` on a whole IAHome that was broken: the page says what the document says, and no more."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from tests.commands import call
from tests.faults.world import ago
from tests.output.whole_pages import Parsed

if TYPE_CHECKING:
    from tests.faults.conftest import OpenWorld

ADDRESS = "carol@example.test"


def test_the_page_says_what_doctor_says(open_world: OpenWorld) -> None:
    world = open_world()
    world.endpoint.url = world.site.url + "/api/stripe-webhook"
    world.buys("carol", 15, when=ago(minutes=20))
    env = ("--env-file", str(world.env_file()))
    files = ("--report", "report.html", "--report-customers", "waiting.csv")

    done = call(world.folder, "doctor", "--json", *env, *files)
    document = json.loads(done.out)
    assert (done.code, document["verdict"], done.err) == (1, "broken", "")
    assert (document["report"], document["report_customers"]) == ("report.html", "waiting.csv")
    assert document["sales"]["owed"] == 1
    page = (world.folder / "report.html").read_text(encoding="utf-8")
    found = Parsed(page)
    for check in document["checks"]:
        assert f"check-{check['id']}" in found.all("id")
        if "@" not in check["detail"]:
            assert " ".join(check["detail"].split()) in found.text, check["id"]
    assert "1 customer paid 9.90 EUR and waits" in found.text
    assert f"The chain breaks at {document['causes'][0].partition('.')[0]}." in found.text
    (reason,) = document["sales"]["reasons"]
    assert f"{reason['check']} " in found.text
    for value in (ADDRESS, *(str(text) for name, text in world.variables.items() if _is_secret(name))):
        assert value not in page
        assert value not in (world.folder / "waiting.csv").read_text(encoding="utf-8-sig")
    with (world.folder / "waiting.csv").open(encoding="utf-8-sig", newline="") as opened:
        (row,) = csv.DictReader(opened)
    assert (row["payment"], row["customer"]) == ("cs_live_carol", "c…l@e…e.test")
    assert row["check"] == reason["check"]

    # The same once more, for a person, as Markdown and with addresses.
    done = call(world.folder, "doctor", *env, "--show-emails", "--report", "report.md", *files[2:])
    assert done.code == 1
    assert done.err.splitlines()[-2:] == [
        "the report is in report.md",
        "1 module that somebody waits for is in waiting.csv",
    ]
    text = (world.folder / "report.md").read_text(encoding="utf-8")
    assert "**✕ stripe (broken here)**" in text
    assert ADDRESS not in text
    assert ADDRESS in (world.folder / "waiting.csv").read_text(encoding="utf-8-sig")
    assert not [file.name for file in world.folder.iterdir() if file.name.endswith(".new")]


def _is_secret(name: str) -> bool:
    return "KEY" in name or "SECRET" in name
