"""What merge tokens stand for when a record's mail or task is made.

Tokens are replaced in one pass and only by values: what a value contains is never read as a token again, and
nothing in a template is executed (reference: automation C.7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape

from kaizen.automation.merge_fields import Constant, MergeField, MergeToken, pieces
from kaizen.criteria.field_paths import NAMED
from kaizen.criteria.tree import Path
from kaizen.model.catalog import ANY_MODULE, Field, Module
from kaizen.model.numbers import digits, is_number, rounded
from kaizen.model.people import Organisation
from kaizen.model.values import Id, Value, Values
from kaizen.records.ports import OrganisationState, UnitOfWork
from kaizen.records.query import locate, names_of
from kaizen.records.related import Related, organisation_value, user_value
from kaizen.vocabulary.data_types import REFERENCES, USER_REFERENCES, DataType


@dataclass(frozen=True, slots=True)
class Subject:
    """The record that a mail or task is about, as it is now, and the user whose write made it so."""

    module: Module
    record_id: Id
    values: Values
    actor_id: Id


class MergeFields:
    """The values that tokens have for one record. What is unknown or empty renders as empty text."""

    def __init__(self, uow: UnitOfWork, subject: Subject) -> None:
        self._uow = uow
        self._module = subject.module
        self._values: Values = {**subject.values, "Id": subject.record_id, "id": subject.record_id}
        self._actor_id = subject.actor_id
        self._related = Related(uow)

    @property
    def actor_id(self) -> Id:
        """The user whose write made the record as it is."""
        return self._actor_id

    def render(self, text: str, *, html: bool = False) -> str:
        """Replace the tokens of a text; in HTML the values, not the text around them, are escaped."""
        shown = (piece if isinstance(piece, str) else self._show(piece, html=html) for piece in pieces(text))
        return "".join(shown)

    def value(self, token: MergeToken) -> tuple[Value, Field | None]:
        """Return what a token stands for, with the field it comes from."""
        match token:
            case Constant("CURRENTTIME"):
                return self._uow.now, None
            case Constant("CURRENTUSER"):
                return self._of_actor("full_name"), None
            case Constant():
                return None, None
            case MergeField("Users", path):
                return self._of_actor(path[-1]), None
            case MergeField("Org" | "Organization", path):
                return organisation_value(self._uow.organisation, path[-1]), None
            case MergeField(root, path):
                return self._of_record(root, path)

    def _show(self, token: MergeToken, *, html: bool) -> str:
        value, field = self.value(token)
        if isinstance(token, Constant) and isinstance(value, int):
            text = _moment(value, self._uow.organisation)
        else:
            text = show(self._uow, value, field)
        return escape(text) if html else text

    def _of_actor(self, name: str) -> Value:
        user = self._uow.users.get(self._actor_id)
        return user_value(user, name) if user is not None else None

    def _of_record(self, root: str, path: Path) -> tuple[Value, Field | None]:
        start = path if root == self._module.api_name else self._through_lookup(root, path)
        if start is None:
            return None, None
        return self._related.value(self._module.api_name, self._values, start), self._field(start)

    def _through_lookup(self, root: str, path: Path) -> Path | None:
        """Read `${!Accounts.Phone}` on a deal through the first lookup to Accounts."""
        for field in self._module.fields:
            if field.data_type in REFERENCES and field.lookup_module == root:
                return (field.api_name, *path)
        return None

    def _field(self, path: Path) -> Field | None:
        """Return the field at the end of a path."""
        module: str | None = self._module.api_name
        values: Values = self._values
        for name in path[:-1]:
            module = self._related.target(module, values, name) if module is not None else None
            values = {}
        return self._related.field(module, path[-1]) if module is not None else None


def show(uow: UnitOfWork, value: Value, field: Field | None) -> str:
    """Write a value as people read it."""
    if value is None or isinstance(value, Mapping):
        return ""
    data_type = field.compared_as if field is not None else None
    if field is not None and is_number(value):
        if data_type in REFERENCES:
            return _name(uow, field, int(value))
        if data_type is DataType.DATETIME:
            return _moment(int(value), uow.organisation)
        if data_type is DataType.CURRENCY:
            places = 2 if field.decimal_place is None else field.decimal_place
            return f"{uow.organisation.currency_symbol}{Decimal(rounded(value, places)):,.{places}f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return digits(value)
    if isinstance(value, tuple):
        return ", ".join(_element(uow, element, field) for element in value if not isinstance(element, Mapping))
    return str(value)


def _name(uow: UnitOfWork, field: Field, record_id: Id) -> str:
    if field.data_type in USER_REFERENCES:
        user = uow.users.get(record_id)
        return user.full_name if user is not None else ""
    if field.lookup_module == ANY_MODULE:
        found = locate(uow, [record_id]).get(record_id)
        return found[1] if found is not None else ""
    pointed_at = str(field.properties.get("refers_to"))
    if pointed_at in NAMED:
        return names_of(uow, {pointed_at: {record_id}}).get(record_id, "")
    module = uow.catalog.by_name.get(field.lookup_module or "")
    return uow.names(module, [record_id]).get(record_id, "") if module is not None else ""


def _element(uow: OrganisationState, element: Value, field: Field | None) -> str:
    if isinstance(element, int) and field is not None and field.api_name == "Tag":
        tag = next((tags[element] for tags in uow.tags.values() if element in tags), None)
        return tag.name if tag is not None else ""
    return str(element)


def _moment(at: int, organisation: Organisation) -> str:
    return datetime.fromtimestamp(at, organisation.zone).strftime("%Y-%m-%d %H:%M")
