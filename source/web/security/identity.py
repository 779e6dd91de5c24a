"""Who asks, and what that person or program may do."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import Enum
from typing import Literal

Scope = Literal["read", "write"]


class Kind(Enum):
    """How somebody was recognised."""

    NOBODY = "nobody"
    LOCAL = "local"
    """At this machine, where no password is set."""
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 (no token)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks."""

    kind: Kind
    scope: Scope | None = None
    digest: str = ""
    """Of the session's cookie or of the token."""
    csrf: str = ""
    """What comes back in X-CSRF-Token with each change; empty where a program asks."""
    address: str = ""
    """Of the browser, or of a proxy on another machine."""
    is_local: bool = False
    """Whether the browser runs on this machine, as far as can be told."""
    renews: bool = False
    """Whether its cookie is to be set anew, so that it lasts as long as the session."""

    @property
    def is_known(self) -> bool:
        return self.scope is not None

    @property
    def is_person(self) -> bool:
        """Not a program: passwords and tokens are the business of people."""
        return self.kind in (Kind.LOCAL, Kind.SESSION)


def digest_of(secret: str) -> str:
    """What is kept of a random secret; it is long enough to need no salt."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def csrf_of(secret: str, purpose: str) -> str:
    """The CSRF token that belongs to a secret."""
    return hmac.new(secret.encode("utf-8", "surrogatepass"), purpose.encode(), "sha256").hexdigest()
