"""What stands in a device's entry reaches its energy meter, by the way that the daemon goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from source.app import Daemon
from source.config.models import Configuration, DeviceConfig, General
from source.devices.registry import Registry
from source.journal.reader import JournalReader
from source.model import Reading
from source.setup import Setup
from tests.fakes import FakeClock


@pytest.mark.parametrize(
    ("entry", "type_max_w", "energy_wh", "switched_on"),
    [
        pytest.param({}, None, 40.0, [False, False], id="the counter"),
        pytest.param({"energy_source": "power"}, None, 0.5, [False, False], id="the power"),
        pytest.param({"max_power_w": 2500.0}, None, 0.5, [False, False], id="its own bound"),
        pytest.param({}, 2500.0, 0.5, [False, False], id="the bound of its type"),
        pytest.param(
            {"power_on": {"on_threshold_w": 300.0, "off_threshold_w": 1.0}},
            None,
            40.0,
            [False, True],
            id="the switch-on counter",
        ),
    ],
)
def test_the_worker_of_a_device_meters_as_its_entry_says(
    tmp_path: Path,
    clock: FakeClock,
    entry: dict[str, object],
    type_max_w: float | None,
    energy_wh: float,
    switched_on: list[bool],
) -> None:
    registry, answers = Registry(), iter([(0.0, 100.0), (360.0, 140.0)])

    @registry.register("own:one", max_power_w=type_max_w)
    def one(device: object) -> Reading:
        power_w, counter_wh = next(answers)
        return Reading(power_w=power_w, counter_wh=counter_wh)

    device = DeviceConfig.model_validate(
        {"name": "Fridge", "ip": "127.0.0.1:1", "type_name": "own:one", **entry}
    )
    configuration = Configuration(files=tmp_path, general=General(), devices={"Fridge": device})
    daemon = Daemon(setup=Setup(configuration, registry), clock=clock)
    daemon.journal.open()
    worker = daemon._worker(0, device)
    for _ in range(2):
        worker.poll()
        clock.advance(10)
    daemon.journal.close()
    with JournalReader(daemon.journal.path) as reader:
        points = [point for _, point in reader.points_after(0, 9)]
    assert points[1].fields["energy_wh"] == pytest.approx(energy_wh)
    assert [point.switched_on for point in points] == switched_on
