"""Each module keeps what its own metadata says it takes: a record is built from the fields, stored and read back."""

from dataclasses import dataclass
from typing import Any, Final

import pytest

from kaizen.standard.data import read
from tests.support.server import Crm

VERSIONS = ("v2", "v8")
MODULES = [m["api_name"] for m in read("modules")["modules"] if m["stored"] and "creatable" in m["flags"]]

#: A value for each data type that says nothing more about itself.
VALUES: Final[dict[str, Any]] = {
    "textarea": "line one\nline two",
    "email": "ada.lovelace@example.com",
    "phone": "+44 20-1234",
    "website": "www.example.com",
    "date": "2026-03-04",
    "datetime": "2026-03-04T10:00:00+00:00",
    "integer": 12,
    "bigint": "12345",
    "double": 12.5,
    "currency": 1234.5,
    "percent": 33,
    "boolean": True,
}

#: What a field cannot say: values that depend on other fields, and shapes of their own.
SPECIAL: Final[dict[str, dict[str, Any]]] = {
    "Calls": {
        "Call_Type": "Inbound",
        "Call_Start_Time": "2025-03-04T10:00:00+00:00",
        "Call_Duration": "00:10",
        "Outgoing_Call_Status": None,
        "Scheduled_In_CRM": None,
    },
    "Events": {
        "End_DateTime": "2026-03-04T11:00:00+00:00",
        "Participants": [{"type": "email", "participant": "ada@example.com"}],
        "All_day": None,
    },
    "Price_Books": {"Pricing_Details": [{"from_range": 1, "to_range": 10, "discount": 5}]},
    "Notes": {"Parent_Id": None},
}
LINE_ITEMS: Final = {
    "Quotes": "Quoted_Items",
    "Sales_Orders": "Ordered_Items",
    "Purchase_Orders": "Purchase_Items",
    "Invoices": "Invoiced_Items",
}


@dataclass(frozen=True)
class Builder:
    """Builds records from what one version shows of the fields."""

    crm: Crm
    version: str

    def row(self, module: str, *, whole: bool) -> dict[str, Any]:
        """Fill every field that can be filled, or only what must be."""
        fields = self.crm.get("settings/fields", {"module": module}, version=self.version).json["fields"]
        wanted = [f for f in fields if f["view_type"]["create"] and not f["read_only"] and not f["field_read_only"]]
        filled = {f["api_name"]: self.value(f, whole) for f in wanted if whole or f["system_mandatory"]}
        filled |= SPECIAL.get(module, {}) | self.others(module)
        return {name: value for name, value in filled.items() if value not in (None, [])}

    def others(self, module: str) -> dict[str, Any]:
        """Add what only this version or module has."""
        old = self.version == "v2"
        if module in LINE_ITEMS:
            product = self.make("Products")
            if old:
                return {"Product_Details": [{"product": product, "quantity": 2, "list_price": 10}]}
            return {LINE_ITEMS[module]: [{"Product_Name": {"id": product}, "Quantity": 2, "List_Price": 10}]}
        if module == "Notes":
            lead = self.make("Leads")
            if old:
                return {"Parent_Id": lead, "se_module": "Leads"}
            return {"Parent_Id": {"id": lead, "module": {"api_name": "Leads"}}}
        if module in ("Tasks", "Events", "Calls"):
            return {"$se_module": "Accounts", **({"Call_Duration": "10:00"} if old and module == "Calls" else {})}
        return {}

    def value(self, field: dict[str, Any], whole: bool) -> Any:
        """Choose a value that suits a field."""
        kind, name = field["data_type"], field["api_name"]
        if name == "Probability":
            return 40
        if kind == "text":
            return ("Ada Byron " * 30)[: min(field["length"], 40)].strip()
        if kind in ("picklist", "multiselectpicklist"):
            actual = [v["actual_value"] for v in field["pick_list_values"] if v["actual_value"] != "-None-"]
            return actual[:2] if kind == "multiselectpicklist" else next(iter(actual), None)
        if kind in ("ownerlookup", "userlookup"):
            return {"id": str(self.crm.user.id)}
        if kind == "lookup" and whole:
            module = field["lookup"]["module"]
            named = module if isinstance(module, str) else module["api_name"]
            return {"id": self.make("Accounts" if name == "What_Id" else named)}
        return VALUES.get(kind)

    def make(self, module: str) -> str:
        """Create a record with no more than it needs."""
        return self.create(module, self.row(module, whole=False))

    def create(self, module: str, row: dict[str, Any]) -> str:
        """Insert one record."""
        reply = self.crm.post(module, {"data": [row]}, version=self.version)
        assert reply.status == 201, reply.content
        return str(reply.details()["id"])


def kept(sent: Any, shown: Any, version: str) -> bool:
    """Return whether a value came back as it went in."""
    if isinstance(sent, dict):
        return bool(shown["id"] == sent["id"])
    if isinstance(sent, list) and sent and isinstance(sent[0], dict):
        return len(sent) == len(shown)
    if sent == VALUES["bigint"] and version != "v2":
        return bool(shown == int(sent))
    return bool(shown == sent or (isinstance(shown, dict) and shown.get("id") == sent))


@pytest.mark.source("reference: platform B.12, item 14")
@pytest.mark.parametrize("version", VERSIONS)
def test_every_module_that_says_so_takes_records(crm: Crm, version: str) -> None:
    listed = crm.get("settings/modules", version=version).json["modules"]

    assert {m["api_name"] for m in listed if m["creatable"] and m["api_supported"] and m["quick_create"]} <= {*MODULES}


@pytest.mark.source("reference: platform B.8, B.10, B.12, item 14, C.1 to C.6")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("module", MODULES)
def test_a_module_keeps_what_its_fields_say(module: str, version: str, crm: Crm) -> None:
    builder = Builder(crm, version)
    row = builder.row(module, whole=True)
    record = f"{module}/{(made := builder.create(module, row))}"

    shown = crm.get(record, version=version).json["data"][0]
    listed = crm.get(module, {"fields": "Created_Time"}, version=version).json["data"]
    # An answer can be sent back as it is, and changes nothing.
    assert crm.put(record, {"data": [shown]}, version=version).codes() == ["SUCCESS"]
    again = crm.get(record, version=version).json["data"][0]
    assert crm.post(f"{module}/upsert", {"data": [{**row, "id": made}]}, version=version).codes() == ["SUCCESS"]
    assert crm.delete(record, version=version).codes() == ["SUCCESS"]

    lost = {name: (sent, shown.get(name)) for name, sent in row.items() if name != "se_module"}
    assert not {name: pair for name, pair in lost.items() if not kept(*pair, version)}
    assert made in {each["id"] for each in listed}
    assert shown == again
    assert crm.get(record, version=version).status == 204
