"""Search a module's records by criteria, e-mail address, phone number or word, and count them."""

import re
from collections.abc import Iterable
from typing import Final

from kaizen.access.scopes import SEARCH, on_module, require
from kaizen.criteria.read_search import NOT_AVAILABLE, read_search
from kaizen.criteria.resolve import resolve
from kaizen.criteria.tree import NEVER, Compare, Criteria, Path, key_of, paths
from kaizen.fields.kinds import MANY, ValueKind, kind_of, kind_of_field
from kaizen.fields.text import fold
from kaizen.fields.words import NONE, number_of, words_of
from kaizen.model.catalog import Field, Module
from kaizen.model.people import Actor
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records import permitted, query
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import paging
from kaizen.server.http.call import Answer, Call
from kaizen.server.records_api.reading import (
    approved_in,
    converted_in,
    fields_in,
    list_query,
    sorting,
    view_in,
)
from kaizen.server.records_api.record_serializer import plan_for
from kaizen.server.records_api.request import module_in
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import Comparator
from kaizen.vocabulary.data_types import DataType

#: What a search can reach, page by page (reference: platform D.2).
REACH: Final = 2_000
_PARAMS: Final = ("criteria", "email", "phone", "word")

APPROVED: Final = "approved"
_EITHER: Final = ("true", "false", "both")
#: What parameters of searches can say (docs: searchRecords examples).
_WORDS: Final = {
    "converted": _EITHER,
    "approved": _EITHER,
    "sort_order": ("asc", "desc"),
    "approval_state": (
        *(APPROVED, "approval_process_pending", "approval_process_rejected"),
        *("review_process_pending", "review_process_rejected"),
        *("webform_invalid", "webform_invalid_approval", "webform_unapproved", "webform_double_optin"),
        *("zia_vision_validation", "zia_vision_pending", "zia_vision_rejected"),
        *("email_parser_waiting", "email_parser_rejected", "merge_pending"),
    ),
}
_NOT_UNDERSTOOD: Final = (
    "unable to process your request. please verify whether you have entered proper method name, parameter and "
    "parameter values."
)
_COUNT_UNKNOWN: Final = Problem(
    Code.API_NOT_SUPPORTED, {"supported_version": "v2.1"}, "api not supported in this version"
)
_SHORTEST_WORD: Final = 2
_SHORTEST_NUMBER: Final = 3
_NUMBER: Final = re.compile(r"\+?[0-9\s().-]+")
_WORD: Final = re.compile(r"[\w\s.@'+&-]+")


def search(uow: UnitOfWork, call: Call) -> Answer:
    """Answer a page of the records that are found; none is an empty answer."""
    module = _searchable(uow, call)
    wanted = asked(uow, call, module)
    _check_words(call)
    view_in(call, module)
    page = paging.page_of(call)
    paging.check_reach(page, REACH)
    plan = plan_for(uow, call, module, fields_in(call, required=False), alone=False)
    where = _narrowed(uow, call, module, wanted)
    order = sorting(uow, call, module, by_any=True)
    rows, more = page.cut(uow.select(list_query(plan, where, order, page.limit, page.offset)))
    if not rows:
        return Answer(204)
    info: dict[str, Json] = paging.info(page, len(rows), more)
    if call.dialect.page_tokens:
        sort_by, descending = order
        info |= {"sort_by": sort_by, "sort_order": "desc" if descending else "asc", "call": False, "email": False}
    return Answer(body={"data": plan.render(uow, rows), "info": info})


def _narrowed(uow: UnitOfWork, call: Call, module: Module, wanted: Criteria | None) -> Criteria | None:
    """Return what was searched for, of the records that the caller may see and asked about."""
    return query.both(
        wanted, _visible(uow, call, module, wanted), converted_in(call, module), approved_in(call), _in_state(call)
    )


def count(uow: UnitOfWork, call: Call) -> Answer:
    """Answer how many records a module has, or a search finds."""
    check_version(call)
    module = _countable(uow, call)
    wanted = asked_for(uow, call, module)
    _check_words(call)
    if "page" in call.query:
        paging.check_reach(paging.page_of(call), REACH)
    if wanted is not None and "cvid" in call.query:
        pair: list[Json] = [{"param_name": name} for name in ("cvid", *_PARAMS) if name in call.query]
        message = "Please use either Cvid or Search Params. Combination of both the params is not allowed"
        raise RequestRefusedError(Problem(Code.AMBIGUITY_DURING_PROCESSING, {"ambiguity_due_to": pair}, message))
    view_in(call, module)
    where = _narrowed(uow, call, module, wanted)
    return Answer(body={"count": uow.count(module.api_name, where)})


def check_search_scope(call: Call) -> None:
    """Refuse callers who may not search, in the versions that ask for the scope."""
    if call.dialect.search_scope:
        require(call.actor, SEARCH)


def asked(uow: UnitOfWork, call: Call, module: Module) -> Criteria:
    """Read what is searched for, which must be something."""
    found = asked_for(uow, call, module)
    if found is None:
        raise RequestRefusedError(_nothing_asked(call))
    return found


def _searchable(uow: UnitOfWork, call: Call) -> Module:
    """Return the module to search, which may be that of a subform: then its rows are found."""
    module = module_in(uow, call)
    check_search_scope(call)
    permitted.viewable(uow, call.actor, module)
    return module


def _visible(uow: UnitOfWork, call: Call, module: Module, wanted: Criteria | None) -> Criteria | None:
    return permitted.visible(uow, call.actor, module, paths(wanted) if wanted is not None else ())


def _countable(uow: UnitOfWork, call: Call) -> Module:
    module = _searchable(uow, call)
    if module.parent_module:
        raise RequestRefusedError(not_counted(module.api_name))
    return module


def not_counted(module: str) -> Problem:
    """Return the problem of a module whose records cannot be counted."""
    return Problem(Code.NOT_SUPPORTED, {"module": module}, "the given module is not supported for count")


def check_version(call: Call) -> None:
    """Refuse to count in versions that cannot."""
    if not call.dialect.counts_records:
        raise RequestRefusedError(_COUNT_UNKNOWN)


def _check_words(call: Call) -> None:
    """Refuse words that a parameter of searches does not know: these two operations say no more than that."""
    for name, words in _WORDS.items():
        if call.query.get(name, words[0]) not in words:
            raise RequestRefusedError(Problem(Code.INVALID_REQUEST, {}, _NOT_UNDERSTOOD))


def _in_state(call: Call) -> Criteria | None:
    """Every record is approved, so asking for another state finds none."""
    return NEVER if call.query.get("approval_state", APPROVED) != APPROVED else None


def _nothing_asked(call: Call) -> Problem:
    if call.dialect.lists_search_parameters:
        return Problem(Code.EXPECTED_PARAM_MISSING, {"param_names": list(_PARAMS)})
    return Problem(Code.REQUIRED_PARAM_MISSING, {}, "Required data is missing to do the search")


def asked_for(uow: UnitOfWork, call: Call, module: Module) -> Criteria | None:
    """Read what is searched for, if anything is; the first of several parameters counts."""
    for name in _PARAMS:
        text = call.query.get(name)
        if text is not None:
            return _READERS[name](uow, call.actor, module, text)
    return None


def _by_criteria(uow: UnitOfWork, actor: Actor, module: Module, text: str) -> Criteria:
    found = read_search(text, module, uow.catalog)
    if isinstance(found, Problem):
        raise RequestRefusedError(found)
    read = paths(found)
    for path in read:
        if not query.is_stored(uow.catalog, module, path):
            raise RequestRefusedError(_unavailable(path))
    # Whoever may ask for the records that have a value knows the value.
    for touched in permitted.touched(uow.catalog, module, read):
        require(actor, on_module(touched, "READ"))
        permitted.viewable(uow, actor, touched)
    hidden = permitted.hidden_among(uow.access.of(actor), module, read)
    if hidden is not None:
        raise RequestRefusedError(_unavailable(hidden))
    return resolve(found, query.today(uow), uow.organisation, uow.calendar)


def _unavailable(path: Path) -> Problem:
    details: dict[str, Json] = {"api_name": key_of(path), "reason": NOT_AVAILABLE}
    return Problem(Code.INVALID_QUERY, details, NOT_AVAILABLE)


def _by_email(uow: UnitOfWork, actor: Actor, module: Module, text: str) -> Criteria:
    return _joined(
        Compare((f.api_name,), Comparator.EQUAL, text, f.data_type) for f in _fields(uow, actor, module, DataType.EMAIL)
    )


def _by_phone(uow: UnitOfWork, actor: Actor, module: Module, text: str) -> Criteria:
    if len(number_of(fold(text))) < _SHORTEST_NUMBER or not _NUMBER.fullmatch(text.strip()):
        raise RequestRefusedError(Problem(Code.INVALID_QUERY, {"param_name": "phone"}))
    fields = _fields(uow, actor, module, DataType.PHONE)
    return _joined(Compare((f.api_name,), Comparator.SAME_NUMBER, text, f.data_type) for f in fields)


def _by_word(uow: UnitOfWork, actor: Actor, module: Module, text: str) -> Criteria:
    # A word stands for all that begin with it, so an asterisk behind it says no more.
    word = text.strip().removesuffix("*")
    if text.count("*") > 1:
        raise RequestRefusedError(_bad_word("More than one wildcard(*) not allowed in a searchword"))
    if not _WORD.fullmatch(word) and word:
        raise RequestRefusedError(_bad_word("special characters are not allowed"))
    if len(word) < _SHORTEST_WORD:
        raise RequestRefusedError(
            Problem(Code.INVALID_DATA, {"param_name": "word"}, "provide atleast 2 letters for search")
        )
    hidden = permitted.rights_on(uow, actor, module).hidden
    fields = [
        f
        for f in module.stored
        if kind_of(f.data_type) is ValueKind.TEXT and kind_of_field(f) not in MANY and f.api_name not in hidden
    ]
    if words_of(fold(word)) == NONE:
        raise RequestRefusedError(_bad_word("special characters are not allowed"))
    return _joined(Compare((f.api_name,), Comparator.HAS_WORD_STARTING, word, f.data_type) for f in fields)


_READERS: Final = {"criteria": _by_criteria, "email": _by_email, "phone": _by_phone, "word": _by_word}


def _bad_word(why: str) -> Problem:
    return Problem(Code.INVALID_DATA, {"param_name": "word", "reason": why}, why)


def _joined(tests: Iterable[Criteria]) -> Criteria:
    found = query.either(tests)
    if found is None:
        raise RequestRefusedError(Problem(Code.FIELD_TYPE_UNAVAILABLE))
    return found


def _fields(uow: UnitOfWork, actor: Actor, module: Module, data_type: DataType) -> list[Field]:
    hidden = permitted.rights_on(uow, actor, module).hidden
    found = [f for f in module.stored if f.data_type is data_type and f.api_name not in hidden]
    if not found:
        raise RequestRefusedError(Problem(Code.FIELD_TYPE_UNAVAILABLE))
    return found
