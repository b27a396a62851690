"""Tags on records: given, taken away, written over, in both generations of the call."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.server import Crm

RED = "#F17574"


def account(crm: Crm, *tags: str) -> str:
    """Make an account with tags and return its id."""
    row = {"Account_Name": "A", "Tag": [{"name": tag} for tag in tags]}
    found: str = crm.post("Accounts", {"data": [row]}).details()["id"]
    return found


def tags_of(crm: Crm, record_id: str) -> list[str]:
    """The names of a record's tags."""
    (record,) = crm.get(f"Accounts/{record_id}", {"fields": "Tag"}).json["data"]
    return [tag["name"] for tag in record["Tag"]]


@pytest.mark.source("reference: platform C.15")
def test_tags_are_given_and_made(crm_on: Crm) -> None:
    made = account(crm_on, "old")

    body = {"tags": [{"name": "OLD"}, {"name": "new", "color_code": RED}]}
    reply = crm_on.post(f"Accounts/{made}/actions/add_tags", body)

    (element,) = reply.json["data"]
    tags = element["details"]["tags"]
    assert (reply.status, element["code"], element["message"]) == (200, "SUCCESS", "tags updated successfully")
    assert element["details"]["id"] == made
    assert [(t["name"], t["color_code"]) for t in tags] == [("old", None), ("new", RED)]
    assert tags_of(crm_on, made) == ["old", "new"]
    listed = crm_on.get("settings/tags", {"module": "Accounts"}).json["tags"]
    assert {t["name"]: t["id"] for t in listed} == {t["name"]: t["id"] for t in tags}


@pytest.mark.source("reference: platform B.6, C.15")
def test_an_id_that_cannot_be_read_is_a_refused_row(crm: Crm) -> None:
    made = account(crm)

    reply = crm.post(
        "Accounts/actions/add_tags", b'{"tags": [{"name": "a"}], "ids": ["%b", "\\ud83d"]}' % made.encode()
    )

    assert (reply.status, reply.codes()) == (207, ["SUCCESS", "INVALID_DATA"])
    assert tags_of(crm, made) == ["a"]


@pytest.mark.source("reference: platform C.15")
def test_tags_are_written_over_and_taken_away(crm_on: Crm) -> None:
    first, second = account(crm_on, "a", "b"), account(crm_on, "b")
    ids = [first, second]

    over = {"tags": [{"name": "c"}], "ids": ids, "over_write": True}
    assert crm_on.post("Accounts/actions/add_tags", over).codes() == ["SUCCESS", "SUCCESS"]
    assert (tags_of(crm_on, first), tags_of(crm_on, second)) == (["c"], ["c"])

    away = {"tags": [{"name": "C"}, {"name": "never seen"}], "ids": ids}
    reply = crm_on.post("Accounts/actions/remove_tags", away)
    assert [row["details"]["tags"] for row in reply.json["data"]] == [[], []]
    assert tags_of(crm_on, first) == []
    names = [tag["name"] for tag in crm_on.get("settings/tags", {"module": "Accounts"}).json["tags"]]
    assert sorted(names) == ["a", "b", "c"]


@pytest.mark.source("reference: platform C.15, B.9")
def test_v2_names_tags_in_the_query(crm: Crm) -> None:
    first, second = account(crm, "a"), account(crm)

    one = crm.post(f"Accounts/{first}/actions/add_tags", params={"tag_names": "b,c,"}, version="v2")
    both = {"ids": f"{first},{second}", "tag_names": "x", "over_write": "true"}
    many = crm.post("Accounts/actions/add_tags", params=both, version="v2")
    away = crm.post(f"Accounts/{second}/actions/remove_tags", params={"tag_names": "x"}, version="v2")

    assert one.details() == {"id": first, "tags": ["a", "b", "c"]}
    assert [row["details"] for row in many.json["data"]] == [{"id": i, "tags": ["x"]} for i in (first, second)]
    assert away.details() == {"id": second, "tags": []}


@dataclass(frozen=True)
class Refused:
    name: str
    body: Any
    code: str
    details: dict[str, Any]
    message: str | None = None


def at(api_name: str, path: str) -> dict[str, Any]:
    return {"api_name": api_name, "json_path": path}


REFUSED = [
    Refused("no tags", {}, "INVALID_DATA", {"expected_data_type": "jsonarray", **at("tags", "$.tags")}),
    Refused("an empty list", {"tags": []}, "INVALID_DATA", {"minimum_length": 1, **at("tags", "$.tags")}),
    Refused("no list", {"tags": "a"}, "INVALID_DATA", {"expected_data_type": "jsonarray", **at("tags", "$.tags")}),
    Refused("no name", {"tags": [{"color_code": RED}]}, "MANDATORY_NOT_FOUND", at("name", "$.tags[0].name")),
    Refused("a comma", {"tags": [{"name": "a,b"}]}, "INVALID_DATA", at("name", "$.tags[0].name")),
    Refused(
        "no colour",
        {"tags": [{"name": "a", "color_code": "red"}]},
        "INVALID_DATA",
        at("color_code", "$.tags[0].color_code"),
    ),
    Refused("an unknown id", {"tags": [{"id": "77"}]}, "INVALID_DATA", at("id", "$.tags[0].id"), "invalid tag id"),
    Refused(
        "another colour",
        {"tags": [{"name": "there", "color_code": RED}]},
        "MAPPING_MISMATCH",
        {"mapped_field": at("name", "$.tags[0].name"), **at("color_code", "$.tags[0].color_code")},
        "Given tag present with different color already.",
    ),
    Refused(
        "no truth",
        {"tags": [{"name": "a"}], "over_write": "yes"},
        "INVALID_DATA",
        {"expected_data_type": "boolean", **at("over_write", "$.over_write")},
    ),
]


@pytest.mark.source("reference: platform C.15, E.8")
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_tags_are_refused(case: Refused, crm: Crm) -> None:
    made = account(crm, "there")

    reply = crm.post(f"Accounts/{made}/actions/add_tags", case.body)

    assert reply.problem == (400, case.code)
    assert reply.json["details"] == case.details
    assert case.message in (None, reply.json["message"])
    assert len(crm.get("settings/tags", {"module": "Accounts"}).json["tags"]) == 1


#: A tag of the request, and how it is refused under the key of the tags.
BAD: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    ({"name": 5}, "Invalid data type", {"expected_data_type": "text", **at("name", "$.tags[0].name")}),
    ({"name": "x" * 26}, "Invalid data", {"maximum_length": 25, **at("name", "$.tags[0].name")}),
    (
        {"name": "x", "color_code": 5},
        "Invalid data type",
        {"expected_data_type": "text", **at("color_code", "$.tags[0].color_code")},
    ),
    (
        {"name": "x", "color_code": "#1234567"},
        "Invalid data",
        {"maximum_length": 7, **at("color_code", "$.tags[0].color_code")},
    ),
]
VERBS = ["add_tags", "remove_tags"]


@pytest.mark.source("docs: postAddTags, postAddTagsWithId, postRemoveTags, postRemoveTagsWithId examples: one tag")
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("one", [True, False], ids=["of one record", "of several"])
@pytest.mark.parametrize(("tag", "message", "details"), BAD)
def test_a_bad_tag_is_refused_under_its_own_key(
    tag: dict[str, Any], message: str, details: dict[str, Any], one: bool, verb: str, crm: Crm
) -> None:
    made = account(crm)
    path = f"Accounts/{made}/actions/{verb}" if one else f"Accounts/actions/{verb}"

    reply = crm.post(path, {"tags": [tag], "ids": [made]})

    said = {"code": "INVALID_DATA", "details": details, "message": message, "status": "error"}
    assert (reply.status, reply.json) == (400, {"tags": [said]})


@pytest.mark.source("docs: postAddTags, postRemoveTags examples: too many tags, and the module")
@pytest.mark.parametrize("verb", VERBS)
def test_a_bad_request_for_tags_is_refused_whole(verb: str, crm: Crm) -> None:
    made = account(crm)
    many = {"tags": [{"name": f"t{n}"} for n in range(11)], "ids": [made]}
    one = {"tags": [{"name": "a"}], "ids": [made]}

    replies = [
        crm.post(f"Accounts/actions/{verb}", many),
        crm.post(f"Nope/actions/{verb}", one),
        crm.post(f"Users/actions/{verb}", one),
        crm.post(f"Notes/actions/{verb}", one),
    ]

    def said(code: str, message: str, details: dict[str, Any]) -> dict[str, Any]:
        return {"code": code, "details": details, "message": message, "status": "error"}

    untagged = said("INVALID_MODULE", "the given module is not supported for this api", {})
    assert [reply.status for reply in replies] == [400] * 4
    assert [reply.json for reply in replies] == [
        said("INVALID_DATA", "invalid data", {"maximum_length": 10, **at("tags", "$.tags")}),
        said("INVALID_MODULE", "the module name given seems to be invalid", {}),
        untagged,
        untagged,
    ]


@pytest.mark.source("docs: postAddTags, postAddTagsWithId, postRemoveTags, postRemoveTagsWithId examples: the answers")
def test_the_answers_for_one_record_and_for_several(crm: Crm) -> None:
    made = account(crm, "old")
    tags = [{"name": "new", "color_code": RED}]

    several = crm.post("Accounts/actions/add_tags", {"tags": tags, "ids": f'["{made}"]', "over_write": True})
    one = crm.post(f"Accounts/{made}/actions/add_tags", {"tags": [{"name": "old"}]})
    one_less = crm.post(f"Accounts/{made}/actions/remove_tags", {"tags": [{"name": "old"}]})
    several_less = crm.post("Accounts/actions/remove_tags", {"tags": tags, "ids": f'["{made}"]'})

    assert several.json.keys() == several_less.json.keys() == {"data", "locked_count"}
    assert several.json["locked_count"] == several_less.json["locked_count"] == "0"
    assert one.json.keys() == one_less.json.keys() == {"data"}
    (new,) = several.details()["tags"]
    assert several.details() == {"id": made, "affected_data": None, "tags": [{**new, "name": "new", "color_code": RED}]}
    assert several_less.details() == {"id": made, "tags": []}
    assert one.details().keys() == one_less.details().keys() == {"id", "tags", "modifiedTime"}
    assert one.details()["modifiedTime"] == "Mon, 05 Jan 2026 09:00 AM"
    assert one_less.details()["tags"] == [{"name": "new", "id": new["id"]}]


@pytest.mark.source("reference: platform C.15")
def test_a_record_has_at_most_ten_tags(crm: Crm) -> None:
    full, free = account(crm, *(f"t{i}" for i in range(10))), account(crm)

    body = {"tags": [{"name": "one more"}], "ids": [full, free, "abc", "4876876000000000001"]}
    reply = crm.post("Accounts/actions/add_tags", body)

    assert reply.status == 207
    assert reply.codes() == ["LIMIT_EXCEEDED", "SUCCESS", "INVALID_DATA", "INVALID_DATA"]
    assert len(tags_of(crm, full)) == 10


@pytest.mark.source("reference: platform C.15: at most 500 ids, 100 in v2")
def test_the_number_of_records_is_limited(crm: Crm) -> None:
    tags = [{"name": "a"}]

    many = crm.post("Accounts/actions/add_tags", {"tags": tags, "ids": ["1"] * 501})
    none = crm.post("Accounts/actions/add_tags", {"tags": tags})
    old = {"ids": ",".join(["1"] * 101), "tag_names": "a"}

    assert many.problem == (400, "INVALID_DATA")
    assert many.json["details"]["maximum_length"] == 500
    assert none.problem == (400, "REQUIRED_PARAM_MISSING")
    assert none.json["details"] == {"param_name": "ids"}
    assert none.json["message"] == "One of the expected param is missing"
    assert crm.post("Accounts/actions/add_tags", params=old, version="v2").problem == (400, "INVALID_DATA")
    assert crm.get("settings/tags", {"module": "Accounts"}).status == 204


#: The scopes that a token needs one of, and whether it may then give tags and take them away.
SCOPES = [
    ("ZohoCRM.modules.ALL", True, True),
    ("ZohoCRM.modules.accounts.WRITE", True, True),
    ("ZohoCRM.modules.accounts.UPDATE", True, True),
    ("ZohoCRM.modules.accounts.CREATE", True, False),
    ("ZohoCRM.settings.tags.ALL", True, True),
    ("ZohoCRM.modules.leads.ALL", False, False),
    ("ZohoCRM.modules.accounts.READ", False, False),
]


@pytest.mark.source(
    "reference: platform A.9, H: creating gives tags and updating takes them away in v2; since, tags.ALL"
)
@pytest.mark.parametrize("version", ["v2", "v8"])
@pytest.mark.parametrize(("scope", "adds", "removes"), SCOPES, ids=[scope for scope, *_ in SCOPES])
def test_tags_need_a_scope_of_records_or_of_tags(version: str, scope: str, adds: bool, removes: bool, crm: Crm) -> None:
    token, path = crm.token(scope), f"Accounts/{account(crm)}/actions"
    asked: dict[str, Any] = {"body": {"tags": [{"name": "a"}]}, "params": {"tag_names": "a"}, "version": version}

    added = crm.post(f"{path}/add_tags", **asked, token=token)
    removed = crm.post(f"{path}/remove_tags", **asked, token=token)

    assert (added.status, removed.status) == (200 if adds else 401, 200 if removes else 401)


@pytest.mark.source("reference: platform C.15: records take tags as they are written")
def test_tags_come_with_records(crm: Crm) -> None:
    made = account(crm, "a", "A", "b")
    assert tags_of(crm, made) == ["a", "b"]

    crm.put(f"Accounts/{made}", {"data": [{"Phone": "123"}]})
    assert tags_of(crm, made) == ["a", "b"]
    crm.put(f"Accounts/{made}", {"data": [{"Tag": [{"name": "c"}]}]})
    assert tags_of(crm, made) == ["c"]
    crm.put(f"Accounts/{made}", {"data": [{"Tag": []}]})
    assert tags_of(crm, made) == []
