"""`kaizen serve`: start a server."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import unquote, urlsplit

from cyclopts import Parameter

from kaizen.cli.extras import server_extra
from kaizen.cli.problems import UsageProblemError
from kaizen.model.passwords import without_password

#: Read when it is there and no other is named.
CONFIG: Final = Path("kaizen.toml")

_TLS_PORT: Final = 465


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    database: str | None = None,
    ephemeral: Annotated[bool | None, Parameter(negative="")] = None,
    clock: str | None = None,
    credentials: Path | None = None,
    public_url: str | None = None,
    proxies: str | None = None,
    org_name: str | None = None,
    admin_email: str | None = None,
    admin_name: str | None = None,
    time_zone: str | None = None,
    business_hours: bool | None = None,
    cascade: int | None = None,
    smtp: str | None = None,
    config: Path | None = None,
) -> None:
    """Start a server and serve until interrupted.

    The first start on a database creates an organisation, its administrator, the standard modules and a client.
    Settings can also come from the environment (KAIZEN_PORT, KAIZEN_SMTP_HOST, ...) or from kaizen.toml.

    Parameters
    ----------
    host
        Address to listen on [default: 127.0.0.1].
    port
        Port to listen on; 0 picks a free one [default: 8700].
    database
        Path of a SQLite file, or postgresql://user@host/name [default: kaizen.db].
    ephemeral
        Use a temporary database that is deleted when the server stops.
    clock
        Use a virtual clock that starts at a time like 2026-01-05T09:00:00+00:00 and only moves when it is advanced.
    credentials
        Write a client and tokens with all scopes to this file, as JSON, readable by its owner only. The file of
        another organisation is not overwritten; the file of an ephemeral server is deleted when the server stops.
    public_url
        Address at which clients reach the server, if it differs from the one it listens on.
    proxies
        Addresses or networks of reverse proxies, like 127.0.0.1,10.0.0.0/8: what they say in Forwarded or
        X-Forwarded-Proto and X-Forwarded-Host is believed.
    org_name
        Name of the organisation that the first start creates [default: Kaizen].
    admin_email
        E-mail address of its administrator [default: admin@example.com].
    admin_name
        Last name of its administrator [default: Administrator].
    time_zone
        Its time zone, like Europe/Berlin [default: UTC].
    business_hours
        Whether it has business hours from the start: Monday to Friday, 9:00 to 18:00 [default: yes].
    cascade
        How many times in a row edits made by workflow rules can trigger rules again, 0 to 10 [default: 0].
    smtp
        Mail server: HOST, HOST:PORT or smtp://user:password@HOST:PORT (smtps:// for TLS from the start).
        Without one, mails stay in the outbox, where they can be read. Set the password with KAIZEN_SMTP_PASSWORD
        to keep it out of the list of processes.
    config
        TOML file with settings [default: kaizen.toml, if it exists].
    """
    if ephemeral and database:
        raise UsageProblemError(
            f"--ephemeral cannot be combined with --database {without_password(database)}; leave one of them out"
        )
    given: dict[str, Any] = {
        "host": host,
        "port": port,
        "database": database,
        # Whoever names a database here means it, whatever the environment or the file say.
        "ephemeral": False if database else ephemeral,
        "clock": clock,
        "credentials": str(credentials) if credentials else None,
        "public_url": public_url,
        "proxies": proxies,
        "org_name": org_name,
        "admin_email": admin_email,
        "admin_name": admin_name,
        "time_zone": time_zone,
        "business_hours": business_hours,
        "cascade": cascade,
        "smtp": mail_server(smtp),
    }
    _serve(given, config)


def _serve(given: dict[str, Any], config: Path | None) -> None:
    with server_extra():
        from kaizen.server import logs, serving
        from kaizen.server.app import build
        from kaizen.server.credentials import Credentials
        from kaizen.server.credentials_file import CredentialsError
        from kaizen.server.settings import SettingsError, read_settings
        from kaizen.store import StoreError

    file = config or (CONFIG if CONFIG.exists() else None)
    try:
        settings = read_settings(given, os.environ, file)
        logs.configure(settings.log.format)
        taken = serving.listen(settings.host, settings.port)
        with taken:
            address = serving.address_of(taken, settings.host)
            server = build(settings, _request_log(settings))
            credentials = Credentials(server, settings.public_url.rstrip("/") or address)
            try:
                if settings.credentials:
                    credentials.write(Path(settings.credentials))
                serving.run(server, taken, lambda: _print_summary(address, server), settings.http)
            finally:
                if settings.credentials and settings.ephemeral:
                    credentials.withdraw(Path(settings.credentials))
                server.close()
    except (SettingsError, StoreError, CredentialsError, serving.AddressError) as error:
        raise UsageProblemError(str(error)) from error


def _request_log(settings: Any) -> Any:
    from kaizen.server import logs

    return logs.direct(settings.log.format, sys.stderr.buffer) if settings.log.requests else None


def _print_summary(address: str, server: Any) -> None:
    settings = server.settings
    print(f"Kaizen listens at {address}")
    if settings.public_url:
        print(f"  public       {settings.public_url.rstrip('/')}")
    print(f"  database     {'ephemeral' if settings.ephemeral else settings.database_shown}")
    print(f"  clock        {_clock(server)}")
    if settings.smtp is None:
        print("  mail         kept in the outbox; --smtp HOST:PORT delivers it")
    else:
        print(f"  mail         delivered through {settings.smtp.host}:{settings.smtp.port}")
    if settings.credentials:
        print(f"  credentials  {settings.credentials}")
        print(f"Next: let a client read {settings.credentials}; press Ctrl-C to stop the server.")
    elif settings.ephemeral:
        print("Next: stop, and add --credentials FILE; without it no client can connect to an ephemeral database.")
    elif server.created is not None:
        print(f"  client id      {server.created.client.client_id}")
        print(f"  client secret  {server.created.secret}  (shown only once)")
        print("Next: create a grant token for this client with `kaizen grant`; press Ctrl-C to stop the server.")
    else:
        print(
            "Next: create a grant token with `kaizen grant`, or write all that a client needs with --credentials FILE."
        )
    print(end="", flush=True)


def _clock(server: Any) -> str:
    if not server.clock.virtual:
        return "system time"
    now = datetime.fromtimestamp(server.clock.now(), UTC).isoformat()
    return f"virtual, {now}{', as before the restart' if server.clock_goes_on else ''}"


def mail_server(text: str | None) -> dict[str, Any]:
    """Read where mail goes: HOST, HOST:PORT, smtp://user:password@HOST:PORT, or smtps:// for TLS from the start."""
    if not text:
        return {}
    address = text if "://" in text else f"smtp://{text}"
    given = urlsplit(address)
    try:
        port = given.port
    except ValueError:
        port = -1
    if given.scheme not in ("smtp", "smtps") or not given.hostname or port == -1:
        shown = without_password(address).removeprefix("" if "://" in text else "smtp://")
        raise UsageProblemError(f"--smtp {shown}: write HOST, HOST:PORT or smtp://user:password@HOST:PORT")
    return {
        "host": given.hostname,
        "port": port or (_TLS_PORT if given.scheme == "smtps" else None),
        "username": unquote(given.username) if given.username else None,
        "password": unquote(given.password) if given.password else None,
        "security": "tls" if given.scheme == "smtps" else None,
    }
