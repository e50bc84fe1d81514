"""Connection URLs: the same server seen as another user, or another database of it."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from psycopg.conninfo import conninfo_to_dict


def dsn_with(dsn: str, *, user: str | None = None, database: str | None = None) -> str:
    """The connection string as a libpq URL, with another user or database where given.

    Takes a URL or `key=value` pairs. The password stays, whoever the user is. Raises psycopg.ProgrammingError
    for what is neither.
    """
    parts = {key: str(value) for key, value in conninfo_to_dict(dsn).items() if value is not None}
    if user is not None:
        parts["user"] = user
    if database is not None:
        parts["dbname"] = database
    host, port = parts.pop("host", ""), parts.pop("port", "")
    login = quote(parts.pop("user", ""), safe="")
    password = parts.pop("password", "")
    if password:
        login += ":" + quote(password, safe="")
    name = quote(parts.pop("dbname", ""), safe="")
    if host.startswith("/"):
        parts["host"] = host
        address = ""
        if port:
            parts["port"] = port
    else:
        address = f"[{host}]" if ":" in host else host
        if port:
            address += f":{port}"
    query = "?" + urlencode(parts, quote_via=quote, safe="") if parts else ""
    return f"postgresql://{login}@{address}/{name}{query}"
