"""`demo`: the real commands on an embedded IAHome, its honesty, and what it leaves behind: nothing."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from iahome_fix.sandbox import story
from iahome_fix.sandbox.site_database import MONTH, YEAR
from iahome_fix.sandbox.surroundings import clean_environment
from iahome_fix.sandbox.world import SHOWN_AT_THE_END
from tests import prepared
from tests.cli.running import is_alive, said, started, wait_for
from tests.commands import call

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and TMPDIR as on Unix")


Tell = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def place(short_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the user who runs PostgreSQL can enter."""
    folder = short_folder / tmp_path_factory.mktemp("demo").name
    folder.mkdir()
    short_folder.chmod(0o755)
    folder.chmod(0o755)
    return folder


def run_demo(place: Path, *words: str, **more: str) -> tuple[int, dict[str, Any]]:
    with started(place, "demo", "--json", *words, more=more) as process:
        code = process.wait(timeout=300)
    assert "Traceback" not in (place / "err").read_text(encoding="utf-8")
    return code, json.loads(said(place))


@pytest.fixture
def tell(place: Path, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """The same in this process, its commands in prepared ones: for a story that has another subject."""

    def run(words: Sequence[str], folder: Path, *, capture: bool) -> tuple[int, str]:
        assert capture
        with prepared.start(words, cwd=folder, env=clean_environment()) as process:
            said, _errors = process.communicate(timeout=120)
            return process.wait(), said

    monkeypatch.setattr(story, "run_command", run)

    def told(*words: str, **more: str) -> tuple[int, dict[str, Any]]:
        done = call(place, "demo", "--json", *words, more=more)
        return done.code, done.document

    return told


def postmaster(place: Path) -> int | None:
    """The id of the demo's database server, once it is there."""
    for file in place.glob("iahome-*/pgdata/postmaster.pid"):
        lines = file.read_text(encoding="utf-8").splitlines()
        if lines and lines[0].isdigit():
            return int(lines[0])
    return None


@pytest.mark.postgrest
@pytest.mark.usefixtures("postgrest_binary")
@pytest.mark.parametrize("version", [MONTH, pytest.param(YEAR, marks=pytest.mark.wide)])
def test_a_shop_of_a_later_version_has_a_story_of_its_own(tell: Tell, version: str) -> None:
    code, document = tell("--profile", version)
    assert (code, document["verdict"]) == (0, "healthy"), document["error"]
    first, *_between, last = (step["result"] for step in document["steps"])
    assert first["causes"] == ["stripe.endpoint-url"]
    assert (last["verdict"], last["causes"]) == ("healthy", [])
    shop = next(one for one in last["checks"] if one["id"] == "schema.profile")
    assert shop["evidence"]["profile"] == version
    assert sum(bool(page["modules"]) for page in document["after"]) == 9


@pytest.mark.postgrest
@pytest.mark.usefixtures("postgrest_binary")
def test_the_story_goes_from_nothing_to_everything_and_leaves_nothing(place: Path) -> None:
    # What an operator has in the shell must not reach the demo, nor the demo what is theirs.
    code, document = run_demo(
        place,
        SUPABASE_DB_URL="postgresql://nobody@127.0.0.1:1/nothing",
        STRIPE_API_KEY="something",
        NEXT_PUBLIC_APP_URL="http://127.0.0.1:1",
        PGHOST="127.0.0.1",
        HTTP_PROXY="http://127.0.0.1:1",
        # No text may be read or written in the encoding of the machine, which on Windows is another one.
        PYTHONWARNDEFAULTENCODING="1",
        PYTHONWARNINGS="error::EncodingWarning",
    )

    assert (code, document["verdict"], document["data_api"]) == (0, "healthy", "postgrest")
    assert [step["as_planned"] for step in document["steps"]] == [True] * len(document["steps"])
    first, last, proof = (document["steps"][place]["result"] for place in (0, -2, -1))
    assert proof["verdict"] == "proved"
    assert first["causes"][0] == "schema.module-access"
    assert (last["verdict"], last["causes"]) == ("healthy", [])
    assert all(page["modules"] == [] for page in document["before"])
    shown = [tuple(map(int, page["modules"])) for page in document["after"] if page["modules"]]
    assert sorted(shown) == sorted([*SHOWN_AT_THE_END.values(), (13,)])
    assert not list(place.glob("iahome-*"))


def test_without_npm_the_missing_link_is_named(tell: Tell, place: Path) -> None:
    code, document = tell(PATH=str(place), XDG_CACHE_HOME=str(place / "cache"))

    assert (code, document["verdict"]) == (0, "healthy")
    assert "npm" in document["data_api"]
    checks = {c["id"]: c for c in document["steps"][-2]["result"]["checks"]}
    assert checks["schema.cache"]["status"] == "skipped"
    assert "npm" in checks["schema.cache"]["detail"]


def test_a_demo_that_goes_wrong_says_so(place: Path) -> None:
    with started(place, "demo") as process:
        assert wait_for(lambda: "$ iahome-fix doctor" in said(place))
        server = postmaster(place)
        assert server is not None
        os.kill(server, signal.SIGQUIT)
        code = process.wait(timeout=60)
    assert code in (1, 3)
    complaint = (place / "err").read_text(encoding="utf-8")
    assert "ended early" in complaint
    assert "Traceback" not in complaint
    assert wait_for(lambda: not list(place.glob("iahome-*")))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_nothing_stays(place: Path, number: signal.Signals) -> None:
    with started(place, "demo") as process:
        assert wait_for(lambda: postmaster(place) is not None)
        server = postmaster(place)
        assert server is not None
        process.send_signal(number)
        code = process.wait(timeout=30)
    assert code == (130 if number is not signal.SIGKILL else -signal.SIGKILL)
    assert wait_for(lambda: not is_alive(server))
    assert wait_for(lambda: not list(place.glob("iahome-*")))


def test_an_unknown_regime_is_a_usage_error(place: Path) -> None:
    with started(place, "demo", "--regime", "nonsense") as process:
        assert process.wait(timeout=30) == 2
    assert "before, since, revoked" in (place / "err").read_text(encoding="utf-8").replace("\n", " ")
