"""`kaizen serve`: start a server."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import unquote, urlsplit

from cyclopts import Parameter

from kaizen.cli.extras import server_extra
from kaizen.cli.problems import UsageProblemError

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
        Address to listen at; 127.0.0.1 unless set.
    port
        Port to listen at; 8700 unless set, 0 takes any free one.
    database
        Path of a SQLite file (kaizen.db unless set), or postgresql://user@host/name.
    ephemeral
        Use a database that is gone when the server ends.
    clock
        Start a virtual clock at a moment like 2026-01-05T09:00:00+00:00; it moves only when told.
    credentials
        Write a client and tokens with all scopes to this file, as JSON, readable by its owner only. A file of
        another organisation is not overwritten; the file of an ephemeral server goes when the server ends.
    public_url
        How clients reach the server, when that is not the address it listens at.
    org_name
        Name of the organisation that the first start creates.
    admin_email
        E-mail address of its administrator.
    admin_name
        Last name of its administrator.
    time_zone
        Its time zone, like Europe/Berlin.
    business_hours
        Whether it has business hours from the start, Monday to Friday, 9:00 to 18:00; it has unless set.
    cascade
        How many steps of edits made by workflow rules may wake rules again, up to 10; 0 unless set.
    smtp
        The mail server: HOST, HOST:PORT or smtp://user:password@HOST:PORT (smtps:// for TLS from the start).
        Without one mails stay in the outbox, where they can be read. KAIZEN_SMTP_PASSWORD keeps the password
        out of the list of processes.
    config
        A TOML file with settings; kaizen.toml when there is one.
    """
    if ephemeral and database:
        raise UsageProblemError(f"--ephemeral would not use --database {database}; leave one of the two out")
    said: dict[str, Any] = {
        "host": host,
        "port": port,
        "database": database,
        # Whoever names a database here means it, whatever the environment or the file say.
        "ephemeral": False if database else ephemeral,
        "clock": clock,
        "credentials": str(credentials) if credentials else None,
        "public_url": public_url,
        "org_name": org_name,
        "admin_email": admin_email,
        "admin_name": admin_name,
        "time_zone": time_zone,
        "business_hours": business_hours,
        "cascade": cascade,
        "smtp": mail_server(smtp),
    }
    _serve(said, config)


def _serve(said: dict[str, Any], config: Path | None) -> None:
    with server_extra():
        from kaizen.server import logs, serving
        from kaizen.server.app import build
        from kaizen.server.credentials import Credentials
        from kaizen.server.credentials_file import CredentialsError
        from kaizen.server.settings import SettingsError, read_settings
        from kaizen.store import StoreError

    logs.configure()
    file = config or (CONFIG if CONFIG.exists() else None)
    try:
        settings = read_settings(said, os.environ, file)
        taken = serving.listen(settings.host, settings.port)
        with taken:
            address = serving.address_of(taken, settings.host)
            server = build(settings)
            credentials = Credentials(server, settings.public_url.rstrip("/") or address)
            try:
                if settings.credentials:
                    credentials.write(Path(settings.credentials))
                serving.run(server, taken, lambda: _tell(address, server), settings.http)
            finally:
                if settings.credentials and settings.ephemeral:
                    credentials.withdraw(Path(settings.credentials))
                server.close()
    except (SettingsError, StoreError, CredentialsError, serving.AddressError) as error:
        raise UsageProblemError(str(error)) from error


def _tell(address: str, server: Any) -> None:
    settings = server.settings
    print(f"Kaizen listens at {address}")
    if settings.public_url:
        print(f"  public       {settings.public_url.rstrip('/')}")
    print(f"  database     {'ephemeral' if settings.ephemeral else settings.database}")
    print(f"  clock        {_clock(server)}")
    if settings.smtp is None:
        print("  mail         kept in the outbox; --smtp HOST:PORT delivers it")
    else:
        print(f"  mail         delivered through {settings.smtp.host}:{settings.smtp.port}")
    if settings.credentials:
        print(f"  credentials  {settings.credentials}")
        print(f"Next: let a client read {settings.credentials}; Ctrl-C ends the server.")
    elif settings.ephemeral:
        print("Next: nobody can talk to a throw-away database without credentials: Ctrl-C, and add --credentials FILE.")
    elif server.created is not None:
        print(f"  client id      {server.created.client.client_id}")
        print(f"  client secret  {server.created.secret}  (shown only now)")
        print("Next: `kaizen grant` makes a grant token for this client; Ctrl-C ends the server.")
    else:
        print("Next: `kaizen grant` makes a grant token, --credentials FILE writes all that a client needs.")
    print(end="", flush=True)


def _clock(server: Any) -> str:
    if not server.clock.virtual:
        return "the time of this machine"
    now = datetime.fromtimestamp(server.clock.now(), UTC).isoformat()
    return f"virtual, {now}{', where it stood' if server.clock_goes_on else ''}"


def mail_server(text: str | None) -> dict[str, Any]:
    """Read where mail goes: HOST, HOST:PORT, smtp://user:password@HOST:PORT, or smtps:// for TLS from the start."""
    if not text:
        return {}
    given = urlsplit(text if "://" in text else f"smtp://{text}")
    try:
        port = given.port
    except ValueError:
        port = -1
    if given.scheme not in ("smtp", "smtps") or not given.hostname or port == -1:
        raise UsageProblemError(f"--smtp {text}: write HOST, HOST:PORT or smtp://user:password@HOST:PORT")
    return {
        "host": given.hostname,
        "port": port or (_TLS_PORT if given.scheme == "smtps" else None),
        "username": unquote(given.username) if given.username else None,
        "password": unquote(given.password) if given.password else None,
        "security": "tls" if given.scheme == "smtps" else None,
    }
