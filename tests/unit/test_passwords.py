"""Passwords of databases and mail servers are never shown."""

import pickle
from pathlib import Path

import pytest

from kaizen.model.passwords import HIDDEN, without_password, without_password_of
from kaizen.server.settings import Settings, Smtp
from kaizen.store import StoreError, open_store
from tests.support.stores import Clock, stub_book

pytestmark = pytest.mark.source("assumed: whoever reads a log or a message learns no password from it")

SECRET = "hunter2secret"

ADDRESSES = {
    "a database": f"postgresql://kaizen:{SECRET}@db.example.com/crm",
    "no host": f"postgresql://kaizen:{SECRET}@/crm",
    "an at sign that is not encoded": f"postgresql://kaizen:p@{SECRET}@db/crm",
    "a slash that is not encoded": f"postgresql://kaizen:a/{SECRET}@db/crm",
    "no user": f"postgresql://:{SECRET}@db/crm",
    "a parameter": f"postgresql://db/crm?user=kaizen&password={SECRET}",
    "the key of a certificate": f"postgresql://db/crm?sslkey=k&sslpassword={SECRET}&x=y",
    "a mail server": f"smtps://ada:{SECRET}@mail.example.com:465",
}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_the_password_of_an_address_is_hidden(address: str) -> None:
    shown = without_password(f"--database {address}: cannot be used")
    assert SECRET not in shown
    assert HIDDEN in shown
    assert shown.endswith(" cannot be used")


@pytest.mark.parametrize(
    "address",
    ["kaizen.db", "/var/lib/kaizen.db", "sqlite:///a@b.db", "postgresql://ada@db/crm", "mail.example.com:25"],
)
def test_an_address_without_a_password_is_shown_as_it_is(address: str) -> None:
    assert without_password(address) == address


@pytest.mark.parametrize("said", ["hunter2%2Fsecret is wrong", "hunter2/secret is wrong"])
def test_a_password_is_hidden_in_what_others_say(said: str) -> None:
    assert without_password_of("postgresql://ada:hunter2%2Fsecret@db/crm", said) == f"{HIDDEN} is wrong"


def test_settings_are_shown_without_secrets() -> None:
    smtp = Smtp(host="mail", username="ada", password=SECRET)
    settings = Settings(database=ADDRESSES["a database"], smtp=smtp, seed=SECRET)
    for shown in (repr(settings), str(settings), repr(smtp), f"{settings!r}"):
        assert SECRET not in shown
        assert "host='mail'" in shown
    assert "port=8700" in repr(settings)
    assert settings.database_shown == f"postgresql://kaizen:{HIDDEN}@db.example.com/crm"
    assert pickle.loads(pickle.dumps(smtp)) == smtp


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://kaizen:{SECRET}@127.0.0.1:1/crm",
        f"postgresql://kaizen:{SECRET}@127.0.0.1:port/crm",
        f"postgresql://kaizen:{SECRET}@[::1/crm",
        f"postgresql://127.0.0.1:1/crm?password={SECRET}",
        f"postgresql://127.0.0.1:1/crm?{SECRET}=1&password={SECRET}",
        f"mysql://kaizen:{SECRET}@db/crm",
    ],
)
def test_a_database_that_cannot_be_opened_is_named_without_its_password(address: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as told:
        open_store(address, clock=Clock(), build_book=stub_book)
    assert SECRET not in str(told.value)
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__ or told.value.__context__ is None
