"""Env files are read as Next.js reads them.

The expected values of next_env_cases.json were measured with @next/env 16.4.6 (14.2 and 15.5 agree). The real
library, fetched from npm once per machine, is asked again: for those cases and for some hundred files made at
random.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import tarfile
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from platformdirs import user_cache_path

from iahome_fix.sandbox.npm_pack import NotFetched, Package
from iahome_fix.settings import layers
from iahome_fix.settings.names import NEXT_FILES

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = json.loads((HERE / "next_env_cases.json").read_text(encoding="utf-8"))
LIBRARY = Package(
    "Next.js's reader of env files",
    "@next/env",
    "16.4.6",
    "sha512-SunBjJ6t+oBtecS3dTjdVuMhUogP5wD/vrGL5EVuQYM1iS4O5ilL51HkiJ3sPjMzRHiCChvr4dbaSJbR7F3lxA==",
)

PIECES = [
    *("a", "b1", "x y", " ", "  ", "\t", "#", "# c", "'", '"', "`", "\\", "\\n", "\\r", "\\'", '\\"', "\\`"),
    *(
        "\\$",
        "$",
        "$A",
        "$B",
        "${A}",
        "${B}",
        "${C:-d}",
        "${A:-}",
        "$NOPE",
        "$P",
        "${P:-z}",
        "$$",
        "$&",
        "${",
        "}",
    ),
    *(
        ":-",
        ":",
        "=",
        "é",
        "\n",
        "\r\n",
        "\r",
        "\ufeff",
        "\u2028",
        "\x0b",
        "\xa0",
        "\x1c",
        "\x85",
        "'q'",
        '"q"',
    ),
    *(
        "export ",
        "A=",
        "\nA=",
        "\nB=",
        "\nexport C=",
        "\nD: ",
        "\n# z\n",
        "\nA\n=",
        "$A$B",
        "$1",
        "\\\\",
        "-",
    ),
]


def reading(files: dict[str, str], environ: dict[str, str]) -> layers.Reading:
    return layers.read([layers.Layer.of(n, files[n]) for n in NEXT_FILES if n in files], environ)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_reads_what_next_reads(case: dict[str, Any]) -> None:
    got = reading(case["files"], case["environ"])
    assert {name: found.text for name, found in got.found.items()} == case["expected"]
    assert len(got.dropped) == case["dropped"]


def test_lines_and_raw_text() -> None:
    text = '# first\n\nA = one # c\r\nexport B="two\nlines"\n\n\nC=$A\n'
    found = reading({".env": text}, {}).found
    assert {name: f.places[0].line for name, f in found.items()} == {"A": 3, "B": 4, "C": 8}
    assert found["A"].raw.strip() == "one"
    assert found["B"].raw == '"two\nlines"'
    assert (found["C"].raw, found["C"].text, found["C"].expanded) == ("$A", "one", True)
    assert not found["A"].expanded


def test_every_place_that_sets_a_name_is_known() -> None:
    found = reading({".env": "A=1\nA=2\n", ".env.local": "A=3\n"}, {"A": "4"}).found["A"]
    assert found.places == (
        layers.PROCESS,
        layers.Place(0, 1),
        layers.Place(1, 2),
        layers.Place(1, 1),
    )


def test_a_value_that_grows_without_end_is_given_up() -> None:
    doubling = "A=$A$B\nB=x\\$`$A\n"
    assert reading({".env": doubling}, {}).dropped


def random_text(chance: random.Random) -> str:
    if chance.random() < 0.5:
        return "".join(chance.choice(PIECES) for _piece in range(chance.randint(1, 25)))
    lines = []
    for _line in range(chance.randint(1, 6)):
        name = chance.choice(["A", "B", "C", "D", "E.x", "F-1", "P"])
        quote = chance.choice(["", "", "", "'", '"', "`"])
        value = "".join(chance.choice(PIECES) for _piece in range(chance.randint(0, 5)))
        start = chance.choice(["", "", "export ", " "]) + name + chance.choice(["=", "=", " = ", ": "])
        lines.append(start + quote + value + quote + chance.choice(["", "", " # c", " x"]))
    return chance.choice(["\n", "\r\n"]).join(lines)


def random_cases(count: int, seed: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    one_line = [piece for piece in PIECES if "\n" not in piece and "\r" not in piece]
    cases = []
    for _case in range(count):
        names = chance.sample(NEXT_FILES, chance.choice([1, 1, 2, 3]))
        environ = {
            name: "".join(chance.choice(one_line) for _piece in range(chance.randint(0, 3)))
            for name in chance.sample(["P", "A", "B"], chance.choice([0, 1, 2]))
        }
        cases.append({"files": {name: random_text(chance) for name in names}, "environ": environ})
    return cases


def few_that_grow(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without all but three of those given up here: the library fills a gigabyte before it gives up, too."""
    kept, grown = [], 0
    for case in cases:
        grows = bool(reading(case["files"], case["environ"]).dropped)
        grown += grows
        if not grows or grown <= 3:
            kept.append(case)
    return kept


def ask_next(cases: list[dict[str, Any]], folder: Path, library: Path) -> list[dict[str, Any]]:
    questions = []
    for number, case in enumerate(cases):
        place = folder / str(number)
        place.mkdir()
        for name, text in case["files"].items():
            (place / name).write_bytes(text.encode("utf-8"))
        questions.append({"folder": str(place), "environ": case["environ"]})
    done = subprocess.run(
        ["node", str(HERE / "next_env_driver.cjs"), str(library)],
        input=json.dumps(questions).encode("ascii"),
        capture_output=True,
        check=True,
        timeout=300,
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


@pytest.fixture(scope="module")
def real_library() -> Path:
    """The folder of the real library, out of the cache or from npm."""
    folder = user_cache_path("iahome-fix") / "next-env" / LIBRARY.version
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetch-") as temporary:
            archive = LIBRARY.pack(Path(temporary), deadline=time.monotonic() + 60)
            with tarfile.open(archive) as packed:
                packed.extractall(temporary, filter="data")
            with suppress(OSError):  # another worker was quicker
                (Path(temporary) / "package").replace(folder)
    except NotFetched as unavailable:
        if os.environ.get("IAHOME_REQUIRE_POSTGREST") == "1":
            pytest.fail(unavailable.reason)
        pytest.skip(unavailable.reason)
    return folder


@pytest.mark.postgrest
def test_the_real_library_agrees(tmp_path: Path, real_library: Path) -> None:
    cases = [*CASES, *few_that_grow(random_cases(300, seed=2026))]
    for case, answer in zip(cases, ask_next(cases, tmp_path, real_library), strict=True):
        got = reading(case["files"], case["environ"])
        assert {name: found.text for name, found in got.found.items()} == answer["values"], case
        assert bool(got.dropped) == bool(answer["errors"]), case
