"""The service's answer codes, each with its usual HTTP status and message."""

from enum import StrEnum
from typing import Final


class Code(StrEnum):
    """The `code` of an answer."""

    SUCCESS = "SUCCESS"
    # authentication and permission
    AUTHENTICATION_FAILURE = "AUTHENTICATION_FAILURE"
    INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105 - a code of the service, not a secret
    OAUTH_SCOPE_MISMATCH = "OAUTH_SCOPE_MISMATCH"
    INVALID_OAUTHSCOPE = "INVALID_OAUTHSCOPE"
    INACTIVE_USER = "INACTIVE_USER"
    NO_PERMISSION = "NO_PERMISSION"
    # the request as a whole
    INVALID_URL_PATTERN = "INVALID_URL_PATTERN"
    INVALID_REQUEST_METHOD = "INVALID_REQUEST_METHOD"
    INVALID_REQUEST = "INVALID_REQUEST"
    INVALID_MODULE = "INVALID_MODULE"
    API_NOT_SUPPORTED = "API_NOT_SUPPORTED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    UNABLE_TO_PARSE_DATA_TYPE = "UNABLE_TO_PARSE_DATA_TYPE"
    BODY_SIZE_REACHED = "BODY_SIZE_REACHED"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    #: Ours: an operation of the published API that this server does not serve.
    NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
    # parameters and body shape
    REQUIRED_PARAM_MISSING = "REQUIRED_PARAM_MISSING"
    EXPECTED_PARAM_MISSING = "EXPECTED_PARAM_MISSING"
    MANDATORY_NOT_FOUND = "MANDATORY_NOT_FOUND"
    EXPECTED_FIELD_MISSING = "EXPECTED_FIELD_MISSING"
    EXPECTED_DEPENDENT_FIELD_MISSING = "EXPECTED_DEPENDENT_FIELD_MISSING"
    REQUIRED_DATA_NOT_FOUND = "REQUIRED_DATA_NOT_FOUND"
    MINIMUM_DATA_NOT_FOUND = "MINIMUM_DATA_NOT_FOUND"
    INVALID_DATA = "INVALID_DATA"
    PATTERN_NOT_MATCHED = "PATTERN_NOT_MATCHED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    LIMIT_REACHED = "LIMIT_REACHED"
    LICENSE_LIMIT_EXCEEDED = "LICENSE_LIMIT_EXCEEDED"
    LOOKUP_LIMIT_EXCEEDED = "LOOKUP_LIMIT_EXCEEDED"
    CRITERIA_LIMIT_EXCEEDED = "CRITERIA_LIMIT_EXCEEDED"
    DISCRETE_PAGINATION_LIMIT_EXCEEDED = "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
    PAGINATION_LIMIT_EXCEEDED = "PAGINATION_LIMIT_EXCEEDED"
    TOKEN_BOUND_DATA_MISMATCH = "TOKEN_BOUND_DATA_MISMATCH"  # noqa: S105 - a code of the service
    EXPIRED_VALUE = "EXPIRED_VALUE"
    AMBIGUITY_DURING_PROCESSING = "AMBIGUITY_DURING_PROCESSING"
    DEPENDENT_FIELD_MISSING = "DEPENDENT_FIELD_MISSING"
    DEPENDENT_MISMATCH = "DEPENDENT_MISMATCH"
    MAPPING_MISMATCH = "MAPPING_MISMATCH"
    MULTIPLE_OR_MULTI_ERRORS = "MULTIPLE_OR_MULTI_ERRORS"
    RESERVED_KEYWORD_NOT_ALLOWED = "RESERVED_KEYWORD_NOT_ALLOWED"
    TAG_ID_NOT_FOUND = "TAG_ID_NOT_FOUND"
    # records and settings
    DUPLICATE_DATA = "DUPLICATE_DATA"
    ALREADY_MODIFIED = "ALREADY_MODIFIED"
    ALREADY_USED = "ALREADY_USED"
    CANNOT_REMOVE = "CANNOT_REMOVE"
    NOT_ALLOWED = "NOT_ALLOWED"
    FEATURE_DISABLED = "FEATURE_DISABLED"
    TERRITORY_NOT_ENABLED = "TERRITORY_NOT_ENABLED"
    # users
    ID_ALREADY_ACTIVE = "ID_ALREADY_ACTIVE"
    ID_ALREADY_DEACTIVATED = "ID_ALREADY_DEACTIVATED"
    ID_ALREADY_DELETED = "ID_ALREADY_DELETED"
    CANNOT_UPDATE_DELETED_USER = "CANNOT_UPDATE_DELETED_USER"
    EMAIL_UPDATE_NOT_ALLOWED = "EMAIL_UPDATE_NOT_ALLOWED"
    # queries
    INVALID_QUERY = "INVALID_QUERY"
    SYNTAX_ERROR = "SYNTAX_ERROR"
    INVALID_ALIAS = "INVALID_ALIAS"
    DUPLICATE_ALIAS = "DUPLICATE_ALIAS"
    FIELD_TYPE_UNAVAILABLE = "FIELD_TYPE_UNAVAILABLE"

    @property
    def status(self) -> int:
        """The HTTP status of a whole answer that carries this code."""
        return STATUS.get(self, 400)

    @property
    def message(self) -> str:
        """The message the service sends when the operation has none of its own."""
        return MESSAGE.get(self, "invalid data")


STATUS: Final[dict[Code, int]] = {
    Code.SUCCESS: 200,
    Code.AUTHENTICATION_FAILURE: 401,
    Code.INVALID_TOKEN: 401,
    Code.OAUTH_SCOPE_MISMATCH: 401,
    Code.INVALID_OAUTHSCOPE: 401,
    Code.INACTIVE_USER: 403,
    Code.NO_PERMISSION: 403,
    Code.TERRITORY_NOT_ENABLED: 403,
    Code.INVALID_URL_PATTERN: 404,
    Code.ALREADY_MODIFIED: 412,
    Code.BODY_SIZE_REACHED: 413,
    Code.INTERNAL_ERROR: 500,
    Code.NOT_IMPLEMENTED: 501,
}

MESSAGE: Final[dict[Code, str]] = {
    Code.AUTHENTICATION_FAILURE: "Authentication failed",
    Code.INVALID_TOKEN: "invalid oauth token",
    Code.OAUTH_SCOPE_MISMATCH: "Unauthorized",
    Code.INVALID_OAUTHSCOPE: "Unauthorized",
    Code.INACTIVE_USER: "the user is inactive",
    Code.NO_PERMISSION: "permission denied",
    Code.INVALID_URL_PATTERN: "Please check if the URL trying to access is a correct one",
    Code.INVALID_REQUEST_METHOD: "The http request method type is not a valid one",
    Code.INVALID_MODULE: "the module name given seems to be invalid",
    Code.API_NOT_SUPPORTED: "The API is not supported in this version",
    Code.NOT_SUPPORTED: "The given module is not supported for this api",
    Code.UNABLE_TO_PARSE_DATA_TYPE: "either the request body or parameters is in wrong format",
    Code.BODY_SIZE_REACHED: "the request body is larger than allowed",
    Code.INTERNAL_ERROR: "Internal Server Error",
    Code.NOT_IMPLEMENTED: "this server does not serve this operation",
    Code.REQUIRED_PARAM_MISSING: "One of the expected parameter is missing",
    Code.EXPECTED_PARAM_MISSING: "Required data is missing to do the search",
    Code.MANDATORY_NOT_FOUND: "required field not found",
    Code.EXPECTED_FIELD_MISSING: "Specify atleast one field",
    Code.REQUIRED_DATA_NOT_FOUND: "Kindly provide values for the required fields",
    Code.PATTERN_NOT_MATCHED: "Please check whether the input values are correct",
    Code.LIMIT_EXCEEDED: "limit exceeded",
    Code.LIMIT_REACHED: "maximum response iteration limit reached",
    Code.LICENSE_LIMIT_EXCEEDED: "Request exceeds your license limit",
    Code.LOOKUP_LIMIT_EXCEEDED: "Lookups count exceeded the limit",
    Code.CRITERIA_LIMIT_EXCEEDED: "no of criterium that can be given exceed the limit 15",
    Code.DISCRETE_PAGINATION_LIMIT_EXCEEDED: ("You can only get the first 2000 records without using page_token param"),
    Code.PAGINATION_LIMIT_EXCEEDED: "You can only get upto 100000 records using page_token param",
    Code.TOKEN_BOUND_DATA_MISMATCH: (
        "The page_token given seems to be invalid or input param is added or altered or deleted"
    ),
    Code.EXPIRED_VALUE: "Page token expired",
    Code.AMBIGUITY_DURING_PROCESSING: "Ambiguity during processing",
    Code.DEPENDENT_FIELD_MISSING: "Dependent Field missing",
    Code.DEPENDENT_MISMATCH: "Dependent Field is not matching",
    Code.MULTIPLE_OR_MULTI_ERRORS: "Multiple errors in the request",
    Code.TAG_ID_NOT_FOUND: "invalid tag id",
    Code.DUPLICATE_DATA: "duplicate data",
    Code.ALREADY_MODIFIED: "record updated time has already passed if-unmodified-since time",
    Code.CANNOT_REMOVE: "Actions cannot be empty",
    Code.FEATURE_DISABLED: "Please enable the feature",
    Code.TERRITORY_NOT_ENABLED: "Territory feature is not enabled",
    Code.ID_ALREADY_ACTIVE: "User is already active",
    Code.ID_ALREADY_DEACTIVATED: "User is already deactivated",
    Code.ID_ALREADY_DELETED: "User is already deleted",
    Code.CANNOT_UPDATE_DELETED_USER: "Deleted user cannot be updated",
    Code.EMAIL_UPDATE_NOT_ALLOWED: "Cannot update email of a confirmed CRM User",
    Code.INVALID_QUERY: "Invalid query formed",
    Code.SYNTAX_ERROR: "error occured while parsing the query",
    Code.INVALID_ALIAS: "alias name cannot be an empty string",
    Code.DUPLICATE_ALIAS: "same alias cannot refer more than one column",
    Code.FIELD_TYPE_UNAVAILABLE: "this data type is not found in this module",
}
