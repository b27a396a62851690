"""The outbox, and the delivery of mails over SMTP."""

from dataclasses import dataclass
from datetime import UTC
from typing import Any

import pytest

from kaizen.fields.moment import show_instant
from kaizen.model.queued import Mail, QueuedAction
from kaizen.records.reactions.apply_effects import DELIVER_MAIL
from kaizen.server.clock import read_moment
from kaizen.server.delivery import Missing
from kaizen.server.settings import Smtp
from tests.support.server import START, Crm, MakeCrm
from tests.support.smtp import Mailbox, mailbox

__all__ = ["mailbox"]

NOW = read_moment(START)


def a_mail(number: int, **changed: Any) -> Mail:
    """Make a mail."""
    given = {
        "id": number,
        "created_at": NOW,
        "sender": "Kaizen Tests <crm@example.com>",
        "to": ("Ada Lovelace <ada@example.com>",),
        "subject": "Hello Ada",
        "content": "<p>Bonjour, \u00e7a va?</p>",
        **changed,
    }
    return Mail(**given)


def post(crm: Crm, *, deliver: bool = True, missing: Missing | None = None, **changed: Any) -> str:
    """Put a mail into the outbox, as an action of a rule does, and return its id; `missing`: after an attempt."""

    def work(unit: Any) -> int:
        mail_id, action_id = unit.new_ids(2)
        payload = {"mail_id": str(mail_id)}
        unit.put_mail([a_mail(mail_id, state="waiting" if deliver else "kept", **changed)])
        action = QueuedAction(
            action_id,
            NOW,
            DELIVER_MAIL,
            0,
            0,
            0,
            0,
            "",
            0,
            0,
            crm.user.id,
            missing.kept_in(payload) if missing is not None else payload,
            key=f"mail:{mail_id}",
        )
        if deliver:
            unit.queue([action])
        return int(mail_id)

    return str(crm.store.write_now(work))


def mail_of(crm: Crm, mail_id: str) -> dict[str, Any]:
    """Read one mail of the outbox."""
    (found,) = crm.control("GET", f"outbox/{mail_id}").json["outbox"]
    assert isinstance(found, dict)
    return found


def over(box: Mailbox, **changed: Any) -> Smtp:
    """Return the settings that lead to a mailbox."""
    return Smtp(host="127.0.0.1", port=box.port, **changed)


@pytest.mark.source("assumed: without an SMTP server mails are kept and shown")
def test_the_outbox_is_shown_newest_first(crm_on: Crm) -> None:
    first, second = post(crm_on, deliver=False), post(crm_on, deliver=False, cc=("c@example.com",), subject="Two")

    answer = crm_on.control("GET", "outbox").json

    assert [row["id"] for row in answer["outbox"]] == [second, first]
    assert answer["outbox"][0] == {
        "id": second,
        "state": "kept",
        "created_time": START,
        "sent_time": None,
        "from": "Kaizen Tests <crm@example.com>",
        "to": ["Ada Lovelace <ada@example.com>"],
        "cc": ["c@example.com"],
        "bcc": [],
        "reply_to": None,
        "subject": "Two",
        "module": "",
        "record_id": None,
        "rule_id": None,
        "notification_id": None,
        "attempts": 0,
        "last_error": None,
    }
    assert mail_of(crm_on, first)["content"] == "<p>Bonjour, \u00e7a va?</p>"
    assert crm_on.control("GET", "outbox/5").problem == (400, "INVALID_DATA")
    assert crm_on.control("GET", "outbox/x").problem == (400, "INVALID_DATA")


@pytest.mark.source("assumed: delivery over SMTP")
def test_a_mail_is_delivered_once(make_crm: MakeCrm, mailbox: Mailbox) -> None:
    crm = make_crm(smtp=over(mailbox))
    mail_id = post(crm, cc=("c@example.com",), bcc=("secret@example.com",), reply_to="r@example.com")

    crm.settle()
    crm.settle()

    (envelope,) = mailbox.envelopes
    assert envelope.mail_from == "crm@example.com"
    assert envelope.rcpt_tos == ["ada@example.com", "c@example.com", "secret@example.com"]
    (message,) = mailbox.messages
    assert {name: message[name] for name in ("From", "To", "Cc", "Reply-To", "Subject", "X-Kaizen-Delivery")} == {
        "From": "Kaizen Tests <crm@example.com>",
        "To": "Ada Lovelace <ada@example.com>",
        "Cc": "c@example.com",
        "Reply-To": "r@example.com",
        "Subject": "Hello Ada",
        "X-Kaizen-Delivery": f"mail:{mail_id}",
    }
    assert message["Message-ID"].startswith(f"<mail.{mail_id}@")
    assert "secret@example.com" not in str(message)
    assert message.get_content_type() == "text/html"
    assert message.get_content().strip() == "<p>Bonjour, \u00e7a va?</p>"  # type: ignore[attr-defined]  # an EmailMessage by its policy
    kept = mail_of(crm, mail_id)
    assert (kept["state"], kept["sent_time"], kept["attempts"], kept["last_error"]) == ("sent", START, 1, None)
    assert crm.control("GET", "queue").json["queue"] == []


@pytest.mark.source("reference: automation G.8")
def test_a_server_that_is_away_is_tried_four_times(make_crm: MakeCrm, mailbox: Mailbox) -> None:
    crm = make_crm(smtp=over(mailbox))
    mailbox.close()
    mail_id = post(crm)

    states = []
    for minutes in (0, 1, 5, 30, 300):
        crm.advance(minutes=minutes)
        kept = mail_of(crm, mail_id)
        states.append((kept["state"], kept["attempts"]))

    assert states == [("waiting", 1), ("waiting", 2), ("waiting", 3), ("failed", 4), ("failed", 4)]
    assert f"127.0.0.1:{mailbox.port}" in kept["last_error"]
    (failed,) = crm.control("GET", "queue", None, {"state": "failed"}).json["queue"]
    assert failed["kind"] == DELIVER_MAIL


@pytest.mark.source("reference: automation G.8")
def test_a_mail_goes_out_when_the_server_is_back(make_crm: MakeCrm, mailbox: Mailbox) -> None:
    crm = make_crm(smtp=over(mailbox))
    mailbox.close()
    mail_id = post(crm)
    crm.settle()
    mailbox.open()

    answer = crm.advance(minutes=1)

    assert [row["outcome"] for row in answer["carried_out"]] == ["done"]
    assert (mail_of(crm, mail_id)["state"], mail_of(crm, mail_id)["attempts"]) == ("sent", 2)
    assert [message["X-Kaizen-Delivery"] for message in mailbox.messages] == [f"mail:{mail_id}"]


@dataclass(frozen=True)
class Case:
    name: str
    answer: str
    state: str


REFUSALS = [
    Case("for ever", "550 no such user", "failed"),
    Case("for now", "451 come again", "waiting"),
]


@pytest.mark.source("assumed: SMTP says with its codes whether trying again helps")
@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_a_recipient_that_is_refused(case: Case, make_crm: MakeCrm, mailbox: Mailbox) -> None:
    crm = make_crm(smtp=over(mailbox))
    mailbox.answer = case.answer
    mail_id = post(crm)

    crm.settle()

    kept = mail_of(crm, mail_id)
    assert kept["state"] == case.state
    assert case.answer in kept["last_error"]
    assert mailbox.envelopes == []


ADA, BOB, CY = "ada@example.com", "bob@example.com", "cy@example.com"
LATER, NEVER = "451 come again", "550 no such user"
#: The minutes after which a mail is tried again, and once more to see that it is not tried any more.
MINUTES = (0, 1, 5, 30, 300)


@dataclass(frozen=True)
class Mix:
    """A mail to three, and what the server says to those whom it refuses, attempt by attempt; the last goes on."""

    name: str
    answers: list[dict[str, str]]
    taken_for: list[list[str]]
    seen: list[tuple[str, int, str | None]]  #: state, attempts and error, until they stay
    sent_after: int | None = 0  #: minutes until somebody was the last to get it
    outcome: str = "done"


MIXES = [
    Mix("all sent", [{}], [[ADA, BOB, CY]], [("sent", 1, None)]),
    Mix(
        "one later, then sent",
        [{BOB: LATER}, {}],
        [[ADA, CY], [BOB]],
        [("waiting", 1, f"{BOB}: {LATER}"), ("sent", 2, None)],
        sent_after=1,
    ),
    Mix(
        "one after the other",
        [{ADA: LATER, BOB: LATER, CY: LATER}, {BOB: LATER, CY: LATER}, {CY: LATER}, {}],
        [[ADA], [BOB], [CY]],
        [
            ("waiting", 1, f"{ADA}: {LATER}; {BOB}: {LATER}; {CY}: {LATER}"),
            ("waiting", 2, f"{BOB}: {LATER}; {CY}: {LATER}"),
            ("waiting", 3, f"{CY}: {LATER}"),
            ("sent", 4, None),
        ],
        sent_after=36,
    ),
    Mix(
        "one later and never",
        [{BOB: LATER}],
        [[ADA, CY]],
        [("waiting", n, f"{BOB}: {LATER}") for n in (1, 2, 3)] + [("failed", 4, f"{BOB}: {LATER}")],
        outcome="failed",
    ),
    Mix(
        "one refused for good",
        [{BOB: NEVER}, {}],
        [[ADA, CY]],
        [("failed", 1, f"{BOB}: {NEVER}")],
        outcome="failed",
    ),
    Mix(
        "one later, one refused for good",
        [{BOB: LATER, CY: NEVER}, {}],
        [[ADA], [BOB]],
        [("waiting", 1, f"{BOB}: {LATER}; {CY}: {NEVER}"), ("failed", 2, f"{CY}: {NEVER}")],
        sent_after=1,
        outcome="failed",
    ),
    Mix(
        "one later, then refused for good",
        [{BOB: LATER}, {BOB: NEVER}, {}],
        [[ADA, CY]],
        [("waiting", 1, f"{BOB}: {LATER}"), ("failed", 2, f"{BOB}: {NEVER}")],
        outcome="failed",
    ),
    Mix(
        "all refused, one of them for now",
        [{ADA: NEVER, BOB: LATER, CY: NEVER}, {}],
        [[BOB]],
        [
            ("waiting", 1, f"{BOB}: {LATER}; {ADA}: {NEVER}; {CY}: {NEVER}"),
            ("failed", 2, f"{ADA}: {NEVER}; {CY}: {NEVER}"),
        ],
        sent_after=1,
        outcome="failed",
    ),
    Mix(
        "all refused for good",
        [{ADA: NEVER, BOB: NEVER, CY: NEVER}, {}],
        [],
        [("failed", 1, f"{ADA}: {NEVER}; {BOB}: {NEVER}; {CY}: {NEVER}")],
        sent_after=None,
        outcome="failed",
    ),
]


def to_three(crm: Crm) -> str:
    """Put one mail to Ada, Bob and Cy into the outbox."""
    return post(crm, to=(ADA,), cc=(BOB,), bcc=(CY,))


@pytest.mark.source("assumed: only the recipients who were refused for now are tried again")
@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: mix.name)
def test_recipients_of_one_mail_may_be_refused_alone(mix: Mix, make_crm: MakeCrm, mailbox: Mailbox) -> None:
    crm = make_crm(smtp=over(mailbox))
    mail_id = to_three(crm)

    seen = []
    for attempt, minutes in enumerate(MINUTES):
        mailbox.answers = mix.answers[min(attempt, len(mix.answers) - 1)]
        crm.advance(minutes=minutes)
        kept = mail_of(crm, mail_id)
        seen.append((kept["state"], kept["attempts"], kept["last_error"]))

    assert seen == mix.seen + mix.seen[-1:] * (len(MINUTES) - len(mix.seen))
    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == mix.taken_for
    # Whoever gets it later gets the same mail, with all who were addressed.
    assert len({message["Message-ID"] for message in mailbox.messages}) <= 1
    assert {(message["To"], message["Cc"]) for message in mailbox.messages} <= {(ADA, BOB)}
    sent = None if mix.sent_after is None else show_instant(NOW + 60 * mix.sent_after, UTC)
    assert kept["sent_time"] == sent
    (closed,) = crm.control("GET", "queue", None, {"state": "all"}).json["queue"]
    assert (closed["state"], closed["last_error"]) == (mix.outcome, mix.seen[-1][2])


@pytest.mark.source("assumed: only the recipients who were refused for now are tried again")
def test_a_server_that_goes_away_leaves_those_who_wait(make_crm: MakeCrm, mailbox: Mailbox) -> None:
    crm = make_crm(smtp=over(mailbox))
    mailbox.answers = {BOB: LATER, CY: NEVER}
    mail_id = to_three(crm)
    crm.settle()
    mailbox.close()
    crm.advance(minutes=1)
    away = mail_of(crm, mail_id)
    mailbox.answers = {}
    mailbox.open()

    crm.advance(minutes=5)

    assert (away["state"], away["attempts"], away["sent_time"]) == ("waiting", 2, START)
    assert away["last_error"].startswith(f"{BOB}: SMTP server 127.0.0.1:{mailbox.port}: ")
    assert away["last_error"].endswith(f"; {CY}: {NEVER}")
    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == [[ADA], [BOB]]
    assert mail_of(crm, mail_id)["last_error"] == f"{CY}: {NEVER}"


@pytest.mark.source("assumed: a mail that waited for a server that is gone from the settings is kept")
def test_without_an_smtp_server_it_is_still_said_who_has_no_mail(crm: Crm) -> None:
    mail_id = post(crm, missing=Missing((BOB,), (f"{CY}: {NEVER}",)))

    crm.settle()

    kept = mail_of(crm, mail_id)
    assert (kept["state"], kept["last_error"]) == ("kept", f"{BOB}: no SMTP server is configured; {CY}: {NEVER}")


@pytest.mark.source("assumed: one mail does not hold up another")
def test_one_mail_that_cannot_be_written_does_not_hold_up_the_others(make_crm: MakeCrm, mailbox: Mailbox) -> None:
    crm = make_crm(smtp=over(mailbox))
    bad, good = post(crm, to=("nobody at all",)), post(crm)

    crm.settle()

    assert mail_of(crm, bad)["state"] == "failed"
    assert mail_of(crm, good)["state"] == "sent"


@pytest.mark.source("assumed: a merge field must not write headers of its own")
def test_a_subject_cannot_add_headers(make_crm: MakeCrm, mailbox: Mailbox) -> None:
    crm = make_crm(smtp=over(mailbox))
    post(crm, subject="Hello\r\nBcc: evil@example.com", to=("Ada\r\nX: y <ada@example.com>",))

    crm.settle()

    (message,) = mailbox.messages
    assert message["Bcc"] is None
    assert message["X"] is None
    assert message["Subject"] == "Hello Bcc: evil@example.com"


@pytest.mark.source("assumed: a mail that waited for a server that is gone from the settings is kept")
def test_without_an_smtp_server_waiting_mails_are_kept(crm: Crm) -> None:
    mail_id = post(crm)

    crm.settle()

    assert mail_of(crm, mail_id)["state"] == "kept"
    assert crm.control("GET", "queue").json["queue"] == []


LOGIN = {"username": "kaizen", "password": "hunter2 and more"}


@pytest.mark.source("assumed: a password goes out in clear only when that was asked for")
@pytest.mark.parametrize("security", ["auto", "starttls"])
def test_credentials_do_not_go_out_in_clear(security: Any, make_crm: MakeCrm, mailbox: Mailbox) -> None:
    crm = make_crm(smtp=Smtp(host="127.0.0.1", port=mailbox.port, security=security, **LOGIN))
    mail_id = post(crm)

    crm.settle()

    mail = mail_of(crm, mail_id)
    assert (mail["state"], mailbox.logins, mailbox.messages) == ("waiting", [], [])
    assert LOGIN["password"] not in str(mail)
    if security == "auto":
        assert "it offers no TLS, and a user name and password are not sent in clear" in mail["last_error"]


@pytest.mark.source("assumed: a password goes out in clear only when that was asked for")
def test_credentials_go_out_in_clear_where_they_may(make_crm: MakeCrm, mailbox: Mailbox) -> None:
    crm = make_crm(smtp=Smtp(host="127.0.0.1", port=mailbox.port, security="none", **LOGIN))
    mail_id = post(crm)

    crm.settle()

    assert mail_of(crm, mail_id)["state"] == "sent"
    assert mailbox.logins == [(LOGIN["username"], LOGIN["password"])]


@pytest.mark.source("assumed: without credentials there is nothing to protect but the mail, and the server decides")
def test_without_credentials_tls_is_what_the_server_offers(make_crm: MakeCrm, mailbox: Mailbox) -> None:
    crm = make_crm(smtp=Smtp(host="127.0.0.1", port=mailbox.port))
    mail_id = post(crm)

    crm.settle()

    assert (mail_of(crm, mail_id)["state"], mailbox.logins) == ("sent", [])
