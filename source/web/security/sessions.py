"""Sessions and API tokens: made, found again by their digest, and ended."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from typing import TypeVar

from source.web.security.identity import Scope, digest_of
from source.web.security.store import Session, Stored, Token

KeptT = TypeVar("KeptT", Session, Token)
SECRET_BYTES = 32
LIFE_S = 30 * 86_400
TOUCH_S = 3600
"""A session's last use is written this often at most: not each request costs a write."""
MOST_SESSIONS, MOST_TOKENS = 100, 50
TOKEN_PREFIX = "isdl_"  # noqa: S105 (what every token begins with)


def new_session(stored: Stored, now_s: int) -> tuple[Stored, str]:
    """With one more session, and the secret of its cookie; the longest unused ones give way."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    session = Session(digest=digest_of(secret), created_s=now_s, seen_s=now_s)
    kept = [one for one in stored.sessions if is_alive(one, now_s)]
    kept = sorted(kept, key=lambda one: one.seen_s)[-(MOST_SESSIONS - 1) :]
    return stored.model_copy(update={"sessions": (*kept, session)}), secret


def session_of(stored: Stored, secret: str, now_s: int) -> Session | None:
    """The session that a cookie belongs to, if it is still good."""
    return live_session(stored, digest_of(secret), now_s)


def live_session(stored: Stored, digest: str, now_s: int) -> Session | None:
    found = _by_digest(stored.sessions, digest)
    return found if found is not None and is_alive(found, now_s) else None


def is_alive(session: Session, now_s: int) -> bool:
    """Whether it was used within 30 days; one from the future (a clock set back) is good."""
    return now_s - session.seen_s < LIFE_S


def is_due(session: Session, now_s: int) -> bool:
    """Whether its last use is to be written."""
    return abs(now_s - session.seen_s) >= TOUCH_S


def touched(stored: Stored, digest: str, now_s: int) -> Stored:
    """With the session's last use."""
    return _with_sessions(
        stored,
        (
            one.model_copy(update={"seen_s": now_s}) if one.digest == digest else one
            for one in stored.sessions
        ),
    )


def without_session(stored: Stored, digest: str) -> Stored:
    return _with_sessions(stored, (one for one in stored.sessions if one.digest != digest))


def without_sessions(stored: Stored) -> Stored:
    return _with_sessions(stored, ())


def _with_sessions(stored: Stored, sessions: Iterable[Session]) -> Stored:
    return stored.model_copy(update={"sessions": tuple(sessions)})


def new_token(stored: Stored, name: str, scope: Scope, now_s: int) -> tuple[Stored, Token, str]:
    """With one more API token, that token, and the secret, which is not to be had again."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = Token(
        id=secrets.token_hex(4), name=name, scope=scope, digest=digest_of(secret), created_s=now_s
    )
    return stored.model_copy(update={"tokens": (*stored.tokens, token)}), token, secret


def token_of(stored: Stored, secret: str) -> Token | None:
    return token_by(stored, digest_of(secret))


def token_by(stored: Stored, digest: str) -> Token | None:
    return _by_digest(stored.tokens, digest)


def without_token(stored: Stored, token_id: str) -> Stored:
    kept = tuple(one for one in stored.tokens if one.id != token_id)
    return stored.model_copy(update={"tokens": kept})


def _by_digest(known: Iterable[KeptT], digest: str) -> KeptT | None:
    return next((one for one in known if hmac.compare_digest(one.digest, digest)), None)
