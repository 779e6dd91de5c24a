"""The values that travel through the program, all frozen.

Units: W, Wh, V, A, °C, s; times are whole microseconds since 1970-01-01 UTC (``time_us``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:

    def value(*, frozen: bool, slots: bool) -> Any:
        """For the values of every poll: frozen by the type checker, not again at run time.

        The constructor of a dataclass that is frozen at run time takes five times as long.
        """
        assert frozen  # noqa: S101 (it says what the reader may rely on)
        return dataclass(slots=slots)


FieldValue: TypeAlias = float | bool | str
"""What a field of a point may hold; numbers are always float, never int."""

US_PER_S = 1_000_000
FIRST_YEAR_US = 1_640_995_200 * US_PER_S
"""2022-01-01 00:00 UTC. There was no version of this program before: an earlier time is that of a
clock that was not set yet (a Raspberry Pi has none of its own)."""
QUARTER_S = 900
QUARTER_US = QUARTER_S * US_PER_S
"""The quarter hour: load-profile interval of the utility industry and of day-ahead prices."""


@value(frozen=True, slots=True)
class Phase:
    """One phase of a three-phase meter; None where the socket does not send a value."""

    power_w: float | None = None
    power_factor: float | None = None
    current_a: float | None = None
    voltage_v: float | None = None
    is_valid: bool | None = None
    counter_wh: float | None = None
    counter_returned_wh: float | None = None


@value(frozen=True, slots=True)
class Reading:
    """What a handler reads off a socket in one poll.

    ``None`` and an absent key mean "the socket does not tell", never zero.
    """

    power_w: float | None = None
    """Active power; negative when feeding in."""
    counter_wh: float | None = None
    """The socket's own import counter."""
    counter_returned_wh: float | None = None
    """The socket's own feed-in counter, where it has one."""
    is_valid: bool | None = None
    """What the socket says of its own values."""
    phases: Mapping[str, Phase] = field(default_factory=dict)
    """Three-phase meters: ``a``, ``b``, ``c``."""
    extra: Mapping[str, FieldValue] = field(default_factory=dict)
    """Further fields as they are to be stored, e.g. ``device_temperature``."""
    uptime_s: float | None = None
    """Seconds since the socket booted; tells a reboot where the counter lives in RAM."""
    counter_in_ram: bool = False
    """The counter starts from 0 when the socket boots."""
    counter_modulus_wh: float | None = None
    """Where the counter rolls over, if that is known."""
    energy_wh: float | None = None
    """Energy since the poll before, as an older handler computed it; counted as it is where the
    socket has no counter."""
    mac: str | None = None
    """The socket's MAC address, as it sends it; tells when another socket answers."""


@value(frozen=True, slots=True)
class Point:
    """One stored measurement of one device: the unit of the journal and of every sink.

    Its energy (``fields["energy_wh"]``) lies in ``(time_us - span_us, time_us]``.
    """

    device: str
    time_us: int
    fields: Mapping[str, FieldValue]
    span_us: int = 0
    interval_us: int = 0
    """The poll interval in force (``update_time``); how many polls were to be expected."""
    estimated: bool = False
    """The span is a gap: the sum is the counter's, its distribution in time is not known. Or a part
    of the energy is a guess, such as that just before a reboot."""
    gap_us: int = 0
    """Time since the good reading before, whether that brought energy or not; 0 where this is the
    first one. Not stored with the point: each quarter hour keeps its longest."""
    switched_on: bool = False
    """The appliance behind the socket was switched on since the reading before."""

    @property
    def success(self) -> bool:
        return self.fields.get("fetch_success") is True


@value(frozen=True, slots=True)
class Checkpoint:
    """The state of a device's energy meter, committed with the point computed from it."""

    time_us: int
    power_w: float | None = None
    counter_wh: float | None = None
    counter_returned_wh: float | None = None
    uptime_s: float | None = None
    phases: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Per phase: import counter and feed-in counter in Wh."""
    mac: str | None = None
    """Of the socket that was read, as twelve capital hex digits, where its handler tells it."""
    address: str | None = None
    """``ip`` of the device's entry when it was read."""
    still_wh: float = 0.0
    """What the power says has flowed since the counter last moved."""
    still_us: int = 0
    """For how long the counter has not moved while power flowed."""
    counted_wh: float = 0.0
    """The part of ``still_wh`` that was counted already, from the power, since the counter seems to
    stand still for good; a counter that then catches up does not count it again. It is the larger
    one where the power brought too much, which the counter's next step makes up for."""
    is_armed: bool = False
    """The power has been below the off-threshold since the last switch-on."""


PeriodKind: TypeAlias = Literal["day", "month", "year"]


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time ``(start_us, end_us]``."""

    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What the journal knows of one device in one period."""

    energy_wh: float = 0.0
    """Taken from the grid (import), balanced over the phases."""
    returned_wh: float = 0.0
    """Fed in."""
    estimated_wh: float = 0.0
    """The part of both whose distribution in time is estimated (spread over a gap)."""
    good_polls: int = 0
    failed_polls: int = 0
    expected_polls: float = 0.0
    unmetered_polls: int = 0
    """The part of the good ones that brought no energy: values that the socket itself calls
    invalid, or no counter and nothing near before to compute it from."""
    span_us: int = 0
    """Length of the period."""
    measured_us: int = 0
    """The part of it whose energy was measured where it flowed."""
    estimated_us: int = 0
    """The part of it whose energy is known as a sum only, from a counter after a gap."""
    set_aside_wh: float = 0.0
    """What a counter jumped further than the socket can carry: not in the energy."""
    switch_ons: int = 0
    longest_gap_us: int = 0
    """The longest time without a good reading, as far as it lies in the period."""

    @property
    def measured_percent(self) -> float:
        """The measured share of the time, 0 … 100."""
        return min(100.0, 100.0 * self.measured_us / self.span_us) if self.span_us else 0.0

    @property
    def estimated_percent(self) -> float:
        """The estimated share of the time, 0 … 100."""
        if not self.span_us:
            return 0.0
        return min(100.0 - self.measured_percent, 100.0 * self.estimated_us / self.span_us)

    @property
    def failed_percent(self) -> float:
        """Failed polls in percent of all polls tried; 0 where none was tried."""
        tried = self.good_polls + self.failed_polls
        return 100.0 * self.failed_polls / tried if tried else 0.0

    @property
    def missing_percent(self) -> float:
        """Polls without energy in percent of all expected ones, 0 … 100."""
        if self.expected_polls <= 0:
            return 0.0
        metered = self.good_polls - self.unmetered_polls
        missing = 100.0 * (self.expected_polls - metered) / self.expected_polls
        return min(100.0, max(0.0, missing))


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """The energy of one device in each quarter hour that a period touches, in order of time.

    Of the first and the last one it is the part inside the period.
    """

    first_quarter: int
    """Quarter hours since 1970, UTC."""
    energy_wh: Sequence[float]
    """Taken."""
    returned_wh: Sequence[float]
    """Fed in; as many."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What a kilowatt hour costs and earns in each of a row of quarter hours."""

    first_quarter: int
    import_nano: Sequence[int]
    """Of the energy taken, in billionths of the currency."""
    feed_in_nano: Sequence[int]
    """Of the energy fed in, in the same; as many."""
    assumed: Sequence[int]
    """1 where the market's price is not known and the fallback stands in; as many."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What the energy of one device in one period costs and earns, unrounded, in the currency."""

    energy_cost: Decimal
    """Of the energy taken."""
    price_per_kwh: Decimal
    """The one price of all that was taken, or the mean of the prices, weighted with the energy;
    where nothing was taken the mean over the time."""
    revenue: Decimal = Decimal(0)
    """Of the energy fed in."""
    base_cost: Decimal = Decimal(0)
    """Base price, or the device's share of it; 0 where that is not asked for."""
    assumed_wh: float = 0.0
    """The part of the energy taken whose market price is not known: the fallback stands in."""

    @property
    def cost(self) -> Decimal:
        """What is to be paid for the energy taken, with the base price where that is shared."""
        return self.energy_cost + self.base_cost


@dataclass(frozen=True, slots=True)
class Report:
    """A finished calculation for one device and one period."""

    device: str
    kind: PeriodKind
    period: Period
    totals: Totals
    bill: Bill


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of a finished period as they were reported, kept for good."""

    device: str
    """Or the house total's name."""
    kind: PeriodKind
    period: Period
    revision: int
    """0, and one more with each correction."""
    figures: str
    """JSON."""
    exported: bool
    """They stand in all files that they belong in."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an appliance, such as a wash."""

    device: str
    start_us: int
    end_us: int
    energy_wh: float
    peak_w: float
    quarters_wh: Mapping[int, float] = field(default_factory=dict)
    """Energy by quarter hour since 1970, so that it can be priced at any time."""


@dataclass(frozen=True, slots=True)
class Written:
    """A line of the report ledger: what was written where."""

    device: str
    kind: PeriodKind
    period: Period
    file_name: str
    text: str
    """The exact text appended to the file, header and line ends included."""
    offset: int
    """The file's size in bytes before the text was appended."""
    done: bool
    """False between the ledger's first entry and the append's success (crash safety)."""


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """What is known of one device now."""

    device: str
    type_name: str
    state: Literal["waiting", "ok", "failing", "off-line", "stuck"]
    """From the newest poll: ``failing`` after the first failure, ``off-line`` after three;
    ``stuck`` where no poll has come to an end for long, good or bad."""
    last_us: int | None
    """Time of the newest good point."""
    power_w: float | None
    """Of the newest good point; None while the device is not ``ok``."""
    today: Totals
    cost_today: Decimal


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """How far a sink's copy has come."""

    sink: str
    acknowledged_seq: int
    backlog: int
    rejected: int
    """Points set aside because the sink refused them for good."""
    dropped: int = 0
    """Points that went before the sink had them, because the journal had reached its size limit."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The daemon's state at one moment, read from the journal."""

    time_us: int
    running_pid: int | None
    """Process id of the daemon, None when no heart-beat is younger than its limit."""
    devices: tuple[DeviceStatus, ...]
    sinks: tuple[SinkStatus, ...]
    points: int
    journal_bytes: int
