"""Where a configuration comes from, and what it refuses."""

import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kaizen import Client, Config
from kaizen.sdk.errors import ConfigError
from kaizen.sdk.stores import FileStore, MemoryStore, MySQLStore, TokenStore
from kaizen.sdk.stores.selection import choose

SEED = {
    "client_id": "1000.X",
    "client_secret": "s3cret",
    "redirect_uri": "https://www.zoho.com",
    "current_user_email": "abc@xyz.com",
}
EVERY_KEY = {
    **SEED,
    "api_base_url": "https://www.zohoapis.com",
    "accounts_url": "https://accounts.zoho.com",
    "api_version": "v2",
    "sandbox": "false",
    "access_type": "offline",
    "application_log_file_path": "/tmp/log.log",
    "log_in_console": "true",
    "persistence_handler_class_path": "/tmp/handler.py",
    "persistence_handler_class": "Handler",
    "token_persistence_path": "/tmp/tokens",
    "db_username": "username",
    "db_password": "hidden-password",
    "db_port": "3307",
}


def load(mapping: Mapping[str, Any] | None = None, **keywords: Any) -> Config:
    """Load without the environment of the machine that runs the test."""
    return Config.load(mapping, **{"environ": {}, **keywords})


@pytest.mark.source("docs: Kaizen 18, configuration dictionary")
def test_every_key_of_the_seed_is_understood() -> None:
    config = load(EVERY_KEY)

    assert (config.client_id, config.client_secret, config.redirect_uri) == ("1000.X", "s3cret", "https://www.zoho.com")
    assert (config.api_version, config.environment, config.access_type) == ("v2", "production", "offline")
    assert (config.log_in_console, config.application_log_file_path) == (True, "/tmp/log.log")
    assert (config.db_username, config.db_port) == ("username", 3307)
    assert config.api_url() == "https://www.zohoapis.com"
    assert config.accounts_origin == "https://accounts.zoho.com"


@pytest.mark.source("reference: SDK 1.1, Python v2 spellings and those of the article")
@pytest.mark.parametrize(
    ("spelling", "value", "name", "expected"),
    [
        ("apiBaseUrl", "https://www.zohoapis.eu", "api_base_url", "https://www.zohoapis.eu"),
        ("apiVersion", "v2.1", "api_version", "v2.1"),
        ("currentUserEmail", "bob@xyz.com", "current_user_email", "bob@xyz.com"),
        ("applicationLogFilePath", "/tmp/x", "application_log_file_path", "/tmp/x"),
        ("mysql_username", "u", "db_username", "u"),
        ("mysql_password", "p", "db_password", "p"),
        ("mysql_port", "3308", "db_port", 3308),
        ("db_address", "db.example.com", "db_address", "db.example.com"),
        ("sandbox", "true", "environment", "sandbox"),
        ("sandbox", True, "environment", "sandbox"),
    ],
)
def test_both_spellings(spelling: str, value: object, name: str, expected: object) -> None:
    given = {key: v for key, v in SEED.items() if key != name} | {spelling: value}

    assert getattr(load(given), name) == expected


@pytest.mark.source("reference: SDK 5.4: a missing mandatory key is named")
@pytest.mark.parametrize("key", ["client_id", "client_secret", "redirect_uri"])
@pytest.mark.parametrize("empty", [None, ""])
def test_a_missing_mandatory_key_of_the_seed_is_named(key: str, empty: str | None) -> None:
    with pytest.raises(ConfigError, match=f"^{key} is missing"):
        Client.from_config({**SEED, key: empty})


@pytest.mark.source("docs: Kaizen 18: current_user_email, in the dictionary or set later")
def test_a_missing_user_is_named_when_one_is_needed() -> None:
    config = load({key: value for key, value in SEED.items() if key != "current_user_email"})

    with pytest.raises(ConfigError, match=r"^current_user_email is missing"):
        config.token_key()
    assert config.token_key("Ada@Example.com ").user == "ada@example.com"


@pytest.mark.source("reference: SDK 5.1, configuration: keyword, dictionary, environment, file")
def test_sources_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "kaizen.toml"
    file.write_text(
        '[kaizen]\nclient_id = "file"\nclient_secret = "file"\nredirect_uri = "file"\ndc = "in"\nretries = 1\n'
    )
    environ = {
        "KAIZEN_CLIENT_SECRET": "env",
        "KAIZEN_REDIRECT_URI": "env",
        "KAIZEN_DC": "au",
        "KAIZEN_CONFIG": str(file),
    }

    config = Config.load({"redirect_uri": "dict", "dc": "jp"}, environ=environ, dc="eu")

    assert (config.client_id, config.client_secret, config.redirect_uri, config.dc) == ("file", "env", "dict", "eu")
    assert config.retries == 1


@pytest.mark.source("reference: SDK 5.1, configuration")
def test_the_file_may_be_named_and_have_no_table(tmp_path: Path) -> None:
    file = tmp_path / "kaizen.toml"
    file.write_text('client_id = "file"\nclient_secret = "file"\nlog_in_console = true\n')

    assert load(file=file).log_in_console is True


@pytest.mark.source("reference: SDK 5.1, configuration: secrets are masked")
def test_the_secrets_are_not_shown() -> None:
    shown = repr(load(EVERY_KEY))

    assert "s3cret" not in shown
    assert "hidden-password" not in shown
    assert "client_id='1000.X'" in shown


@pytest.mark.source("assumed: a typing mistake is told, an old key is no reason to stop")
def test_an_unknown_key_is_a_warning_with_a_guess() -> None:
    with pytest.warns(UserWarning, match="unknown key 'curent_user_email'; did you mean 'current_user_email'"):
        load({**SEED, "curent_user_email": "x@y.z"})
    with pytest.raises(ConfigError, match="unknown option 'retry'; did you mean 'retries'"):
        load(SEED, retry=3)


@dataclass(frozen=True)
class Bad:
    name: str
    given: Mapping[str, Any]
    told: str


BAD = [
    Bad("an unknown data centre", {"dc": "mars"}, "dc is 'mars'"),
    Bad("an unknown environment", {"environment": "test"}, "environment is 'test'"),
    Bad("online access", {"access_type": "online"}, "access_type is 'online'"),
    Bad("a version without v", {"api_version": "8"}, "api_version is '8'"),
    Bad("no address", {"accounts_url": "accounts.zoho.com"}, "accounts_url is"),
    Bad("a password in an address", {"api_base_url": "https://u:p@host"}, "api_base_url must not contain"),
    Bad("no number", {"db_port": "many"}, "db_port is 'many'"),
    Bad("no boolean", {"sandbox": "perhaps"}, "sandbox is 'perhaps'"),
    Bad("no text", {"client_id": 5}, "client_id is of type int"),
    Bad("no time at all", {"timeout": 0}, "timeout is 0"),
    Bad("fewer than no retries", {"retries": -1}, "retries is -1"),
    Bad("a path without a class", {"persistence_handler_class_path": "/x.py"}, "persistence_handler_class is missing"),
]


@pytest.mark.source("assumed: a value that cannot work is refused at once, by its key")
@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_bad_values_are_named(bad: Bad) -> None:
    with pytest.raises(ConfigError, match=bad.told):
        load({**SEED, **bad.given})


@dataclass(frozen=True)
class Place:
    name: str
    given: Mapping[str, Any]
    accounts: str
    api: str | None
    domain: str | None = None  #: what the token answer says


PLACES = [
    Place("nothing given", {}, "https://accounts.zoho.com", "https://www.zohoapis.com"),
    Place("a data centre", {"dc": "EU"}, "https://accounts.zoho.eu", "https://www.zohoapis.eu"),
    Place("its sandbox", {"dc": "in", "sandbox": True}, "https://accounts.zoho.in", "https://sandbox.zohoapis.in"),
    Place(
        "developer",
        {"dc": "ca", "environment": "developer"},
        "https://accounts.zohocloud.ca",
        "https://developer.zohoapis.ca",
    ),
    Place(
        "its API only",
        {"api_base_url": "https://www.zohoapis.jp"},
        "https://accounts.zoho.jp",
        "https://www.zohoapis.jp",
    ),
    Place(
        "the sandbox of a given API, as in the seed",
        {"api_base_url": "https://www.zohoapis.com.cn", "sandbox": "true"},
        "https://accounts.zoho.com.cn",
        "https://sandbox.zohoapis.com.cn",
    ),
    Place(
        "the token names the API",
        {"dc": "sa"},
        "https://accounts.zoho.sa",
        "https://www.zohoapis.sa",
        "https://www.zohoapis.sa",
    ),
    Place(
        "the token names another data centre",
        {},
        "https://accounts.zoho.com",
        "https://www.zohoapis.com",
        "https://www.zohoapis.eu",
    ),
    Place(
        "the token names a thief",
        {},
        "https://accounts.zoho.com",
        "https://www.zohoapis.com",
        "https://zohoapis.com.evil.example",
    ),
    Place(
        "the sandbox is not the token's host",
        {"sandbox": True},
        "https://accounts.zoho.com",
        "https://sandbox.zohoapis.com",
        "https://www.zohoapis.com",
    ),
    Place(
        "one's own server", {"api_base_url": "http://127.0.0.1:8000/"}, "http://127.0.0.1:8000", "http://127.0.0.1:8000"
    ),
    Place(
        "its API by the token",
        {"accounts_url": "http://localhost:8000"},
        "http://localhost:8000",
        "http://127.0.0.1:9",
        "http://127.0.0.1:9",
    ),
    Place(
        "on one domain",
        {"accounts_url": "https://accounts.example.com"},
        "https://accounts.example.com",
        "https://api.example.com",
        "https://api.example.com",
    ),
    Place(
        "elsewhere",
        {"accounts_url": "https://accounts.example.com"},
        "https://accounts.example.com",
        None,
        "https://evil.test",
    ),
    Place("an address like another", {"accounts_url": "http://10.0.0.1"}, "http://10.0.0.1", None, "http://11.0.0.1"),
]


@pytest.mark.source("reference: platform A.1; SDK 5.4: api_domain only inside the configured family")
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_addresses(place: Place) -> None:
    config = load({**SEED, **place.given})

    assert config.accounts_origin == place.accounts
    if place.api is None:
        with pytest.raises(ConfigError, match=r"^api_base_url is missing"):
            config.api_url(place.domain)
    else:
        assert config.api_url(place.domain) == place.api


@pytest.mark.source("assumed: what a person is told says where it stands")
@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        ("", {"KAIZEN_RETRIES": "few"}, "KAIZEN_RETRIES: retries is 'few', which is not a number"),
        ("", {"KAIZEN_DC": "mars"}, "KAIZEN_DC: dc is 'mars'; it must be one of us"),
        ('dc = "mars"', {}, "{file}: dc is 'mars'; it must be one of us"),
        ('[kaizen]\nretries = "few"\n[server]\nport = 1', {}, "{file}: retries is 'few', which is not a number"),
    ],
)
def test_a_bad_value_names_the_file_or_the_variable(
    text: str, environ: dict[str, str], said: str, tmp_path: Path
) -> None:
    file = tmp_path / "kaizen.toml"
    file.write_text(text)

    with pytest.raises(ConfigError) as refusal:
        Config.load(file=file, environ=environ, client_id="1000.X", client_secret="s")

    assert str(refusal.value).startswith(said.format(file=file))


FORMS: dict[str, Callable[[Mapping[str, Any]], object]] = {
    "Config.load": lambda given: Config.load(given, environ={}),
    "Config.from_dict": Config.from_dict,
    "Client": lambda given: Client(given, environ={}).close(),
    "Client.from_config": lambda given: Client.from_config(given).close(),
}


@pytest.mark.source("assumed: a warning points at the line that it is about, once")
@pytest.mark.parametrize("name", FORMS)
def test_an_unknown_key_is_told_once_and_where_it_was_given(name: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        FORMS[name]({**SEED, "redirect_uri": "https://x.example", "retires": 3})

    assert [(warning.filename, "unknown key 'retires'" in str(warning.message)) for warning in caught] == [
        (__file__, True)
    ]


@pytest.mark.source("docs: Kaizen 18: the mandatory keys; assumed: where they are looked for")
@pytest.mark.parametrize("key", ["client_id", "client_secret", "redirect_uri"])
def test_the_dictionary_alone_is_asked_for_the_mandatory_keys(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"KAIZEN_{key.upper()}", "there")
    given = {"client_id": "1000.X", "client_secret": "s", "redirect_uri": "https://x.example"}
    del given[key]

    with pytest.raises(ConfigError, match=f"^{key} is missing: give it in .* reads neither the environment nor a file"):
        Client.from_config(given)
    Client.from_config(given, **{key: "as a keyword"}).close()


@pytest.mark.source("reference: SDK 5.2: options given with a configuration come first")
def test_options_over_a_configuration() -> None:
    config = load(SEED).with_options(dc="eu", sandbox=True, retries=1)

    assert (config.accounts_origin, config.api_url()) == ("https://accounts.zoho.eu", "https://sandbox.zohoapis.eu")
    assert config.retries == 1


@dataclass(frozen=True)
class Choice:
    name: str
    given: Mapping[str, Any]
    kind: type[TokenStore]
    warned: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


MYSQL = {"db_username": "root", "db_password": "x", "db_port": "3306"}
FILE = {"token_persistence_path": "/tmp/kaizen-tokens"}
OWN = {"store": MemoryStore()}
CHOICES = [
    Choice("nothing", {}, FileStore),
    Choice("a file", FILE, FileStore),
    Choice("MySQL", MYSQL, MySQLStore),
    Choice("one's own", {}, MemoryStore, extra=OWN),
    Choice("a file before MySQL", {**FILE, **MYSQL}, FileStore, warned=True),
    Choice("one's own before a file", FILE, MemoryStore, warned=True, extra=OWN),
    Choice("one's own before MySQL", MYSQL, MemoryStore, warned=True, extra=OWN),
]


@pytest.mark.source("docs: Kaizen 18, order of precedence: custom, file, DB")
@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.name)
def test_stores_in_their_order(choice: Choice) -> None:
    config = load({**SEED, **choice.given}, **choice.extra)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Client(config).close()
        store = choose(config)

    assert type(store) is choice.kind
    assert [("names" in str(warning.message)) for warning in caught] == [True] * choice.warned
    assert {warning.filename for warning in caught} <= {__file__}


@pytest.mark.source("reference: SDK 5.3: the default is the user's state folder, not the one it is run in")
def test_the_default_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    store = choose(load(SEED))

    assert isinstance(store, FileStore)
    assert store.path == tmp_path / "kaizen" / "kaizen_oauthtokens.jsonl"
    assert not store.path.parent.exists()


@pytest.mark.source("docs: Kaizen 18: token_persistence_path, a folder in the text and a file in the example")
def test_a_folder_or_a_file_of_tokens(tmp_path: Path) -> None:
    named = tmp_path / "relativepath" / "zcrm_oauthtokens.txt"
    in_folder = choose(load({**SEED, "token_persistence_path": str(tmp_path)}))
    in_file = choose(load({**SEED, "token_persistence_path": str(named)}))

    assert isinstance(in_folder, FileStore)
    assert isinstance(in_file, FileStore)
    assert (in_folder.path, in_file.path) == (tmp_path / "kaizen_oauthtokens.jsonl", named)


HANDLER = """
class Handler:
    def saveOAuthData(self, tokens): ...
    def getOAuthTokens(self, user): ...
    def deleteOAuthTokens(self, user): ...
class NoHandler: ...
value = 3
"""


@pytest.mark.source("docs: Kaizen 18, custom persistence")
def test_a_handler_class_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "handler.py"
    file.write_text(HANDLER)

    def chosen(name: str, path: Path = file) -> TokenStore:
        given = {"persistence_handler_class": name, "persistence_handler_class_path": str(path)}
        return choose(load({**SEED, **given}))

    assert repr(chosen("Handler")) == "UserStoreAdapter(Handler)"
    for name, path, told in [
        ("Missing", file, "no class 'Missing'"),
        ("NoHandler", file, "is not a token store"),
        ("value", file, "not a class"),
        ("Handler", tmp_path / "no.py", "there is no file"),
    ]:
        with pytest.raises(ConfigError, match=told):
            chosen(name, path)


@pytest.mark.source("docs: Kaizen 18, custom persistence")
def test_a_handler_class_by_its_module() -> None:
    named = choose(load({**SEED, "persistence_handler_class": "kaizen.sdk.stores.memory.MemoryStore"}))
    given = choose(load(SEED, persistence_handler_class=MemoryStore))

    assert isinstance(named, MemoryStore)
    assert isinstance(given, MemoryStore)
    with pytest.raises(ConfigError, match="cannot be loaded"):
        choose(load({**SEED, "persistence_handler_class": "kaizen.nothing.Store"}))
    with pytest.raises(ConfigError, match="name its file"):
        choose(load({**SEED, "persistence_handler_class": "Handler"}))


CREDENTIALS = {
    "api_domain": "http://127.0.0.1:8000",
    "accounts_url": "http://127.0.0.1:8000",
    "org_id": "60001",
    "user_id": "4876876000000000001",
    "user_email": "admin@example.com",
    "client_id": "1000.X",
    "client_secret": "s3cret",
    "grant_token": "1000.grant",
    "refresh_token": "1000.refresh",
    "access_token": "1000.access",
}


@pytest.mark.source("assumed: ours: the file of `kaizen serve --credentials`")
def test_a_credentials_file(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps(CREDENTIALS))

    config = Config.from_credentials(file, retries=0)

    assert (config.current_user_email, config.retries) == ("admin@example.com", 0)
    assert config.api_url() == config.accounts_origin == "http://127.0.0.1:8000"
    token = choose(config).find(config.token_key())
    assert token is not None
    assert (token.refresh_token, token.access_token) == ("1000.refresh", "1000.access")


@pytest.mark.source("assumed: ours: the file of `kaizen serve --credentials`")
def test_a_credentials_file_with_a_store_to_keep_the_tokens(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps(CREDENTIALS))

    config = Config.from_credentials(file, token_persistence_path=tmp_path / "kept")

    found = FileStore(tmp_path / "kept" / "kaizen_oauthtokens.jsonl").find(config.token_key())
    assert found is not None
    assert found.refresh_token == "1000.refresh"


@pytest.mark.source("assumed: ours: the file of `kaizen serve --credentials`")
@pytest.mark.parametrize("key", ["client_id", "refresh_token", "api_domain", "user_email"])
def test_an_incomplete_credentials_file_is_told(key: str, tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps({name: value for name, value in CREDENTIALS.items() if name != key}))

    with pytest.raises(ConfigError, match=f"has no {key}"):
        Client.from_credentials(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        Client.from_credentials(tmp_path / "nothing.json")
