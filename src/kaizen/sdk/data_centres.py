"""The service's data centres: where each one keeps its accounts and its API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

#: The label that takes the place of `www` in the API host, by environment.
ENVIRONMENTS: Final = {"production": "www", "sandbox": "sandbox", "developer": "developer"}


@dataclass(frozen=True, slots=True)
class DataCentre:
    """One data centre; its API host is `www`, `sandbox` or `developer` before the domain."""

    name: str
    accounts_url: str
    api_domain: str

    def api_url(self, environment: str) -> str:
        """Return the origin of the API in an environment."""
        return f"https://{ENVIRONMENTS[environment]}.{self.api_domain}"


#: (reference: platform A.1)
DATA_CENTRES: Final = {
    centre.name: centre
    for centre in (
        DataCentre("us", "https://accounts.zoho.com", "zohoapis.com"),
        DataCentre("eu", "https://accounts.zoho.eu", "zohoapis.eu"),
        DataCentre("in", "https://accounts.zoho.in", "zohoapis.in"),
        DataCentre("au", "https://accounts.zoho.com.au", "zohoapis.com.au"),
        DataCentre("cn", "https://accounts.zoho.com.cn", "zohoapis.com.cn"),
        DataCentre("jp", "https://accounts.zoho.jp", "zohoapis.jp"),
        DataCentre("ca", "https://accounts.zohocloud.ca", "zohoapis.ca"),
        DataCentre("sa", "https://accounts.zoho.sa", "zohoapis.sa"),
    )
}

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def of_accounts_url(url: str) -> DataCentre | None:
    """Find the data centre whose accounts these are; a self-hosted server belongs to none."""
    return next((centre for centre in DATA_CENTRES.values() if _host(centre.accounts_url) == _host(url)), None)


def of_api_url(url: str) -> DataCentre | None:
    """Find the data centre that this API host belongs to."""
    host = _host(url)
    return next((c for c in DATA_CENTRES.values() if host == c.api_domain or host.endswith(f".{c.api_domain}")), None)


def same_family(accounts_url: str, api_url: str) -> bool:
    """Return whether an API origin can be trusted with tokens of these accounts.

    A token answer names the API host. Following it anywhere would hand the token to anyone who can alter the
    answer, so it is followed inside the data centre, or on the self-hosted server's own host or domain.
    """
    centre = of_accounts_url(accounts_url)
    if centre is not None:
        return of_api_url(api_url) == centre and urlsplit(api_url).scheme == "https"
    accounts, api = _host(accounts_url), _host(api_url)
    if accounts == api or {accounts, api} <= _LOOPBACK:
        return True
    parent = accounts.split(".", 1)[-1]
    return "." in parent and not parent[-1].isdigit() and (api == parent or api.endswith(f".{parent}"))


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()
