"""How long tokens live and how many there may be (reference: platform A.8)."""

from dataclasses import dataclass
from typing import Final

GRANT_MINUTES: Final = (3, 5, 7, 10)  #: the lifetimes a person can pick for a grant token

#: The throttles of the service: how many tokens it gives in ten minutes.
GRANTS: Final = 10
ACCESS_TOKENS: Final = 10
REFRESH_TOKENS: Final = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The service's figures; throttles are off unless given, so that tests and imports do not run into them."""

    access_token_seconds: int = 3600
    #: How long an access token is honoured when that is longer than what clients are told: with a virtual
    #: clock a week passes in a second, and a client that counts real time must not lose its session.
    honoured_seconds: int = 0
    active_access_tokens: int = 15  #: per refresh token; one more displaces the oldest
    refresh_tokens: int = 20  #: per user and client; one more displaces the oldest
    grants_per_window: int | None = None  #: per client
    access_tokens_per_window: int | None = None  #: per refresh token, or per client that has none
    refresh_tokens_per_window: int | None = None  #: per user and client
    window_seconds: int = 600

    @property
    def access_life(self) -> int:
        """Seconds until the server stops honouring an access token."""
        return max(self.access_token_seconds, self.honoured_seconds)
