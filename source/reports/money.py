"""Numbers, amounts of money and dates as people of a place write them (Babel).

Amounts are rounded here, half up, and nowhere before.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, get_day_names
from babel.numbers import (
    NumberPattern,
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
    list_currencies,
)

from source.period import EPOCH

Language: TypeAlias = Literal["en", "de"]
FALLBACK = "en"
SIGNS: Mapping[str, str] = {
    "€": "EUR",
    "£": "GBP",
    "$": "USD",
    "₹": "INR",
    "₺": "TRY",
    "₴": "UAH",
    "₪": "ILS",
    "₩": "KRW",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "Fr.": "CHF",
}
"""Signs that stand for one currency; "kr" and "¥" do not."""
LOCALE_VARIABLES = ("LC_ALL", "LC_MONETARY", "LANG")
NO_BREAK = "\u00a0"
_LETTER_AT_NUMBER = re.compile(r"(?<=[^\W\d_])(?=-?\d)")
PRICE_DIGITS = 4


def locale_named(name: str) -> Locale:
    """The locale of a name such as ``de``, ``de_DE``, ``de-AT`` or ``de_DE.UTF-8``.

    Raises ValueError with what is allowed.
    """
    plain = name.strip().partition(".")[0].partition("@")[0].replace("-", "_")
    try:
        return Locale.parse(plain)
    except (UnknownLocaleError, ValueError, TypeError) as err:
        raise ValueError("must be a language, or language and country: de, de_AT, en_GB") from err


def system_locale(environ: Mapping[str, str]) -> Locale:
    """What the environment asks for; English where it asks for nothing, or nothing that is
    known."""
    told = next((environ[name] for name in LOCALE_VARIABLES if environ.get(name)), FALLBACK)
    try:
        return locale_named(told)
    except ValueError:  # "C", "POSIX", or a misspelt one: no reason to print nothing
        return Locale.parse(FALLBACK)


def currency_code(currency: str) -> str | None:
    """The ISO code of a configured currency; None where it is not sure which one is meant."""
    text = currency.strip()
    if text in SIGNS:
        return SIGNS[text]
    return text.upper() if text.upper() in list_currencies() else None


@dataclass(frozen=True, slots=True)
class Notation:
    """How numbers, money and times are written on one page."""

    locale: Locale
    currency: str
    """As it is configured."""
    zone: ZoneInfo

    @property
    def language(self) -> Language:
        """Of the words around the numbers."""
        return "de" if self.locale.language == "de" else "en"

    @property
    def has_decimal_comma(self) -> bool:
        return str(get_decimal_symbol(self.locale)) == ","

    # --- numbers ---

    def number(self, value: float | Decimal, digits: int) -> str:
        """With so many decimals."""
        pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
        return format_decimal(rounded(value, digits), pattern, locale=self.locale)

    def kwh(self, energy_wh: float) -> str:
        """Energy in kWh, with its unit."""
        return self.united(self.kwh_number(energy_wh), "kWh")

    def kwh_number(self, energy_wh: float) -> str:
        return self.number(energy_wh / 1000.0, 3)

    def watts(self, power_w: float) -> str:
        """Power; what is small with a decimal."""
        return self.united(self.number(power_w, 1 if abs(power_w) < 100.0 else 0), "W")

    def percent(self, share: float) -> str:
        """Of 0 … 100; what is not quite nothing or all does not look like it."""
        if 0.0 < share < 0.05:
            return f"<{self.united(self.number(0.1, 1), '%')}"
        if 99.95 <= share < 100.0:
            return f">{self.united(self.number(99.9, 1), '%')}"
        return self.united(self.number(share, 1), "%")

    @staticmethod
    def united(number: str, unit: str) -> str:
        return f"{number}{NO_BREAK}{unit}"

    # --- money ---

    @property
    def sign(self) -> str:
        """The currency, for axes and heads of columns."""
        code = currency_code(self.currency)
        return self.currency if code is None else get_currency_symbol(code, self.locale)

    def money(self, amount: Decimal) -> str:
        """An amount in the currency's usual digits; less than the smallest coin, and not nothing,
        with two digits more."""
        return self._amount(amount, self._digits_of(amount))

    def money_number(self, amount: Decimal) -> str:
        """The same without the currency, for columns that say it in their head."""
        return self.number(amount, self._digits_of(amount))

    def whole_money(self, amount: Decimal) -> str:
        """Always in the currency's usual digits: for amounts that are guesses anyway."""
        return self._amount(amount, self._digits)

    def price(self, price_per_kwh: Decimal) -> str:
        """The price of a kilowatt hour."""
        return f"{self._amount(price_per_kwh, PRICE_DIGITS)}/kWh"

    def price_number(self, price_per_kwh: Decimal) -> str:
        """The same without the unit."""
        return self.number(price_per_kwh, PRICE_DIGITS)

    def _digits_of(self, amount: Decimal) -> int:
        digits = self._digits
        is_small = Decimal(0) < abs(amount) < Decimal(1).scaleb(-digits)
        return digits + 2 if is_small else digits

    @property
    def _digits(self) -> int:
        code = currency_code(self.currency)
        return 2 if code is None else get_currency_precision(code)

    def _amount(self, amount: Decimal, digits: int) -> str:
        code = currency_code(self.currency)
        if code is None:
            return self.united(self.number(amount, digits), self.currency)
        pattern: NumberPattern = copy.copy(self.locale.currency_formats["standard"])
        pattern.frac_prec = (digits, digits)
        value = rounded(amount, digits)
        text = pattern.apply(value, self.locale, currency=code, currency_digits=False)
        # As CLDR wants it, and Babel does not do it: "CHF 5" beside "€5".
        return _LETTER_AT_NUMBER.sub(NO_BREAK, text)

    # --- times ---

    @property
    def _names(self) -> Locale:
        """Of days and months: they stand among words, which are there in two languages."""
        known = self.locale.language in ("de", "en")
        return self.locale if known else Locale.parse("en_GB")

    def local(self, time_us: int) -> datetime:
        """The clock of the zone at an instant."""
        return (EPOCH + timedelta(microseconds=time_us)).astimezone(self.zone)

    def moment(self, time_us: int) -> str:
        """Date and time of day."""
        moment = self.local(time_us)
        return f"{self.day(moment.date())}, {moment:%H:%M}"

    def full_day(self, day: date) -> str:
        """With its weekday."""
        return format_date(day, "full", self._names)

    def day(self, day: date) -> str:
        return format_date(day, "medium", self._names)

    def weekday_and_day(self, day: date) -> str:
        """Short, for the rows of a table."""
        pattern = self._names.datetime_skeletons["MEd"]
        return format_date(day, pattern.pattern, self._names)

    def month(self, day: date) -> str:
        """Its name, and the year."""
        return format_date(day, "LLLL y", self._names)

    def short_month(self, day: date) -> str:
        return format_date(day, "LLL", self._names)

    def weekdays(self) -> list[str]:
        """The seven, Monday first, short."""
        names = get_day_names("abbreviated", "stand-alone", self._names)
        return [names[day] for day in range(7)]


def rounded(value: float | Decimal, digits: int) -> Decimal:
    """Half up, away from zero, as on a bill; there is no minus zero."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    short = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return abs(short) if short == 0 else short
