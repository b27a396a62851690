"""The numbered steps that make a database what this version reads. A step that was released never changes."""

import re
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from kaizen.fields.kinds import ColumnKind
from kaizen.model.catalog import Catalog, Module
from kaizen.store.dialect import quoted
from kaizen.store.errors import StoreError
from kaizen.store.ids import BLOCK, COUNTER, FIRST
from kaizen.store.json_text import from_text, rebuild_text, to_text
from kaizen.store.session import Session
from kaizen.store.table_layout import TableLayout
from kaizen.store.word_index import WordIndex

Migration = Callable[[Session], None]

#: The table that says which steps a database has seen; every database of ours has it.
LEDGER: Final = "kz_migration"


def migrate(session: Session, now: int, migrations: Sequence[Migration]) -> None:
    """Carry out the steps that the database has not seen; the caller holds the lock on its structure."""
    session.run(
        session.dialect.ddl(
            f"CREATE TABLE IF NOT EXISTS {LEDGER} "
            "(number {integer} PRIMARY KEY, applied_at {integer} NOT NULL){end}"
        )
    )
    seen = session.rows(f"SELECT COALESCE(MAX(number), 0) FROM {LEDGER}")[0][0]
    if seen > len(migrations):
        raise StoreError(
            f"the database was written by a later version of Kaizen (its structure is number {seen}, "
            f"this version knows {len(migrations)}); use that version or a newer one"
        )
    for number, step in enumerate(migrations[seen:], seen + 1):
        step(session)
        session.run(f"INSERT INTO {LEDGER} (number, applied_at) VALUES (?, ?)", (number, now))


_FIRST_TABLES: Final = """
CREATE TABLE kz_state (
  organisation {integer} NOT NULL, catalog {integer} NOT NULL, users {integer} NOT NULL,
  tags {integer} NOT NULL, calendar {integer} NOT NULL, book {integer} NOT NULL){end};
INSERT INTO kz_state (organisation, catalog, users, tags, calendar, book) VALUES (0, 0, 0, 0, 0, 0);

CREATE TABLE kz_organisation (id {integer} PRIMARY KEY, body {text} NOT NULL){end};
CREATE TABLE kz_user (id {integer} PRIMARY KEY, body {text} NOT NULL){end};
CREATE TABLE kz_module (id {integer} PRIMARY KEY, position {integer} NOT NULL, body {text} NOT NULL){end};

CREATE TABLE kz_document (
  kind {text} NOT NULL, id {integer} NOT NULL, module {text} NOT NULL, name {text} NOT NULL, body {text} NOT NULL,
  created_at {integer} NOT NULL, created_by {integer} NOT NULL,
  modified_at {integer} NOT NULL, modified_by {integer} NOT NULL, PRIMARY KEY (kind, id)){end};
CREATE TABLE kz_document_history (
  kind {text} NOT NULL, id {integer} NOT NULL, version {integer} NOT NULL, document {text},
  PRIMARY KEY (kind, id, version)){end};
CREATE INDEX kz_document_history__version ON kz_document_history (version);

CREATE TABLE kz_recycle_bin (
  id {integer} PRIMARY KEY, module {text} NOT NULL, body {text} NOT NULL,
  deleted_at {integer} NOT NULL, deleted_by {integer} NOT NULL){end};

CREATE TABLE kz_heading (number {serial}, names {text} NOT NULL){end};
CREATE TABLE kz_change (
  id {integer} PRIMARY KEY, module {text} NOT NULL, record_id {integer} NOT NULL, event {text} NOT NULL,
  at {integer} NOT NULL, actor_id {integer} NOT NULL, book_version {integer} NOT NULL,
  before {text}, after {text}, origin {text}, triggers {text}, reaction {text}, related {text}){end};
CREATE INDEX kz_change__record ON kz_change (record_id);

CREATE TABLE kz_consumed (
  record_id {integer} NOT NULL, rule_id {integer} NOT NULL, change_id {integer} NOT NULL,
  PRIMARY KEY (record_id, rule_id)){end};
CREATE INDEX kz_consumed__rule ON kz_consumed (rule_id);

CREATE TABLE kz_usage (
  rule_id {integer} NOT NULL, condition_id {integer} NOT NULL, group_id {integer} NOT NULL,
  action_id {integer} NOT NULL, day {text} NOT NULL, shard {integer} NOT NULL,
  success {integer} NOT NULL, failure {integer} NOT NULL, last_at {integer} NOT NULL,
  PRIMARY KEY (rule_id, day, condition_id, group_id, action_id, shard)){end};

CREATE TABLE kz_turn (action_id {integer} PRIMARY KEY, turn {integer} NOT NULL){end};

CREATE TABLE kz_action (
  id {integer} PRIMARY KEY, due_at {integer} NOT NULL, kind {text} NOT NULL, rule_id {integer} NOT NULL,
  condition_id {integer} NOT NULL, group_id {integer} NOT NULL, action_id {integer} NOT NULL,
  module {text} NOT NULL, record_id {integer} NOT NULL, change_id {integer} NOT NULL, actor_id {integer} NOT NULL,
  payload {text} NOT NULL, state {text} NOT NULL, attempts {integer} NOT NULL, last_error {text} NOT NULL,
  "key" {text} NOT NULL){end};
CREATE INDEX kz_action__due ON kz_action (due_at, id) WHERE state = 'pending';
CREATE INDEX kz_action__rule ON kz_action (rule_id, group_id, action_id) WHERE state = 'pending';
CREATE INDEX kz_action__record ON kz_action (record_id);

CREATE TABLE kz_mail (
  id {integer} PRIMARY KEY, created_at {integer} NOT NULL, sender {text} NOT NULL, "to" {text} NOT NULL,
  subject {text} NOT NULL, content {text} NOT NULL, cc {text} NOT NULL, bcc {text} NOT NULL,
  reply_to {text} NOT NULL, module {text} NOT NULL, record_id {integer} NOT NULL, rule_id {integer} NOT NULL,
  notification_id {integer} NOT NULL, change_id {integer} NOT NULL, state {text} NOT NULL, sent_at {integer},
  attempts {integer} NOT NULL, last_error {text} NOT NULL){end};
CREATE INDEX kz_mail__created ON kz_mail (created_at, id);

CREATE TABLE kz_client (
  number {serial}, client_id {text} NOT NULL UNIQUE, secret_hash {text} NOT NULL, kind {text} NOT NULL,
  name {text} NOT NULL, redirect_uris {text} NOT NULL, owner_id {integer} NOT NULL, created_at {integer} NOT NULL){end};
CREATE TABLE kz_grant (
  code_hash {text} PRIMARY KEY, client_id {text} NOT NULL, user_id {integer} NOT NULL, scopes {text} NOT NULL,
  redirect_uri {text} NOT NULL, offline {flag} NOT NULL, expires_at {integer} NOT NULL, used {flag} NOT NULL,
  created_at {integer} NOT NULL){end};
CREATE TABLE kz_refresh_token (
  number {serial}, token_hash {text} NOT NULL UNIQUE, client_id {text} NOT NULL, user_id {integer} NOT NULL,
  scopes {text} NOT NULL, created_at {integer} NOT NULL, revoked {flag} NOT NULL){end};
CREATE INDEX kz_refresh_token__client ON kz_refresh_token (client_id, user_id);
CREATE TABLE kz_access_token (
  number {serial}, token_hash {text} NOT NULL UNIQUE, refresh_hash {text} NOT NULL, client_id {text} NOT NULL,
  user_id {integer} NOT NULL, scopes {text} NOT NULL, created_at {integer} NOT NULL,
  expires_at {integer} NOT NULL, revoked {flag} NOT NULL){end};
CREATE INDEX kz_access_token__refresh ON kz_access_token (refresh_hash);
"""


#: A grant knows the token that it was exchanged for, which is revoked if the grant is used again.
_GRANTS_KNOW_THEIR_TOKENS: Final = """
ALTER TABLE kz_grant ADD COLUMN made {text} NOT NULL DEFAULT '';
"""


_ACCOUNTS_HAVE_A_VERSION: Final = """
ALTER TABLE kz_state ADD COLUMN accounts {integer} NOT NULL DEFAULT 0;
"""


#: A refresh looks at the tokens that are alive, and at those of the last minutes, however many there were before.
#: What is deleted for good is known by its name for a while.
_NOTHING_GROWS: Final = """
DROP INDEX kz_access_token__refresh;
CREATE INDEX kz_access_token__given ON kz_access_token (refresh_hash, client_id, created_at);
CREATE INDEX kz_access_token__live ON kz_access_token (refresh_hash, client_id, expires_at) WHERE NOT revoked;
ALTER TABLE kz_recycle_bin ADD COLUMN permanent {flag} NOT NULL DEFAULT FALSE;
"""


#: Mails are counted by their state whenever somebody reads the metrics.
_MAILS_ARE_COUNTED: Final = """
CREATE INDEX kz_mail__state ON kz_mail (state);
"""


_CHANGES_OF_SETTINGS_ARE_KEPT: Final = """
CREATE TABLE kz_audit (
  number {serial}, at {integer} NOT NULL, user_id {integer} NOT NULL, kind {text} NOT NULL,
  object_id {text} NOT NULL, before {text} NOT NULL, after {text} NOT NULL){end};
"""


def _create_everything(session: Session) -> None:
    _run(session, _FIRST_TABLES)
    session.create_counter(COUNTER, FIRST, BLOCK)


def _grants_know_their_tokens(session: Session) -> None:
    _run(session, _GRANTS_KNOW_THEIR_TOKENS)


def _accounts_have_a_version(session: Session) -> None:
    _run(session, _ACCOUNTS_HAVE_A_VERSION)


def _let_nothing_grow(session: Session) -> None:
    _run(session, _NOTHING_GROWS)


def _count_mails(session: Session) -> None:
    _run(session, _MAILS_ARE_COUNTED)


def _keep_changes_of_settings(session: Session) -> None:
    _run(session, _CHANGES_OF_SETTINGS_ARE_KEPT)


def _run(session: Session, statements: str) -> None:
    for statement in session.dialect.ddl(statements).split(";"):
        if statement.strip():
            session.run(statement)


def _keep_numbers_exactly(session: Session) -> None:
    """Turn columns of binary fractions into exact numbers: the shortest digits that mean each fraction."""
    if session.dialect.name == "postgres":
        # Digits beyond the fifteenth are lost in a cast that does not go by way of text.
        session.run("SET LOCAL extra_float_digits = 1")
        found = session.rows(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND data_type = 'double precision' ORDER BY table_name, column_name"
        )
        for table, rows in groupby(found, key=itemgetter(0)):
            columns = (quoted(column) for _, column in rows)
            changes = ", ".join(f"ALTER COLUMN {c} TYPE NUMERIC USING {c}::text::numeric" for c in columns)
            session.run(f"ALTER TABLE {quoted(table)} {changes}")
    elif session.dialect.name == "sqlite":
        for table, statement in session.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name"):
            if _REAL_COLUMN.search(statement):
                _rebuild_with_numbers(session, table, statement)
    # Databases that were served later never had such columns.


def _rebuild_with_numbers(session: Session, table: str, statement: str) -> None:
    """Copy a table of SQLite, which cannot change the type of a column."""
    indexes = session.rows(
        "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL ORDER BY name",
        (table,),
    )
    columns = session.rows("SELECT name, type FROM pragma_table_info(?)", (table,))
    names = ", ".join(quoted(name) for name, _ in columns)
    values = ", ".join(f"kz_number({quoted(name)})" if kind == "REAL" else quoted(name) for name, kind in columns)
    body = _REAL_COLUMN.sub(r"\1 TEXT", statement[statement.index("(") :])
    session.run(f'CREATE TABLE "kz_rebuilt" {body}')
    session.run(f'INSERT INTO "kz_rebuilt" ({names}) SELECT {values} FROM {quoted(table)}')
    session.run(f"DROP TABLE {quoted(table)}")
    session.run(f'ALTER TABLE "kz_rebuilt" RENAME TO {quoted(table)}')
    for (index,) in indexes:
        session.run(index)


#: What is said of the first roles and profiles; the first versions said nothing.
_DESCRIPTIONS: Final = {
    ("role", "CEO"): "Users with this role have access to the data owned by all other users.",
    ("role", "Manager"): "Users belonging to this role cannot see data for admin users.",
    ("profile", "Administrator"): (
        "This profile will have all the permissions. Users with Administrator profile will be able to view and "
        "manage all the data within the organization account by default."
    ),
    ("profile", "Standard"): "This profile will have all the permissions except administrative privileges.",
}
_LONGEST_NOTE: Final = 65_535


def _complete_first_metadata(session: Session) -> None:
    """Describe the first roles and profiles where nobody did, and let notes be as long as they may."""
    for kind, number, name, body in session.rows(
        "SELECT kind, id, name, body FROM kz_document WHERE kind IN ('role', 'profile')"
    ):
        document, description = from_text(body), _DESCRIPTIONS.get((kind, name))
        if description is not None and document.get("description") is None:
            described = to_text({**document, "description": description})
            session.run("UPDATE kz_document SET body = ? WHERE kind = ? AND id = ?", (described, kind, number))
    for number, body in session.rows("SELECT id, body FROM kz_module"):
        module = from_text(body)
        for field in module["fields"] if module["api_name"] == "Notes" else ():
            if field["api_name"] == "Note_Content":
                field["length"] = _LONGEST_NOTE
                session.run("UPDATE kz_module SET body = ? WHERE id = ?", (to_text(module), number))


def _hold_text_without_case(session: Session) -> None:
    """Write what records are looked up by without case into columns of its own, which plain indexes hold."""
    for (body,) in session.rows("SELECT body FROM kz_module ORDER BY position"):
        module = rebuild_text(Module, body)
        if module.table:
            _fold_columns(session, TableLayout(module, Catalog(0, (module,)), session.dialect))


def _fold_columns(session: Session, layout: TableLayout) -> None:
    table, type_ = quoted(layout.table), session.dialect.types[ColumnKind.TEXT]
    by_name = layout.module.by_name
    copies = []
    for name, column in layout.folded.items():
        session.run(f"ALTER TABLE {table} ADD COLUMN {quoted(column)} {type_}")
        copies.append(f"{quoted(column)} = {session.dialect.fold(quoted(by_name[name].column))}")
    if copies:
        session.run(f"UPDATE {table} SET {', '.join(copies)}")
    for name in (*layout.folded, *({"Created_Time"} & layout.columns.keys())):
        field = by_name[name]
        session.run(f"DROP INDEX IF EXISTS {quoted(layout.index_name(field.column, field.id))}")
        for statement in layout.indexes(field):
            session.run(statement)


#: Records that are indexed at once.
_PORTION: Final = 5_000


def _index_words(session: Session) -> None:
    """Make the index of words for the text that there is."""
    for statement in session.dialect.words_table.split(";"):
        session.run(statement)
    index = WordIndex(session)
    for (body,) in session.rows("SELECT body FROM kz_module ORDER BY position"):
        module = rebuild_text(Module, body)
        layout = TableLayout(module, Catalog(0, (module,)), session.dialect) if module.table else None
        last = 0
        while layout is not None and layout.worded:
            last = index.build(layout, "WHERE id > ? ORDER BY id LIMIT ?", (last, _PORTION))
            if not last:
                break


_REAL_COLUMN: Final = re.compile(r'("[^"]+") REAL\b')

MIGRATIONS: Final[tuple[Migration, ...]] = (
    _create_everything,
    _grants_know_their_tokens,
    _keep_numbers_exactly,
    _complete_first_metadata,
    _accounts_have_a_version,
    _let_nothing_grow,
    _hold_text_without_case,
    _index_words,
    _count_mails,
    _keep_changes_of_settings,
)
