"""The service's answer codes, each with its usual HTTP status and message."""

from enum import StrEnum


class Code(StrEnum):
    """The `code` of an answer; each states its status and message, so that none is forgotten."""

    status: int  #: the HTTP status of a whole answer that carries it
    message: str  #: what the service sends when the operation has no message of its own

    def __new__(cls, code: str, status: int, message: str) -> "Code":
        member = str.__new__(cls, code)
        member._value_, member.status, member.message = code, status, message
        return member

    SUCCESS = "SUCCESS", 200, ""
    # authentication and permission
    AUTHENTICATION_FAILURE = "AUTHENTICATION_FAILURE", 401, "Authentication failed"
    INVALID_TOKEN = "INVALID_TOKEN", 401, "invalid oauth token"
    OAUTH_SCOPE_MISMATCH = "OAUTH_SCOPE_MISMATCH", 401, "Unauthorized"
    INVALID_OAUTHSCOPE = "INVALID_OAUTHSCOPE", 401, "Unauthorized"
    INACTIVE_USER = "INACTIVE_USER", 403, "the user is inactive"
    NO_PERMISSION = "NO_PERMISSION", 403, "permission denied"
    # the request as a whole
    INVALID_URL_PATTERN = "INVALID_URL_PATTERN", 404, "Please check if the URL trying to access is a correct one"
    INVALID_REQUEST_METHOD = "INVALID_REQUEST_METHOD", 400, "The http request method type is not a valid one"
    INVALID_REQUEST = "INVALID_REQUEST", 400, "invalid data"
    INVALID_MODULE = "INVALID_MODULE", 400, "the module name given seems to be invalid"
    API_NOT_SUPPORTED = "API_NOT_SUPPORTED", 400, "The API is not supported in this version"
    NOT_SUPPORTED = "NOT_SUPPORTED", 400, "The given module is not supported for this api"
    UNABLE_TO_PARSE_DATA_TYPE = (
        "UNABLE_TO_PARSE_DATA_TYPE",
        400,
        "either the request body or parameters is in wrong format",
    )
    BODY_SIZE_REACHED = "BODY_SIZE_REACHED", 413, "the request body is larger than allowed"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS", 429, "too many requests at the same time; try again later"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT", 400, "the request takes longer than allowed"
    INTERNAL_ERROR = "INTERNAL_ERROR", 500, "Internal Server Error"
    #: Ours: the database cannot do what was asked now; the request can be sent again.
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE", 503, "the database does not answer; try again in a few seconds"
    #: Ours: an operation of the published API that this server does not serve.
    NOT_IMPLEMENTED = "NOT_IMPLEMENTED", 501, "this server does not serve this operation"
    # parameters and body shape
    REQUIRED_PARAM_MISSING = "REQUIRED_PARAM_MISSING", 400, "One of the expected parameter is missing"
    EXPECTED_PARAM_MISSING = "EXPECTED_PARAM_MISSING", 400, "one of the expected parameter is missing"
    MANDATORY_NOT_FOUND = "MANDATORY_NOT_FOUND", 400, "required field not found"
    EXPECTED_FIELD_MISSING = "EXPECTED_FIELD_MISSING", 400, "Specify atleast one field"
    EXPECTED_DEPENDENT_FIELD_MISSING = "EXPECTED_DEPENDENT_FIELD_MISSING", 400, "invalid data"
    REQUIRED_DATA_NOT_FOUND = "REQUIRED_DATA_NOT_FOUND", 400, "Kindly provide values for the required fields"
    MINIMUM_DATA_NOT_FOUND = "MINIMUM_DATA_NOT_FOUND", 400, "invalid data"
    INVALID_DATA = "INVALID_DATA", 400, "invalid data"
    PATTERN_NOT_MATCHED = "PATTERN_NOT_MATCHED", 400, "Please check whether the input values are correct"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED", 400, "limit exceeded"
    LIMIT_REACHED = "LIMIT_REACHED", 400, "maximum response iteration limit reached"
    LICENSE_LIMIT_EXCEEDED = "LICENSE_LIMIT_EXCEEDED", 400, "Request exceeds your license limit"
    PROFILE_LIMIT_EXCEEDED = "PROFILE_LIMIT_EXCEEDED", 404, "there cannot be more profiles"
    LOOKUP_LIMIT_EXCEEDED = "LOOKUP_LIMIT_EXCEEDED", 400, "Lookups count exceeded the limit"
    CRITERIA_LIMIT_EXCEEDED = "CRITERIA_LIMIT_EXCEEDED", 400, "no of criterium that can be given exceed the limit 15"
    DISCRETE_PAGINATION_LIMIT_EXCEEDED = (
        "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
        400,
        "You can only get the first 2000 records without using page_token param",
    )
    PAGINATION_LIMIT_EXCEEDED = (
        "PAGINATION_LIMIT_EXCEEDED",
        400,
        "You can only get upto 100000 records using page_token param",
    )
    TOKEN_BOUND_DATA_MISMATCH = (
        "TOKEN_BOUND_DATA_MISMATCH",
        400,
        "The page_token given seems to be invalid or input param is added or altered or deleted",
    )
    EXPIRED_VALUE = "EXPIRED_VALUE", 400, "Page token expired"
    AMBIGUITY_DURING_PROCESSING = "AMBIGUITY_DURING_PROCESSING", 400, "Ambiguity during processing"
    DEPENDENT_FIELD_MISSING = "DEPENDENT_FIELD_MISSING", 400, "Dependent Field missing"
    DEPENDENT_PARAM_MISSING = "DEPENDENT_PARAM_MISSING", 400, "Dependent Param missing"
    DEPENDENT_MISMATCH = "DEPENDENT_MISMATCH", 400, "Dependent Field is not matching"
    MAPPING_MISMATCH = "MAPPING_MISMATCH", 400, "invalid data"
    MULTIPLE_OR_MULTI_ERRORS = "MULTIPLE_OR_MULTI_ERRORS", 400, "Multiple errors in the request"
    RESERVED_KEYWORD_NOT_ALLOWED = "RESERVED_KEYWORD_NOT_ALLOWED", 400, "invalid data"
    TAG_ID_NOT_FOUND = "TAG_ID_NOT_FOUND", 400, "invalid tag id"
    # records and settings
    DUPLICATE_DATA = "DUPLICATE_DATA", 400, "duplicate data"
    ALREADY_MODIFIED = "ALREADY_MODIFIED", 412, "record updated time has already passed if-unmodified-since time"
    ALREADY_USED = "ALREADY_USED", 400, "invalid data"
    CANNOT_REMOVE = "CANNOT_REMOVE", 400, "Actions cannot be empty"
    NOT_ALLOWED = "NOT_ALLOWED", 400, "invalid data"
    FEATURE_DISABLED = "FEATURE_DISABLED", 400, "Please enable the feature"
    FEATURE_NOT_ENABLED = "FEATURE_NOT_ENABLED", 400, "ReportingTo Feature is not enabled"
    TERRITORY_NOT_ENABLED = "TERRITORY_NOT_ENABLED", 403, "Territory feature is not enabled"
    # users
    ID_ALREADY_ACTIVE = "ID_ALREADY_ACTIVE", 400, "User is already active"
    ID_ALREADY_DEACTIVATED = "ID_ALREADY_DEACTIVATED", 400, "User is already deactivated"
    ID_ALREADY_DELETED = "ID_ALREADY_DELETED", 400, "User is already deleted"
    CANNOT_UPDATE_DELETED_USER = "CANNOT_UPDATE_DELETED_USER", 400, "Deleted user cannot be updated"
    #: The service spells it so.
    EMAIL_UPDATE_NOT_ALOWED = "EMAIL_UPDATE_NOT_ALOWED", 400, "Cannot update email of a confirmed CRM User"
    CONFLICTING_DATA_FOUND = "CONFLICTING_DATA_FOUND", 400, "invalid data"
    FEATURE_NOT_AVAILABLE = "FEATURE_NOT_AVAILABLE", 400, "Share among Subordinates Feature is not available"
    # queries
    INVALID_QUERY = "INVALID_QUERY", 400, "Invalid query formed"
    SYNTAX_ERROR = "SYNTAX_ERROR", 400, "error occured while parsing the query"
    INVALID_ALIAS = "INVALID_ALIAS", 400, "alias name cannot be an empty string"
    DUPLICATE_ALIAS = "DUPLICATE_ALIAS", 400, "same alias cannot refer more than one column"
    FIELD_TYPE_UNAVAILABLE = "FIELD_TYPE_UNAVAILABLE", 400, "this data type is not found in this module"
