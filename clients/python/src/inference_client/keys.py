"""Who may use a server."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Mapping, Optional, Sequence, cast

from .admin_answers import Key, Scope, ShownKey
from .context import Context
from .request import path_of


class Keys:
    """`client.keys`, for admins. A key is addressed by its prefix, the 8 characters after `isk_`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<Keys>"

    def list(self) -> Iterator[Key]:
        """All keys, newest first."""
        return cast("Iterator[Key]", self._context.pages(path_of("keys"), {}))

    def create(
        self,
        owner: str,
        name: str,
        scopes: Sequence[Scope] = ("submit", "read"),
        *,
        expires_at: Optional[str] = None,
        limits: Optional[Mapping[str, int]] = None,
    ) -> ShownKey:
        """Makes a key. Its `secret` is in this answer and nowhere else; should the answer get lost, revoke the key and make another."""
        words = {"owner": owner, "name": name, "scopes": [*scopes], "expires_at": expires_at, "limits": dict(limits or {})}
        return cast(ShownKey, self._context.transport.ask("POST", path_of("keys"), body=words, is_repeatable=False))

    def change(
        self,
        prefix: str,
        *,
        name: Optional[str] = None,
        scopes: Optional[Sequence[Scope]] = None,
        expires_at: Optional[str] = None,
        limits: Optional[Mapping[str, Optional[int]]] = None,
    ) -> Key:
        """Changes what is given; the secret stays. `expires_at="never"` takes the end away, a limit of None takes that limit away."""
        change: Dict[str, Any] = {"name": name, "scopes": scopes and [*scopes], "expires_at": expires_at, "limits": limits and dict(limits)}
        given = {field: value for field, value in change.items() if value is not None}
        if expires_at == "never":
            given["expires_at"] = None
        return cast(Key, self._context.transport.ask("PATCH", path_of("keys", prefix), body=given))

    def rotate(self, prefix: str, grace_seconds: Optional[int] = None) -> ShownKey:
        """Gives a key a new secret; the one before works for `grace_seconds` more, a day where they are left out."""
        words = {} if grace_seconds is None else {"grace_seconds": grace_seconds}
        return cast(ShownKey, self._context.transport.ask("POST", path_of("keys", prefix, "rotate"), body=words, is_repeatable=False))

    def revoke(self, prefix: str) -> None:
        """Ends a key for ever; again and again does no harm."""
        self._context.transport.ask("DELETE", path_of("keys", prefix))
