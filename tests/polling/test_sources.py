"""Where the energy comes from: the counter, the handler, the power; and a change between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source.model import Checkpoint, Reading
from source.polling.metering import Metering
from tests.fakes import START_US
from tests.polling.metered import Metered, returned_wh, wh

AUTO, COUNTER, POWER = (Metering(energy_source=name) for name in ("auto", "counter", "power"))


def answer(
    power_w: float | None = None, counter_wh: float | None = None, energy_wh: float | None = None
) -> Reading:
    return Reading(power_w=power_w, counter_wh=counter_wh, energy_wh=energy_wh)


@pytest.mark.parametrize(
    ("metering", "reading", "energy_wh"),
    [
        pytest.param(AUTO, answer(360.0, 100.7, 0.9), 0.7, id="the counter before all"),
        pytest.param(AUTO, answer(360.0, None, 0.9), None, id="waits for the counter"),
        pytest.param(COUNTER, answer(360.0, 100.7, 0.9), 0.7, id="the counter only"),
        pytest.param(COUNTER, answer(360.0, None, 0.9), None, id="nothing else"),
        pytest.param(POWER, answer(360.0, 100.7, 0.9), 1.0, id="the power only"),
        pytest.param(POWER, answer(360.0), 1.0, id="the power, no counter"),
    ],
)
def test_each_source_brings_its_own_energy(
    metering: Metering, reading: Reading, energy_wh: float | None
) -> None:
    metered = Metered(metering, Checkpoint(START_US, 360.0, 100.0))
    assert wh(metered.poll(reading)) == energy_wh


@pytest.mark.parametrize(
    ("metering", "reading", "energy_wh"),
    [
        pytest.param(AUTO, answer(360.0, None, 0.9), 0.9, id="the handler before the power"),
        pytest.param(AUTO, answer(360.0), 1.0, id="the power at last"),
        pytest.param(AUTO, answer(360.0, 100.0), 1.0, id="a new counter tells no way yet"),
        pytest.param(COUNTER, answer(360.0, None, 0.9), None, id="no counter, no energy"),
        pytest.param(POWER, answer(360.0, None, 0.9), 1.0, id="the power, whatever is told"),
    ],
)
def test_without_a_counter_before_it_is_the_next_source(
    metering: Metering, reading: Reading, energy_wh: float | None
) -> None:
    metered = Metered(metering, Checkpoint(START_US, 360.0))
    assert wh(metered.poll(reading)) == energy_wh


def test_more_energy_of_a_handler_than_can_have_flowed_is_set_aside() -> None:
    """3 kW for ten seconds and ten of slack: 16.7 Wh at most."""
    metered = Metered(Metering(max_power_w=2500.0))
    for energy_wh in (0.9, 16.0, 17.0, -17.0):
        metered.poll(answer(360.0, None, energy_wh))
    assert [wh(point) for point in metered.points] == [0.9, 16.0, 1.0, 1.0]
    aside = [point.fields.get("energy_set_aside_wh") for point in metered.points]
    assert aside == [None, None, 17.0, 17.0]


def test_power_only_is_not_counted_across_a_gap_whatever_the_counter_says() -> None:
    metered = Metered(POWER, Checkpoint(START_US, 360.0, 100.0))
    point = metered.poll(answer(360.0, 200.0), 3600)
    assert wh(point) is None
    assert point.fields["counter_wh"] == 200.0
    assert wh(metered.poll(answer(360.0, 201.0))) == 1.0


def test_a_counter_that_alone_counts_is_waited_for_without_end() -> None:
    metered = Metered(COUNTER, Checkpoint(START_US, 360.0, 100.0))
    assert {wh(metered.poll(answer(360.0))) for _ in range(500)} == {None}
    assert wh(metered.poll(answer(360.0, 600.0))) == 500.0


def test_an_answer_without_power_is_bridged_where_the_power_counts() -> None:
    metered = Metered(AUTO)
    for power_w in (360.0, None, 720.0):
        metered.poll(Reading(power_w=power_w, extra={"temperature": 20.0}))
    assert [wh(point) for point in metered.points] == [None, None, 3.0]


def test_a_power_beyond_all_bounds_is_bridged_too() -> None:
    metered = Metered(Metering(max_power_w=2500.0))
    for power_w in (360.0, 3001.0, 360.0, 3000.0):
        metered.poll(answer(power_w))
    assert [wh(point) for point in metered.points] == [None, None, 2.0, 4.666666667]
    assert metered.points[1].fields["power"] == 3001.0


def test_power_that_crosses_zero_flows_in_both_directions() -> None:
    metered = Metered(AUTO)
    metered.poll(answer(720.0))
    point = metered.poll(answer(-360.0))
    assert (wh(point), returned_wh(point)) == (0.5, 0.166666667)
    back = metered.poll(answer(720.0))
    assert (wh(back), returned_wh(back)) == (0.5, 0.166666667)
    same = metered.poll(answer(360.0))
    assert (wh(same), returned_wh(same)) == (1.5, None)
    assert [wh(metered.poll(answer(w))) for w in (0.0, -360.0, -360.0)] == [0.5, -0.5, -1.0]


def test_a_single_phase_counts_both_directions_apart() -> None:
    metered = Metered(AUTO)
    ways = [(10.0, 5.0), (13.0, 9.0), (13.5, 9.0), (13.5, 9.5)]
    points = [metered.poll(Reading(counter_wh=a, counter_returned_wh=b)) for a, b in ways]
    assert [wh(point) for point in points] == [None, -1.0, 0.5, -0.5]
    assert [returned_wh(point) for point in points] == [None, 4.0, None, None]


@pytest.mark.parametrize("sources", ["AP", "PA", "CP", "PC", "APA", "PAP", "CPAC"])
@pytest.mark.parametrize("every", [1, 7, 40])
def test_a_change_of_the_source_loses_and_doubles_nothing(sources: str, every: int) -> None:
    """360 W for an hour each; the counter moves with each poll, or in coarse steps."""
    kinds = {"A": AUTO, "C": COUNTER, "P": POWER}
    metered, polls = Metered(kinds[sources[0]]), 0
    for source in sources:
        metered.restart(kinds[source])
        for _ in range(360):
            metered.poll(answer(360.0, 100.0 + polls // every * every))
            polls += 1
    open_wh = (polls - 1) % every if sources[-1] == "C" else 0
    if sources[-1] == "A":
        open_wh = (polls - 1) % every if every < 40 else 0
    assert metered.energy_wh == pytest.approx(polls - 1 - open_wh, abs=every * 1e-9 + 1e-6)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([AUTO, COUNTER]),
            st.lists(st.tuples(st.floats(0, 30), st.floats(1, 900)), min_size=1, max_size=8),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_restarts_and_changes_between_auto_and_counter_keep_the_counters_way(
    lives: list[tuple[Metering, list[tuple[float, float]]]],
) -> None:
    counter_wh, metered = 500.0, Metered(AUTO)
    metered.poll(answer(None, counter_wh))
    for metering, steps in lives:
        metered.restart(metering)
        for step_wh, after_s in steps:
            counter_wh += step_wh
            metered.poll(answer(None, counter_wh), after_s)
    assert metered.energy_wh == pytest.approx(counter_wh - 500.0, abs=1e-6)
