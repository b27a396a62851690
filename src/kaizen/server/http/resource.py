"""Declared settings resources: a list and an item, kept as documents, with the service's verbs and messages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from kaizen.fields.reference import id_of
from kaizen.json_body.errors import invalid
from kaizen.json_body.json_path import JsonPath, item
from kaizen.model.document import Document, new_document
from kaizen.model.problem import UNKNOWN_ID, Problem, RequestRefusedError
from kaizen.model.values import Id, Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import conditional, envelope, paging, params
from kaizen.server.http.call import Answer, Call, Handler, Route
from kaizen.server.http.envelope import Element
from kaizen.vocabulary.codes import Code


@dataclass(frozen=True, slots=True)
class Row:
    """One element of a create or an update."""

    values: Mapping[str, Json]
    path: JsonPath  #: where it is: `$.tags[0]`
    old: Document | None = None  #: what an update changes; None: a create


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a row means: the document to keep, without its stamps."""

    name: str
    body: Mapping[str, Json]
    module: str = ""


@dataclass(frozen=True, slots=True)
class Messages:
    """What the service says when it went well."""

    created: str
    updated: str
    deleted: str
    deleted_many: str = ""  #: of DELETE ?ids=; empty: as `deleted`


Parse: TypeAlias = Callable[[UnitOfWork, Call, Row], ParsedDocument | Problem]
Dump: TypeAlias = Callable[[UnitOfWork, Call, Document, bool], dict[str, Json]]
Choose: TypeAlias = Callable[[UnitOfWork, Call, Sequence[Document]], Sequence[Document]]
Details: TypeAlias = Callable[[UnitOfWork, Call, Document], dict[str, Json]]
Check: TypeAlias = Callable[[UnitOfWork, Call, Document], Problem | None]
Saved: TypeAlias = Callable[[UnitOfWork, Call, Document, Document | None], None]
Dropped: TypeAlias = Callable[[UnitOfWork, Call, Document], None]


def id_only(uow: UnitOfWork, call: Call, document: Document) -> dict[str, Json]:
    """Show the details of most successful writes."""
    return {"id": str(document.id)}


def _all(uow: UnitOfWork, call: Call, documents: Sequence[Document]) -> Sequence[Document]:
    return documents


def _no_objection(uow: UnitOfWork, call: Call, document: Document) -> Problem | None:
    return None


def _nothing(*_: object) -> None:
    return None


def _never(problem: Problem) -> bool:
    return False


_BAD_ROW_ID: Final = Problem(Code.INVALID_DATA, {}, UNKNOWN_ID)

#: All verbs a resource can have.
VERBS: Final = ("list", "get", "create", "update", "update_many", "delete", "delete_many")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A settings resource; `routes()` makes its operations."""

    path: str  #: below the version: `settings/tags`
    envelope: str
    scope: str  #: without its operation: `ZohoCRM.settings.tags`
    kind: str  #: of the documents
    parse: Parse
    dump: Dump  #: (uow, call, document, whole): `whole` is False in lists
    messages: Messages
    verbs: tuple[str, ...] = VERBS
    rows_per_call: int = 100
    ids_per_call: int = 100
    too_many_ids: str = ""  #: message when more are named
    missing: Code = Code.MANDATORY_NOT_FOUND  #: code of a body without the envelope
    id_missing: str = ""  #: message when an update of many names no id
    bad_id: str = UNKNOWN_ID  #: message when the id of the path is none, or nothing has it
    bad_row_id: Problem = _BAD_ROW_ID  #: when nothing has the id of a row; the place is added
    get_refuses_unknown: bool = False  #: GET of an id that nothing has is refused, not an empty answer
    choose: Choose = _all  #: filter and sort the list
    details: Details = id_only
    may_delete: Check = _no_objection
    saved: Saved = _nothing  #: after each create and update: (uow, call, new, old)
    dropped: Dropped = _nothing
    extra_info: Details | None = None  #: more keys of the list's info; called with the last document
    needs_module: bool = False  #: `?module=` is required and selects the documents
    paged: bool = True  #: the list has an info block
    per_page: int = paging.PER_PAGE  #: of a list that asks for no size
    most_per_page: int = paging.PER_PAGE
    as_object: Callable[[Problem], bool] = _never  #: refusals of one row that are answered as an object, not a list
    deleted_as_object: bool = False  #: DELETE of one answers an object under the envelope, not a list
    since: str = "v2"

    def routes(self) -> list[Route]:
        """Return the operations."""
        item = f"{self.path}/{{id}}"
        known: dict[str, tuple[str, str, Handler, str]] = {
            "list": ("GET", self.path, self._list, "READ"),
            "get": ("GET", item, self._get, "READ"),
            "create": ("POST", self.path, self._create, "CREATE"),
            "update": ("PUT", item, self._update, "UPDATE"),
            "update_many": ("PUT", self.path, self._update_many, "UPDATE"),
            "delete": ("DELETE", item, self._delete, "DELETE"),
            "delete_many": ("DELETE", self.path, self._delete_many, "DELETE"),
        }
        return [
            Route(method, pattern, handler, (f"{self.scope}.{operation}",), writes=method != "GET", since=self.since)
            for method, pattern, handler, operation in (known[verb] for verb in self.verbs)
        ]

    def _list(self, uow: UnitOfWork, call: Call) -> Answer:
        documents = self.choose(uow, call, uow.documents(self.kind, self._module(uow, call)))
        if not documents:
            return Answer(204)
        since = conditional.modified_since(call)
        if since is not None and all(document.modified_at <= since for document in documents):
            return conditional.NOT_MODIFIED
        if not self.paged:
            return Answer(body={self.envelope: [self.dump(uow, call, document, False) for document in documents]})
        page = paging.page_of(call, per_page=self.per_page, maximum=self.most_per_page)
        shown, more = page.of(documents)
        if not shown:
            return Answer(204)
        rows: list[Json] = [self.dump(uow, call, document, False) for document in shown]
        extra = self.extra_info(uow, call, shown[-1]) if self.extra_info else {}
        return Answer(body={self.envelope: rows, "info": {**paging.info(page, len(rows), more), **extra}})

    def _get(self, uow: UnitOfWork, call: Call) -> Answer:
        document = uow.document(self.kind, self._path_id(call))
        if document is None:
            if self.get_refuses_unknown:
                raise RequestRefusedError(self._bad_path_id(call))
            return Answer(204)
        if conditional.unchanged(call, document.modified_at):
            return conditional.NOT_MODIFIED
        return Answer(body={self.envelope: [self.dump(uow, call, document, True)]})

    def _create(self, uow: UnitOfWork, call: Call) -> Answer:
        outcomes = [self._keep(uow, call, row, index, None) for index, row in enumerate(self._rows(call))]
        return self._answer(call, outcomes, 201)

    def _update(self, uow: UnitOfWork, call: Call) -> Answer:
        old = self._named(uow, call)
        row, *others = self._rows(call)
        if others:
            raise invalid(JsonPath() / self.envelope, maximum_length=1)
        return self._answer(call, [self._keep(uow, call, row, 0, old)])

    def _update_many(self, uow: UnitOfWork, call: Call) -> Answer:
        outcomes: list[Element] = []
        for index, row in enumerate(self._rows(call)):
            old = self._old(uow, row, index)
            outcomes.append(old if isinstance(old, Problem) else self._keep(uow, call, row, index, old))
        return self._answer(call, outcomes)

    def _answer(self, call: Call, outcomes: Sequence[Element], status: int = 200) -> Answer:
        answer = envelope.elements(call, self.envelope, outcomes, status)
        match outcomes:
            case [Problem() as problem] if self.as_object(problem):
                return replace(answer, body={self.envelope: envelope.problem_body(problem, call.dialect)})
            case _:
                return answer

    def _delete(self, uow: UnitOfWork, call: Call) -> Answer:
        document = self._named(uow, call)
        problem = self.may_delete(uow, call, document)
        if problem is not None:
            raise RequestRefusedError(replace(problem, details=self._bad_path_id(call).details))
        self._drop(uow, call, document)
        outcome = envelope.succeeded(self.messages.deleted, {"id": str(document.id)})
        if self.deleted_as_object:
            return Answer(body={self.envelope: outcome})
        return envelope.elements(call, self.envelope, [outcome])

    def _delete_many(self, uow: UnitOfWork, call: Call) -> Answer:
        named = params.ids(call, maximum=self.ids_per_call, message=self.too_many_ids)
        return envelope.elements(call, self.envelope, [self._delete_one(uow, call, each) for each in named])

    def _delete_one(self, uow: UnitOfWork, call: Call, named: Id | str) -> Element:
        document = uow.document(self.kind, named) if isinstance(named, int) else None
        if document is None:
            return Problem(Code.INVALID_DATA, {"id": str(named)}, UNKNOWN_ID)
        problem = self.may_delete(uow, call, document)
        if problem is not None:
            return replace(problem, details={"id": str(document.id)})
        self._drop(uow, call, document)
        return envelope.succeeded(self.messages.deleted_many or self.messages.deleted, {"id": str(document.id)})

    def _drop(self, uow: UnitOfWork, call: Call, document: Document) -> None:
        uow.drop_document(self.kind, document.id)
        self.dropped(uow, call, document)

    def _rows(self, call: Call) -> list[Json]:
        return envelope.rows(call, self.envelope, maximum=self.rows_per_call, missing=self.missing)

    def _module(self, uow: UnitOfWork, call: Call) -> str | None:
        if not self.needs_module:
            return None
        name = params.required(call, "module")
        if name not in uow.catalog.by_name:
            raise RequestRefusedError(Problem(Code.INVALID_MODULE, {"param_name": "module"}))
        return name

    def _named(self, uow: UnitOfWork, call: Call) -> Document:
        document = uow.document(self.kind, self._path_id(call))
        if document is None:
            raise RequestRefusedError(self._bad_path_id(call))
        return document

    def _path_id(self, call: Call) -> Id:
        found = id_of(call.params["id"])
        if found is None:
            raise RequestRefusedError(self._bad_path_id(call))
        return found

    def _bad_path_id(self, call: Call) -> Problem:
        return replace(params.bad_path_id(call), message=self.bad_id)

    def _old(self, uow: UnitOfWork, row: Json, index: int) -> Document | Problem:
        if not isinstance(row, dict):
            return envelope.not_an_object(self.envelope, index)
        where = (item(self.envelope, index) / "id").position
        if row.get("id") is None:
            return Problem(Code.MANDATORY_NOT_FOUND, where, self.id_missing)
        number = id_of(row["id"])
        document = uow.document(self.kind, number) if number is not None else None
        return document or replace(self.bad_row_id, details={**self.bad_row_id.details, **where})

    def _keep(self, uow: UnitOfWork, call: Call, row: Json, index: int, old: Document | None) -> Element:
        if not isinstance(row, dict):
            return envelope.not_an_object(self.envelope, index)
        draft = self.parse(uow, call, Row(row, item(self.envelope, index), old))
        if isinstance(draft, Problem):
            return draft
        document = stamped(uow, call, self.kind, draft, old)
        uow.put_document(document)
        self.saved(uow, call, document, old)
        message = self.messages.updated if old else self.messages.created
        return envelope.succeeded(message, self.details(uow, call, document))


def stamped(uow: UnitOfWork, call: Call, kind: str, draft: ParsedDocument, old: Document | None) -> Document:
    """Set the id, the times and the users of a draft."""
    by, at = call.actor.user.id, uow.now
    if old is not None:
        return old.changed(draft.module, draft.name, draft.body, by=by, at=at)
    return new_document(kind, uow.new_id(), draft.body, by=by, at=at, module=draft.module, name=draft.name)
