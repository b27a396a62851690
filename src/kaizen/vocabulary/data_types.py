"""The data types a field can have. What each is stands in `fields.kinds`."""

from enum import StrEnum
from typing import Final


class DataType(StrEnum):
    """A field's `data_type`, spelled as the metadata API spells it."""

    TEXT = "text"
    TEXTAREA = "textarea"
    EMAIL = "email"
    PHONE = "phone"
    WEBSITE = "website"
    PICKLIST = "picklist"
    MULTISELECTPICKLIST = "multiselectpicklist"
    AUTONUMBER = "autonumber"
    INTEGER = "integer"
    BIGINT = "bigint"
    DOUBLE = "double"
    CURRENCY = "currency"
    PERCENT = "percent"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    LOOKUP = "lookup"
    OWNERLOOKUP = "ownerlookup"
    USERLOOKUP = "userlookup"
    MULTISELECTLOOKUP = "multiselectlookup"
    MULTIUSERLOOKUP = "multiuserlookup"
    MULTI_MODULE_LOOKUP = "multi_module_lookup"
    CONSENT_LOOKUP = "consent_lookup"
    SUBFORM = "subform"
    FORMULA = "formula"
    ROLLUP_SUMMARY = "rollup_summary"
    LAYOUT = "layout"
    PROFILEIMAGE = "profileimage"
    FILEUPLOAD = "fileupload"
    IMAGEUPLOAD = "imageupload"
    TERRITORIES = "territories"
    LINETAX = "linetax"
    RRULE = "RRULE"
    ALARM = "ALARM"
    MULTIREMINDER = "multireminder"
    EVENT_REMINDER = "event_reminder"


USER_REFERENCES: Final = frozenset({DataType.OWNERLOOKUP, DataType.USERLOOKUP})
REFERENCES: Final = USER_REFERENCES | {DataType.LOOKUP}
#: Computed by the server; what a client sends is ignored.
COMPUTED: Final = frozenset({DataType.AUTONUMBER, DataType.FORMULA, DataType.ROLLUP_SUMMARY})
