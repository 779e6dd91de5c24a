"""The quick part: each fault a few times; ``make torture`` injects them often.

Scenarios mostly wait, for a start or a time-out. Those that may run beside others do, while the
tests take one result after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.faults.outcome import Outcome, Scenario, every_scenario

AT_ONCE = 4
QUICK = [scenario for scenario in every_scenario() if scenario.quick]

Running = dict[str, "Future[list[Outcome]]"]


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The scenarios that are selected and run beside others, by name."""
    asked = [getattr(item, "callspec", None) for item in request.session.items]
    selected = [spec.params["scenario"] for spec in asked if spec and "scenario" in spec.params]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            scenario.name: pool.submit(
                scenario.outcomes, tmp_path_factory.mktemp("fault"), scenario.quick
            )
            for scenario in selected
            if scenario.beside
        }


@pytest.mark.parametrize("scenario", QUICK, ids=lambda scenario: scenario.name)
def test_the_promises_hold_under_this_fault(
    scenario: Scenario, running: Running, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if scenario.beside:
        found = running[scenario.name].result()
    else:
        found = scenario.outcomes(tmp_path_factory.mktemp("fault"), scenario.quick)
    assert found
    assert {outcome.fault: outcome.broken for outcome in found if not outcome.ok} == {}
