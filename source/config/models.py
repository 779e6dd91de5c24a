"""The configuration in force, and with it the one source of keys, defaults and descriptions.

A field's alias is its key in the file; a field without a Kind is no key of a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.json_schema import SkipJsonSchema

from source.config.address import Address, Host, Mac
from source.config.dates import DailySwitch, DayOfMonth, DayOfYear, TimeOfDay, ZoneName
from source.config.kinds import Choice, Flag, Kind, Maybe, Password, Text
from source.config.places import LocaleName
from source.config.quantities import Number, Positive, Price, Whole
from source.config.tariffs import PER_KWH, Tariff
from source.config.web import Web
from source.config.zones import zone_named

FROZEN = ConfigDict(frozen=True, populate_by_name=True)
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
OLDEST_TYPE = "shelly:plug-s"
"""The type of entries from the time when there was no other."""
DAY_S = 86_400.0
MOST_W = 10_000_000.0
TIMEOUT_LIMIT_S = 5.0
TIMEOUT_SHARE = 0.8
"""Of the interval; what is left of it is for the work between two polls."""


def _zone(data: Mapping[str, Any]) -> ZoneInfo:
    name = data.get("timezone")
    named = zone_named(name) if name else None
    return named or ZoneInfo("UTC")  # who reads files passes the system's, see general.py


def _timeout_s(data: Mapping[str, Any]) -> float:
    return min(TIMEOUT_LIMIT_S, TIMEOUT_SHARE * float(data.get("update_time_s", TIMEOUT_LIMIT_S)))


class General(BaseModel):
    """The section ``general`` of config.json."""

    model_config = FROZEN

    log_level: Annotated[str, Choice(LOG_LEVELS)] = Field(
        "info", description="What is logged: messages of this level and above."
    )
    log_file: Annotated[bool, Flag()] = Field(
        True, description="Write the log to `main.log` in the files folder too."
    )
    cost_calc_request_time: Annotated[time, TimeOfDay()] = Field(
        time(0, 0),
        description="Time of day at which the days, months and years of the reports end and their"
        " costs are calculated, in `timezone`.",
    )
    price_kwh: Annotated[Decimal, Price(0, 1_000_000, "per kWh")] = Field(
        Decimal("0.30"), description="Price of a kilowatt hour, in `currency`."
    )
    currency: Annotated[str, Text("the sign or name of a currency", 8)] = Field(
        "€", description="Currency of the price and the costs, as it is printed."
    )
    timezone: Annotated[str | None, ZoneName()] = Field(
        None,
        description="Time zone of the reports, such as `Europe/Berlin`. Left out: the system's.",
    )
    raw_days: Annotated[int, Whole(1, 36_500, "days")] = Field(
        90,
        description="Days, 1 or more, for which each single measurement is kept; the sums of the"
        " quarter hours are kept for ever.",
    )
    journal_max_mb: Annotated[int, Whole(16, 1_000_000, "MB")] = Field(
        4096,
        description="Largest size of the journal in MB, 16 or more. Where it is reached, the oldest"
        " single measurements go: first those that the database has, then others too. The sums of"
        " the quarter hours stay.",
    )
    commit_interval_s: Annotated[float, Number(0.1, 60, "seconds")] = Field(
        1.0,
        description="Seconds between two writes to the disk. A power cut loses at most what was"
        " measured in them; the socket's own counter makes up for the energy.",
    )
    clock_wait_s: Annotated[float, Number(0, 86_400, "seconds")] = Field(
        300.0,
        description="Seconds that the start waits at most for the right time where the machine's"
        " clock is plainly wrong, as on a Raspberry Pi before it reaches the network.",
    )
    calc_request_day_monthly: Annotated[int, DayOfMonth()] = Field(
        1,
        alias="calc_request_time_monthly",
        description="Day of the month on which a month ends, for devices with"
        " `cost_calculation.monthly`.",
    )
    calc_request_date_yearly: Annotated[tuple[int, int], DayOfYear()] = Field(
        (1, 1),
        alias="calc_request_time_yearly",
        description="Day and month on which a year ends, for devices with"
        " `cost_calculation.yearly`.",
    )
    locale: Annotated[str | None, Maybe(LocaleName())] = Field(
        None,
        description="Language and country, such as `de_DE`: how the pages of reports write amounts,"
        " dates and words. Left out: the system's.",
    )
    zone: SkipJsonSchema[ZoneInfo] = Field(default_factory=_zone)


class PowerOn(BaseModel):
    """Counts how often an appliance is switched on."""

    model_config = FROZEN

    on_threshold_w: Annotated[float, Positive(maximum=MOST_W, unit="watts")] = Field(
        alias="on_threshold",
        description="Power in W; when it is reached, the appliance was switched on.",
    )
    off_threshold_w: Annotated[float, Positive(maximum=MOST_W, unit="watts")] = Field(
        alias="off_threshold",
        description="Power in W, not more than `on_threshold`; below it the appliance is off, and"
        " the next time can be counted.",
    )
    daily: Annotated[bool, Flag()] = Field(
        False, description="Whether the count stands in `<device>_day.txt`."
    )
    monthly: Annotated[bool, Flag()] = Field(
        False, description="Whether it stands in `<device>_month.txt`."
    )
    yearly: Annotated[bool, Flag()] = Field(
        False, description="Whether it stands in `<device>_year.txt`."
    )


class RunRule(BaseModel):
    """What a run of an appliance is."""

    model_config = FROZEN

    start_w: Annotated[float, Positive(maximum=MOST_W, unit="watts")] = Field(
        description="Power in W; a run begins when it is reached."
    )
    end_w: Annotated[float, Positive(maximum=MOST_W, unit="watts")] = Field(
        description="Power in W, not more than `start_w`; a run is over when the power has stayed"
        " below it for `end_after_s`. Above what the appliance takes in standby."
    )
    end_after_s: Annotated[float, Number(1, DAY_S, "seconds")] = Field(
        300.0,
        description="Seconds, from 1 up to a day; longer than the pauses within a run.",
    )


class DeviceConfig(BaseModel):
    """One entry of devices.json."""

    model_config = FROZEN

    name: SkipJsonSchema[str]
    type_name: Annotated[str, Text("the type of a socket")] = Field(
        OLDEST_TYPE,
        alias="type",
        description="Type of the socket: `shelly:plug-s`, `shelly:3em` or one that"
        " `device_plugin.py` registers. Set it always; the default is for the oldest files.",
    )
    ip: Annotated[str, Address()] = Field(
        description="Address of the socket in the network: an IP address or host name, with"
        " `:port` where it is not 80."
    )
    update_time_s: Annotated[float, Number(0.1, DAY_S, "seconds")] = Field(
        10.0, alias="update_time", description="Seconds between two polls, from 0.1 up to a day."
    )
    timeout_s: Annotated[float, Positive(maximum=300, unit="seconds")] = Field(
        default_factory=_timeout_s,
        description="Seconds after which a poll without a whole answer counts as failed. Left out:"
        " 5, or 0.8 × `update_time` where that is less.",
    )
    mac: Annotated[str | None, Mac()] = Field(
        None,
        description="MAC address of the socket. Answers of another socket at the same `ip` are"
        " refused. Left out: the one that answered first, until `ip` is changed.",
    )
    enabled: Annotated[bool, Flag()] = Field(
        True, description="Whether the socket is polled; false keeps the entry for later."
    )
    cost_day: Annotated[bool, DailySwitch()] = Field(
        False,
        alias="cost_calc_day",
        description="Write energy and costs of every day to `<device>_day.txt`.",
    )
    cost_month: Annotated[int | None, DayOfMonth(optional=True)] = Field(
        None,
        alias="cost_calc_month",
        description="Write energy and costs of every month to `<device>_month.txt`, on this day of"
        " the month (the last one where the month is shorter). Left out: not written.",
    )
    cost_year: Annotated[tuple[int, int] | None, DayOfYear(optional=True)] = Field(
        None,
        alias="cost_calc_year",
        description="Write energy and costs of every year to `<device>_year.txt`, on this day and"
        " month. Left out: not written.",
    )
    energy_source: Annotated[str, Choice(("auto", "counter", "power"))] = Field(
        "auto",
        description="What the energy comes from: the socket's `counter`, or its `power` and the"
        " time that passes. `auto`: the counter where there is one, otherwise the power.",
    )
    max_power_w: Annotated[float | None, Maybe(Positive(maximum=MOST_W, unit="watts"))] = Field(
        None,
        description="More than this power in W does not flow through the socket: a counter that"
        " jumps further is not believed. Left out: as the type says.",
    )
    phases: Annotated[str, Choice(("balanced", "separate"))] = Field(
        "balanced",
        description="With three phases: `balanced` where the meter of the house adds them up before"
        " it counts (Germany, Austria), `separate` where each phase is billed alone.",
    )
    price_kwh: Annotated[Decimal | None, Maybe(PER_KWH)] = Field(
        None,
        description="Own price of a kilowatt hour that this device takes. Left out: that of the"
        " house.",
    )
    in_total: Annotated[bool, Flag()] = Field(
        True,
        description="Whether the device is in the house total; false where another socket measures"
        " the same energy.",
    )
    tariff: SkipJsonSchema[Tariff | None] = None
    """Own tariff, in the place of the house's."""
    power_on: SkipJsonSchema[PowerOn | None] = None
    """Key ``power_on_counter``."""
    run: SkipJsonSchema[RunRule | None] = None
    """Key ``run``."""
    settings: SkipJsonSchema[Mapping[str, Any]] = Field(default_factory=dict, repr=False)
    """The entry as it stands in the file, for plugins; ``type``, ``ip`` and ``update_time`` (a
    number) are always there. Not printed: it may hold passwords."""


class CostCalculation(BaseModel):
    """The other way to order reports: which ones, at the times that ``general`` gives."""

    model_config = FROZEN

    daily: Annotated[bool, Flag()] = Field(False, description="The same as `cost_calc_day`.")
    monthly: Annotated[bool, Flag()] = Field(
        False,
        description="Like `cost_calc_month`, on the day `calc_request_time_monthly` of `general`.",
    )
    yearly: Annotated[bool, Flag()] = Field(
        False,
        description="Like `cost_calc_year`, on the day `calc_request_time_yearly` of `general`.",
    )


class Database(BaseModel):
    """The InfluxDB server that the environment names."""

    model_config = FROZEN

    host: Annotated[str, Host()] = Field(
        alias="DB_IP_ADDRESS", description="IP address or host name of the database."
    )
    user_name: Annotated[str, Text("a user name")] = Field(
        alias="DB_USER_NAME", description="User name for the database."
    )
    name: Annotated[str, Text("the name of a database")] = Field(
        alias="DB_NAME", description="Name of the database; it is created if it is missing."
    )
    password: Annotated[SecretStr, Password()] = Field(
        SecretStr(""), alias="DB_USER_PASSWORD", description="Password of the user."
    )
    port: Annotated[int, Whole(1, 65_535)] = Field(
        8086, alias="DB_PORT", description="Port of the database."
    )
    ssl: Annotated[bool, Flag()] = Field(
        False, alias="SSL", description="Whether the database is reached by https."
    )
    verify_ssl: Annotated[bool, Flag()] = Field(
        False,
        alias="VERIFY_SSL",
        description="Whether the database's certificate has to be valid, with `SSL`.",
    )


class Configuration(BaseModel):
    """All that is configured."""

    model_config = FROZEN

    files: Path
    general: General = Field(default_factory=General)
    devices: Mapping[str, DeviceConfig] = Field(default_factory=dict)
    """By name, in the order of the file."""
    tariff: Tariff | None = None
    """Of the house; None: ``general.price_kwh`` at all times."""
    database: Database | None = None
    web: Web = Field(default_factory=Web)
    warnings: tuple[str, ...] = ()
    """For the log: what is not wrong, but may not be meant."""


def kinds_of(model: type[BaseModel]) -> dict[str, Kind]:
    """The keys that users write for ``model``, each with the kind of its value."""
    return {
        field.alias or name: kind
        for name, field in model.model_fields.items()
        for kind in field.metadata
        if isinstance(kind, Kind)
    }
