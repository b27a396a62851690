"""Mails of the outbox on their way: rendered mail to message, message to the SMTP server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from typing import Final, Protocol

import aiosmtplib

from kaizen.model.queued import Mail
from kaizen.server.settings import Smtp

#: The same on every attempt, so that a receiver can tell a repeated delivery.
DELIVERY_HEADER: Final = "X-Kaizen-Delivery"
_STARTTLS: Final = {"auto": None, "starttls": True, "tls": False, "none": False}
_PERMANENT: Final = 500  #: SMTP replies from here on will not change by trying again


@dataclass(frozen=True, slots=True)
class Parcel:
    """One mail with the key of its delivery."""

    mail: Mail
    key: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one attempt; no error means that the server took the mail."""

    error: str = ""
    permanent: bool = False


class Courier(Protocol):
    """Delivers mails."""

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Receipt]:
        """Try each mail once and say what became of it, in the same order."""


class SmtpCourier:
    """Delivers over SMTP, all mails of one call through one connection."""

    def __init__(self, settings: Smtp, hostname: str) -> None:
        self._settings = settings
        self._hostname = hostname

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Receipt]:
        """Try each mail once; when the server cannot be reached, all of them have the same error."""
        client = self._client()
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            return [self._unreachable(error)] * len(parcels)
        try:
            return [await self._one(client, parcel) for parcel in parcels]
        finally:
            client.close()

    async def _one(self, client: aiosmtplib.SMTP, parcel: Parcel) -> Receipt:
        mail = parcel.mail
        try:
            message = message_of(parcel, self._hostname)
            if not client.is_connected:
                await client.connect()
            sender = self._settings.sender or _address(mail.sender)
            await client.send_message(message, sender=sender, recipients=_recipients(mail))
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            said = "; ".join(f"{r.recipient}: {r.code} {r.message}" for r in error.recipients)
            return Receipt(said, permanent=min(codes, default=0) >= _PERMANENT)
        except aiosmtplib.SMTPResponseException as error:
            return Receipt(f"{error.code} {error.message}", permanent=error.code >= _PERMANENT)
        except (aiosmtplib.SMTPException, OSError) as error:
            return self._unreachable(error)
        except ValueError as error:
            return Receipt(f"the mail cannot be written: {error}", permanent=True)
        return Receipt()

    def _client(self) -> aiosmtplib.SMTP:
        given = self._settings
        return aiosmtplib.SMTP(
            hostname=given.host,
            port=given.port,
            username=given.username or None,
            password=given.password or None,
            use_tls=given.security == "tls",
            start_tls=_STARTTLS[given.security],
            timeout=given.timeout,
            local_hostname=self._hostname,
        )

    def _unreachable(self, error: Exception) -> Receipt:
        said = str(error) or type(error).__name__
        return Receipt(f"SMTP server {self._settings.host}:{self._settings.port}: {said}")


def message_of(parcel: Parcel, hostname: str) -> EmailMessage:
    """Write a mail as a message; raises ValueError for addresses that are none."""
    mail = parcel.mail
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
    key = parcel.key.replace(":", ".")
    message["Message-ID"] = f"<{key}@{hostname}>"
    message[DELIVERY_HEADER] = parcel.key
    message.set_content(mail.content, subtype="html")
    return message


def _recipients(mail: Mail) -> list[str]:
    return list(dict.fromkeys(_address(each) for each in (*mail.to, *mail.cc, *mail.bcc)))


def _address(text: str) -> str:
    return parseaddr(text)[1]


def _checked(text: str) -> str:
    name, address = parseaddr(text)
    return str(Address(display_name=" ".join(name.split()), addr_spec=address))
