"""The built-in providers: recorded answers, over HTTP, to the billionth at named instants."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from source.errors import PricesUnavailable
from source.journal.store import Journal
from source.tariffs.market import Market
from source.tariffs.providers import built_in
from source.tariffs.spot import SpotPrice, moment_of, quarter_at
from tests.fakes import FakeClock
from tests.sinks.scripted_server import ScriptedServer, scripted_server
from tests.tariffs.pricing import (
    Fetching,
    ask,
    fixture,
    local,
    market,
    quarter,
    source_of,
    url_of,
    us,
    utc,
)

ANY = (local("2026-02-02T00:00"), local("2026-02-03T00:00"))


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


def asked(server: ScriptedServer) -> dict[str, str]:
    """The parameters of the last request."""
    return server.asked[-1].parameters


@pytest.mark.parametrize(
    ("provider", "area", "answer", "now", "moment", "nano"),
    [
        ("awattar", "AT", "awattar_at.json", "2021-09-24T09:00", "2021-09-24T00:15", 105_000_000),
        (
            "energy-charts",
            "NL",
            "energy_charts_nl.json",
            "2025-12-31T09:00",
            "2025-12-31T00:45",
            81_040_000,
        ),
        (
            "tibber",
            None,
            "tibber_quarters.json",
            "2025-09-19T09:00",
            "2025-09-19T12:00",
            181_800_000,
        ),
        (
            "entsoe",
            "DE-LU",
            "entsoe_de_lu.xml",
            "2026-02-02T09:00",
            "2026-02-02T12:00",
            112_690_000,
        ),
    ],
)
def test_what_a_provider_tells_is_in_the_journal(
    server: ScriptedServer,
    journal: Journal,
    clock: FakeClock,
    provider: str,
    area: str | None,
    answer: str,
    now: str,
    moment: str,
    nano: int,
) -> None:
    server.then(200, fixture(answer))
    clock.wall_us = us(local(now))
    config = market(provider, url=url_of(server), area=area, token="t")
    fetching = Fetching(journal, clock, [source_of(config)]).run(60)
    start = local(moment)
    known = fetching.known(config.source, start, start + timedelta(minutes=15))
    assert known == {quarter(moment): nano}


# --- aWATTar ---


def test_awattars_hours_are_in_the_journal_in_euros_per_kwh(
    server: ScriptedServer, journal: Journal, clock: FakeClock
) -> None:
    server.then(200, fixture("awattar_at.json"))
    clock.wall_us = us(utc("2021-09-23T08:00"))
    source = source_of(market("awattar", area="AT", url=url_of(server)))
    fetching = Fetching(journal, clock, [source]).run(60)
    start, end = utc("2021-09-23T13:00"), utc("2021-09-24T13:00")
    known = fetching.known("awattar:AT", start, end)
    assert len(known) == 96
    for moment, nano in (
        ("2021-09-23T13:00", 158_950_000),
        ("2021-09-23T13:45", 158_950_000),
        ("2021-09-23T14:00", 160_980_000),
        ("2021-09-23T18:30", 152_000_000),
        ("2021-09-24T12:45", 120_140_000),
    ):
        assert known[quarter_at(utc(moment))] == nano, moment
    assert asked(server) == {
        "start": str(us(local("2021-09-23T00:00")) // 1000),
        "end": str(us(local("2021-09-24T00:00")) // 1000),
    }
    assert server.asked[-1].path == "/v1/marketdata"
    assert server.asked[-1].headers["User-Agent"].startswith("IntelligentSocketDatalogger/")


def test_awattar_has_two_areas_and_one_unit(server: ScriptedServer) -> None:
    with pytest.raises(PricesUnavailable, match="areas DE and AT, not 'FR'"):
        ask(market("awattar", area="FR", url=url_of(server)), *ANY)
    assert server.asked == []
    server.then(200, fixture("awattar_at.json").replace("Eur/MWh", "ct/kWh"))
    with pytest.raises(PricesUnavailable, match="ct/kWh"):
        ask(market("awattar", url=url_of(server)), *ANY)


def test_no_prices_yet_are_an_empty_answer(server: ScriptedServer) -> None:
    server.then(200, '{"object": "list", "data": [], "url": "/de/v1/marketdata"}')
    assert ask(market("awattar", url=url_of(server)), *ANY) == {}
    server.then(404, '{"detail": "no data"}')
    assert ask(market("energy-charts", url=url_of(server)), *ANY) == {}
    server.then(200, fixture("entsoe_nothing.xml"))
    assert ask(market("entsoe", url=url_of(server), token="t"), *ANY) == {}
    server.then(400, fixture("entsoe_nothing.xml"))
    assert ask(market("entsoe", url=url_of(server), token="t"), *ANY) == {}


# --- energy-charts.info ---


def test_energy_charts_quarters_are_right_to_the_billionth(server: ScriptedServer) -> None:
    server.then(200, fixture("energy_charts_nl.json"))
    source = market("energy-charts", area="NL", url=url_of(server))
    found = ask(source, local("2025-12-31T00:00"), local("2026-01-01T00:00"))
    assert found == {
        quarter("2025-12-31T00:00") + i: nano
        for i, nano in enumerate(
            (94_870_000, 90_310_000, 86_190_000, 81_040_000, 90_110_000, 83_480_000)
        )
    } | {
        quarter("2025-12-31T01:30") + i: nano
        for i, nano in enumerate((82_690_000, 81_150_000, 83_540_000, 81_060_000))
    }
    # The end that is asked for is included: the last quarter hour, not the next day's first.
    assert asked(server) == {"bzn": "NL", "start": "2025-12-30T23:00Z", "end": "2025-12-31T22:45Z"}


def charts(seconds: list[int], prices: list[object], unit: str = "EUR / MWh") -> str:
    return json.dumps({"unix_seconds": seconds, "price": prices, "unit": unit})


def test_energy_charts_hours_of_the_longest_day_become_100_quarters(server: ScriptedServer) -> None:
    start, end = local("2024-10-27T00:00"), local("2024-10-28T00:00")
    seconds = list(range(us(start) // 1_000_000, us(end) // 1_000_000, 3600))
    server.then(200, charts(seconds, [float(i) for i in range(25)]))
    found = ask(market("energy-charts", url=url_of(server)), start, end)
    assert len(found) == 100
    assert found[quarter("2024-10-27T02:45", fold=0)] == 2_000_000
    assert found[quarter("2024-10-27T02:00", fold=1)] == 3_000_000
    assert found[quarter("2024-10-27T23:45")] == 24_000_000


def test_energy_charts_leaves_out_what_it_does_not_know(server: ScriptedServer) -> None:
    server.then(200, charts([0, 900, 1800, 2700], [1, None, -3.5, 4]))
    found = ask(market("energy-charts", url=url_of(server)), *ANY)
    assert found == {0: 1_000_000, 2: -3_500_000, 3: 4_000_000}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (charts([0, 900], [1.0]), "2 times and 1 prices"),
        (charts([0], [1.0], "EUR / kWh"), "EUR / kWh"),
        (charts([0], ["x"]), "no number"),
        (charts([0], [True]), "no number"),
        (charts([-5], [1.0]), "no time"),
        (charts([10**30], [1.0]), "no time"),
        (charts([0], [1_000_000]), "per MWh"),
        ('{"price": 5}', "'unit'"),
        ('{"unit": "EUR/MWh", "unix_seconds": 3, "price": []}', "no list"),
        ("[1, 2]", "'unit'"),
        ('{"unit": "EUR / MWh", "unix_seconds": [0], "price": [NaN]}', "not JSON"),
        ("<html>Bad gateway</html>", "not JSON, it begins with '<html>Bad"),
        ('{"unit": "EUR / MWh", "unix_sec', "not JSON"),
        ("", "not JSON, it is empty"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_an_answer_of_another_shape_is_refused_with_the_reason(
    server: ScriptedServer, body: str, told: str
) -> None:
    server.then(200, body)
    with pytest.raises(PricesUnavailable, match=told):
        ask(market("energy-charts", url=url_of(server)), *ANY)


# --- Tibber ---


def tibber(server: ScriptedServer, area: str | None = None) -> dict[int, int]:
    day = (local("2025-09-19T00:00"), local("2025-09-20T00:00"))
    return ask(market("tibber", url=url_of(server), token="secret-5", area=area), *day)


def test_tibbers_totals_of_quarter_hours_are_taken_as_they_are(server: ScriptedServer) -> None:
    server.then(200, fixture("tibber_quarters.json"))
    found = tibber(server)
    assert len(found) == 104, "today, and of tomorrow what is known"
    assert found[quarter("2025-09-19T00:00")] == 268_800_000
    assert found[quarter("2025-09-19T19:45")] == 667_600_000
    assert found[quarter("2025-09-20T01:45")] == 273_300_000
    request = server.asked[-1]
    assert (request.method, request.path) == ("POST", "/v1-beta/gql")
    assert request.headers["Authorization"] == "Bearer secret-5"
    assert "resolution: QUARTER_HOURLY" in json.loads(request.body)["query"]


@pytest.mark.parametrize("status", [200, 400])
def test_tibber_is_asked_for_hours_where_it_knows_no_quarters(
    server: ScriptedServer, status: int
) -> None:
    server.then(status, fixture("tibber_no_resolution.json"))
    server.then(200, fixture("tibber_hours.json"))
    found = tibber(server)
    assert len(found) == 96
    assert found[quarter("2025-09-19T19:00")] == found[quarter("2025-09-19T19:45")] == 667_600_000
    assert "resolution" not in json.loads(server.asked[-1].body)["query"]


def test_the_home_is_the_one_with_a_contract_or_that_is_named(server: ScriptedServer) -> None:
    server.then(200, fixture("tibber_hours.json"))
    assert len(tibber(server, "my-alias")) == 96
    server.then(200, fixture("tibber_hours.json"))
    with pytest.raises(PricesUnavailable, match="no home 'Summer house' with a contract"):
        tibber(server, "Summer house")


def test_a_token_that_tibber_does_not_take_is_told_but_not_shown(server: ScriptedServer) -> None:
    server.then(200, fixture("tibber_denied.json"))
    with pytest.raises(PricesUnavailable, match=r"No valid access token.*token right") as caught:
        tibber(server)
    server.then(401, "secret-5")
    with pytest.raises(PricesUnavailable, match=r"answered 401.*put in a new one") as second:
        tibber(server)
    assert "secret-5" not in f"{caught.value}{second.value}"


def test_tibber_is_not_asked_for_days_that_it_tells_nothing_of(server: ScriptedServer) -> None:
    config = market("tibber", url=url_of(server), token="t")
    span = (local("2025-09-01T00:00"), local("2025-09-15T00:00"))
    assert ask(config, *span, now=local("2025-09-19T12:00")) == {}
    assert server.asked == []


@pytest.mark.parametrize("provider", ["tibber", "entsoe"])
def test_without_a_token_nobody_is_asked(server: ScriptedServer, provider: str) -> None:
    with pytest.raises(PricesUnavailable, match="TARIFF_TOKEN"):
        ask(market(provider, url=url_of(server)), *ANY)
    assert server.asked == []


# --- ENTSO-E ---


def entsoe(server: ScriptedServer, area: str | None = None) -> dict[int, int]:
    config = market("entsoe", url=url_of(server), token="secret-7", area=area)
    return ask(config, local("2026-02-02T00:00"), local("2026-02-03T00:00"))


def test_entsoes_prices_are_those_of_the_auction_at_noon(server: ScriptedServer) -> None:
    server.then(200, fixture("entsoe_de_lu.xml"))
    found = entsoe(server)
    assert list(found) == list(range(quarter("2026-02-02T00:00"), quarter("2026-02-03T00:00")))
    assert found[quarter("2026-02-02T00:00")] == 100_410_000, "EXAA's, first in it, is 102.1"
    assert found[quarter("2026-02-02T01:15")] == 95_000_000
    assert found[quarter("2026-02-02T09:00")] == 154_130_000
    assert found[quarter("2026-02-02T23:45")] == 85_610_000
    assert asked(server) == {
        "securityToken": "secret-7",
        "documentType": "A44",
        "contract_MarketAgreement.type": "A01",
        "in_Domain": "10Y1001A1001A82H",
        "out_Domain": "10Y1001A1001A82H",
        "periodStart": "202602012300",
        "periodEnd": "202602022300",
    }


def test_entsoes_left_out_positions_repeat_the_price_before(server: ScriptedServer) -> None:
    server.then(200, fixture("entsoe_autumn.xml"))
    found = entsoe(server)
    assert list(found) == list(range(quarter("2025-10-26T00:00"), quarter("2025-10-27T00:00")))
    assert len(found) == 100
    for text, fold, nano in (
        ("2025-10-26T00:00", 0, 80_000_000),
        ("2025-10-26T00:45", 0, 80_000_000),
        ("2025-10-26T01:00", 0, 70_500_000),
        ("2025-10-26T02:00", 0, 60_250_000),
        ("2025-10-26T02:45", 0, 60_250_000),
        ("2025-10-26T02:00", 1, -5_010_000),
        ("2025-10-26T03:00", 0, 0),
        ("2025-10-26T23:30", 0, 0),
        ("2025-10-26T23:45", 0, 99_990_000),
    ):
        assert found[quarter(text, fold)] == nano, (text, fold)


def test_exaas_early_prices_are_not_taken_for_those_of_noon(server: ScriptedServer) -> None:
    text = fixture("entsoe_de_lu.xml")
    second = text.index("<TimeSeries>", text.index("<TimeSeries>") + 1)
    server.then(200, text[:second] + "</Publication_MarketDocument>")
    assert entsoe(server) == {}


def test_entsoes_areas_have_names_and_codes(server: ScriptedServer) -> None:
    for area, code in (
        ("no2", "10YNO-2--------T"),
        ("DE_LU", "10Y1001A1001A82H"),
        ("10YCB-GERMANY--8", "10YCB-GERMANY--8"),
    ):
        server.then(200, fixture("entsoe_nothing.xml"))
        entsoe(server, area)
        assert asked(server)["in_Domain"] == code
    with pytest.raises(PricesUnavailable, match="'Atlantis' is none of AT, BE"):
        entsoe(server, "Atlantis")


BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("999", "A02"), "ENTSO-E says 'No matching data"),
        (("Acknowledgement_MarketDocument", "GL_MarketDocument"), "GL_MarketDocument"),
    ],
)
def test_another_document_of_entsoe_is_told(
    server: ScriptedServer, change: tuple[str, str], told: str
) -> None:
    server.then(200, fixture("entsoe_nothing.xml").replace(*change))
    with pytest.raises(PricesUnavailable, match=told):
        entsoe(server)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("PT15M", "P1Y"), "resolution 'P1Y'"),
        (("MWH", "KWH"), "'KWH'"),
        (("<position>1</position>", "<position>one</position>"), "'one: 100.41'"),
        ((">100.41<", ">-<"), "'1: -'"),
        ((">100.41<", ">NaN<"), "'1: NaN'"),
        (("<position>2</position>", "<position>1</position>"), "position 1 of 96"),
        (("<position>96</position>", "<position>97</position>"), "position 97 of 96"),
        (("<end>2026-02-02T23:00Z</end>", "<end>2026-02-02T23:05Z</end>"), "none of steps"),
        (("<end>2026-02-02T23:00Z</end>", "<end>9999-02-02T23:00Z</end>"), "none of steps"),
        (("<end>2026-02-02T23:00Z</end>", "<end>tomorrow</end>"), "'tomorrow'"),
        (("<resolution>PT15M</resolution>", ""), "'resolution'"),
        (("</Publication_MarketDocument>", ""), "no XML"),
        (('<?xml version="1.0" encoding="utf-8"?>', "Service unavailable"), "no XML"),
    ],
)
def test_a_damaged_document_of_entsoe_is_told(
    server: ScriptedServer, change: tuple[str, str], told: str
) -> None:
    text = fixture("entsoe_de_lu.xml")
    assert change[0] in text
    server.then(200, text.replace(*change))
    with pytest.raises(PricesUnavailable, match=told):
        entsoe(server)


def test_a_document_that_would_fill_the_memory_is_refused(server: ScriptedServer) -> None:
    server.then(200, BOMB)
    with pytest.raises(PricesUnavailable, match="no XML"):
        entsoe(server)


def test_prices_in_two_currencies_are_refused(server: ScriptedServer) -> None:
    text = fixture("entsoe_autumn.xml")
    head, tail = text.rsplit("<currency_Unit.name>EUR", 1)
    server.then(200, f"{head}<currency_Unit.name>PLN{tail}")
    with pytest.raises(PricesUnavailable, match="more than one currency"):
        entsoe(server)


def test_the_token_in_entsoes_address_is_in_no_message(server: ScriptedServer) -> None:
    server.then_reset()
    server.then(401, "Unauthorized")
    server.then(302, Location="http://elsewhere.invalid/?securityToken=secret-7")
    texts = []
    for _ in range(3):
        with pytest.raises(PricesUnavailable) as caught:
            entsoe(server)
        texts.append(str(caught.value))
    assert "secret-7" not in " ".join(texts)
    assert "Connection" in texts[0]
    assert "answered 401: it does not take the token" in texts[1]
    assert "redirects to http://elsewhere.invalid, which is not followed" in texts[2]


def test_every_moment_of_a_recorded_day_is_covered_once(server: ScriptedServer) -> None:
    server.then(200, fixture("entsoe_de_lu.xml"))
    found = entsoe(server)
    assert [moment_of(q) for q in (min(found), max(found))] == [
        utc("2026-02-01T23:00"),
        utc("2026-02-02T22:45"),
    ]


# --- the token ---


@pytest.mark.parametrize("provider", ["tibber", "entsoe"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "the token 4711-geheim is none"),
        (200, f"{'x' * 50} 4711-geheim"),  # what is told of it is cut within the token
        (200, '{"errors": [{"message": "4711-geheim is wrong"}]}'),
        (401, "4711-geheim"),
        (302, ""),
        (500, "4711-geheim"),
    ],
)
def test_a_token_is_not_in_what_is_told_of_a_failure(
    server: ScriptedServer, provider: str, status: int, body: str
) -> None:
    server.then(status, body, Location="http://127.0.0.2/?securityToken=4711-geheim")
    with pytest.raises(PricesUnavailable) as caught:
        ask(market(provider, url=url_of(server), token="4711-geheim"), *ANY)
    assert "4711" not in str(caught.value)


def test_what_a_plugin_tells_of_its_address_has_no_token_in_it() -> None:
    registry = built_in()

    def own(market: Market) -> list[SpotPrice]:
        raise ValueError(f"http://host/{market.token}/prices does not answer")

    registry.register("own")(own)
    with pytest.raises(PricesUnavailable, match=r"http://host/\*\*\*/prices") as caught:
        ask(market("own", token="4711-geheim"), *ANY, registry=registry)
    assert "geheim" not in str(caught.value)


def test_tibber_may_say_null_where_tomorrow_is_not_known_yet(server: ScriptedServer) -> None:
    answer = json.loads(fixture("tibber_quarters.json"))
    for home in answer["data"]["viewer"]["homes"]:
        home["currentSubscription"]["priceInfo"]["tomorrow"] = None
    server.then(200, json.dumps(answer))
    day = local("2025-09-19T00:00"), local("2025-09-20T00:00")
    found = ask(market("tibber", url=url_of(server), token="t"), *day, now=day[0])
    assert len(found) == 96
