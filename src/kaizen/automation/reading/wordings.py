"""The words in which the service refuses payloads of automation: of rules, and of the actions that rules name."""

from dataclasses import replace
from typing import Final

from kaizen.json_body.wording import BodyWording

WRONG_DATA: Final = "Invalid data"

RULES: Final = BodyWording(
    wrong_type="Invalid data type",
    missing="Required field is missing",
    too_long="value too long",
)
ACTIONS: Final = replace(RULES, too_long=WRONG_DATA, not_listed=WRONG_DATA)
