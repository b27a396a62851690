"""Tags on records: how requests name them, what is refused, the tags that come into being by being used,
and what becomes of records when a tag goes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from kaizen.criteria.tree import Compare
from kaizen.fields.reference import id_of
from kaizen.json_body import json_types
from kaizen.json_body.errors import accepted, invalid, missing, refused
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Module
from kaizen.model.document import Document, new_document
from kaizen.model.problem import UNKNOWN_ID, Problem, position
from kaizen.model.values import Id, Json
from kaizen.records.ports import Column, Query, RecordStore, UnitOfWork
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import Comparator
from kaizen.vocabulary.data_types import DataType

PER_RECORD: Final = 10
PER_MODULE: Final = 100
LONGEST_NAME: Final = 25
#: Said of a module whose records have no tags.
UNTAGGED_MODULE: Final = "the given module is not supported for this api"
TAG: Final = "Tag"
_AT_ONCE: Final = 1000
#: Characters no tag name may hold (reference: platform E.8).
FORBIDDEN: Final = frozenset("<>,")

_LONGEST_COLOUR: Final = 7
_COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class TagName:
    """One tag as a request names it: by id, which wins, or by a name that may be new."""

    id: Id = 0
    name: str = ""
    colour: str | None = None


def read_tags(raw: Json, place: JsonPath) -> tuple[TagName, ...] | Problem:
    """Read a list of tags: `[{"name": ...}]`, `[{"id": ...}]`, or plain names as v2 clients send them."""
    return accepted(lambda: () if raw is None else _tags(json_types.sequence(raw, place), place))


def _tags(raw: Sequence[Json], place: JsonPath) -> tuple[TagName, ...]:
    if len(raw) > PER_RECORD:
        raise refused(Code.LIMIT_EXCEEDED, place, limit=PER_RECORD)
    return json_types.each(raw, place, _tag)


def _tag(raw: Json, place: JsonPath) -> TagName:
    if isinstance(raw, str):
        return TagName(name=_name(raw, place / "name"))
    payload = json_types.mapping(raw, place)
    if payload.get("id") is not None:
        number = id_of(payload["id"])
        if number is None:
            raise invalid(place / "id", UNKNOWN_ID)
        return TagName(id=number)
    if payload.get("name") is None:
        raise missing(place / "name")
    name, colour = json_types.text(payload["name"], place / "name"), payload.get("color_code")
    if colour is not None:
        colour = json_types.text(colour, place / "color_code", longest=_LONGEST_COLOUR)
        if not _COLOUR.fullmatch(colour):
            raise invalid(place / "color_code")
    return TagName(name=_name(name, place / "name"), colour=colour)


def _name(raw: str, place: JsonPath) -> str:
    name = json_types.text(json_types.text(raw, place).strip(), place, longest=LONGEST_NAME)
    if not name:
        raise missing(place)
    if FORBIDDEN & set(name):
        raise invalid(place)
    return name


def colour_of(tag: Document) -> str | None:
    """Return the colour of a tag."""
    colour = tag.body.get("color_code")
    return colour if isinstance(colour, str) else None


class Tagging:
    """The tags of one module during one call: which exist, which must still be made, what is refused."""

    def __init__(self, uow: UnitOfWork, module: str, actor_id: Id) -> None:
        self._uow = uow
        self._module = module
        self._actor_id = actor_id
        self._by_id: dict[Id, Document] = dict(uow.tags.get(module, {}))
        self._by_name: dict[str, Document] = {tag.name.casefold(): tag for tag in self._by_id.values()}

    def check(self, wanted: Sequence[TagName], path: str) -> Problem | None:
        """Return why these tags cannot be used; None if they can."""
        new: set[str] = set()
        for index, tag in enumerate(wanted):
            where = f"{path}[{index}]"
            if tag.id:
                if tag.id not in self._by_id:
                    return Problem(Code.INVALID_DATA, position("id", f"{where}.id"), "invalid tag id")
                continue
            known = self._by_name.get(tag.name.casefold())
            if known is None:
                new.add(tag.name.casefold())
            elif tag.colour is not None and colour_of(known) != tag.colour:
                details = {"mapped_field": position("name", f"{where}.name")}
                return Problem(
                    Code.MAPPING_MISMATCH,
                    {**details, **position("color_code", f"{where}.color_code")},
                    "Given tag present with different color already.",
                )
        if len(self._by_id) + len(new) > PER_MODULE:
            return Problem(Code.LIMIT_EXCEEDED, {"limit": PER_MODULE, **position("Tag", path)})
        return None

    def ids(self, wanted: Iterable[TagName]) -> tuple[Id, ...]:
        """Return the ids of checked tags in the order named, making the tags that do not exist yet."""
        found: dict[Id, None] = {}
        for tag in wanted:
            found[tag.id or self._named(tag)] = None
        return tuple(found)

    def existing(self, wanted: Iterable[TagName]) -> frozenset[Id]:
        """Return the ids of those that exist; a removal makes none."""
        named = (self._by_name.get(tag.name.casefold()) for tag in wanted if not tag.id)
        return frozenset(tag.id for tag in wanted if tag.id) | {tag.id for tag in named if tag is not None}

    def document(self, tag_id: Id) -> Document | None:
        """Return a tag of the module."""
        return self._by_id.get(tag_id)

    def _named(self, tag: TagName) -> Id:
        known = self._by_name.get(tag.name.casefold())
        if known is not None:
            return known.id
        number, at, body = self._uow.new_id(), self._uow.now, {"color_code": tag.colour}
        made = new_document("tag", number, body, by=self._actor_id, at=at, module=self._module, name=tag.name)
        self._uow.put_document(made)
        self._by_id[made.id] = made
        self._by_name[tag.name.casefold()] = made
        return made.id


def wearing(tag_id: Id) -> Compare:
    """Make the criterion that holds for records with a tag."""
    # Tags are kept as ids, so they compare as references do, whatever data type the metadata gives the field.
    return Compare((TAG,), Comparator.INCLUDE_ANY, (tag_id,), DataType.MULTISELECTLOOKUP)


def count_tagged(uow: RecordStore, module: Module, tag_id: Id) -> int:
    """Count the records with a tag."""
    return uow.count(module.api_name, wearing(tag_id))


def replace_tag(uow: RecordStore, module: Module, tag_id: Id, by: Id | None = None) -> int:
    """Take a tag off all records, giving them another instead when one is named; return how many had it.

    This is housekeeping, no edit of the records: their times stay and no rule is woken.
    """
    column = Column((TAG,))
    query = Query(module.api_name, (column,), wearing(tag_id), limit=_AT_ONCE)
    changed = 0
    # Each record loses the tag, so the next page is always the first.
    while found := uow.select(query):
        for row in found:
            tags = row[column.key]
            kept = [tag for tag in tags if tag != tag_id] if isinstance(tags, tuple) else []
            if by is not None and by not in kept:
                kept.append(by)
            uow.update(module, int(str(row["id"])), {TAG: tuple(kept) or None})
        changed += len(found)
    return changed
