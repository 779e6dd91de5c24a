"""Who may do what: passwords, sessions, tokens and first start, as one object."""

from __future__ import annotations

import hmac
import logging
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import HTTPConnection

from source.config.general import CONFIG_FILE
from source.config.web import Web
from source.model import US_PER_S
from source.web.address import page_address
from source.web.context import Context
from source.web.security import hosts, passwords, sessions
from source.web.security.identity import Identity, Kind, Scope, csrf_of
from source.web.security.store import Store, Stored, StoreError, Token
from source.web.security.throttle import Throttle

logger = logging.getLogger(__name__)

COOKIE = "isdl_session"
BEARER = "bearer "
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers that a reverse proxy adds: the browser is elsewhere then."""
LONGEST_SECRET = 200


class Access:
    """What the page knows of those who ask.

    Everybody at this machine may do all as long as it listens there alone and no password is set.
    Without a password nobody else may do anything but set one, with the token of the log.
    """

    def __init__(self, context: Context, port: int | None = None) -> None:
        """``port``: where the page listens, other than where 0 is configured."""
        self._context = context
        self._port = port
        self.web: Web = context.configuration.web
        self.listens_locally = hosts.is_loopback(self.web.host)
        self.host_names = hosts.own_names(self.web)
        self.listed_names = frozenset(name.lower() for name in self.web.hosts)
        self.throttle = Throttle(context.clock.monotonic)
        self._store = Store(context.files)
        self._first_token = secrets.token_urlsafe(16)
        self._told = threading.Event()
        self.first_start = threading.Lock()
        """Held from the check of a first start to its end: only one gets through."""
        try:
            self._store.change(lambda stored: stored)  # its key outlives this process
            self._note_environment()
            if not self._only_local and self.is_open_for_first_start(is_local=False):
                self._tell_token()
        except StoreError:
            logger.exception("web: nobody can log in")

    # --- what is set up ---

    @property
    def _only_local(self) -> bool:
        """Whether nothing points to browsers on other machines, not by way of a proxy either."""
        return self.listens_locally and not self.web.hosts and not self.web.root_path

    @property
    def has_fixed_password(self) -> bool:
        """Whether the environment gives the password, which can't be changed on the page then."""
        return self.web.password is not None

    @property
    def has_password(self) -> bool:
        """Raises StoreError."""
        return self.has_fixed_password or self._store.read().password is not None

    def is_open_for_first_start(self, *, is_local: bool) -> bool:
        """Whether first start may be gone through, from this machine or from another one.

        From another one as long as there is no password: that it sets one is the way in. Raises
        StoreError.
        """
        if self.has_password:
            return False
        if not is_local:
            return True
        return not self._store.read().is_set_up and not self._is_configured()

    @property
    def may_go_without_password(self) -> bool:
        """Whether the password may be removed: only this machine reaches the page."""
        return self._only_local

    def needs_token(self, *, is_local: bool) -> bool:
        """Whether first start needs the token of the log."""
        return not is_local and self.is_open_for_first_start(is_local=False)

    def _is_configured(self) -> bool:
        configuration = self._context.configuration
        return bool(configuration.devices) or Path(configuration.files, CONFIG_FILE).exists()

    # --- who asks ---

    def identify(self, asked: HTTPConnection, cookies: Mapping[str, str]) -> Identity:
        """Who asks, by a token, else by a cookie, else by where from. Raises StoreError."""
        stored, headers = self._store.read(), asked.headers
        peer = asked.client.host if asked.client else ""
        is_local = self._is_local(asked, peer)
        address = hosts.browser_address(peer, headers.getlist("x-forwarded-for"))
        authorization = headers.get("authorization", "")
        if authorization:
            return self._program(stored, authorization, address)
        secret = cookies.get(COOKIE, "")
        if secret and len(secret) <= LONGEST_SECRET:
            found = self._person(stored, secret, address, is_local)
            if found is not None:
                return found
        return self.anybody(Identity(Kind.NOBODY, address=address, is_local=is_local))

    def anybody(self, who: Identity) -> Identity:
        """Who it is without a session: somebody at this machine, or nobody. Raises StoreError."""
        key = self._store.read().key
        if who.is_local and not self.has_password:
            return Identity(
                Kind.LOCAL, "write", "", csrf_of(key, "local"), who.address, who.is_local
            )
        return Identity(Kind.NOBODY, None, "", csrf_of(key, "anybody"), who.address, who.is_local)

    def _is_local(self, asked: HTTPConnection, peer: str) -> bool:
        if not self._only_local or any(name in asked.headers for name in FORWARDED):
            return False
        if asked.scope["http_version"] == "1.0":
            return False  # no browser: nginx asks so, and adds no header where it is not told to
        host = hosts.parsed(asked.headers["host"])
        return hosts.is_loopback(peer) and host is not None and host.is_loopback

    def _program(self, stored: Stored, authorization: str, address: str) -> Identity:
        """Nobody where the token is not right: a wrong one is told, a cookie does not help."""
        nobody = Identity(Kind.NOBODY, address=address)
        if not self._only_local and not self.has_password:
            return nobody  # else who may read the log could go through first start
        secret = authorization[len(BEARER) :].strip()
        is_bearer = authorization[: len(BEARER)].lower() == BEARER
        if not is_bearer or len(secret) > LONGEST_SECRET:
            return nobody
        token = sessions.token_of(stored, secret)
        if token is None:
            return nobody
        scope: Scope = "write" if token.scope == "write" else "read"
        return Identity(Kind.TOKEN, scope, token.digest, address=address)

    def _person(self, stored: Stored, secret: str, address: str, is_local: bool) -> Identity | None:
        now_s = self._now_s()
        session = sessions.session_of(stored, secret, now_s)
        if session is None:
            return None
        renews = sessions.is_due(session, now_s)
        if renews:
            self._touch(session.digest, now_s)
        csrf = csrf_of(secret, "session")
        return Identity(Kind.SESSION, "write", session.digest, csrf, address, is_local, renews)

    def _touch(self, digest: str, now_s: int) -> None:
        try:
            self._store.change(lambda stored: sessions.touched(stored, digest, now_s))
        except StoreError as err:
            logger.debug("web: %s", err)  # the session is good all the same

    def is_still(self, identity: Identity) -> bool:
        """Whether it would be recognised again: an open stream ends with its session."""
        try:
            stored = self._store.read()
            if identity.kind is Kind.SESSION:
                found = sessions.live_session(stored, identity.digest, self._now_s())
                return found is not None
            if identity.kind is Kind.TOKEN:
                return sessions.token_by(stored, identity.digest) is not None
            is_still = identity.kind is Kind.LOCAL and not self.has_password
        except StoreError:
            return False
        return is_still

    # --- what changes ---

    def is_right_password(self, password: str) -> bool:
        """Takes a while, on purpose. Raises StoreError."""
        if self.web.password is not None:
            return passwords.is_same(password, self.web.password.get_secret_value())
        stored = self._store.read().password
        return stored is not None and passwords.is_right(password, stored)

    def is_right_token(self, token: str) -> bool:
        """Whether it is the first start's."""
        return hmac.compare_digest(
            token.strip().encode("utf-8", "replace"), self._first_token.encode()
        )

    def log_in(self, before: Identity) -> str:
        """A new session's secret; the one that the browser had ends."""
        secret = ""

        def change(stored: Stored) -> Stored:
            nonlocal secret
            after = sessions.without_session(stored, before.digest)
            after, secret = sessions.new_session(after, self._now_s())
            return after

        self._store.change(change)
        return secret

    def log_out(self, identity: Identity) -> None:
        self._store.change(lambda stored: sessions.without_session(stored, identity.digest))

    def set_password(self, password: str) -> None:
        """From now on it holds, and every session ends; an empty one removes it. Raises
        StoreError."""
        made = passwords.hashed(password) if password else None
        self._store.change(
            lambda stored: sessions.without_sessions(stored).model_copy(update={"password": made})
        )
        if made is None:
            self._renew_token()

    def finish_first_start(self, password: str) -> None:
        """First start is over; its token is of no more use. Raises StoreError."""
        made = passwords.hashed(password) if password else None
        self._store.change(
            lambda stored: sessions.without_sessions(stored).model_copy(
                update={"password": made, "is_set_up": True}
            )
        )
        self._renew_token()

    def _renew_token(self) -> None:
        self._first_token = secrets.token_urlsafe(16)
        self._told.clear()

    def tokens(self) -> tuple[Token, ...]:
        return self._store.read().tokens

    def new_token(self, name: str, scope: Scope) -> tuple[Token, str]:
        """A token and its secret. Raises StoreError."""
        made: list[tuple[Token, str]] = []

        def change(stored: Stored) -> Stored:
            after, token, secret = sessions.new_token(stored, name, scope, self._now_s())
            made.append((token, secret))
            return after

        self._store.change(change)
        return made[-1]

    def remove_token(self, token_id: str) -> bool:
        """Whether there was one."""
        before = len(self.tokens())
        after = self._store.change(lambda stored: sessions.without_token(stored, token_id))
        return len(after.tokens) < before

    # --- its own affairs ---

    def tell_token(self) -> None:
        """Somebody from another machine wants to go through first start: the log has the token."""
        if not self._told.is_set():
            self._tell_token()

    def _tell_token(self) -> None:
        self._told.set()
        logger.info(
            "the page has no password yet: to set one, open %s/first-start#token=%s (from another"
            " machine with this one's address), or enter the token %s there",
            page_address(self.web, self._port),
            self._first_token,
            self._first_token,
        )

    def _note_environment(self) -> None:
        """Another password in the environment than before ends every session."""
        stored = self._store.read()
        given = self.web.password
        if given is None:
            if stored.environment is not None:
                self._set_environment(None)
            return
        password = given.get_secret_value()
        if len(password) < passwords.SHORTEST and not self._only_local:
            logger.warning(
                "WEB_PASSWORD has fewer than %d characters; others reach the page and may guess it",
                passwords.SHORTEST,
            )
        if stored.environment is None or not passwords.is_right(password, stored.environment):
            self._set_environment(passwords.hashed(password))

    def _set_environment(self, made: str | None) -> None:
        self._store.change(
            lambda stored: sessions.without_sessions(stored).model_copy(
                update={"environment": made}
            )
        )

    def _now_s(self) -> int:
        return self._context.clock.now_us() // US_PER_S
