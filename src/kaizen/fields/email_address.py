"""What an e-mail address is."""

import re
from typing import Final

#: With the name before the `@` this is what mail servers take.
_LONGEST: Final = 254

#: Every pattern is linear: a repeated group begins with a character that what precedes it cannot be.
_LABEL: Final = r"[^\W_](?:[\w\-]*[^\W_])?"
_ADDRESS: Final = re.compile(
    rf"[\w+\-][\w.+\-!#$%&'*/=?^`{{|}}~]*@(?=[^@]{{4,256}}\Z)(?:{_LABEL}\.)+[^\W\d_]{{2,22}}",
)
_OUTER_FORM: Final = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+@[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+")


def is_email_address(text: str) -> bool:
    """Return whether the service takes a text as an e-mail address."""
    return len(text) <= _LONGEST and _ADDRESS.fullmatch(text) is not None


def can_get_mail(text: str) -> bool:
    """Return whether mail can be sent to an address: a server may have users with addresses without a domain.

    Nothing that passes can break the header of a mail.
    """
    return len(text) <= _LONGEST and _OUTER_FORM.fullmatch(text) is not None
