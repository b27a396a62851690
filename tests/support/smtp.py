"""A mail server on loopback that keeps what it gets, and can be told to refuse."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Mailbox:
    """Takes mails in a thread of its own."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answer = "250 OK"  #: what it says to each recipient
        self.answers: dict[str, str] = {}  #: what it says to some of them instead
        self.logins: list[tuple[str, str]] = []  #: the user names and passwords that came
        self.on_mail: Callable[[], None] | None = None  #: called with a mail in hand, before it says that it has it
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._controller: _Controller | None = None

    def open(self) -> None:
        """Begin to listen."""
        self._controller = _Controller(self, hostname="127.0.0.1", port=self.port, loop=asyncio.new_event_loop())
        self._controller.start()

    def close(self) -> None:
        """Hang up and stop listening; connections are refused from now on."""
        if self._controller is not None:
            asyncio.run_coroutine_threadsafe(self._controller.hang_up(), self._controller.loop).result()
            self._controller.stop()
            self._controller = None

    @property
    def messages(self) -> list[Message]:
        """The mails that came, in order."""
        return [message_from_bytes(envelope.original_content or b"", policy=default) for envelope in self.envelopes]

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword
    ) -> AuthResult:
        """Let everybody in and note what they said."""
        self.logins.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=True)

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        answer = self.answers.get(address, self.answer)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Take a mail."""
        self.envelopes.append(envelope)
        if self.on_mail is not None:
            self.on_mail()
        return "250 kept"


class _Controller(Controller):
    """Can hang up: on its own, aiosmtpd leaves connections that are open when it stops to the garbage collector."""

    def __init__(self, mailbox: Mailbox, *, hostname: str, port: int, loop: asyncio.AbstractEventLoop) -> None:
        # As no server should: it asks for passwords and speaks no TLS.
        insecure: dict[str, Any] = {"authenticator": mailbox.authenticate, "auth_require_tls": False}
        super().__init__(mailbox, hostname=hostname, port=port, loop=loop, **insecure)
        self._lines: list[SMTP] = []

    def factory(self) -> SMTP:
        """Make what speaks with one client."""
        line: SMTP = super().factory()
        self._lines.append(line)
        return line

    async def hang_up(self) -> None:
        """End all connections, then take no more: asyncio loses the socket of one that it is about to take."""
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for line in self._lines:
                if line.transport is not None:
                    line.transport.abort()
            await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
        if self.server is not None:
            self.server.close()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that listens."""
    box = Mailbox()
    box.open()
    yield box
    box.close()
