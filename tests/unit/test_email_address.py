"""The one definition of an e-mail address."""

import pytest

from kaizen.fields.email_address import can_get_mail, is_email_address

GOOD = ["ada@example.com", "a.d+a@mail.example.co.uk", "_x@example.com", "ünal@example.com"]
BAD = ["", "ada", "ada@", "@example.com", "ada@example", "ada@@example.com", "ada@-example.com", "ada@example.c0m"]
BREAKS_A_HEADER = ["ada@example.com\nBcc: eve@example.com", "Ada <ada@example.com>", "ada@example.com, eve@example.com"]


@pytest.mark.source("assumed: what an e-mail field takes")
@pytest.mark.parametrize("text", GOOD)
def test_an_address(text: str) -> None:
    assert is_email_address(text)
    assert can_get_mail(text)


@pytest.mark.source("assumed: what an e-mail field takes")
@pytest.mark.parametrize("text", [*BAD, *BREAKS_A_HEADER, f"{'a' * 250}@example.com"])
def test_no_address(text: str) -> None:
    assert not is_email_address(text)


@pytest.mark.source("assumed: ours; the mail of an organisation may stay inside its network")
def test_mail_can_be_sent_inside_a_network() -> None:
    assert can_get_mail("root@localhost")
    assert not any(can_get_mail(text) for text in BREAKS_A_HEADER)
