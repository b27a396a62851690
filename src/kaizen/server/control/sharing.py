"""Who sees whose records: GET and PUT /kaizen/v1/data_sharing, until the service's own operations are served."""

from typing import Final

from kaizen.access.permissions import governed
from kaizen.access.rights import Sharing
from kaizen.json_body import json_types
from kaizen.json_body.errors import RefusedError, invalid
from kaizen.json_body.json_path import JsonPath
from kaizen.model.document import new_document
from kaizen.model.problem import RequestRefusedError
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import envelope
from kaizen.server.http.call import Answer, Call, Route

KIND: Final = "data_sharing"
_WORDS: Final = [each.value for each in Sharing]


def _show(uow: UnitOfWork, call: Call) -> Answer:
    modules = {m.api_name: uow.access.sharing_of(m).value for m in governed(uow.catalog)}
    return Answer(body={"data_sharing": dict[str, Json](modules)})


def _change(uow: UnitOfWork, call: Call) -> Answer:
    place = JsonPath() / "data_sharing"
    try:
        given = json_types.mapping(envelope.wrapped(call, "data_sharing"), place)
        known = {m.api_name for m in governed(uow.catalog)}
        said: dict[str, Json] = {}
        for name, word in given.items():
            if name not in known:
                raise invalid(place / name)
            said[name] = json_types.one_of(word, place / name, _WORDS)
    except RefusedError as refusal:
        raise RequestRefusedError(refusal.problem) from None
    old = next(iter(uow.documents(KIND)), None)
    before = old.body.get("modules") if old else None
    body: dict[str, Json] = {"modules": {**(before if isinstance(before, dict) else {}), **said}}
    by, at = call.actor.user.id, uow.now
    uow.put_document(
        old.changed("", "", body, by=by, at=at) if old else new_document(KIND, uow.new_id(), body, by=by, at=at)
    )
    return _show(uow, call)


ROUTES: Final = [
    Route("GET", "data_sharing", _show, ("Kaizen.control.READ",)),
    Route("PUT", "data_sharing", _change, ("Kaizen.control.UPDATE",), writes=True),
]
