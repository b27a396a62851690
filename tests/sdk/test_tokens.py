"""The token machine, step by step, without locks, stores or network."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pytest

from kaizen import errors
from kaizen.sdk.oauth import Credentials
from kaizen.sdk.tokens import (
    Delete,
    Find,
    HoldHere,
    HoldStore,
    Save,
    Send,
    Step,
    Steps,
    Token,
    TokenKey,
    TokenMachine,
)
from kaizen.sdk.wire import Answer

T = TypeVar("T")
NOW = 1_700_000_000.0
KEY = TokenKey("1000.X", "ada@example.com", "https://accounts.zoho.com")
OLD = Token(KEY, refresh_token="R", access_token="old", issued_at=NOW - 3600, expires_at=NOW)
GOOD = replace(OLD, access_token="good", issued_at=NOW - 100, expires_at=NOW + 3500)
ENDING = replace(OLD, access_token="ending", issued_at=NOW - 3400, expires_at=NOW + 200)


@dataclass
class Outside:
    """Plays the locks, the store and the accounts server, and writes down what it was asked."""

    stored: Token | None = None
    replies: list[object] = field(default_factory=list)
    free: bool = True  #: whether the lock in this process is
    on_hold: Callable[["Outside"], None] = lambda outside: None  #: what others do while the store's lock is waited for
    asked: list[str] = field(default_factory=list)

    def run(self, steps: Steps[T]) -> T:
        result: object = None
        failure: Exception | None = None
        while True:
            try:
                step = steps.send(result) if failure is None else steps.throw(failure)
            except StopIteration as done:
                value: T = done.value
                return value
            result, failure = None, None
            self.asked.append(type(step).__name__)
            try:
                result = self.carry_out(step)
            except errors.KaizenError as error:
                failure = error

    def carry_out(self, step: Step) -> object:
        match step:
            case HoldHere(_, wait):
                return wait or self.free
            case HoldStore():
                self.on_hold(self)
            case Find():
                return self.stored
            case Save(token):
                self.stored = token
            case Delete():
                self.stored = None
            case Send(request):
                reply = self.replies.pop(0) if self.replies else {"error": "unexpected"}
                if isinstance(reply, errors.KaizenError):
                    raise reply
                status = 200
                if isinstance(reply, tuple):
                    status, reply = reply
                return Answer(
                    status=status, content=json.dumps(reply).encode(), headers={}, method="POST", url=request.path
                )
        return None


def machine(*known: Token, budget: int | None = 8) -> TokenMachine:
    return TokenMachine(Credentials("1000.X", "s"), lambda: NOW, budget, {token.key: token for token in known})


def grant(token: str = "new", **more: object) -> dict[str, object]:
    return {"access_token": token, "expires_in": 3600, "api_domain": "https://www.zohoapis.com", **more}


@dataclass(frozen=True)
class Case:
    name: str
    gives: str
    asks: list[str]
    known: tuple[Token, ...] = ()
    stored: Token | None = None
    replies: tuple[object, ...] = ()
    free: bool = True
    on_hold: Callable[[Outside], None] = lambda outside: None


def another_process_refreshes(outside: Outside) -> None:
    outside.stored = GOOD


REFRESH = ["HoldHere", "Find", "HoldStore", "Find", "Send", "Save"]
DOWN = errors.TransportError("down")
CASES = [
    Case("a known good token costs nothing", "good", [], known=(GOOD,)),
    Case("a stored good token costs a look", "good", ["HoldHere", "Find"], stored=GOOD),
    Case("an ended token is refreshed", "new", REFRESH, known=(OLD,), stored=OLD, replies=(grant(),)),
    Case("a stored one too", "new", REFRESH, stored=OLD, replies=(grant(),)),
    Case(
        "unless another process was faster",
        "good",
        ["HoldHere", "Find", "HoldStore", "Find"],
        stored=OLD,
        on_hold=another_process_refreshes,
    ),
    Case(
        "a token near its end is refreshed ahead of time",
        "new",
        REFRESH,
        known=(ENDING,),
        stored=ENDING,
        replies=(grant(),),
    ),
    Case("but not by two at once", "ending", ["HoldHere"], known=(ENDING,), stored=ENDING, free=False),
    Case("nor when the server is down", "ending", REFRESH[:-1], known=(ENDING,), stored=ENDING, replies=(DOWN,)),
    Case(
        "nor when it refuses",
        "ending",
        REFRESH[:-1],
        known=(ENDING,),
        stored=ENDING,
        replies=({"error": "invalid_code"},),
    ),
    Case(
        "a token whose end nobody knows is used", "odd", [], known=(replace(OLD, access_token="odd", expires_at=None),)
    ),
]


@pytest.mark.source("reference: SDK 5.3, token state machine")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_obtain(case: Case) -> None:
    outside = Outside(case.stored, list(case.replies), case.free, case.on_hold)

    token = outside.run(machine(*case.known).obtain(KEY))

    assert token.access_token == case.gives
    assert outside.asked == case.asks


@pytest.mark.source("reference: SDK 5.3: on 401 refresh only if the stored token is still the one that failed")
@pytest.mark.parametrize(
    ("known", "stored", "gives", "asks"),
    [
        ((GOOD,), GOOD, "new", REFRESH),
        ((replace(GOOD, access_token="newer"),), GOOD, "newer", ["HoldHere"]),
        ((GOOD,), replace(GOOD, access_token="newer"), "newer", ["HoldHere", "Find"]),
    ],
    ids=["it is", "another thread was faster", "another process was faster"],
)
def test_renew(known: tuple[Token, ...], stored: Token, gives: str, asks: list[str]) -> None:
    outside = Outside(stored, [grant()])

    assert outside.run(machine(*known).renew(KEY, "good")).access_token == gives
    assert outside.asked == asks


@pytest.mark.source("reference: SDK 5.3, token state machine")
def test_a_refresh_keeps_what_the_answer_does_not_repeat() -> None:
    outside = Outside(replace(OLD, scopes=("ZohoCRM.modules.ALL",)), [grant()])

    token = outside.run(machine().obtain(KEY))

    assert token == outside.stored
    assert (token.refresh_token, token.scopes, token.expires_at) == ("R", ("ZohoCRM.modules.ALL",), NOW + 3600)
    assert token.refreshes == (NOW,)


@pytest.mark.source("reference: platform A.8: 10 access tokens in ten minutes; SDK 5.3: at most 8 of ours")
def test_the_ninth_refresh_in_ten_minutes_is_not_sent() -> None:
    lately = replace(OLD, refreshes=tuple(NOW - 60 * n for n in range(8)))
    outside = Outside(lately, [grant()])

    with pytest.raises(errors.RefreshLimitReached, match=r"8 refreshes for ada@example.com in ten minutes"):
        outside.run(machine().obtain(KEY))
    assert "Send" not in outside.asked
    assert outside.run(machine(budget=None).obtain(KEY)).access_token == "new"


@pytest.mark.source("reference: platform A.8")
def test_refreshes_of_long_ago_do_not_count() -> None:
    outside = Outside(replace(OLD, refreshes=tuple(NOW - 601 - n for n in range(8))), [grant()])

    assert outside.run(machine().obtain(KEY)).refreshes == (NOW,)


@pytest.mark.source("assumed: ours: the clock of a Kaizen server can be turned")
def test_refreshes_are_forgiven() -> None:
    spent = replace(GOOD, refreshes=(NOW,) * 8)
    outside = Outside(spent)
    tokens = machine(spent)

    outside.run(tokens.forgive(KEY))

    assert outside.stored is not None
    assert outside.stored.refreshes == tokens.memory[KEY].refreshes == ()


@pytest.mark.source("reference: SDK 1.1, generate_access_token: user/info names the user")
def test_exchange_keeps_the_token_of_the_user_who_is_named() -> None:
    outside = Outside(replies=[grant(refresh_token="R", scope="a.b,c.d"), {"Email": "Bob@Example.com"}])

    token = outside.run(machine().exchange("grant", KEY, None))

    assert token.key.user == "bob@example.com"
    assert (token.refresh_token, token.scopes) == ("R", ("a.b", "c.d"))
    assert outside.asked == ["Send", "Send", "HoldHere", "HoldStore", "Save"]


@pytest.mark.source("reference: SDK 2, pain 16: the e-mail address is not always to be had")
@pytest.mark.parametrize(
    "reply",
    [(401, {"code": "INVALID_OAUTHSCOPE"}), {}, {"Email": ""}, DOWN, errors.UnexpectedAnswer("a page")],
    ids=["no scope", "no key", "empty", "down", "a page instead of JSON"],
)
def test_exchange_falls_back_on_the_configured_user(reply: object) -> None:
    outside = Outside(replies=[grant(refresh_token="R"), reply])

    assert outside.run(machine().exchange("grant", KEY, None)).key == KEY


@pytest.mark.source("reference: SDK 2, pain 16")
def test_exchange_without_any_user_says_what_to_do() -> None:
    outside = Outside(replies=[grant(refresh_token="R"), (401, {})])

    with pytest.raises(errors.AuthError, match=r"aaaserver\.profile\.READ.*current_user_email"):
        outside.run(machine().exchange("grant", replace(KEY, user=""), None))


@dataclass(frozen=True)
class Refusal:
    body: dict[str, str]
    kind: type[errors.AuthError]
    status: int = 200


REFUSALS = [
    Refusal({"error": "invalid_code"}, errors.InvalidGrant),
    Refusal({"error": "invalid_client"}, errors.InvalidClient),
    Refusal({"error": "invalid_client_secret"}, errors.InvalidClient),
    Refusal({"error": "invalid_redirect_uri"}, errors.InvalidClient),
    Refusal({"error": "general_error"}, errors.AuthError),
    Refusal({"error": "Access Denied", "error_description": "too many requests"}, errors.RefreshLimitReached, 400),
    Refusal({}, errors.AuthError),
]


@pytest.mark.source("reference: platform A.5: most OAuth mistakes come with HTTP 200")
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.body.get("error", "nothing"))
def test_the_accounts_server_refuses(refusal: Refusal) -> None:
    outside = Outside(replies=[(refusal.status, refusal.body)])

    with pytest.raises(refusal.kind) as caught:
        outside.run(machine().exchange("grant", KEY, None))

    assert type(caught.value) is refusal.kind
    assert outside.stored is None


@pytest.mark.source("docs: Kaizen 18: tokens are generated once")
def test_without_a_token_the_way_to_one_is_told() -> None:
    with pytest.raises(errors.NoToken, match=r"crm\.auth\.exchange"):
        Outside().run(machine().obtain(KEY))
    with pytest.raises(errors.NoToken, match="without a refresh token"):
        Outside(replace(OLD, refresh_token=None)).run(machine().obtain(KEY))


@pytest.mark.source("reference: SDK 1.1, generate_access_token_from_refresh_token")
def test_adopt_proves_the_refresh_token() -> None:
    outside = Outside(replies=[grant()])

    token = outside.run(machine().adopt("theirs", KEY))

    assert (token.refresh_token, token.access_token) == ("theirs", "new")
    assert outside.stored == token


@pytest.mark.source("reference: platform A.6")
@pytest.mark.parametrize(
    ("reply", "alive"), [({"status": "success"}, True), ((400, {"error": "invalid_token"}), False)]
)
def test_revoke_forgets_the_token_here_too(reply: object, alive: bool) -> None:
    outside = Outside(GOOD, [reply])
    tokens = machine(GOOD)

    assert outside.run(tokens.revoke(KEY)) is alive
    assert outside.stored is None
    assert tokens.memory == {}


@pytest.mark.source("reference: platform A.6")
def test_a_revocation_that_fails_forgets_nothing() -> None:
    outside = Outside(GOOD, [(500, {"error": "general_error"})])

    with pytest.raises(errors.KaizenError):
        outside.run(machine(GOOD).revoke(KEY))
    assert outside.stored == GOOD


@pytest.mark.source("reference: SDK 5.3: mandatory window 30 s, advisory 5 min")
@pytest.mark.parametrize(
    ("left", "life", "usable", "fresh"),
    [
        (301, 3600, True, True),
        (300, 3600, True, False),
        (31, 3600, True, False),
        (30, 3600, False, False),
        (0, 3600, False, False),
        (16, 60, True, True),
        (15, 60, True, False),
        (6, 60, False, False),
    ],
)
def test_windows(left: float, life: float, usable: bool, fresh: bool) -> None:
    token = Token(KEY, access_token="t", issued_at=NOW + left - life, expires_at=NOW + left)

    assert (token.usable(NOW), token.fresh(NOW)) == (usable, fresh)


@pytest.mark.source("reference: platform A.5: old answers count in milliseconds beside expires_in_sec")
def test_the_lifetime_of_old_answers() -> None:
    outside = Outside(OLD, [grant(expires_in=3600000, expires_in_sec=3600)])

    assert outside.run(machine().obtain(KEY)).expires_at == NOW + 3600


@pytest.mark.source("reference: SDK 5.3: secrets are never shown")
def test_a_token_does_not_show_itself() -> None:
    assert "old" not in repr(OLD)
    assert "'R'" not in repr(OLD)
