"""Where in a request something stands, as error answers say it."""

from dataclasses import dataclass

from kaizen.model.values import Json


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A JSON path with the name of the key it ends in: `$.tasks[0].module.id` and `id`."""

    path: str = "$"
    name: str = ""

    def __truediv__(self, step: str | int) -> "JsonPath":
        """Go to a key of an object or an element of a list; an element keeps the name of its list."""
        if isinstance(step, int):
            return JsonPath(f"{self.path}[{step}]", self.name)
        return JsonPath(f"{self.path}.{step}", step)

    @property
    def position(self) -> dict[str, Json]:
        """Say the place as `details` say it."""
        return {"api_name": self.name, "json_path": self.path}


def item(envelope: str, index: int = 0) -> JsonPath:
    """Name one element of the request's envelope: `$.workflow_rules[0]`."""
    return JsonPath() / envelope / index
