"""The sink over a real InfluxDB 1.x server."""

from __future__ import annotations

import pytest

from source.errors import BatchTooLarge, PointsRejected, SinkUnavailable
from source.model import FieldValue, Point
from source.sinks.influx import InfluxSink
from source.sinks.protocol import EveryPointRejected
from tests.fakes import START_US, failed_point, good_point
from tests.influx_server import ADMIN, ADMIN_PASSWORD, BODY_LIMIT, InfluxServer
from tests.sinks.places import as_floats, by_key, database

pytestmark = pytest.mark.influx

THREE_PHASES: dict[str, FieldValue] = {
    "fetch_success": True,
    "power": -6162.0,
    "energy_wh": -17.3,
    "counter_wh": 335_500.0,
    "counter_returned_wh": 0.1 / 3,
    "power_a": -2355.07,
    "is_valid_a": False,
    "voltage_c": 246.57,
    "firmware": "1.2 'beta'",
}


def test_points_are_stored_in_a_database_that_did_not_exist(
    influx: InfluxServer, fresh: str
) -> None:
    points = [good_point(START_US + i, 0.1 * i, counter_wh=5.0 * i) for i in range(200)]
    points += [failed_point(START_US + i, "Heat pump") for i in range(3)]
    points += [Point("Heat pump", START_US + 10, THREE_PHASES)]
    assert fresh not in influx.databases()
    InfluxSink(database(influx.port, fresh)).write(points)
    assert as_floats(influx.points(fresh)) == by_key(points)


def test_no_field_becomes_an_integer(influx: InfluxServer, fresh: str) -> None:
    sink = InfluxSink(database(influx.port, fresh))
    sink.write([good_point(START_US, 5.0, counter_wh=7), Point("b", START_US, THREE_PHASES)])
    types = influx.field_types(fresh)
    assert set(types.values()) == {"float", "boolean", "string"}
    assert {types[name] for name in ("power", "energy_wh", "counter_wh")} == {"float"}


def test_writing_again_changes_nothing(influx: InfluxServer, fresh: str) -> None:
    sink = InfluxSink(database(influx.port, fresh))
    points = [good_point(START_US + i, float(i)) for i in range(10)]
    for _ in range(3):
        sink.write(points)
    assert as_floats(influx.points(fresh)) == by_key(points)


def test_a_database_that_is_dropped_is_created_again(influx: InfluxServer, fresh: str) -> None:
    sink = InfluxSink(database(influx.port, fresh))
    sink.write([good_point(START_US)])
    influx.query(f'DROP DATABASE "{fresh}"')
    sink.write([good_point(START_US + 1)])
    assert set(influx.points(fresh)) == {("Fridge", (START_US + 1) * 1000)}


@pytest.mark.parametrize("name", ['a"b', "Haus Süd"])
def test_the_name_of_the_database_is_quoted(influx: InfluxServer, name: str) -> None:
    InfluxSink(database(influx.port, name)).write([good_point(START_US)])
    assert name in influx.databases()


def test_a_database_that_cannot_be_created_is_told_and_loses_nothing(influx: InfluxServer) -> None:
    with pytest.raises(SinkUnavailable, match=r"'\.\./x' can't be created: 'invalid name'"):
        InfluxSink(database(influx.port, "../x")).write([good_point(START_US)])


def test_a_type_conflict_rejects_that_point_and_stores_the_others(
    influx: InfluxServer, fresh: str
) -> None:
    sink = InfluxSink(database(influx.port, fresh))
    sink.write([good_point(START_US)])
    good = [good_point(START_US + 1), good_point(START_US + 3)]
    bad = Point("Fridge", START_US + 2, {"power": "ninety"})
    with pytest.raises(PointsRejected, match=r"partial write: field type conflict: .* dropped=1"):
        sink.write([good[0], bad, good[1]])
    assert len(influx.points(fresh)) == 3
    with pytest.raises(EveryPointRejected, match="field type conflict"):
        sink.write([bad])


def test_points_older_than_the_retention_policy_are_all_rejected_at_once(
    influx: InfluxServer, fresh: str
) -> None:
    influx.query(f'CREATE DATABASE "{fresh}" WITH DURATION 1h NAME short')
    sink = InfluxSink(database(influx.port, fresh))
    with pytest.raises(EveryPointRejected, match="beyond retention policy"):
        sink.write([good_point(1_000_000 * i) for i in range(1, 8)])


def test_a_request_beyond_the_servers_limit_is_too_large(influx: InfluxServer, fresh: str) -> None:
    sink = InfluxSink(database(influx.port, fresh))
    points = [
        Point("a", START_US + i, {"text": "x" * 60_000}) for i in range(BODY_LIMIT // 60_000 + 1)
    ]
    with pytest.raises(BatchTooLarge, match="too large for one request"):
        sink.write(points)
    sink.write(points[:3])
    assert len(influx.points(fresh)) == 3


def test_check_creates_nothing(influx: InfluxServer, fresh: str) -> None:
    sink = InfluxSink(database(influx.port, fresh))
    sink.check()
    assert fresh not in influx.databases()
    sink.write([good_point(START_US)])
    sink.check()
    assert len(influx.points(fresh)) == 1


# --- with a login ---


def test_a_user_without_admin_rights_writes_to_the_database_granted_to_him(
    influx_with_login: InfluxServer,
) -> None:
    sink = InfluxSink(database(influx_with_login.port, "granted"))
    sink.check()
    sink.write([good_point(START_US)])
    assert ("Fridge", START_US * 1000) in influx_with_login.points("granted")


@pytest.mark.parametrize("act", ["check", "write"])
def test_a_missing_database_that_the_user_may_not_create_is_told(
    influx_with_login: InfluxServer, act: str
) -> None:
    sink = InfluxSink(database(influx_with_login.port, "missing"))
    with pytest.raises(SinkUnavailable, match="'missing' is missing and user 'logger' may not"):
        sink.check() if act == "check" else sink.write([good_point(START_US)])


def test_an_admins_missing_database_is_well_and_is_created(
    influx_with_login: InfluxServer,
) -> None:
    place = database(
        influx_with_login.port, "made_by_admin", user_name=ADMIN, password=ADMIN_PASSWORD
    )
    InfluxSink(place).check()
    assert "made_by_admin" not in influx_with_login.databases()
    InfluxSink(place).write([good_point(START_US)])
    assert len(influx_with_login.points("made_by_admin")) == 1


def test_a_user_without_any_right_on_the_database_is_told_so(
    influx_with_login: InfluxServer,
) -> None:
    influx_with_login.query("CREATE DATABASE foreign")
    with pytest.raises(SinkUnavailable, match=r"403.*DB_USER_NAME"):
        InfluxSink(database(influx_with_login.port, "foreign")).write([good_point(START_US)])


@pytest.mark.parametrize("act", ["check", "write"])
def test_a_wrong_password_is_told_without_showing_it(
    influx_with_login: InfluxServer, act: str
) -> None:
    sink = InfluxSink(database(influx_with_login.port, "granted", password="wr0ng"))
    with pytest.raises(SinkUnavailable, match=r"401.*DB_USER_PASSWORD") as caught:
        sink.check() if act == "check" else sink.write([good_point(START_US)])
    assert "wr0ng" not in str(caught.value)


def test_a_login_may_hold_any_letter(influx_with_login: InfluxServer) -> None:
    place = database(influx_with_login.port, "granted", user_name="Jürgen", password="pä€ß")
    InfluxSink(place).write([good_point(START_US + 5)])
    assert ("Fridge", (START_US + 5) * 1000) in influx_with_login.points("granted")
