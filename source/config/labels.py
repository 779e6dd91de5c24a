"""What the forms call each key, in a word or three, and where it stands in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Group: TypeAlias = Literal[
    "Connection",
    "Energy",
    "Reports",
    "Appliance",
    "Tariff",
    "Prices",
    "Time and language",
    "Storage",
    "Log",
    "Page",
    "Database",
    "Counter",
    "Run",
    "Market",
    "Advanced",
]


@dataclass(frozen=True, slots=True)
class Label:
    """How a key is presented; all texts in English, for translation."""

    text: str
    group: Group
    advanced: bool = False
    """Of use to few: folded away at first."""
    without: str = ""
    """What holds where it is left out, where that is no single value."""


Labels: TypeAlias = Mapping[str, Label]
"""By key, in the order of the form."""

SOCKET: Labels = {
    "type": Label("Type", "Connection"),
    "ip": Label("Address", "Connection"),
    "update_time": Label("Poll every", "Connection"),
    "enabled": Label("Polled", "Connection"),
    "mac": Label("MAC address", "Connection", True, "the one that answers first"),
    "timeout_s": Label("Give up after", "Connection", True, "5, or 0.8 × the interval"),
    "in_total": Label("Part of the house total", "Energy"),
    "energy_source": Label("Energy from", "Energy", True),
    "max_power_w": Label("Most power", "Energy", True, "as the type says"),
    "phases": Label("Three phases", "Energy", True),
    "cost_calc_day": Label("Daily report", "Reports"),
    "cost_calc_month": Label("Monthly report on", "Reports", False, "none"),
    "cost_calc_year": Label("Yearly report on", "Reports", False, "none"),
    "cost_calculation.daily": Label("Daily report, at the common time", "Reports", True),
    "cost_calculation.monthly": Label("Monthly report, on the common day", "Reports", True),
    "cost_calculation.yearly": Label("Yearly report, on the common day", "Reports", True),
    "power_on_counter": Label("Count switch-ons", "Appliance", False, "not counted"),
    "run": Label("Runs", "Appliance", False, "not looked for"),
    "price_kwh": Label("Own price", "Tariff", False, "that of the house"),
    "tariff": Label("Own tariff", "Tariff", True, "that of the house"),
    "energy_alarm": Label("Energy alarm", "Advanced", True, "none"),
    "switch": Label("Switching", "Advanced", True, "none"),
}
GENERAL: Labels = {
    "price_kwh": Label("Price", "Prices"),
    "currency": Label("Currency", "Prices"),
    "timezone": Label("Time zone", "Time and language", False, "that of the system"),
    "locale": Label("Language and country", "Time and language", False, "that of the system"),
    "cost_calc_request_time": Label("Day ends at", "Reports"),
    "calc_request_time_monthly": Label("Month ends on", "Reports"),
    "calc_request_time_yearly": Label("Year ends on", "Reports"),
    "raw_days": Label("Keep single measurements for", "Storage"),
    "journal_max_mb": Label("Largest size of the journal", "Storage"),
    "commit_interval_s": Label("Write to the disk every", "Storage", True),
    "clock_wait_s": Label("Wait for the right time", "Storage", True),
    "log_level": Label("Log level", "Log"),
    "log_file": Label("Log file", "Log"),
}
WEB: Labels = {
    "enabled": Label("Web page", "Page"),
    "host": Label("Listens on", "Page"),
    "port": Label("Port", "Page"),
    "root_path": Label("Path behind a proxy", "Page", True),
    "hosts": Label("Further host names", "Page", True),
    "test_any_address": Label("Test any address", "Page", True),
}
DATABASE: Labels = {
    "host": Label("Address", "Database"),
    "port": Label("Port", "Database"),
    "name": Label("Name of the database", "Database"),
    "user": Label("User", "Database"),
    "password": Label("Password", "Database", False, "none"),
    "ssl": Label("Encrypted (https)", "Database", True),
    "verify_ssl": Label("Check the certificate", "Database", True),
}
POWER_ON: Labels = {
    "on_threshold": Label("On from", "Counter"),
    "off_threshold": Label("Off below", "Counter"),
    "daily": Label("In the daily report", "Counter"),
    "monthly": Label("In the monthly report", "Counter"),
    "yearly": Label("In the yearly report", "Counter"),
}
RUN: Labels = {
    "start_w": Label("Begins at", "Run"),
    "end_w": Label("Ends below", "Run"),
    "end_after_s": Label("Over after", "Run"),
}
TARIFF: Labels = {
    "prices": Label("Prices", "Tariff", False, "the plain price"),
    "holidays": Label("Public holidays of", "Tariff", False, "none"),
    "share_base_price": Label("Share the base price", "Tariff", True),
}
PRICE: Labels = {
    "from": Label("Holds from", "Tariff", False, "since ever"),
    "price_kwh": Label("Price", "Tariff", False, "the plain price"),
    "base_price_month": Label("Base price", "Tariff"),
    "feed_in_kwh": Label("Paid for feeding in", "Tariff"),
    "windows": Label("Times of day", "Tariff", False, "none"),
    "dynamic": Label("Dynamic price", "Tariff", False, "none"),
}
WINDOW: Labels = {
    "from": Label("From", "Tariff"),
    "to": Label("Until", "Tariff"),
    "days": Label("On", "Tariff"),
    "price_kwh": Label("Price", "Tariff"),
}
DYNAMIC: Labels = {
    "provider": Label("Provider", "Market"),
    "area": Label("Market area", "Market", False, "the provider's usual one"),
    "formula": Label("Formula", "Market"),
    "token": Label("Token", "Market", False, "the one of the environment"),
    "file": Label("File of prices", "Market", False, "none"),
    "url": Label("Another server", "Market", True, "the provider's own"),
}
CHOICES: Mapping[str, Mapping[str, str]] = {
    "energy_source": {"auto": "automatic", "counter": "its counter", "power": "its power"},
    "phases": {"balanced": "added up (Germany, Austria)", "separate": "each alone"},
    "log_level": {
        "debug": "everything",
        "info": "what happens",
        "warning": "warnings",
        "error": "errors",
        "critical": "the worst alone",
    },
    "days": {
        "mon": "Mon",
        "tue": "Tue",
        "wed": "Wed",
        "thu": "Thu",
        "fri": "Fri",
        "sat": "Sat",
        "sun": "Sun",
    },
}
"""Words of a choice, by key and value."""
