"""Where in a request something stands, as error answers say it."""

from dataclasses import dataclass, field, replace

from kaizen.json_body.wording import PLAIN, BodyWording
from kaizen.model.problem import Problem, position
from kaizen.model.values import Json


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A JSON path with the name of the key it ends in: `$.tasks[0].module.id` and `id`.

    It carries what a reader needs in order to refuse what stands there, so every place inside has it too.
    """

    path: str = "$"
    name: str = ""
    wording: BodyWording = field(default=PLAIN, compare=False, repr=False)
    #: Where problems gather when all of them are asked for; None: the first one ends the reading (see `every`).
    problems: list[Problem] | None = field(default=None, compare=False, repr=False)

    def __truediv__(self, step: str | int) -> "JsonPath":
        """Go to a key of an object or an element of a list; an element keeps the name of its list."""
        if isinstance(step, int):
            return JsonPath(f"{self.path}[{step}]", self.name, self.wording, self.problems)
        return JsonPath(f"{self.path}.{step}", step, self.wording, self.problems)

    def __str__(self) -> str:
        return self.path

    def worded(self, wording: BodyWording) -> "JsonPath":
        """Refuse what stands here, and inside, in the words of a family."""
        return replace(self, wording=wording)

    @property
    def position(self) -> dict[str, Json]:
        """Return the path as it is written in `details`."""
        return position(self.name, self.path)


def item(envelope: str, index: int = 0) -> JsonPath:
    """Return the path of one element of the request's envelope: `$.workflow_rules[0]`."""
    return JsonPath() / envelope / index
