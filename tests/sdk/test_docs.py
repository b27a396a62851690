"""The snippets of the pages about the SDK run, one after the other, against a peer that knows their calls."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kaizen import Client, Config
from kaizen.sdk.config_sources import ALIASES, known_keys
from tests.support.scripted_server import Call, Reply, ScriptedServer

ROOT = Path(__file__).resolve().parents[2]
AUTOMATION = "/crm/v8/settings/automation"
OK = {"code": "SUCCESS", "details": {"id": "7"}, "message": "done", "status": "success"}
LEAD = {"id": "7", "Last_Name": "Lovelace"}


def snippets(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / page).read_text(), re.MULTILINE | re.DOTALL)


def kept(call: Call) -> Reply:
    return Reply(201, {"data": [OK] * len(call.json["data"])})


@pytest.fixture
def service(server: ScriptedServer) -> ScriptedServer:
    """A service that answers everything the pages ask."""
    granted = {"access_token": "1000.granted", "refresh_token": "1000.r", "expires_in": 3600, "api_domain": server.url}
    user = Reply(200, {"users": [{"id": "5", "email": "ada@example.com", "full_name": "Ada Lovelace"}]})
    server.on("POST", "/oauth/v2/token", Reply(200, granted))
    server.on("POST", "/oauth/v2/token/revoke", Reply(200, {"status": "success"}))
    server.on("GET", "/oauth/user/info", Reply(200, {"Email": "ada@example.com"}))
    server.on("GET", "/crm/v8/users", user)
    for path in ("/crm/v8/Leads", "/crm/v8/Leads/upsert"):
        server.on("POST", path, kept)
    for method in ("PUT", "DELETE"):
        server.on(method, "/crm/v8/Leads/7", Reply(200, {"data": [OK]}))
    server.on("POST", "/crm/v8/Leads/actions/add_tags", Reply(200, {"data": [OK]}))
    server.on("GET", "/crm/v8/Leads/7", Reply(200, {"data": [LEAD]}))
    server.on("GET", "/crm/v8/Leads/search", Reply(200, {"data": [LEAD]}))
    server.on("POST", "/crm/v8/coql", Reply(200, {"data": [LEAD]}))
    server.on("POST", f"{AUTOMATION}/tasks", Reply(201, {"tasks": [OK]}))
    server.on("POST", f"{AUTOMATION}/workflow_rules", Reply(201, {"workflow_rules": [OK]}))
    server.on("PUT", f"{AUTOMATION}/workflow_rules/7", Reply(200, {"workflow_rules": [OK]}))
    return server


@pytest.mark.source("assumed: every snippet in the docs is run by the tests")
def test_the_reference(
    service: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    credentials = {
        "api_domain": service.url,
        "accounts_url": service.url,
        "user_email": "ada@example.com",
        "client_id": "1000.X",
        "client_secret": "s",
        "refresh_token": "1000.r",
        "access_token": "1000.a",
    }
    Path("kaizen-credentials.json").write_text(json.dumps(credentials))
    first, *others = snippets("reference/sdk.md")
    exec(first, {})
    with Client.from_credentials("kaizen-credentials.json") as crm:
        names: dict[str, Any] = {"crm": crm}
        for snippet in others:
            exec(snippet, names)

    assert capsys.readouterr().out == "7 ada@example.com\n"
    assert len(others) == 4


@pytest.mark.source("assumed: every snippet in the docs is run by the tests")
def test_the_page_about_tokens(
    service: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"grant_token": "1000.grant", "bobs_refresh_token": "1000.bob"}
    clients: list[Client] = []

    class Here(Client):
        """The page's client, sent to the test's service."""

        def __init__(self, config: Any = None, /, **options: Any) -> None:
            loaded = config if isinstance(config, Config) else Config.load(config, environ={}, **options)
            super().__init__(loaded.with_options(api_base_url=service.url, accounts_url=service.url))
            clients.append(self)

    for snippet in snippets("how-to/tokens.md"):
        exec(snippet.replace("from kaizen import Client\n", ""), names | {"Client": Here}, names)
        if "crm.auth.exchange" in snippet:
            assert (tmp_path / "tokens" / "kaizen_oauthtokens.jsonl").exists()
        if "Vault" in snippet:
            names["crm"].auth.adopt("1000.ada")
    for client in clients:
        client.close()

    assert capsys.readouterr().out == "Ada Lovelace\nada@example.com\n"


@pytest.mark.source("assumed: the page of the reference names every key")
def test_every_key_is_explained() -> None:
    page = (ROOT / "docs/reference/sdk.md").read_text()

    assert [key for key in [*sorted(known_keys()), "sandbox", *ALIASES] if f"`{key}`" not in page] == []
