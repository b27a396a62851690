"""The module-shaped endpoints: records of every module, by the same few handlers."""

from typing import Final

from kaizen.server.http.call import Handler, Route
from kaizen.server.records_api import (
    activities,
    coql,
    deleted,
    notes,
    reading,
    searching,
    tagging,
    user_search,
    writing,
)
from kaizen.server.records_api.request import NOTES

#: What operations on notes say of a token without their scopes.
_NOTES_OUT_OF_SCOPE: Final = "invalid oauth scope to access this URL"
#: The list of records in answers.
_ROWS: Final = "data"


def _route(
    method: str, pattern: str, handler: Handler, right: str, operation: str, *, module_refused_in: str = ""
) -> Route:
    return Route(
        method,
        f"{{module}}{pattern}",
        handler,
        (f"ZohoCRM.modules.{{module}}.{right}",),
        writes=right != "READ",
        operation=operation,
        module_refused_in=module_refused_in,
        out_of_scope_of={NOTES: _NOTES_OUT_OF_SCOPE},
    )


def _note_route(method: str, pattern: str, handler: Handler, right: str, operation: str) -> Route:
    """Declare an operation on the notes of a record; who reads the record reads its notes."""
    writes = right != "READ"
    on_notes = (f"ZohoCRM.modules.notes.{right}",) if writes else ()
    scopes = (*on_notes, "ZohoCRM.modules.{module}.READ")
    path = f"{{module}}/{{id}}/Notes{pattern}"
    return Route(method, path, handler, scopes, writes, operation=operation, out_of_scope=_NOTES_OUT_OF_SCOPE)


#: Tags check their scopes themselves: which one is needed depends on the version.
_TAGS: Final = (
    Route("POST", "{module}/actions/add_tags", tagging.add_tags, (), writes=True, operation="postAddTags"),
    Route("POST", "{module}/actions/remove_tags", tagging.remove_tags, (), writes=True, operation="postRemoveTags"),
    Route("POST", "{module}/{id}/actions/add_tags", tagging.add_tags, (), writes=True, operation="postAddTagsWithId"),
    Route(
        "POST",
        "{module}/{id}/actions/remove_tags",
        tagging.remove_tags,
        (),
        writes=True,
        operation="postRemoveTagsWithId",
    ),
)

_USERS: Final = ("ZohoCRM.users.READ",)
_ACTIVITIES: Final = ("ZohoCRM.modules.activities.READ",)

ROUTES: Final = (
    Route("GET", "Activities", activities.list_activities, _ACTIVITIES, operation="getActivities"),
    Route("GET", "Activities/{id}", activities.get_activity, _ACTIVITIES, operation="getActivity"),
    _route("POST", "", writing.insert, "CREATE", "createRecords", module_refused_in=_ROWS),
    _route("GET", "", reading.list_records, "READ", "getRecords"),
    _route("PUT", "", writing.update, "UPDATE", "updateRecords", module_refused_in=_ROWS),
    _route("DELETE", "", writing.delete, "DELETE", "deleteRecords"),
    _route("POST", "/upsert", writing.upsert, "CREATE", "upsertRecords", module_refused_in=_ROWS),
    _route("GET", "/deleted", deleted.list_deleted, "READ", "getDeletedRecords", module_refused_in=_ROWS),
    _route("GET", "/{id}", reading.get_record, "READ", "getRecord"),
    _route("PUT", "/{id}", writing.update_one, "UPDATE", "updateRecord", module_refused_in=_ROWS),
    _route("DELETE", "/{id}", writing.delete_one, "DELETE", "deleteRecord"),
    _route("GET", "/search", searching.search, "READ", "searchRecords"),
    Route("GET", "users/search", user_search.search_users, _USERS, operation="searchUsersV2"),
    Route("GET", "Users/search", user_search.search_users, _USERS),
    Route("GET", "Users/actions/count", user_search.count_users, _USERS),
    Route("GET", "Activities/search", activities.refuse_search, _ACTIVITIES),
    Route("GET", "Activities/actions/count", activities.refuse_count, _ACTIVITIES),
    _route("GET", "/actions/count", searching.count, "READ", "getCount"),
    Route("POST", "coql", coql.run_query, ("ZohoCRM.coql.READ",), operation="executeCOQLQuery"),
    *_TAGS,
    _note_route("GET", "", notes.list_notes, "READ", "getNotes"),
    _note_route("POST", "", notes.add_notes, "CREATE", "createNotes"),
    _note_route("PUT", "", notes.update_notes, "UPDATE", "updateBulkNotes"),
    _note_route("DELETE", "", notes.delete_notes, "DELETE", "deleteBulkNotes"),
    _note_route("GET", "/{note}", notes.get_note, "READ", "getNotesById"),
    _note_route("PUT", "/{note}", notes.update_note, "UPDATE", "updateNotes"),
    _note_route("DELETE", "/{note}", notes.delete_note, "DELETE", "deleteNotes"),
)
