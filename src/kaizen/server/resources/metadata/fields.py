"""Field metadata: reading it, making custom fields, changing labels and pick lists."""

from collections.abc import Callable
from typing import Final, TypeAlias

from kaizen.access.rights import FieldPermission, field_permissions
from kaizen.fields.reference import id_of
from kaizen.json_body.body_reader import BodyReader, reader_of
from kaizen.json_body.errors import RefusedError
from kaizen.json_body.json_path import item
from kaizen.model.catalog import Field, Module
from kaizen.model.problem import UNKNOWN_ID, Problem, RequestRefusedError
from kaizen.model.values import Id, Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import envelope, params
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.http.envelope import Element
from kaizen.server.resources.metadata.field_parser import changed_field, new_field
from kaizen.server.resources.metadata.field_serializer import Shown
from kaizen.server.resources.shared.metadata import answered, module_of
from kaizen.vocabulary.codes import Code

FIELDS_PER_CALL: Final = 5
CUSTOMIZE: Final = "Crm_Implied_Customize_Zoho_CRM"

_PERMISSIONS: Final = "allowed_permissions_to_update"

Change: TypeAlias = Callable[[Module, BodyReader], Id]


def list_fields(uow: UnitOfWork, call: Call) -> Answer:
    """Answer the fields of a module; every field here is in use, so `type=unused` finds none."""
    shown = _shown(uow, call, module_of(uow, call))
    module = shown.module
    if params.choice(call, "type", ("used", "unused", "all")) == "unused":
        return Answer(204)

    def make() -> dict[str, Json]:
        return {"fields": [shown.field(field) for field in shown.listed]}

    return answered(uow, call, (module,), ("fields", module.id, shown.with_permissions), make)


def get_field(uow: UnitOfWork, call: Call) -> Answer:
    """Answer one field of a module."""
    shown = _shown(uow, call, module_of(uow, call))
    field_id = params.path_id(call)
    field = next((f for f in shown.listed if f.id == field_id), None)
    if field is None:
        return Answer(204)
    key = ("field", field.id, shown.with_permissions)
    return answered(uow, call, (shown.module,), key, lambda: {"fields": [shown.field(field)]})


def _shown(uow: UnitOfWork, call: Call, module: Module) -> Shown:
    included = params.choice(call, "include", (_PERMISSIONS,))
    return Shown(uow, call, module, with_permissions=included == _PERMISSIONS)


def create_fields(uow: UnitOfWork, call: Call) -> Answer:
    """Make custom fields."""

    def make(module: Module, row: BodyReader) -> Id:
        field = new_field(uow, module, row)
        uow.add_field(module, field)
        _permit(uow, call, field, row)
        return field.id

    return _each(uow, call, make, said="field created", status=201)


def update_fields(uow: UnitOfWork, call: Call) -> Answer:
    """Change fields that the body names by id."""

    def change(module: Module, row: BodyReader) -> Id:
        row.required("id")
        field = module.by_id.get(id_of(row.given["id"]) or 0)
        if field is None:
            raise row.refuse(Code.INVALID_DATA, "id", UNKNOWN_ID)
        return _changed(uow, call, module, field, row)

    return _each(uow, call, change, said="field updated")


def update_field(uow: UnitOfWork, call: Call) -> Answer:
    """Change the field that the path names."""
    field = module_of(uow, call).by_id.get(params.path_id(call))
    if field is None:
        raise RequestRefusedError(params.bad_path_id(call))
    return _each(
        uow, call, lambda module, row: _changed(uow, call, module, field, row), said="field updated", maximum=1
    )


def _changed(uow: UnitOfWork, call: Call, module: Module, field: Field, row: BodyReader) -> Id:
    shown = Shown(uow, call, module).field(field)
    uow.update_field(module, changed_field(uow, module, field, shown, row))
    _permit(uow, call, field, row)
    return field.id


def _permit(uow: UnitOfWork, call: Call, field: Field, row: BodyReader) -> None:
    """Keep what profiles permit with a field; the row was checked."""
    said = {each.reference("id"): each.given.get("permission_type") for each in row.children("profiles")}
    usual = FieldPermission.READ_WRITE if field.writable else FieldPermission.READ_ONLY
    for profile in uow.documents("profile") if said else ():
        word, known = said.get(profile.id), field_permissions(profile)
        if word is None or FieldPermission(str(word)) is known.get(field.id, usual):
            continue
        uow.access.of(call.actor).require_field(field.id, FieldPermission(str(word)))
        kept = {**known, field.id: FieldPermission(str(word))}
        body: dict[str, Json] = {**profile.body, "field_permissions": {str(i): p.value for i, p in kept.items()}}
        uow.put_document(profile.changed("", profile.name, body, by=call.actor.user.id, at=uow.now))


def _each(
    uow: UnitOfWork, call: Call, change: Change, *, said: str, status: int = 200, maximum: int = FIELDS_PER_CALL
) -> Answer:
    uow.access.of(call.actor).require(CUSTOMIZE)
    name = module_of(uow, call).api_name
    outcomes: list[Element] = []
    for index, given in enumerate(envelope.rows(call, "fields", maximum=maximum)):
        # Each field makes a new catalog, so the module is looked up again.
        module = uow.catalog.by_name[name]
        # Users are written through an interface of their own, which knows their standard fields only.
        if not module.table or module.api_name == "Users":
            raise RequestRefusedError(Problem(Code.NOT_SUPPORTED))
        try:
            field_id = change(module, reader_of(given, item("fields", index)))
        except RefusedError as refusal:
            outcomes.append(refusal.problem)
        else:
            outcomes.append(envelope.succeeded(said, {"id": str(field_id)}))
    return envelope.elements(call, "fields", outcomes, status)


_READ: Final = ("ZohoCRM.settings.fields.READ",)
_CREATE: Final = ("ZohoCRM.settings.fields.CREATE",)
_UPDATE: Final = ("ZohoCRM.settings.fields.UPDATE",)

ROUTES: Final = (
    Route("GET", "settings/fields", list_fields, _READ, operation="getFields"),
    Route("GET", "settings/fields/{id}", get_field, _READ, operation="getFieldsWithID"),
    Route("POST", "settings/fields", create_fields, _CREATE, writes=True, since="v6", operation="postFields"),
    Route("PATCH", "settings/fields", update_fields, _UPDATE, writes=True, since="v6", operation="patchFields"),
    Route("PATCH", "settings/fields/{id}", update_field, _UPDATE, writes=True, since="v6", operation="putFieldsWithId"),
)
