"""What goes on now, computed once for all browsers.

Nothing is read while nobody looks. New points are read by their sequence numbers, once a second at
most; the overview is made anew every ten seconds at most, and what is sent is made into bytes once.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from source.config.models import Configuration, DeviceConfig
from source.errors import IsdlError
from source.journal.reader import JournalReader
from source.model import US_PER_S
from source.reports.overview import Run, run_of, silence, state_of
from source.web.applying import editor_of
from source.web.context import Context
from source.web.newest import Newest
from source.web.overview import Amounts, Sums
from source.web.overviewmodels import Amount, DeviceNow, HouseNow, Overview
from source.web.reading import Reading
from source.web.reasons import CLOCK_AWAITED, FIRST_AWAITED, NO_END, sentence
from source.web.yielding import in_slices

OVERVIEW_S, LIVE_S, LIVE_LIMIT_S = 10.0, 1.0, 5.0
"""How old what is told may be; where nothing changes it is told again after the last of them."""
STATES_S = 2.0
"""The overview is made anew after it where a socket has come or gone."""
PAST_S = 600.0
"""For how long the sums up to midnight are believed, whatever came in."""
BAD = ("failing", "off-line", "stuck")


@dataclass(frozen=True, slots=True)
class _Now:
    """A device at one moment."""

    state: str
    reason: str | None
    detail: str | None
    power_w: float | None
    last_reading_s: float | None


@dataclass(frozen=True, slots=True)
class Message:
    """One event for all browsers."""

    event: str
    data: bytes

    def as_bytes(self) -> bytes:
        """As it goes over the wire; the data are one line."""
        return b"event: %b\ndata: %b\n\n" % (self.event.encode(), self.data)


class Live:
    """Computes it; its methods block, and may be called from any thread."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._turn = threading.Lock()
        self._amounts = Amounts()
        self._newest = Newest(context.clock, self._amounts.forget)
        self._past_at = 0.0
        self._configuration: Configuration | None = None
        self._overview = b""
        self._overview_at = -OVERVIEW_S
        self._states: list[str] = []
        """Of the sockets in the overview."""
        self._told: Configuration | None = None
        self._live = b""
        self._live_at = -LIVE_LIMIT_S

    def overview(self) -> bytes:
        """The overview as JSON, at most ten seconds old. Raises JournalError."""
        found = self._overview
        if found and not self._is_old():  # nobody waits for one that is being made
            return found
        with self._turn:
            if self._is_old():
                with Reading(self._context) as reader:
                    self._rebuild(reader)
            return self._overview

    def messages(self) -> list[Message]:
        """What is new since the call before. Raises JournalError."""
        with self._turn:
            found = []
            configuration = self._context.configuration
            if self._told is not None and self._told is not configuration:
                revision = json.dumps({"revision": revision_of(self._context)})
                found.append(Message("configuration", revision.encode()))
            self._told = configuration
            with Reading(self._context) as reader:
                self._newest.catch_up(reader, configuration)
                now = self._now(reader, configuration, self._context.clock.now_us())
                live = self._live_message(configuration, now)
                if live is not None:
                    found.append(live)
                if self._is_old() or self._has_changed(now):
                    self._rebuild(reader)
                    found.append(Message("overview", self._overview))
            return found

    def _is_old(self) -> bool:
        """Whether the overview has to be made anew."""
        age_s = self._context.clock.monotonic() - self._overview_at
        return age_s >= OVERVIEW_S or self._configuration is not self._context.configuration

    def _has_changed(self, now: Mapping[str, _Now]) -> bool:
        age_s = self._context.clock.monotonic() - self._overview_at
        return age_s >= STATES_S and [one.state for one in now.values()] != self._states

    # --- what is told ---

    def _live_message(
        self, configuration: Configuration, found: Mapping[str, _Now]
    ) -> Message | None:
        """The states and powers; None where they are as they were."""
        now_us, now = self._context.clock.now_us(), self._context.clock.monotonic()
        content = {
            "house_power_w": _house_power_w(configuration, found),
            "devices": [
                {
                    "device": name,
                    "state": one.state,
                    "power_w": one.power_w,
                    "last_reading_s": one.last_reading_s,
                }
                for name, one in found.items()
            ],
        }
        text = _dumped(content)
        if text == self._live and now - self._live_at < LIVE_LIMIT_S:
            return None
        self._live, self._live_at = text, now
        return Message("live", _dumped({"time_s": now_us / US_PER_S, **content}))

    def _rebuild(self, reader: JournalReader) -> None:
        """Make the overview anew."""
        configuration = self._context.configuration
        clock = self._context.clock
        now_us, now = clock.now_us(), clock.monotonic()
        self._newest.catch_up(reader, configuration)
        if now - self._past_at >= PAST_S:
            self._amounts.forget()
            self._past_at = now
        sums = self._amounts.compute(reader, configuration, now_us)
        self._overview = self._made(reader, configuration, sums, now_us).model_dump_json().encode()
        self._overview_at, self._configuration = now, configuration

    def _made(
        self, reader: JournalReader, configuration: Configuration, sums: Sums, now_us: int
    ) -> Overview:
        found = self._now(reader, configuration, now_us)
        self._states = [one.state for one in found.values()]
        devices = [
            self._device_now(device, found[device.name], sums, now_us)
            for device in in_slices(configuration.devices.values())
        ]
        return Overview(
            time_s=now_us / US_PER_S,
            currency=configuration.general.currency,
            timezone=str(configuration.general.zone),
            revision=revision_of(self._context),
            house=HouseNow(
                power_w=_house_power_w(configuration, found),
                today=sums.today,
                yesterday=sums.yesterday,
                month=sums.month,
                forecast=sums.forecast,
            ),
            devices=devices,
            problems=sum(one.state in BAD for one in devices)
            + len(self._context.setup().plugin_errors),
        )

    def _device_now(self, device: DeviceConfig, now: _Now, sums: Sums, now_us: int) -> DeviceNow:
        today, month = sums.devices.get(device.name, (Amount(), Amount()))
        return DeviceNow(
            device=device.name,
            type=device.type_name,
            enabled=device.enabled,
            state=now.state,
            reason=now.reason,
            detail=now.detail,
            power_w=now.power_w,
            last_reading_s=now.last_reading_s,
            last_hour=self._newest[device.name].last_hour(now_us),
            today=today,
            month=month,
            in_total=device.in_total,
        )

    def _now(
        self, reader: JournalReader, configuration: Configuration, now_us: int
    ) -> dict[str, _Now]:
        """How each device is, in the order of the file."""
        run = run_of(reader, now_us)
        return {
            name: self._state(device, configuration, run, now_us)
            for name, device in configuration.devices.items()
        }

    def _state(
        self, device: DeviceConfig, configuration: Configuration, run: Run, now_us: int
    ) -> _Now:
        known = self._newest[device.name]
        last_s = None if known.last_good_us is None else known.last_good_us / US_PER_S
        if not device.enabled:
            return _Now("disabled", None, None, None, last_s)
        quiet = silence(device, configuration.general, known.newest, run, now_us)
        state = state_of(known.newest, quiet)
        power_w = known.newest[0].power_w if state == "ok" else None
        return _Now(state, *self._reason(device.name, state, run), power_w, last_s)

    def _reason(self, name: str, state: str, run: Run) -> tuple[str | None, str | None]:
        """Why a socket is not ok, in a sentence that the page translates, and in detail."""
        if state == "ok":
            return None, None
        if state == "waiting":
            return (CLOCK_AWAITED if run.is_clock_awaited else FIRST_AWAITED), None
        told = self._context.socket_health.state(name).reason
        return (NO_END if state == "stuck" else sentence(told)), told or None


def revision_of(context: Context) -> str:
    """Of the files of the configuration; empty where they can't be read now."""
    try:
        return editor_of(context).revision()
    except IsdlError:
        return ""


def _house_power_w(configuration: Configuration, found: Mapping[str, _Now]) -> float | None:
    """Of those that are known now; None where none is."""
    powers = [
        one.power_w
        for name, one in found.items()
        if one.power_w is not None and configuration.devices[name].in_total
    ]
    return sum(powers) if powers else None


def _dumped(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
