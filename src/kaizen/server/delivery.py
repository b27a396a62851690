"""Mails of the outbox on their way: rendered mail to message, message to the SMTP server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from typing import Final, Protocol

import aiosmtplib

from kaizen.model.queued import Mail
from kaizen.model.values import Json
from kaizen.server.settings import Smtp

#: The same on every attempt, so that a receiver can tell a repeated delivery.
DELIVERY_HEADER: Final = "X-Kaizen-Delivery"
_STARTTLS: Final = {"auto": None, "starttls": True, "tls": False, "none": False}
_NO_TLS: Final = (
    "it offers no TLS, and a user name and password are not sent in clear; "
    "set smtp.security to none where they may be, to tls for a server that speaks TLS from the start"
)
_PERMANENT: Final = 500  #: SMTP replies from here on will not change by trying again


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail with the key of its delivery."""

    mail: Mail
    key: str
    waiting: tuple[str, ...] = ()  #: the addresses it goes to now; none: all of the mail


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server did not take a mail for one of its recipients."""

    address: str
    code: int
    message: str

    @property
    def permanent(self) -> bool:
        """Trying again will not help."""
        return self.code >= _PERMANENT

    def __str__(self) -> str:
        return f"{self.address}: {self.code} {self.message}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of one attempt: an error concerns all recipients, a refusal one of them."""

    error: str = ""
    permanent: bool = False  #: of the error
    refused: tuple[Refusal, ...] = ()
    taken: bool = False  #: for at least one recipient

    @property
    def again(self) -> bool:
        """Another attempt may reach a recipient."""
        return bool(self.error and not self.permanent) or any(not each.permanent for each in self.refused)


@dataclass(frozen=True, slots=True)
class Missing:
    """Who does not have a mail after some attempts; the payload of its delivery keeps it."""

    waiting: tuple[str, ...] = ()  #: the addresses to try next; none: nobody has the mail, so all of them
    refused: tuple[str, ...] = ()  #: who will never get it, and what the server said

    @classmethod
    def of(cls, payload: Mapping[str, Json]) -> "Missing":
        """Read what `kept_in` wrote."""
        return cls(_texts(payload.get("waiting")), _texts(payload.get("refused")))

    def kept_in(self, payload: Mapping[str, Json]) -> dict[str, Json]:
        """Return the payload for the next attempt."""
        return {**payload, "waiting": list(self.waiting), "refused": list(self.refused)}

    def after(self, receipt: Receipt) -> "Missing":
        """Return who does not have the mail after one more attempt."""
        if receipt.error:
            return self
        waiting = tuple(each.address for each in receipt.refused if not each.permanent)
        return Missing(waiting, (*self.refused, *(str(each) for each in receipt.refused if each.permanent)))

    def because(self, reason: str) -> str:
        """Return the error text: one reason for the waiting recipients, and the reasons of the refused ones."""
        return "; ".join((f"{', '.join(self.waiting)}: {reason}" if self.waiting else reason, *self.refused))

    def told_by(self, receipt: Receipt) -> str:
        """Return who has not received the mail and why; `receipt` is the result of the last attempt."""
        if receipt.error:
            return self.because(receipt.error)
        return "; ".join((*(str(each) for each in receipt.refused if not each.permanent), *self.refused))


class MailTransport(Protocol):
    """Delivers mails."""

    async def deliver(self, mails: Sequence[OutgoingMail]) -> list[Receipt]:
        """Try each mail once and return the results in the same order."""


class SmtpTransport:
    """Delivers over SMTP, all mails of one call through one connection."""

    def __init__(self, settings: Smtp, hostname: str) -> None:
        self._settings = settings
        self._hostname = hostname

    async def deliver(self, mails: Sequence[OutgoingMail]) -> list[Receipt]:
        """Try each mail once; when the server cannot be reached, all of them have the same error."""
        client = self._client()
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            return [self._unreachable(error)] * len(mails)
        try:
            return [await self._one(client, outgoing) for outgoing in mails]
        finally:
            client.close()

    async def _one(self, client: aiosmtplib.SMTP, outgoing: OutgoingMail) -> Receipt:
        try:
            return await self._send(client, outgoing)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return Receipt(refused=tuple(Refusal(r.recipient, r.code, r.message) for r in error.recipients))
        except aiosmtplib.SMTPResponseException as error:
            return Receipt(f"{error.code} {error.message}", permanent=error.code >= _PERMANENT)
        except (aiosmtplib.SMTPException, OSError) as error:
            return self._unreachable(error)
        except ValueError as error:
            return Receipt(f"the mail cannot be written: {error}", permanent=True)

    async def _send(self, client: aiosmtplib.SMTP, outgoing: OutgoingMail) -> Receipt:
        message = message_of(outgoing, self._hostname)
        if not client.is_connected:
            await client.connect()
        sender = self._settings.sender or _address(outgoing.mail.sender)
        recipients = list(outgoing.waiting) or _recipients(outgoing.mail)
        # It raises if the server refuses all recipients, and returns the refused ones if it accepts some.
        refused, _ = await client.send_message(message, sender=sender, recipients=recipients)
        return Receipt(refused=tuple(Refusal(to, *said) for to, said in refused.items()), taken=True)

    def _client(self) -> aiosmtplib.SMTP:
        given = self._settings
        return aiosmtplib.SMTP(
            hostname=given.host,
            port=given.port,
            username=given.username or None,
            password=given.password or None,
            use_tls=given.security == "tls",
            # With credentials, what the server offers does not decide: whoever is between could take the offer out.
            start_tls=True if self._needs_tls else _STARTTLS[given.security],
            timeout=given.timeout,
            local_hostname=self._hostname,
        )

    @property
    def _needs_tls(self) -> bool:
        return self._settings.security == "auto" and bool(self._settings.username)

    def _unreachable(self, error: Exception) -> Receipt:
        said = str(error) or type(error).__name__
        if self._needs_tls and "STARTTLS" in said:
            said = _NO_TLS
        return Receipt(f"SMTP server {self._settings.host}:{self._settings.port}: {said}")


def message_of(outgoing: OutgoingMail, hostname: str) -> EmailMessage:
    """Write a mail as a message; raises ValueError for invalid addresses."""
    mail = outgoing.mail
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = _checked(mail.sender)
    message["To"] = ", ".join(_checked(each) for each in mail.to)
    if mail.cc:
        message["Cc"] = ", ".join(_checked(each) for each in mail.cc)
    if mail.reply_to:
        message["Reply-To"] = _checked(mail.reply_to)
    # A merge field may bring a line break into a subject.
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(datetime.fromtimestamp(mail.created_at, UTC))
    key = outgoing.key.replace(":", ".")
    message["Message-ID"] = f"<{key}@{hostname}>"
    message[DELIVERY_HEADER] = outgoing.key
    message.set_content(mail.content, subtype="html")
    return message


def _recipients(mail: Mail) -> list[str]:
    return list(dict.fromkeys(_address(each) for each in (*mail.to, *mail.cc, *mail.bcc)))


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _address(text: str) -> str:
    return parseaddr(text)[1]


def _checked(text: str) -> str:
    name, address = parseaddr(text)
    return str(Address(display_name=" ".join(name.split()), addr_spec=address))
