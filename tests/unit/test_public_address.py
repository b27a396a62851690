"""Under which address clients reach the server, and who they are."""

from dataclasses import dataclass, field

import pytest

from kaizen.server.public_address import PublicAddress, networks

HOME = "127.0.0.1:8700"
INSIDE = "10.0.0.7"


@dataclass(frozen=True)
class Request:
    name: str
    url: str
    caller: str = INSIDE
    headers: dict[str, str] = field(default_factory=dict)
    peer: str = INSIDE
    public: str = ""


HOST = {"host": "kaizen.internal:8700"}
X = {"x-forwarded-proto": "https", "x-forwarded-host": "crm.example.com"}

CASES = [
    Request("nothing said", f"http://{HOME}"),
    Request("a host", "http://kaizen.internal:8700", headers=HOST),
    Request("one set for all", "https://crm.example.org", headers=HOST | X, public="https://crm.example.org"),
    Request("a proxy's word", "https://crm.example.com", headers=HOST | X),
    Request(
        "a proxy that names no host", "https://kaizen.internal:8700", headers=HOST | {"x-forwarded-proto": "https"}
    ),
    Request(
        "a proxy that names the client",
        "https://crm.example.com",
        "192.0.2.9",
        HOST | X | {"x-forwarded-for": "192.0.2.9"},
    ),
    Request("a stranger's word", "http://kaizen.internal:8700", "192.0.2.9", HOST | X, peer="192.0.2.9"),
    Request("nobody's word", "http://kaizen.internal:8700", "", HOST | X, peer=""),
    Request(
        "a stranger's word that a proxy passes on",
        "http://kaizen.internal:8700",
        "192.0.2.9",
        HOST | {"x-forwarded-for": "10.0.0.9, 192.0.2.9", "x-forwarded-proto": "https, http"},
    ),
    Request(
        "two proxies",
        "https://crm.example.com",
        "192.0.2.9",
        HOST
        | {
            "x-forwarded-for": "192.0.2.9, 10.0.0.8",
            "x-forwarded-proto": "https, http",
            "x-forwarded-host": "crm.example.com, kaizen.internal",
        },
    ),
    Request(
        "two proxies, of which one says the rest",
        "https://crm.example.com",
        "192.0.2.9",
        HOST | X | {"x-forwarded-for": "192.0.2.9, 10.0.0.8"},
    ),
    Request(
        "the standard header",
        "https://crm.example.com:8443",
        "2001:db8::17",
        HOST | {"forwarded": 'for="[2001:db8::17]:4711";proto=https;host="crm.example.com:8443"'},
    ),
    Request(
        "the standard header before the others",
        "https://crm.example.com",
        "192.0.2.9",
        HOST
        | X
        | {"forwarded": "For=192.0.2.9;Proto=HTTPS;by=10.0.0.7", "x-forwarded-for": "192.0.2.1"}
        | {"host": "crm.example.com"},
    ),
    Request(
        "two proxies in the standard header",
        "https://crm.example.com",
        "192.0.2.9",
        HOST | {"forwarded": "for=192.0.2.9;proto=https;host=crm.example.com, for=10.0.0.8;proto=http"},
    ),
    Request(
        "a client that is hidden", "https://kaizen.internal:8700", headers=HOST | {"forwarded": "for=_x;proto=https"}
    ),
    Request(
        "a scheme that there is not", "http://kaizen.internal:8700", headers=HOST | {"x-forwarded-proto": "gopher"}
    ),
    Request("no host name", "http://kaizen.internal:8700", headers=HOST | {"x-forwarded-host": "a/b?c#d"}),
    Request("no host name in a line", "http://kaizen.internal:8700", headers=HOST | {"x-forwarded-host": "a b"}),
    Request("a proxy over IPv6", "https://crm.example.com", "::ffff:10.0.0.7", HOST | X, peer="::ffff:10.0.0.7"),
]


@pytest.mark.source("reference: RFC 7239: each proxy adds to the end; assumed: only named proxies are believed")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_who_is_believed(case: Request) -> None:
    address = PublicAddress(case.public, HOME, networks("10.0.0.0/8, 2001:db8:1::/48"))

    assert address.url(case.headers, case.peer) == case.url
    assert address.caller(case.headers, case.peer) == case.caller


@pytest.mark.source("assumed: without a named proxy nobody is believed")
def test_nobody_is_believed_unless_named() -> None:
    address = PublicAddress("", HOME)

    assert address.url(HOST | X, "127.0.0.1") == "http://kaizen.internal:8700"
    assert address.caller({"x-forwarded-for": "192.0.2.9"}, "127.0.0.1") == "127.0.0.1"


@pytest.mark.source("assumed: what people read says what, where, and what to do next")
@pytest.mark.parametrize("text", ["proxy.example.com", "10.0.0.0/33", "10.0.0.1;10.0.0.2"])
def test_what_is_no_network_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an address or network; write it like 127.0.0.1 or 10.0.0.0/8"):
        networks(f"127.0.0.1, {text}")
