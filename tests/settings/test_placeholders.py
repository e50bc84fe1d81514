"""The keys of a template are told from real ones, and no real key is ever taken for a template's."""

from __future__ import annotations

import base64
import secrets
import string

import pytest

from iahome_fix.sandbox.keys import legacy_key, opaque_key
from iahome_fix.settings.shapes import is_placeholder


def random_key(start: str, length: int = 32) -> str:
    return start + "".join(secrets.choice(string.ascii_letters + string.digits) for _letter in range(length))


PLACEHOLDERS = [
    *("your-key-here", "your_service_role_key", "YOUR_KEY", "Your-Key", "votre_clé_ici", "VOTRE_CLE_SECRETE"),
    *(
        "changeme",
        "change-me",
        "replace_me",
        "REPLACE_WITH_YOUR_KEY",
        "replaceme",
        "insert-key",
        "<your key>",
        "<>",
    ),
    *(
        "[YOUR-KEY]",
        "{{ key }}",
        "${SECRET}",
        "xxxx",
        "XXXXXXXX",
        "xxx-xxx",
        "****",
        "...",
        "…",
        "placeholder",
    ),
    *(
        "undefined",
        "null",
        "TODO",
        "secret",
        "example",
        "whsec_",
        "whsec_...",
        "whsec_xxx",
        "sb_secret_your_key",
    ),
    *("sk_test_your_key_here", "sk_live_…", "sbp_xxxx", "key_goes_here", "abc_key_placeholder"),
]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_placeholders(text: str) -> None:
    assert is_placeholder(text)


def test_no_real_key_is_ever_taken_for_a_placeholder() -> None:
    for _round in range(2000):
        for start in (
            "sk_live_",
            "rk_test_",
            "whsec_",
            "sbp_",
            "",
            "sk_live_your",
            "whsec_xxxx",
            "sk_test_test_",
        ):
            assert not is_placeholder(random_key(start))
        assert not is_placeholder(opaque_key("secret"))
        assert not is_placeholder("sbp_" + secrets.token_hex(20))
        assert not is_placeholder("whsec_" + base64.b64encode(secrets.token_bytes(24)).decode())
    assert not is_placeholder(legacy_key("service_role", "qwertyuiopasdfghjklz", "x"))
