"""`kaizen trace`: why each rule fired or did not fire for a record."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from kaizen.cli.connection import CredentialsOption, connected
from kaizen.cli.problems import UsageProblemError
from kaizen.cli.screen import screen


def trace(module: str, record_id: str, /, *, credentials: CredentialsOption = None) -> None:
    """Show every change of a record, with every rule of its module: whether it fired, or why it did not.

    Parameters
    ----------
    module
        The module's API name, such as Deals.
    record_id
        The record's id.
    """
    with connected(credentials) as crm:
        changes = crm.control.trace(module, record_id)
    if not changes:
        raise UsageProblemError(f"{module} {record_id}: there are no changes of this record")
    show_trace(screen(), f"{module} {record_id}", changes)


def show_trace(console: Console, title: str, changes: Iterable[Mapping[str, Any]]) -> None:
    """Show changes oldest first, each with what every rule made of it."""
    tree = Tree(Text(title, style="bold"))
    for change in reversed(list(changes)):
        heading = f"{change['at']}  {change['event']}"
        if change.get("source") and change["source"] != "crm_api":
            heading += f" (by {change['source']})"
        branch = tree.add(Text(f"{heading}: {_fields(change)}"))
        for entry in change["rules"]:
            branch.add(_entry(entry))
    console.print(tree)


#: Fields that every new record has; not shown, so that the others stand out.
_DEFAULTS = frozenset({"Created_By", "Created_Time", "Layout", "Locked__s", "Record_Status__s", "Stage_Modified_Time"})


def _fields(change: Mapping[str, Any]) -> str:
    changed = {name: value for name, value in (change.get("changed") or {}).items() if name not in _DEFAULTS}
    if change["event"] == "create":
        return ", ".join(f"{name} {_short(value.get('new'))}" for name, value in changed.items())
    shown = [f"{name} {_short(value.get('old'))} → {_short(value.get('new'))}" for name, value in changed.items()]
    return ", ".join(shown) or "no field changed"


def _entry(entry: Mapping[str, Any]) -> Text:
    fired = entry["reason"] == "FIRED"
    line = Text(f"{entry['rule']['name']}: ")
    line.append(entry["reason"], style="bold green" if fired else "yellow")
    if why := entry.get("explanation"):
        line.append(f"  {why}", style="dim")
    for action in entry.get("actions", ()):
        line.append(f"\n  {action['type']} {action.get('name', '')}: {action['outcome']}")
        if action.get("detail"):
            line.append(f" ({action['detail']})", style="dim")
    return line


def _short(value: object) -> str:
    if isinstance(value, dict):
        value = value.get("name") or value.get("id")
    if isinstance(value, list):
        return ", ".join(map(_short, value)) or "-"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "-" if value is None else str(value)
