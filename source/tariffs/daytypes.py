"""As which day of the week a date counts: a public holiday is a Sunday."""

from __future__ import annotations

from datetime import date

from source.period import EPOCH, FIRST_WEEKDAY

SUNDAY = 6
FIRST_DATE = EPOCH.toordinal()


class DayTypes:
    """The weekdays of a country or state; each year's holidays are looked up once."""

    def __init__(self, code: str | None) -> None:
        self._code = code
        self._holidays: dict[int, frozenset[date]] = {}

    def of(self, day: int) -> int:
        """The weekday, 0 is Monday, as which a day counts; days are counted from 1970."""
        if self._code is not None:
            named = date.fromordinal(FIRST_DATE + day)
            if named in self._of_year(named.year):
                return SUNDAY
        return (day + FIRST_WEEKDAY) % 7

    def _of_year(self, year: int) -> frozenset[date]:
        found = self._holidays.get(year)
        if found is None:
            found = self._holidays[year] = public_holidays(self._code or "", year)
        return found


def public_holidays(code: str, year: int) -> frozenset[date]:
    """Those of a country, or country and state, such as ``DE`` or ``DE-BY``, in one year.

    Raises NotImplementedError where the package does not know the country or state.
    """
    # 50 ms and 8 MB: for those who have a use for it.
    from holidays import country_holidays  # noqa: PLC0415

    country, _, state = code.partition("-")
    return frozenset(country_holidays(country, subdiv=state or None, years=year))
