"""Search for users as for records: `/users/search` of v2, `/Users/search` since (reference: platform D.2)."""

from kaizen.model.values import Json
from kaizen.records.ports import Column, Order, Query, UnitOfWork
from kaizen.server.http import paging
from kaizen.server.http.call import Answer, Call
from kaizen.server.records_api.reading import sorting
from kaizen.server.records_api.searching import REACH, asked, asked_for, check_search_scope, check_version
from kaizen.server.resources.organisation.user_kinds import is_meant, kind_of
from kaizen.server.resources.organisation.user_serializer import show_user


def search_users(uow: UnitOfWork, call: Call) -> Answer:
    """Answer a page of the users of a kind who are found; none is an empty answer."""
    check_search_scope(call)
    module = uow.catalog.by_name["Users"]
    meant = is_meant(uow, call, kind_of(call))
    where = asked(uow, call, module)
    page = paging.page_of(call)
    paging.check_reach(page, REACH)
    sort_by, descending = sorting(uow, call, module)
    # All of them: which are of the kind that is meant is looked at here.
    order = (Order(Column((sort_by,)), descending),)
    rows = uow.select(Query(module.api_name, (), where, order, limit=len(uow.users)))
    found = [user for row in rows if (user := uow.users[int(str(row["id"]))]) and meant(user)]
    shown, more = page.of(found)
    if not shown:
        return Answer(204)
    users: list[Json] = [show_user(uow, call, user) for user in shown]
    return Answer(body={"users": users, "info": paging.info(page, len(users), more)})


def count_users(uow: UnitOfWork, call: Call) -> Answer:
    """Answer how many users of a kind there are, or a search finds."""
    check_version(call)
    check_search_scope(call)
    module = uow.catalog.by_name["Users"]
    meant = is_meant(uow, call, kind_of(call))
    rows = uow.select(Query(module.api_name, (), asked_for(uow, call, module), limit=len(uow.users)))
    return Answer(body={"count": sum(meant(uow.users[int(str(row["id"]))]) for row in rows)})
