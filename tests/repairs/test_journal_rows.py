"""What the journal keeps of rows: ids and images, bounded, and no e-mail address of anybody."""

from __future__ import annotations

from typing import Any

import pytest

from iahome_fix.repairs.journal.journal import LONGEST_IMAGE, MOST_IDS, MOST_IMAGES, row_record


def image(number: int, **metadata: Any) -> dict[str, Any]:
    return {"id": number, "is_active": True, "updated_at": "2026-01-01", "metadata": metadata}


@pytest.mark.parametrize("place", ["value", "name", "nested", "id"])
def test_an_image_with_an_address_stays_in_its_row(place: str) -> None:
    address = "carol" + "@example.test"
    bad = {
        "value": image(2, userEmail=address),
        "name": image(2, **{address: 1}),
        "nested": image(2, by=[{"who": address}]),
        "id": {**image(2), "id": address},
    }[place]
    record = row_record([], [1, 2], [image(1, session_id="cs_1"), bad])
    assert record["before_images"] == [image(1, session_id="cs_1")]
    assert record["ids"] == {"created": [], "deactivated": [1, 2], "left_out": 0}


def test_an_image_keeps_four_columns_and_no_other() -> None:
    record = row_record([], [1], [{**image(1), "user_id": "carol" + "@example.test", "email": "x"}])
    assert record["before_images"] == [image(1)]


def test_long_images_many_images_and_many_ids_are_bounded() -> None:
    long = image(1, note="x" * LONGEST_IMAGE)
    assert row_record([], [1], [long])["before_images"] == []
    fitting = LONGEST_IMAGE - len(str(image(1, note="")).replace("True", "true"))
    assert len(row_record([], [1], [image(1, note="x" * fitting)])["before_images"]) == 1
    assert row_record([], [1], [image(1, note="x" * (fitting + 1))])["before_images"] == []
    many = row_record(
        range(MOST_IDS + 3), range(MOST_IDS + 4), map(image, range(MOST_IMAGES + 5)), left_out=2
    )
    assert (len(many["ids"]["created"]), len(many["ids"]["deactivated"])) == (MOST_IDS, MOST_IDS)
    assert many["ids"]["left_out"] == 2 + 3 + 4
    assert [one["id"] for one in many["before_images"]] == list(range(MOST_IMAGES))
    assert row_record(range(MOST_IDS), [], [])["ids"]["left_out"] == 0
