"""Where a server is."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from .errors import InputError

API_PATH = "/api/v1"
_HOW = 'Give it as "http://HOST:PORT" or "https://HOST", without user, password, query and fragment.'


@dataclass(frozen=True)
class Address:
    """The parts of a server's URL; `prefix` is what a proxy has put before `/api/v1`."""

    is_tls: bool
    host: str
    port: int
    prefix: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.is_tls else 'http'}://{host}:{self.port}{self.prefix}"


def parse_address(url: str) -> Address:
    """Reads a URL. Its text is not repeated in errors: people put passwords there. Raises InputError."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise InputError(f"The URL of the server cannot be read. {_HOW}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"The URL of the server has no http:// or https:// or no host. {_HOW}")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise InputError(f"The URL of the server has more in it than is used. {_HOW}")
    prefix = parts.path.rstrip("/")
    if prefix.endswith(API_PATH):
        prefix = prefix[: -len(API_PATH)]
    if any(ord(char) <= 32 or ord(char) >= 127 for char in parts.hostname + prefix):
        raise InputError(f"The URL of the server has a character that is not allowed there. {_HOW}")
    is_tls = parts.scheme == "https"
    return Address(is_tls=is_tls, host=parts.hostname, port=port or (443 if is_tls else 80), prefix=prefix)
