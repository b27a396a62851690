"""Whatever is sent to whichever route of the table: an answer of the service's kind, never a 500."""

import copy
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaizen.server.http.call import Route
from kaizen.server.routes import control_routes, crm_routes
from tests.support.server import Crm, Reply, settings_for
from tests.support.services import postgres_database

ROUTES = [("crm", route) for route in crm_routes()] + [("control", route) for route in control_routes()]
NAMES = [f"{area} {route.method} {route.pattern}" for area, route in ROUTES]

#: Statuses that the service gives, and 501 for what is not served; 500 is never one of them.
EXPECTED = frozenset({200, 201, 202, 204, 207, 304, 400, 401, 403, 404, 412, 413, 501})

VERSIONS = ("v2", "v2.1", "v3", "v4", "v5", "v6", "v7", "v8")
MODULES = ("Leads", "Deals", "Tasks", "Events", "Quotes", "Notes", "Attachments", "Services__s", "Quoted_Items", "Home")

#: Query parameters that some operation reads.
PARAMETERS = (
    "module", "fields", "ids", "page", "per_page", "page_token", "sort_by", "sort_order", "cvid", "converted", "type",
    "criteria", "email", "phone", "word", "include", "status", "layout_id", "tag_names", "over_write", "wf_trigger",
    "duplicate_check_fields", "my_tags", "filters", "state", "rule_id", "include_inner_details", "execute_when",
    "feature_type", "year", "start_date", "end_date", "category", "from", "till", "limit", "approved", "name",
)  # fmt: skip

#: Text that readers stumble over, if anything.
TEXTS = (
    "", " ", "0", "1", "-1", "9" * 19, "9" * 40, "1e5", "²", "٣", "null", "true", "TRUE", "[]", "{}", "a,b,", ",", "id",
    "Leads", "Deals", "Users", "Amount", "Owner", "Tag", "Stage", "-None-", "${EMPTY}", "${CURRENTUSER}", "x" * 3000,
    "2026-01-05", "2026-02-30", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-01-05T10:00:00+25:00",
    "custom", "24*7", "10:00", "25:61", "asc", "workflow", "edit", "text", "picklist", "#F17574", "'; DROP TABLE x; --",
    "\0", "\ud800", "ﬀ", "💥", "a@b.co", "(Last_Name:equals:x)", "{{ 7*7 }}", "${Deals.Amount}", "../../etc",
)  # fmt: skip

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from((0, -1, 1, 10**9, 2**31, 2**53 + 1, 2**63, -(2**63), 10**40, 0.1, -0.0, 1e308, 5e-324)),
    st.sampled_from(TEXTS),
    st.text(max_size=6),
)
keys = st.one_of(
    st.sampled_from(("id", "name", "api_name", "module", "value", "type", "details", "data_type", "_delete", "junk")),
    st.text(max_size=4),
)
garbage = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=8,
)

#: Bodies that are no JSON, or JSON that no decoder likes.
RAW = (
    b"{", b"[", b'"', b"nul", b"\xff\xfe", b'{"data":', b"{}{}", b"[1,]", b"{'data':[]}", b"NaN", b"[1e999]",
    b"[" * 100_000, b'{"data":' * 20_000, b'{"data":[{"Last_Name":"\\ud800"}]}', b"\xef\xbb\xbf{}",
    b'{"data":[{"Last_Name":"\xed\xa0\x80"}]}', b'{"data":[{"Last_Name":"a\x00b"}]}', b'"\\u0000"',
    b"-", b"0" * 5000, b"1" * 5000, b"", b" \n", b"null", b"true", b"5",
)  # fmt: skip


class World:
    """One server with something of every kind, the ids of all of it, and what its reads show."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self._fill()
        self.shown: dict[str, Any] = {}  #: by the first literal path of a route: the body a read shows
        for area, route in ROUTES:
            if route.method == "GET" and "{" not in route.pattern.replace("{module}", ""):
                path = route.pattern.replace("{module}", "Deals")
                reply = self.ask(area, "GET", path, {"module": "Deals", "fields": "id,Owner"})
                if reply.status == 200:
                    self.shown[family(route)] = reply.json
        self.shown["{module}"] = {"data": [crm.get(f"Deals/{self.deal}").json["data"][0]]}
        self.ids = sorted(set(ids_in(self.shown)))

    def ask(
        self, area: str, method: str, path: str, params: Any = None, body: Any = None, version: str = "v8"
    ) -> Reply:
        """Send one request to one of the two APIs."""
        if area == "control":
            return self.crm.control(method, path, body, params)
        return self.crm.crm(method, path, body, params, version=version)

    def _fill(self) -> None:
        crm = self.crm
        account = crm.post("Accounts", {"data": [{"Account_Name": "Zylker"}]}).details()["id"]
        deal = {"Deal_Name": "D", "Stage": "Qualification", "Account_Name": {"id": account}, "Tag": [{"name": "hot"}]}
        self.deal = crm.post("Deals", {"data": [deal]}).details()["id"]
        crm.post(f"Deals/{self.deal}/Notes", {"data": [{"Note_Title": "t", "Note_Content": "c"}]})
        update = {
            "name": "Next step",
            "module": {"api_name": "Deals"},
            "field": {"api_name": "Next_Step"},
            "type": "static",
            "value": "Call",
            "feature_type": "workflow",
        }
        kept = crm.post("settings/automation/field_updates", {"field_updates": [update]})
        assert kept.status == 201, kept.content
        rule = {
            "name": "Large",
            "module": {"api_name": "Deals"},
            "execute_when": {"type": "edit", "details": {"repeat": True}},
            "conditions": [
                {
                    "sequence_number": 1,
                    "criteria_details": {
                        "criteria": {"field": {"api_name": "Amount"}, "comparator": "greater_than", "value": "10"}
                    },
                    "instant_actions": {
                        "actions": [{"type": "field_updates", "id": kept.details("field_updates")["id"]}]
                    },
                }
            ],
        }
        reply = crm.post("settings/automation/workflow_rules", {"workflow_rules": [rule]})
        assert reply.status == 201, reply.content
        template = {"name": "T", "module": {"api_name": "Deals"}, "subject": "s", "content": "c"}
        assert crm.control("POST", "email_templates", {"email_templates": [template]}).status == 201


def family(route: Route) -> str:
    """Name what a route is about: its path up to the first id or verb."""
    kept = []
    for at, segment in enumerate(route.pattern.split("/")):
        if (segment.startswith("{") and at) or segment == "actions":
            break
        kept.append(segment)
    return "/".join(kept)


def ids_in(shown: Any) -> Iterator[str]:
    """Find every id that some answer shows."""
    if isinstance(shown, dict):
        if isinstance(shown.get("id"), str):
            yield shown["id"]
        for value in shown.values():
            yield from ids_in(value)
    if isinstance(shown, list):
        for value in shown[:5]:
            yield from ids_in(value)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server for all examples on one database: what one keeps in a column may be too much for the other."""
    with ExitStack() as open_databases:
        if request.param == "sqlite":
            database = str(tmp_path_factory.mktemp("garbage") / "kaizen.db")
        else:
            database = open_databases.enter_context(postgres_database())
        crm = Crm(settings_for(database))
        open_databases.callback(crm.close)
        yield World(crm)


@st.composite
def spoiled(draw: st.DrawFn, shown: Any) -> Any:
    """Draw what a read showed, cut small, with something else in some places."""
    result = copy.deepcopy(shown)
    if isinstance(result, dict):
        result.pop("info", None)
        for name, value in result.items():
            if isinstance(value, list) and value:
                result[name] = [value[draw(st.integers(0, min(len(value), 20) - 1))]]
    for _ in range(draw(st.integers(0, 3))):
        place, step = result, None
        for _ in range(draw(st.integers(1, 6))):
            inside = place if step is None else place[step]
            steps = (
                sorted(inside) if isinstance(inside, dict) else range(len(inside)) if isinstance(inside, list) else ()
            )
            if not steps:
                break
            place, step = inside, draw(st.sampled_from(list(steps)))
        if step is None:
            return draw(garbage)
        place[step] = draw(garbage)
    return result


@st.composite
def bodies(draw: st.DrawFn, world: World, route: Route) -> Any:
    """Draw a body: one like those of its family, its envelope around garbage, garbage, or no JSON at all."""
    like = world.shown.get(family(route))
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.sampled_from(RAW))
    if like is None or kind == 1:
        return draw(garbage)
    if kind == 2 and isinstance(like, dict):
        return {name: draw(garbage) for name in like}
    return draw(spoiled(like))


@st.composite
def paths(draw: st.DrawFn, world: World, route: Route) -> str:
    """Draw an address of a route: mostly of what is there."""
    segments = []
    for segment in route.pattern.split("/"):
        if segment in ("{module}", "{module_name}"):
            segments.append(draw(st.sampled_from((*MODULES, *MODULES, "leads", "X", "%00", "a b", "9" * 30))))
        elif segment.startswith("{"):
            known = st.sampled_from([world.deal, *world.ids])
            odd = st.sampled_from(("0", "1", "-1", "9" * 19, "9" * 40, "²", "abc", "\udcff", "null", "1.5", "me"))
            segments.append(draw(st.one_of(known, known, odd)))
        else:
            segments.append(segment)
    return "/".join(segments)


@pytest.mark.source("reference: platform B.5, B.6; assumed: no answer is a 500")
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
@given(data=st.data())
def test_no_route_answers_garbage_with_a_500(world: World, data: st.DataObject) -> None:
    area, route = ROUTES[NAMES.index(data.draw(st.sampled_from(NAMES)))]
    path = data.draw(paths(world, route)).encode("utf-8", "ignore").decode()
    params = data.draw(
        st.dictionaries(
            st.sampled_from(PARAMETERS),
            st.one_of(st.sampled_from([*world.ids[:20]]), st.sampled_from(TEXTS)),
            max_size=3,
        )
    )
    if "module" not in params and data.draw(st.integers(0, 3)):
        params["module"] = "Deals"
    query = {name: value.encode("utf-8", "ignore").decode() for name, value in params.items()}
    body = data.draw(bodies(world, route)) if route.method in ("POST", "PUT", "PATCH") else None
    sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()

    reply = world.ask(area, route.method, path, query, sent, data.draw(st.sampled_from(VERSIONS)))

    assert reply.status in EXPECTED, (reply.status, reply.content)
    assert well_formed(reply), reply.content


#: What no database keeps, as a client writes it.
UNREADABLE = (b'"\\ud83d"', b'"a\\u0000b"', b'"x\xe9"', b"1e999", b'{"\\ud83d": 1}')
_HERE = "@@here@@"


@pytest.mark.source("reference: platform B.6; assumed: no answer is a 500")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=st.data())
def test_a_value_that_cannot_be_kept_refuses_no_body_and_breaks_nothing(world: World, data: st.DataObject) -> None:
    area, route = data.draw(st.sampled_from([r for r in ROUTES if r[1].method in ("POST", "PUT", "PATCH")]))
    path = data.draw(paths(world, route)).encode("utf-8", "ignore").decode()
    body = data.draw(with_a_place_for(world.shown.get(family(route), {"data": [{}]})))
    sent = json.dumps(body).encode().replace(f'"{_HERE}"'.encode(), data.draw(st.sampled_from(UNREADABLE)))

    reply = world.ask(area, route.method, path, {"module": "Deals"}, sent)

    assert reply.status in EXPECTED, (reply.status, reply.content)
    assert well_formed(reply), reply.content
    assert b'"message":"body"' not in reply.content


@st.composite
def with_a_place_for(draw: st.DrawFn, shown: Any) -> Any:
    """Draw what a read showed, cut small, with one value taken out."""
    result = {name: value[:1] if isinstance(value, list) else value for name, value in copy.deepcopy(shown).items()}
    place: Any = result
    step: Any = draw(st.sampled_from(sorted(result)))
    while (inside := place[step]) and isinstance(inside, dict | list) and draw(st.integers(0, 3)):
        place = inside
        step = draw(st.sampled_from(sorted(inside) if isinstance(inside, dict) else range(len(inside))))
    place[step] = _HERE
    return result


def well_formed(reply: Reply) -> bool:
    """Return whether an answer has no body, or JSON in an envelope, and of a refusal all four keys."""
    if not reply.content:
        return reply.status in (204, 304)
    answer = json.loads(reply.content)
    if not isinstance(answer, dict):
        return False
    return "code" not in answer or {"code", "details", "message", "status"} <= answer.keys()
