"""`kaizen serve` and `kaizen grant`, as processes and as commands."""

import json
import shutil
import socket
import stat
from pathlib import Path

import httpx2
import pytest

from kaizen.cli.main import run
from kaizen.cli.serve import mail_server
from kaizen.server.settings import TokenLimits
from tests.support.server import START, KaizenProcess, MakeCrm, StartKaizen

KEYS = {
    "api_domain",
    "accounts_url",
    "org_id",
    "user_id",
    "user_email",
    "client_id",
    "client_secret",
    "grant_token",
    "refresh_token",
    "access_token",
}


def ask(server: KaizenProcess, path: str, token: str) -> httpx2.Response:
    """Ask a server in a process of its own."""
    return httpx2.get(server.url + path, headers={"Authorization": f"Zoho-oauthtoken {token}"})


def exchange(server: KaizenProcess, **given: str) -> dict[str, str]:
    """Ask for tokens."""
    known = {name: server.credentials[name] for name in ("client_id", "client_secret")}
    answer: dict[str, str] = httpx2.post(f"{server.url}/oauth/v2/token", params={**known, **given}).json()
    return answer


@pytest.mark.source("assumed: the credentials file")
def test_a_server_writes_what_a_client_needs(kaizen_process: KaizenProcess) -> None:
    given = kaizen_process.credentials

    assert given.keys() == KEYS
    assert given["api_domain"] == given["accounts_url"] == kaizen_process.url
    assert ask(kaizen_process, "/crm/v8/org", given["access_token"]).json()["org"][0]["zgid"] == given["org_id"]
    me = ask(kaizen_process, "/crm/v8/users", given["access_token"]).json()["users"][0]
    assert (me["id"], me["email"]) == (given["user_id"], given["user_email"])
    assert ask(kaizen_process, "/kaizen/v1/clock", given["access_token"]).json()["now"] == START
    refreshed = exchange(kaizen_process, grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert ask(kaizen_process, "/crm/v8/org", refreshed["access_token"]).status_code == 200
    granted = exchange(kaizen_process, grant_type="authorization_code", code=given["grant_token"])
    assert ask(kaizen_process, "/oauth/user/info", granted["access_token"]).json()["Email"] == given["user_email"]


@pytest.mark.source("assumed: the credentials file")
def test_the_credentials_are_for_their_owner_only(kaizen_process: KaizenProcess) -> None:
    file = kaizen_process.database.with_name("credentials.json")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.source("assumed: a server can be stopped and started again")
def test_a_server_ends_cleanly_and_starts_again_on_its_database(kaizen_process: KaizenProcess) -> None:
    before = kaizen_process.credentials

    assert kaizen_process.stop() == 0
    kaizen_process.restart()

    after = kaizen_process.credentials
    same = ("org_id", "user_id", "client_id", "client_secret")
    assert [after[name] for name in same] == [before[name] for name in same]
    assert ask(kaizen_process, "/crm/v8/org", before["access_token"]).status_code == 200
    assert ask(kaizen_process, "/crm/v8/org", after["access_token"]).status_code == 200


@pytest.mark.source("assumed: what was answered survives the end of the process")
def test_a_killed_server_keeps_what_it_answered(kaizen_process: KaizenProcess) -> None:
    token = exchange(
        kaizen_process, grant_type="refresh_token", refresh_token=kaizen_process.credentials["refresh_token"]
    )

    kaizen_process.kill()
    kaizen_process.restart()

    assert ask(kaizen_process, "/crm/v8/org", token["access_token"]).status_code == 200


@pytest.mark.source("assumed: kaizen grant")
def test_a_grant_token_is_made_beside_a_running_server(
    kaizen_process: KaizenProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    database = str(kaizen_process.database)

    status = run(["grant", "--database", database, "--scope", "ZohoCRM.org.READ", "--minutes", "10"])

    assert status == 0
    code = capsys.readouterr().out.splitlines()[0]
    body = exchange(kaizen_process, grant_type="authorization_code", code=code)
    assert body["scope"] == "ZohoCRM.org.READ"
    assert ask(kaizen_process, "/crm/v8/org", body["access_token"]).status_code == 200
    assert ask(kaizen_process, "/crm/v8/users", body["access_token"]).status_code == 401


@pytest.mark.source("reference: platform A.8")
def test_a_client_is_refused_more_grant_tokens_than_the_settings_allow(
    organisation_file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    database, file = tmp_path / "kaizen.db", tmp_path / "strict.toml"
    shutil.copy(organisation_file, database)
    file.write_text("[tokens]\ngrants_per_window = 1\n")
    command = ["grant", "--database", str(database), "--config", str(file)]

    assert [run(command) != 0 for _ in range(2)] == [False, True]
    assert "has reached tokens.grants_per_window, 1 in 10 minutes; wait, or raise it" in capsys.readouterr().err


@pytest.mark.source("reference: platform G.7")
def test_a_body_that_is_too_large_is_refused_over_the_network(kaizen_process: KaizenProcess) -> None:
    headers = {"Authorization": f"Zoho-oauthtoken {kaizen_process.credentials['access_token']}"}
    large = b"[" + b"1," * 6_000_000 + b"1]"

    with httpx2.Client(base_url=kaizen_process.url, headers=headers) as client:
        for content in (large, iter([large])):
            answer = client.post("/crm/v8/Leads", content=content)
            assert (answer.status_code, answer.json()["code"]) == (413, "BODY_SIZE_REACHED")
        assert client.get("/crm/v8/org").status_code == 200


@pytest.mark.source("assumed: kaizen serve")
def test_an_ephemeral_server_leaves_nothing(start_kaizen: StartKaizen) -> None:
    server = start_kaizen("--ephemeral")

    assert ask(server, "/crm/v8/org", server.credentials["access_token"]).status_code == 200
    assert server.stop() == 0
    assert not server.database.exists()


@pytest.mark.source("docs: getBusinessHours examples; the option is ours")
@pytest.mark.parametrize(("option", "status"), [("--business-hours", 200), ("--no-business-hours", 204)])
def test_an_organisation_is_started_with_business_hours_or_without(
    option: str, status: int, start_kaizen: StartKaizen
) -> None:
    server = start_kaizen("--ephemeral", option)

    assert ask(server, "/crm/v8/settings/business_hours", server.credentials["access_token"]).status_code == status


@pytest.mark.source("assumed: what a person is told says what, where and what to do next")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--clock", "soon"], "clock: 'soon' is not a valid time; write it like 2026-01-05T09:00:00+00:00"),
        (["serve", "--time-zone", "Mars/Olympus"], "time zone 'Mars/Olympus' is unknown"),
        (["serve", "--port", "70000"], "port 70000 does not exist"),
        (["serve", "--cascade", "-1"], "cascade is -1"),
        (["serve", "--cascade", "11"], "cascade is 11; use 0 (rules do not wake rules) to 10"),
        (["serve", "--admin-email", "nobody"], "'nobody' is not a valid address"),
        (["serve", "--smtp", "mail:smtp"], "--smtp mail:smtp: write HOST, HOST:PORT or smtp://"),
        (["serve", "--smtp", "http://mail"], "--smtp http://mail: write HOST, HOST:PORT or smtp://"),
        (["serve", "--smtp", ":25"], "--smtp :25: write HOST"),
        (["serve", "--host", "no.such.host.invalid"], "no.such.host.invalid: "),
        (["serve", "--host", "192.0.2.1"], "this machine has no such address; use one that it has with --host"),
        (
            ["serve", "--public-url", "foo"],
            "--public-url: 'foo' is not a valid URL; write it like https://crm.example.com",
        ),
        (["serve", "--ephemeral", "--database", "x.db"], "--ephemeral cannot be combined with --database x.db"),
        (["serve", "--port", "0", "--database", "mongodb://x"], "mongodb://x: a database is "),
        (["serve", "--database", "mongodb://a:secret@x"], "mongodb://a:***@x: a database is "),
        (["serve", "--ephemeral", "--database", "postgres://a:secret@x"], "--database postgres://a:***@x;"),
        (["serve", "--smtp", "a:secret@mail:x"], "--smtp a:***@mail:x: write"),
        (["grant", "--database", "postgres://a:secret@127.0.0.1:1/x"], "cannot be opened"),
        (["serve", "--config", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["serve", "--port", "x"], "port"),
        (["serve", "--no-such-option"], "--no-such-option"),
        (["no-such-command"], "no-such-command"),
        (["grant", "--database", "nowhere.db"], "nowhere.db: there is no such database"),
        (["grant", "--minutes", "4"], "a grant token is valid for 3, 5, 7 or 10 minutes, not 4"),
        (["grant", "--scope", "everything"], "'everything' is not a scope"),
        (["grant", "--client", "1000.NOBODY"], "there is no self client 1000.NOBODY"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else None,
)
def test_what_cannot_be_used_is_told(
    arguments: list[str],
    said: str,
    organisation_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAIZEN_PORT", "0")
    if "--database" not in arguments:
        monkeypatch.setenv("KAIZEN_DATABASE", str(organisation_file))

    status = run(arguments)

    shown = capsys.readouterr()
    assert status == 2
    assert said in shown.err + shown.out
    assert "Traceback" not in shown.err
    assert "secret" not in shown.err + shown.out


@pytest.mark.source("assumed: what a person is told says what, where and what to do next")
def test_a_taken_port_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert run(["serve", "--port", str(port), "--database", str(tmp_path / "x.db")]) == 2

    assert f"127.0.0.1:{port}: Address already in use; choose another with --port" in capsys.readouterr().err


@pytest.mark.source("assumed: what a person is told says what, where and what to do next")
@pytest.mark.parametrize("kind", ["a text", "a folder", "no folder"])
def test_a_database_that_is_none_is_told(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "kaizen.db"
    if kind == "a text":
        file.write_text("this is no database" * 1000)
    elif kind == "a folder":
        file.mkdir()
    else:
        file = tmp_path / "nowhere" / "kaizen.db"

    assert run(["serve", "--port", "0", "--database", str(file)]) == 2
    assert str(file) in capsys.readouterr().err


@pytest.mark.source("assumed: what a person is told says what, where and what to do next")
def test_credentials_that_cannot_be_written_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "nowhere" / "credentials.json"

    status = run(["serve", "--port", "0", "--database", str(tmp_path / "x.db"), "--credentials", str(file)])

    assert status == 2
    assert f"{file}: cannot be written (there is no folder {file.parent})" in capsys.readouterr().err


@pytest.mark.source("assumed: a virtual clock goes on where it stood")
def test_a_virtual_clock_goes_on_after_a_restart(kaizen_process: KaizenProcess) -> None:
    token = kaizen_process.credentials["access_token"]
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    httpx2.post(f"{kaizen_process.url}/kaizen/v1/clock", json={"advance": {"days": 3}}, headers=headers)

    kaizen_process.stop()
    kaizen_process.restart()

    assert ask(kaizen_process, "/kaizen/v1/clock", token).json()["now"] == "2026-01-08T09:00:00+00:00"


@pytest.mark.source("assumed: settings come from the command line, then the environment, then a file")
def test_the_order_of_settings(tmp_path: Path) -> None:
    from kaizen.server.settings import read_settings

    file = tmp_path / "kaizen.toml"
    file.write_text('port = 1\nhost = "a"\norg_name = "file"\n[smtp]\nhost = "m"\nport = 2525\n')
    environment = {
        "KAIZEN_PORT": "2",
        "KAIZEN_HOST": "b",
        "KAIZEN_SMTP_PASSWORD": "p",
        "KAIZEN_TOKENS_REFRESH_TOKENS": "3",
    }

    settings = read_settings({"port": 3, "host": None, "smtp": {"port": None}}, environment, file)

    assert (settings.port, settings.host, settings.org_name) == (3, "b", "file")
    assert settings.smtp is not None
    assert (settings.smtp.host, settings.smtp.port, settings.smtp.password) == ("m", 2525, "p")
    assert settings.tokens.refresh_tokens == 3


@pytest.mark.source("assumed: settings come from the command line, then the environment, then a file")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 1", 'kaizen.toml: prot: there is no such setting; did you mean "port"?'),
        ('port = "many"', "kaizen.toml: port: Expected `int`, got `str`; `kaizen serve --help` lists the settings"),
        ("port = ", "kaizen.toml: is not valid TOML"),
        ("[smtp]\nport = 1", "kaizen.toml: smtp: Object missing required field `host`"),
        ('[server.smtp]\nhots = "m"', 'kaizen.toml: smtp.hots: there is no such setting; did you mean "host"?'),
        ("port = 1\n[server]", "kaizen.toml: port is outside [server]"),
        ("server = 1", "kaizen.toml: server is not a table"),
        ("[server]\nport = 70000", "kaizen.toml: port: port 70000 does not exist"),
        ('proxies = "10.0.0.0/33"', "kaizen.toml: proxies: '10.0.0.0/33' is not an address or network; write it like"),
        ("read_seconds = 0", "kaizen.toml: read_seconds: read_seconds is 0.0; use a number above 0"),
        ('public_url = "crm.example.com"', "kaizen.toml: public_url: 'crm.example.com' is not a valid URL"),
    ],
)
def test_a_file_that_cannot_be_used(text: str, said: str, tmp_path: Path) -> None:
    from kaizen.server.settings import SettingsError, read_settings

    file = tmp_path / "kaizen.toml"
    file.write_text(text)

    with pytest.raises(SettingsError) as refusal:
        read_settings({}, {}, file)

    assert said in str(refusal.value)


@pytest.mark.source("assumed: what a person is told says what, where and what to do next")
@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("KAIZEN_PORT", "many", "KAIZEN_PORT: Expected `int`, got `str`"),
        ("KAIZEN_SMTP_PORT", "many", "KAIZEN_SMTP_PORT: Expected `int`, got `str`"),
        ("KAIZEN_CLOCK", "soon", "KAIZEN_CLOCK: 'soon' is not a valid time"),
    ],
)
def test_a_bad_setting_of_the_environment_names_its_variable(variable: str, value: str, said: str) -> None:
    from kaizen.server.settings import SettingsError, read_settings

    with pytest.raises(SettingsError) as refusal:
        read_settings({"smtp": {"host": "mail"}}, {variable: value})

    assert said in str(refusal.value)


@pytest.mark.source("assumed: one file for the server and the SDK")
def test_one_file_serves_the_server_and_the_sdk(tmp_path: Path) -> None:
    from kaizen import Config
    from kaizen.server.settings import read_settings

    file = tmp_path / "kaizen.toml"
    file.write_text(
        '[server]\nport = 1\n[server.smtp]\nhost = "mail"\n[kaizen]\nclient_id = "1000.X"\nclient_secret = "s"\n'
    )

    settings = read_settings({}, {}, file)
    config = Config.load(file=file, environ={})

    assert (settings.port, settings.smtp and settings.smtp.host, config.client_id) == (1, "mail", "1000.X")


@pytest.mark.source("assumed: proxies that are named are believed, and no others, on this machine either")
@pytest.mark.parametrize("named", [True, False])
def test_a_proxy_is_believed_once_it_is_named(named: bool, start_kaizen: StartKaizen) -> None:
    server = start_kaizen("--clock", START, *(["--proxies", "127.0.0.1"] if named else []))
    known = {name: server.credentials[name] for name in ("client_id", "client_secret", "refresh_token")}
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "crm.example.com", "X-Forwarded-For": "192.0.2.9"}

    given = {**known, "grant_type": "refresh_token"}
    answer = httpx2.post(f"{server.url}/oauth/v2/token", data=given, headers=said).json()

    assert answer["api_domain"] == ("https://crm.example.com" if named else server.url)


@pytest.mark.source("assumed: what a person is told is so")
def test_what_a_server_says_of_itself(start_kaizen: StartKaizen) -> None:
    server = start_kaizen("--clock", START, "--public-url", "https://crm.example.com/")
    token = server.credentials["access_token"]
    assert server.credentials["api_domain"] == "https://crm.example.com"
    assert server.url.startswith("http://127.0.0.1:")
    assert server.read_lines(3)[0] == "  public       https://crm.example.com"
    httpx2.post(
        f"{server.url}/kaizen/v1/clock",
        json={"advance": {"days": 3}},
        headers={"Authorization": f"Zoho-oauthtoken {token}"},
    )
    server.stop()

    server.restart()

    assert server.read_lines(3)[2] == "  clock        virtual, 2026-01-08T09:00:00+00:00, as before the restart"


@pytest.mark.source("assumed: what a person is told is so")
def test_an_ephemeral_server_without_credentials_says_how_to_talk_to_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from kaizen.server import serving

    monkeypatch.setattr(serving, "run", lambda server, taken, ready, limits: ready())

    assert run(["serve", "--ephemeral", "--port", "0"]) == 0

    said = capsys.readouterr().out
    assert "add --credentials FILE" in said
    assert "kaizen grant" not in said


@pytest.mark.source("assumed: kaizen serve --smtp")
@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("mail", {"host": "mail"}),
        ("mail:2525", {"host": "mail", "port": 2525}),
        ("[::1]:25", {"host": "::1", "port": 25}),
        ("smtp://mail", {"host": "mail"}),
        ("smtps://mail", {"host": "mail", "port": 465, "security": "tls"}),
        (
            "smtp://ada%40x.org:p%3Aw@mail:587",
            {"host": "mail", "port": 587, "username": "ada@x.org", "password": "p:w"},
        ),
    ],
)
def test_where_mail_goes(text: str, read: dict[str, object]) -> None:
    assert {name: value for name, value in mail_server(text).items() if value is not None} == read


@pytest.mark.source("assumed: the credentials file")
@pytest.mark.parametrize("lost", ["", "{}"], ids=["empty", "without its refresh token"])
def test_credentials_that_no_longer_serve_are_made_anew(start_kaizen: StartKaizen, lost: str) -> None:
    server = start_kaizen()
    assert server.stop() == 0
    file = server.database.with_name("credentials.json")
    kept = {name: server.credentials[name] for name in ("org_id", "client_id", "client_secret")}
    file.write_text(lost and json.dumps(kept))

    server.restart()

    assert server.credentials.keys() == KEYS
    assert exchange(server, grant_type="refresh_token", refresh_token=server.credentials["refresh_token"])["scope"]


@pytest.mark.source("assumed: a restart is no reason to end anybody's session")
def test_restarts_end_no_tokens_of_others(make_crm: MakeCrm, tmp_path: Path) -> None:
    from kaizen.server.credentials import Credentials

    server = make_crm(clock="").server
    file = tmp_path / "credentials.json"
    Credentials(server, "http://crm.test").write(file)
    first = json.loads(file.read_text())

    for _ in range(25):
        Credentials(server, "http://crm.test").write(file)

    last = json.loads(file.read_text())
    same = ("refresh_token", "access_token", "client_id")
    assert [last[name] for name in same] == [first[name] for name in same]


@pytest.mark.source("assumed: a restart is no reason to end anybody's session")
def test_an_access_token_near_its_end_is_made_anew(make_crm: MakeCrm, tmp_path: Path) -> None:
    from kaizen.server.credentials import Credentials

    crm = make_crm(tokens=TokenLimits(honoured_seconds=3600))
    file = tmp_path / "credentials.json"
    Credentials(crm.server, "http://crm.test").write(file)
    first = json.loads(file.read_text())

    crm.server.clock.set(crm.server.clock.now() + 1801)  # type: ignore[attr-defined] # it is a virtual one
    Credentials(crm.server, "http://crm.test").write(file)

    last = json.loads(file.read_text())
    assert last["refresh_token"] == first["refresh_token"]
    assert last["access_token"] != first["access_token"]


FOREIGN = {
    "another organisation's": (json.dumps({"org_id": "1", "client_id": "1000.X"}), "belongs to organisation 1, not to"),
    "no credentials": ("# Notes\n", "is not a credentials file"),
    "another JSON": ("[1, 2]", "is not a credentials file"),
}


@pytest.mark.source("assumed: a file that is not ours is not overwritten")
@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("where", [["--database", "kaizen.db"], ["--ephemeral"]], ids=lambda where: where[0])
def test_a_file_of_somebody_else_is_kept(
    name: str, where: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text, said = FOREIGN[name]
    file = tmp_path / "prod.json"
    file.write_text(text)

    assert run(["serve", "--port", "0", "--credentials", "prod.json", *where]) == 2

    shown = capsys.readouterr().err
    assert "prod.json: " in shown
    assert said in shown
    assert "name another file with --credentials" in shown
    assert file.read_text() == text


@pytest.mark.source("assumed: KAIZEN_CREDENTIALS names the file that clients read")
def test_no_file_to_write_is_taken_from_the_environment() -> None:
    from kaizen.server.settings import read_settings

    assert read_settings({}, {"KAIZEN_CREDENTIALS": "prod.json"}).credentials == ""


@pytest.mark.source("assumed: the credentials of an ephemeral server end with it")
def test_the_file_of_an_ephemeral_server_ends_with_it(start_kaizen: StartKaizen) -> None:
    server = start_kaizen("--ephemeral")
    file = server.database.with_name("credentials.json")
    assert server.credentials["ephemeral"] == "true"

    server.kill()
    server.restart()  # what a killed server left is nobody's
    taken = run(["serve", "--ephemeral", "--port", "0", "--credentials", str(file)])
    assert taken == 2, "the other server runs"
    assert server.credentials["access_token"]
    assert server.stop() == 0

    assert not file.exists()
