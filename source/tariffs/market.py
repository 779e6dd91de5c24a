"""The market as a provider sees it: for which area and time prices are wanted, and how to ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from source.config.tariffs import Market as MarketConfig
from source.errors import PricesUnavailable
from source.tariffs.web import Answer, Request, WebClient
from source.text import shorten

DENIALS = frozenset({401, 403})
NOTHING: Mapping[str, str] = {}


class Refused(PricesUnavailable):
    """The server answered with a status that is no success."""

    def __init__(self, message: str, status: int, text: str) -> None:
        super().__init__(message)
        self.status = status
        self.text = text
        """The answer's body."""


@dataclass(frozen=True, slots=True)
class Wish:
    """For when prices are wanted, and what is known where they are asked for."""

    start: datetime
    end: datetime
    now: datetime
    zone: ZoneInfo
    folder: Path


class Market:
    """What a provider gets. Belongs to one call of it.

    ``area``, ``token``, ``file`` and ``url`` are the user's, None where they are left out.
    ``start`` and ``end`` say for when prices are wanted (UTC); further ones do no harm. ``now`` is
    UTC too, ``zone`` the reports' time zone, ``folder`` the files folder. All requests together
    have one deadline.
    """

    def __init__(self, config: MarketConfig, wish: Wish, web: WebClient) -> None:
        self.area = config.area
        self.token = config.token.get_secret_value() if config.token is not None else None
        self.file = config.file
        self.url = config.url
        self.start, self.end, self.now = wish.start, wish.end, wish.now
        self.zone = wish.zone
        self.folder = wish.folder
        self._web = web

    def get_text(
        self,
        address: str,
        params: Mapping[str, object] = NOTHING,
        headers: Mapping[str, str] = NOTHING,
    ) -> str:
        """The text that the server answers to ``GET``.

        ``address`` is the provider's own, with https://; the user's ``url`` stands in for its
        server. Raises PricesUnavailable, of the kind ``Refused`` where the status is no success; a
        provider need not catch them.
        """
        return self._asked(address, params, headers)

    def get_json(
        self,
        address: str,
        params: Mapping[str, object] = NOTHING,
        headers: Mapping[str, str] = NOTHING,
    ) -> Any:
        """The JSON that the server answers to ``GET``; fractions are exact, as ``Decimal``."""
        return _parsed(self._asked(address, params, headers))

    def post_json(self, address: str, content: object, headers: Mapping[str, str] = NOTHING) -> Any:
        """The JSON that the server answers to ``POST`` of ``content``, sent as JSON too."""
        return _parsed(self._asked(address, NOTHING, headers, content))

    def _asked(
        self,
        address: str,
        params: Mapping[str, object],
        headers: Mapping[str, str],
        posted: object = None,
    ) -> str:
        url = self._url(address)
        texts = {name: str(value) for name, value in params.items()}
        answer = self._web.ask(Request(url, texts, headers, posted))
        return self._wanted(answer, urlsplit(url).hostname or url)

    def _url(self, address: str) -> str:
        if self.url is None:
            if not address.startswith(("https://", "http://")):
                raise PricesUnavailable('its server is not known; set "url" of "dynamic"')
            return address
        own = urlsplit(address)
        path = own.path if own.scheme else address
        query = f"?{own.query}" if own.scheme and own.query else ""
        return urljoin(f"{self.url.rstrip('/')}/", path.lstrip("/")) + query

    def _wanted(self, answer: Answer, host: str) -> str:
        text = answer.body.decode("utf-8-sig", "replace")
        if 200 <= answer.status < 300:
            return text
        raise Refused(f"{host} answered {answer.status}{self._hint(answer)}", answer.status, text)

    def _hint(self, answer: Answer) -> str:
        if answer.status not in DENIALS:
            return ""
        if self.token is None:
            return ': it wants a token; set "token" of "dynamic", or TARIFF_TOKEN'
        return ': it does not take the token; put in a new one ("token" of "dynamic")'


def _no_number(word: str) -> Decimal:
    raise ValueError(word)


_DECODER: Callable[[str], Any] = json.JSONDecoder(
    parse_float=Decimal, parse_constant=_no_number
).decode


def _parsed(text: str) -> Any:
    try:
        return _DECODER(text)
    except (ValueError, RecursionError):
        what = f"begins with {shorten(text[:60], 60)!r}" if text else "is empty"
        raise PricesUnavailable(f"the answer is not JSON, it {what}") from None
