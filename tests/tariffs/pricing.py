"""Providers of market prices on 127.0.0.1, and the fetcher that asks them, over a real journal."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from source.config.tariffs import Market as MarketConfig
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S
from source.tariffs.asking import Asking
from source.tariffs.errand import Surroundings
from source.tariffs.fetcher import PriceFetcher
from source.tariffs.market import Wish
from source.tariffs.providers import built_in
from source.tariffs.registry import TariffRegistry
from source.tariffs.sources import FAR, PriceSource
from source.tariffs.spot import quarter_at
from tests.fakes import FakeClock
from tests.sinks.scripted_server import ScriptedServer, _Handler

FIXTURES = Path(__file__).parent / "fixtures"
BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    """``2026-02-01T23:00`` as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def local(text: str, fold: int = 0) -> datetime:
    """The same by the clocks of Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(timezone.utc)


def quarter(text: str, fold: int = 0) -> int:
    """The quarter hour that begins at a local time."""
    return quarter_at(local(text, fold))


def us(moment: datetime) -> int:
    return round(moment.timestamp()) * US_PER_S


def fixture(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


def market(
    provider: str,
    *,
    url: str | None = None,
    area: str | None = None,
    token: str | None = None,
    file: str | None = None,
) -> MarketConfig:
    secret = None if token is None else SecretStr(token)
    return MarketConfig(provider=provider, url=url, area=area, token=secret, file=file)


def ask(
    config: MarketConfig,
    start: datetime,
    end: datetime,
    *,
    folder: Path = FIXTURES,
    registry: TariffRegistry | None = None,
    limit_s: float = 5.0,
    now: datetime | None = None,
    stopping: threading.Event | None = None,
) -> dict[int, int]:
    """What a provider tells for a span, in billionths of the currency by quarter hour."""
    wish = Wish(start, end, now or start, BERLIN, folder)
    asking = Asking(registry or built_in(), config, wish, limit_s)
    return asking.prices(stopping or threading.Event())


def source_of(config: MarketConfig, start: datetime | None = None) -> PriceSource:
    """A source that a tariff takes from ``start`` on, or since ever."""
    return PriceSource(config, (range(0 if start is None else quarter_at(start), FAR),))


def url_of(server: ScriptedServer) -> str:
    return f"http://127.0.0.1:{server.port}"


@dataclass
class Exchange:
    """Answers as energy-charts.info does, with a price for each quarter hour from and until."""

    server: ScriptedServer
    known_from: datetime
    known_until: datetime
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.script.extend([self.answer] * 2_000)

    def answer(self, handler: _Handler) -> None:
        parameters = self.server.asked[-1].parameters
        start, end = (_utc_of(parameters[name]) for name in ("start", "end"))
        self.asked.append((start, end + timedelta(minutes=15)))
        first, last = max(start, self.known_from), min(end, self.known_until - QUARTER)
        if first > last:
            handler.answer(404, '{"detail":"no data"}', {})
            return
        seconds = range(round(first.timestamp()), round(last.timestamp()) + 1, 900)
        prices = [price_mwh(one // 900) for one in seconds]
        body = {"unix_seconds": list(seconds), "price": prices, "unit": "EUR / MWh"}
        handler.answer(200, json.dumps(body), {})

    def days_asked(self) -> list[str]:
        """The local days that were asked for, as ``2026-03-01`` or ``2026-03-01 … 2026-03-03``."""
        texts = []
        for start, end in self.asked:
            first = start.astimezone(BERLIN).date()
            last = (end - QUARTER).astimezone(BERLIN).date()
            texts.append(str(first) if first == last else f"{first} … {last}")
        self.asked.clear()
        return texts


QUARTER = timedelta(minutes=15)


def _utc_of(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=timezone.utc)


def price_mwh(number: int) -> float:
    """What the exchange asks for a quarter hour."""
    return round((number % 1_000) / 4 - 20, 2)


def nano(number: int) -> int:
    """The same in billionths per kWh."""
    return (number % 1_000) * 250_000 - 20_000_000


@dataclass
class Fetching:
    """A fetcher in the test's own thread; its pauses take no time, they move the clock."""

    journal: Journal
    clock: FakeClock
    sources: list[PriceSource]
    folder: Path = FIXTURES
    registry: TariffRegistry = field(default_factory=built_in)
    devices: tuple[str, ...] = ("Fridge",)
    limit_s: float = 5.0
    pauses: list[float] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.health = Health(self.clock.monotonic)
        self._until = 0.0
        self._each: Callable[[], object] = lambda: None

    def run(self, seconds: float, each: Callable[[], object] = lambda: None) -> Fetching:
        """A new fetcher runs for so long; ``each`` is called at each of its pauses."""
        self._until, self._each = self.clock.mono_s + seconds, each
        self.stopping = threading.Event()
        self.pauses.clear()
        around = Surroundings(
            registry=self.registry,
            journal=self.journal,
            open_reader=lambda: JournalReader(self.journal.path),
            devices=self.devices,
            folder=self.folder,
            zone=BERLIN,
            health=self.health,
            clock=self.clock,
            limit_s=self.limit_s,
            jitter=lambda: 0.0,
            pause=self._pause,
        )
        PriceFetcher(sources=self.sources, around=around).run(self.stopping)
        return self

    def _pause(self, stopping: threading.Event, seconds: float) -> bool:
        self.pauses.append(seconds)
        self._each()
        self.clock.advance(min(seconds, self._until - self.clock.mono_s))
        if self.clock.mono_s >= self._until:
            stopping.set()
        return stopping.is_set()

    def known(self, source: str, start: datetime, end: datetime) -> dict[int, int]:
        """What is in the journal now."""
        with JournalReader(self.journal.path) as reader:
            return reader.prices(source, quarter_at(start), quarter_at(end))

    def reason(self) -> str:
        """Why the first source fails; empty where it does not."""
        return self.health.state(f"prices {self.sources[0].name}").reason
