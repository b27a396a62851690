"""How what rules did lies in the log of changes.

It is the same for most records. So the description of a condition that won is a heading, and so are the rules that
a change triggered, and the description of an action, unless it gives a reason, which may name the record.
"""

from typing import Any, Final

from kaizen.automation.reaction import HELD, NOTHING, Fired, Reaction
from kaizen.model.record import Origin
from kaizen.model.values import Id
from kaizen.store import key_dictionary
from kaizen.store.json_text import from_text, rebuild, to_text
from kaizen.store.key_dictionary import Heading, KeyDictionary

_HELD: Final = to_text(HELD)


class ReactionCodec:
    """Packs and unpacks reactions."""

    def __init__(self, headings: KeyDictionary) -> None:
        self._headings = headings

    def _said(self, heading: Heading) -> int:
        return self._headings.number(heading, key_dictionary.MOST - key_dictionary.RESERVED)

    def packed_reaction(self, reaction: Reaction) -> str | None:
        """Write a reaction as JSON, with numbers of headings for what has one; None: nothing happened."""
        if reaction is NOTHING or not reaction:
            return None
        if reaction is HELD:
            return _HELD
        matched, triggered, fired, *rest = reaction
        # Lists of dictionary lookups: a write may have thousands of these.
        number = self._headings.numbers.get
        conditions = [number(each) or self._said(each) or each for each in matched]
        actions = [(number(each) if each.effect is None else None) or self._packed_fired(each) for each in fired]
        woken = self._headings.set_number(triggered) if len(triggered) > 1 else 0
        return to_text([conditions, woken or triggered, actions, *rest])

    def _packed_fired(self, fired: Fired) -> object:
        if fired.detail:
            return fired
        if fired.effect is None:
            return self._said(fired) or fired
        number = self._said((*fired[:4], None, *fired[5:]))
        return [number, fired.effect] if number else fired

    def unpacked_reaction(self, text: str) -> Reaction:
        """Read what `packed_reaction` wrote."""
        matched, triggered, fired, *rest = from_text(text)
        if isinstance(triggered, int):
            triggered = self._headings.rules(triggered)
        conditions = [self._headings.heading(each) if isinstance(each, int) else each for each in matched]
        return rebuild(Reaction, [conditions, triggered, [self._unpacked_fired(each) for each in fired], *rest])

    def _unpacked_fired(self, packed: Any) -> Any:
        if isinstance(packed, int):
            return self._headings.heading(packed)
        if len(packed) > 2:
            return packed
        number, effect = packed
        said = self._headings.heading(number)
        return (*said[:4], effect, *said[5:])

    def packed_origin(self, origin: Origin) -> str:
        """Write an origin as JSON; what ran lies by record."""
        ran: dict[Id, list[object]] = {}
        number = self._headings.numbers.get
        for rule_id, condition_id, record_id in origin.ran:
            condition = (rule_id, condition_id, False)
            ran.setdefault(record_id, []).append(number(condition) or self._said(condition) or condition)
        return to_text({**origin._asdict(), "ran": ran})

    def unpacked_origin(self, text: str) -> Origin:
        """Read what `packed_origin` wrote."""
        origin = from_text(text)
        ran = origin["ran"]
        if isinstance(ran, dict):
            ran = [
                (*(self._headings.heading(each) if isinstance(each, int) else each)[:2], int(record_id))
                for record_id, conditions in ran.items()
                for each in conditions
            ]
        return Origin(origin["source"], origin["chain"], origin["depth"], frozenset(map(tuple, ran)))
