"""Which socket answers, and what its energy goes on from."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import pytest

from source.errors import WrongSocket
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import Checkpoint, Reading
from source.polling.identity import Identity
from source.polling.worker import Worker
from tests.fakes import START_US, FakeClock

ONE, OTHER = "E868E7F3A021", "E868E7F3A022"
HERE, THERE = "192.168.178.20", "192.168.178.30"
KNOWN = Checkpoint(START_US, mac=ONE, address=HERE)


@pytest.mark.parametrize(
    ("mac", "address", "checkpoint", "answer", "taken"),
    [
        pytest.param(None, HERE, None, ONE, True, id="the first one to answer"),
        pytest.param(None, HERE, None, None, True, id="nothing is told"),
        pytest.param(None, HERE, KNOWN, ONE, True, id="the same as before"),
        pytest.param(None, HERE, KNOWN, OTHER, False, id="another one at the same address"),
        pytest.param(None, HERE, KNOWN, None, True, id="older firmware tells nothing"),
        pytest.param(None, THERE, KNOWN, OTHER, True, id="the entry has another ip now"),
        pytest.param(None, THERE, KNOWN, ONE, True, id="the same one at another ip"),
        pytest.param(OTHER, HERE, KNOWN, OTHER, True, id="confirmed in the entry"),
        pytest.param(OTHER, HERE, KNOWN, ONE, False, id="the old one, the other one is confirmed"),
        pytest.param(ONE, THERE, KNOWN, OTHER, False, id="the entry names it, whatever the ip"),
        pytest.param(None, HERE, Checkpoint(START_US), OTHER, True, id="the state before 2.0"),
    ],
)
def test_whose_answer_is_taken(
    mac: str | None,
    address: str,
    checkpoint: Checkpoint | None,
    answer: str | None,
    taken: bool,
) -> None:
    identity = Identity(mac, address, checkpoint)
    if taken:
        identity.check(answer)
    else:
        with pytest.raises(WrongSocket, match=f"its MAC address is {answer} and not"):
            identity.check(answer)


def test_the_refusal_says_what_to_do_and_is_not_cut_in_the_log() -> None:
    with pytest.raises(WrongSocket) as caught:
        Identity(None, HERE, KNOWN).check(OTHER)
    text = str(caught.value)
    assert ONE in text
    assert f'write "mac": "{OTHER}" into its entry' in text
    assert len(text) < 200


class House:
    """One device over a journal; any socket may answer, each with a counter of its own."""

    def __init__(self, journal: Journal, clock: FakeClock) -> None:
        self.journal, self.clock = journal, clock
        self.health = Health(clock.monotonic)

    def polls(
        self,
        answers: Iterable[tuple[str | None, float] | WrongSocket],
        mac: str | None = None,
        address: str = HERE,
    ) -> None:
        """A worker with this entry gets answers of (MAC address, counter in Wh)."""
        waiting = iter(answers)

        def read() -> Reading:
            sent, counter_wh = next(waiting)
            return Reading(power_w=100.0, counter_wh=counter_wh, mac=sent)

        worker = Worker(
            device="Fridge",
            interval_s=10.0,
            offset_s=0.0,
            read=read,
            timeout_s=5.0,
            close=lambda: None,
            journal=self.journal,
            health=self.health,
            queue_health=Health(self.clock.monotonic),
            clock=self.clock,
            mac=mac,
            address=address,
        )
        for _ in list(answers):
            worker.poll()
            self.clock.advance(10)
        self.journal.flush()


@pytest.fixture
def house(journal: Journal, clock: FakeClock) -> House:
    return House(journal, clock)


def energies(reader: JournalReader) -> list[object]:
    """Energy of each point; False for a failed one."""
    return [
        point.success and point.fields.get("energy_wh") for _, point in reader.points_after(0, 99)
    ]


def test_another_sockets_answer_is_refused_with_one_warning_and_costs_no_energy(
    house: House, reader: JournalReader, caplog: pytest.LogCaptureFixture
) -> None:
    house.polls([(ONE, 100.0), *[(OTHER, 9000.0)] * 5, (ONE, 103.0)])
    assert energies(reader) == [None, False, False, False, False, False, 3.0]
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert f"its MAC address is {OTHER} and not {ONE}" in warnings[0]


def test_it_stays_refused_over_a_restart_until_its_mac_is_confirmed(
    house: House, reader: JournalReader
) -> None:
    house.polls([(ONE, 100.0)])
    house.polls([(OTHER, 9000.0)])
    house.polls([(OTHER, 9001.0), (OTHER, 9001.5)], mac=OTHER)
    house.polls([(OTHER, 9002.0)])
    assert energies(reader) == [None, False, None, 0.5, 0.5]
    state = house.journal.checkpoint("Fridge")
    assert state is not None
    assert (state.mac, state.address) == (OTHER, HERE)


def test_a_socket_that_has_moved_is_counted_on_from_where_it_was(
    house: House, reader: JournalReader
) -> None:
    house.polls([(ONE, 100.0)])
    house.polls([(ONE, 140.0)], address=THERE)
    assert energies(reader) == [None, 40.0]


def test_another_socket_at_a_new_ip_begins_anew(house: House, reader: JournalReader) -> None:
    house.polls([(ONE, 100.0)])
    house.polls([(OTHER, 100.5), (OTHER, 101.0)], address=THERE)
    house.polls([(ONE, 102.0)], address=THERE)
    assert energies(reader) == [None, None, 0.5, False]


def test_an_answer_without_a_mac_counts_and_the_known_one_stays_known(
    house: House, reader: JournalReader
) -> None:
    house.polls([(ONE, 100.0), (None, 100.5), (OTHER, 9000.0)])
    house.polls([(None, 101.0), (OTHER, 9000.0)])
    assert energies(reader) == [None, 0.5, False, 0.5, False]


def test_a_state_of_an_older_version_is_counted_on_and_learns_which_socket_it_is(
    house: House, reader: JournalReader
) -> None:
    house.polls([(None, 100.0)])
    house.polls([(ONE, 100.5), (OTHER, 9000.0)])
    assert energies(reader) == [None, 0.5, False]


def test_a_socket_that_was_off_line_before_another_one_took_its_place_is_warned_of_too(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.polls([(ONE, 100.0)])
    for _ in range(4):
        house.health.failed("Fridge", "no whole answer within 5 s")
    house.polls([(OTHER, 9000.0), (OTHER, 9001.0)])
    told = [r for r in caplog.records if "another socket answers" in r.getMessage()]
    assert [record.levelname for record in told] == ["WARNING"]
