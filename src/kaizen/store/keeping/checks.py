"""What must hold in every database, asked of one state of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kaizen.model.catalog import ANY_MODULE, Field, Module
from kaizen.store.dialect import quoted
from kaizen.store.ids import BLOCK, COUNTER
from kaizen.store.keeping.history_checks import check_history
from kaizen.store.keeping.result import EXAMPLES, Checked
from kaizen.store.session import Session
from kaizen.store.table_layout import TableLayout
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.automation import ActionState
from kaizen.vocabulary.data_types import USER_REFERENCES, DataType

#: Modules whose records lie elsewhere than in a table of their own.
_ELSEWHERE: Final[Mapping[str, str]] = {"Users": "kz_user"}
_LOOKUPS: Final = frozenset({DataType.LOOKUP, DataType.MULTI_MODULE_LOOKUP})
#: Tables of ours whose rows have ids of the organisation's counter.
_NUMBERED: Final = ("kz_change", "kz_document", "kz_action", "kz_mail", "kz_recycle_bin")


@dataclass(frozen=True, slots=True)
class _Rule:
    """What no row may be like: a table with the alias t, and the condition of its rows that are wrong."""

    table: str
    wrong: str
    said: str  #: pattern: what is wrong with the row whose id or name is {}
    key: str = "id"


def check(unit: Unit) -> Iterator[Checked]:
    """Ask for all that must hold of what is stored; the parts come one by one, since some of them take long."""
    session = unit.session
    broken = _structure(unit)
    yield broken
    if broken.problems:
        return  # what follows asks those tables
    modules = [module for module in unit.catalog.modules if module.table]
    yield _checked(session, "records", modules, [rule for each in modules for rule in _of_records(unit, each)])
    yield _checked(session, "lookups", modules, [rule for each in modules for rule in _of_lookups(unit, each)])
    yield check_history(unit)
    yield _checked(session, "queue", ["kz_action"], _QUEUE)
    yield _checked(session, "tokens", ["kz_grant", "kz_refresh_token", "kz_access_token"], _TOKENS)
    yield _ids(unit, modules)


def pages(session: Session) -> Checked:
    """Let SQLite look through its pages and indexes."""
    said = [str(text) for (text,) in session.rows(f"PRAGMA integrity_check({EXAMPLES + 1})") if text != "ok"]
    ((pages,),) = session.rows("PRAGMA page_count")
    return Checked("pages and indexes", pages, len(said), tuple(said[:EXAMPLES]))


def _structure(unit: Unit) -> Checked:
    """Compare the tables with what the metadata say of them."""
    modules = [module for module in unit.catalog.modules if module.table]
    found: list[str] = []
    for module in modules:
        has = set(_columns(unit.session, module.table))
        layout = TableLayout(module, unit.catalog, unit.session.dialect)
        needs = {*layout.columns.values(), *layout.folded.values()}
        found += [f"{module.api_name}: table {module.table} has no column {each}" for each in sorted(needs - has)]
    states = len(unit.session.rows("SELECT 1 FROM kz_state"))
    if states != 1:
        found.append(f"kz_state has {states} rows; it must have one")
    return Checked("tables of the modules", len(modules), len(found), tuple(found[:EXAMPLES]))


def _columns(session: Session, table: str) -> list[str]:
    return [name for (name,) in session.rows(session.dialect.columns, (table,))]


def _of_records(unit: Unit, module: Module) -> Iterator[_Rule]:
    name = module.api_name
    yield _Rule(
        module.table,
        f"EXISTS (SELECT 1 FROM kz_recycle_bin b WHERE b.id = t.id AND b.module = '{name}')",
        f"{name} {{}} is in the recycle bin, too",
    )
    parents = unit.catalog.by_name.get(module.parent_module or "")
    if parents is not None and parents.table:
        parent = quoted(TableLayout(module, unit.catalog, unit.session.dialect).parent_column)
        yield _Rule(
            module.table,
            f"NOT EXISTS (SELECT 1 FROM {quoted(parents.table)} r WHERE r.id = t.{parent})",
            f"{name} {{}} hangs on a record of {parents.api_name} that does not exist",
        )


def _of_lookups(unit: Unit, module: Module) -> Iterator[_Rule]:
    for field in module.stored:
        tables = _targets(unit, field)
        if tables and field.api_name != "Parent_Id":
            column = quoted(field.column)
            missing = " AND ".join(f"NOT EXISTS (SELECT 1 FROM {quoted(r)} r WHERE r.id = t.{column})" for r in tables)
            wrong = f"t.{column} IS NOT NULL AND {missing}"
            said = f"{field.api_name} of {module.api_name} {{}} refers to a record that does not exist"
            yield _Rule(module.table, wrong, said)


def _targets(unit: Unit, field: Field) -> Sequence[str]:
    """Return the tables that have the records to which a field may refer."""
    if field.data_type in USER_REFERENCES:
        return ["kz_user"]
    if field.data_type not in _LOOKUPS:
        return []
    if field.lookup_module == ANY_MODULE:
        return [module.table for module in unit.catalog.modules if module.table]
    name = field.lookup_module or ""
    if name in _ELSEWHERE:
        return [_ELSEWHERE[name]]
    target = unit.catalog.by_name.get(name)
    return [target.table] if target is not None and target.table else []


_IS_PENDING: Final = f"t.state = '{ActionState.PENDING.value}'"
_QUEUE: Final = (
    _Rule(
        "kz_action",
        f"{_IS_PENDING} AND NOT EXISTS (SELECT 1 FROM kz_change c WHERE c.id = t.change_id)",
        "action {} waits because of a change that the history does not have",
    ),
)
_TOKENS: Final = (
    *(
        _Rule(
            table,
            f"NOT EXISTS (SELECT 1 FROM {other} o WHERE o.{column} = t.{mine})",
            f"{table} {{}} belongs to a {what} that does not exist",
            "client_id",
        )
        for table in ("kz_grant", "kz_refresh_token", "kz_access_token")
        for other, column, mine, what in (
            ("kz_client", "client_id", "client_id", "client"),
            ("kz_user", "id", "user_id", "user"),
        )
    ),
    _Rule(
        "kz_access_token",
        "t.refresh_hash <> '' AND NOT EXISTS (SELECT 1 FROM kz_refresh_token o WHERE o.token_hash = t.refresh_hash)",
        "an access token of client {} has lost its refresh token",
        "client_id",
    ),
)


def _checked(session: Session, what: str, tables: Sequence[Module | str], rules: Sequence[_Rule]) -> Checked:
    """Count the rows of tables, and those of them that break rules."""
    names = [table if isinstance(table, str) else table.table for table in tables]
    rows = sum(int(session.rows(f"SELECT COUNT(*) FROM {quoted(name)}")[0][0]) for name in names)
    problems, examples = 0, list[str]()
    for rule in rules:
        where = f"FROM {quoted(rule.table)} t WHERE {rule.wrong}"
        found = session.rows(f"SELECT t.{rule.key} {where} LIMIT {EXAMPLES}")
        if found:
            problems += int(session.rows(f"SELECT COUNT(*) {where}")[0][0])
            examples += [rule.said.format(key) for (key,) in found]
    return Checked(what, rows, problems, tuple(examples[:EXAMPLES]))


def _ids(unit: Unit, modules: Sequence[Module]) -> Checked:
    """Hold the ids that were given against the counter that gives the next ones."""
    first = unit.organisation.id_prefix * 10**9
    free = first + _next_number(unit.session)
    found: list[str] = []
    for table in (*_NUMBERED, *(module.table for module in modules)):
        where = f"FROM {quoted(table)} WHERE id >= ? AND id < ?"
        ((highest,),) = unit.session.rows(f"SELECT MAX(id) {where}", (free, first + 10**9))
        if highest is not None:
            found.append(f"{table} has the id {highest}, which the counter would give again")
    return Checked("ids", len(_NUMBERED) + len(modules), len(found), tuple(found[:EXAMPLES]))


def _next_number(session: Session) -> int:
    """Return the first number that the counter of ids has not reserved."""
    return int(session.rows(session.dialect.counter.format(COUNTER, BLOCK))[0][0])
