"""What goes in and out of the endpoints of the settings."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class DatabaseState(BaseModel):
    """The database that is set, without its password; null where nothing is set."""

    host: str | None
    port: int | str | None
    name: str | None
    user: str | None
    ssl: bool | str | None
    verify_ssl: bool | str | None
    has_password: bool
    from_environment: list[str]
    """Keys that the environment sets, and that can't be changed here."""


class Retention(BaseModel):
    """How large the journal is, and becomes."""

    raw_days: int
    bytes_now: int
    bytes_expected: int
    """When single measurements of ``raw_days`` days are in it; never above ``bytes_limit``."""
    bytes_limit: int
    bytes_per_point: float
    points_per_day: int


class InForce(BaseModel):
    """What holds where the file leaves it out."""

    timezone: str
    locale: str | None
    currency: str


class Settings(BaseModel):
    """The sections of config.json as they stand there, and the database."""

    revision: str
    general: dict[str, Any]
    tariff: Any
    web: dict[str, Any]
    web_from_environment: list[str]
    database: DatabaseState
    defaults: InForce
    retention: Retention | None
    """Null where the journal can't be read now."""


class ChangedSettings(BaseModel):
    """Whole sections; one that is left out stays, null removes it."""

    revision: str | None = None
    general: dict[str, Any] | None = None
    tariff: dict[str, Any] | list[Any] | None = None
    web: dict[str, Any] | None = None
    database: dict[str, Any] | None = None
    """Its password only if it is to be changed; an empty one removes it."""


class DatabaseTest(BaseModel):
    """The database that is to be tried; the one that is set where it is left out."""

    database: dict[str, Any] | None = None


class DatabaseStep(BaseModel):
    """One step of the test."""

    step: str
    ok: bool
    text: str


class DatabaseTestResult(BaseModel):
    """The steps up to the first that fails."""

    steps: list[DatabaseStep]
    ok: bool


class PreviewRequest(BaseModel):
    """A tariff that is not saved yet."""

    tariff: dict[str, Any] | list[Any] | None = None
    general: dict[str, Any] | None = None
    """For its ``price_kwh``."""


class Preview(BaseModel):
    """Prices of the next hours; each holds from its time to the next one's."""

    time_s: list[int]
    import_per_kwh: list[float]
    feed_in_per_kwh: list[float]
    assumed: list[int]
    """1: the market's price is not known yet, another one stands in."""
    end_s: int
    currency: str


class Named(BaseModel):
    """A value to choose, and what people call it."""

    value: str
    label: str
