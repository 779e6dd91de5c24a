"""Logging in and out, the password, API tokens, and first start, as the API does them."""

from __future__ import annotations

import json
import logging
import re
import threading
from pathlib import Path

import pytest

from source.web.security import passwords
from tests.web.asking import ELSEWHERE, HERE, PASSWORD, Browser, Daemon, code, open_to_all

TOKEN = re.compile(r"enter the token (\S+) there")
LONG_S = 30 * 86_400


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", 16)


@pytest.fixture
def open_one(tmp_path: Path) -> Daemon:
    """Reached from everywhere, with a password that was set on the page."""
    daemon = Daemon(tmp_path, WEB_HOST="0.0.0.0")
    daemon.app.state.access.set_password(PASSWORD)
    return daemon


@pytest.fixture
def alone(tmp_path: Path) -> Daemon:
    """On an empty folder, listening on this machine only."""
    return Daemon(tmp_path)


def token_in(caplog: pytest.LogCaptureFixture) -> str:
    """The first start's token that was logged last."""
    return TOKEN.findall(caplog.text)[-1]


# --- logging in ---


def test_the_right_password_lets_in_and_logging_out_ends_it(open_one: Daemon) -> None:
    browser = Browser(open_one, ELSEWHERE)
    assert browser.session()["authenticated"] is False
    assert browser.get("/api/v1/tokens").status_code == 401
    told = browser.log_in().json()
    assert (told["authenticated"], told["scope"]) == (True, "write")
    assert browser.get("/api/v1/tokens").status_code == 200
    stolen = browser.cookies["isdl_session"]
    answer = browser.send("POST", "logout")
    assert answer.json()["authenticated"] is False
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    browser.cookies.set("isdl_session", stolen)
    assert browser.get("/api/v1/tokens").status_code == 401


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", PASSWORD.upper(), "\0"])
def test_a_wrong_password_lets_nobody_in(open_one: Daemon, password: str) -> None:
    answer = Browser(open_one, ELSEWHERE).log_in(password)
    assert code(answer) == (401, "unauthenticated")
    assert "set-cookie" not in answer.headers


def test_a_wrong_body_is_told_without_the_password_in_it(open_one: Daemon) -> None:
    browser = Browser(open_one, ELSEWHERE)
    for body in (
        {"password": "s3cret-" * 200},
        {"password": ["s3cret-"]},
        {"pasword": "s3cret-"},
        ["s3cret-"],
        "s3cret-",
    ):
        answer = browser.send("POST", "login", body)
        assert code(answer) == (422, "invalid")
        assert "s3cret-" not in answer.text


def test_the_cookie_is_for_this_page_alone(open_one: Daemon) -> None:
    cookie = Browser(open_one, ELSEWHERE).log_in().headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/;" in cookie
    assert "domain" not in cookie
    assert "secure" not in cookie  # http: the browser would not send it
    assert f"max-age={LONG_S}" in cookie


def test_by_https_the_cookie_is_for_https_alone(open_one: Daemon) -> None:
    browser = Browser(open_one, ELSEWHERE, headers={"x-forwarded-proto": "https"})
    assert "; secure" in browser.log_in().headers["set-cookie"].lower()


def test_logging_in_makes_a_new_session_and_ends_the_one_before(open_one: Daemon) -> None:
    browser = Browser(open_one, ELSEWHERE)
    browser.log_in()
    first = browser.cookies["isdl_session"]
    browser.log_in()
    assert browser.cookies["isdl_session"] != first
    assert len(open_one.stored["sessions"]) == 1


def test_a_session_that_was_planted_is_not_taken_over(open_one: Daemon) -> None:
    browser = Browser(open_one, ELSEWHERE)
    browser.cookies.set("isdl_session", "planted")
    browser.log_in()
    assert browser.cookies["isdl_session"] != "planted"


def test_a_session_outlives_a_restart(open_one: Daemon) -> None:
    browser = Browser(open_one, ELSEWHERE)
    browser.log_in()
    open_one.started()
    assert browser.session()["authenticated"]
    assert browser.send("POST", "tokens", {"name": "x"}).status_code == 200


def test_a_session_lasts_thirty_days_from_its_last_use(open_one: Daemon) -> None:
    browser = Browser(open_one, ELSEWHERE)
    browser.log_in()
    for _ in range(3):
        open_one.clock.advance(LONG_S - 1)
        answer = browser.get("/api/v1/session")
        assert answer.json()["authenticated"]
        assert f"max-age={LONG_S}" in answer.headers["set-cookie"].lower()
    assert "set-cookie" not in browser.get("/api/v1/session").headers
    open_one.clock.advance(LONG_S)
    assert not browser.session()["authenticated"]


def test_a_clock_that_is_set_back_logs_nobody_out(open_one: Daemon) -> None:
    browser = Browser(open_one, ELSEWHERE)
    browser.log_in()
    open_one.clock.step_wall(-365 * 86_400)
    assert browser.session()["authenticated"]


def test_nothing_that_opens_the_page_stands_in_the_file(open_one: Daemon) -> None:
    browser = Browser(open_one, ELSEWHERE)
    browser.log_in()
    secret = browser.send("POST", "tokens", {"name": "x"}).json()["token"]
    text = (open_one.folder / "web.json").read_text("utf-8")
    assert PASSWORD not in text
    assert browser.cookies["isdl_session"] not in text
    assert secret not in text
    assert (open_one.folder / "web.json").stat().st_mode & 0o777 == 0o600


def test_passwords_are_nowhere_in_the_log(
    open_one: Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = Browser(open_one, ELSEWHERE)
    browser.log_in("some wrong one")
    browser.log_in()
    assert "some wrong one" not in caplog.text
    assert PASSWORD not in caplog.text


# --- too many tries ---


def test_after_five_failures_an_address_has_to_wait(open_one: Daemon) -> None:
    browser = Browser(open_one, ELSEWHERE)
    assert [browser.log_in("wrong").status_code for _ in range(5)] == [401] * 5
    answer = browser.log_in()  # the right one must wait as well
    assert code(answer) == (429, "too_many")
    assert answer.headers["retry-after"] == "1"
    open_one.clock.advance(1)
    assert browser.log_in("wrong").status_code == 401
    assert browser.log_in().headers["retry-after"] == "2"
    assert Browser(open_one, "192.168.178.99").log_in().status_code == 200
    open_one.clock.advance(2)
    assert browser.log_in().status_code == 200


def test_another_header_makes_no_other_address(open_one: Daemon) -> None:
    for number in range(5):
        Browser(open_one, ELSEWHERE, headers={"x-forwarded-for": f"10.0.0.{number}"}).log_in("x")
    assert Browser(open_one, ELSEWHERE).log_in().status_code == 429


def test_who_guesses_by_way_of_a_proxy_at_this_machine_locks_out_nobody_else(
    open_one: Daemon,
) -> None:
    for number in range(6):  # what the guesser claims stands before what the proxy knows
        guesser = {"x-forwarded-for": f"10.0.0.{number}, 203.0.113.9"}
        answer = Browser(open_one, HERE, headers=guesser).log_in("x")
    assert answer.status_code == 429
    other = {"x-forwarded-for": "203.0.113.10"}
    assert Browser(open_one, HERE, headers=other).log_in().status_code == 200


@pytest.mark.parametrize("told", ["", "x", "203.0.113.9, ", "unknown", "a" * 5000])
def test_a_proxy_that_tells_no_address_counts_as_one(open_one: Daemon, told: str) -> None:
    answers = [
        Browser(open_one, HERE, headers={"x-forwarded-for": told}).log_in("x") for _ in range(6)
    ]
    assert answers[-1].status_code == 429
    assert Browser(open_one, HERE).log_in().status_code == 429


def test_many_tries_at_once_are_no_way_around_the_waiting(open_one: Daemon) -> None:
    browsers = [Browser(open_one, ELSEWHERE) for _ in range(12)]
    for browser in browsers:
        browser.csrf = browser.session()["csrf"]
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda one=one: found.append(one.log_in("wrong").status_code))
        for one in browsers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [401] * 5 + [429] * 7


def test_guessing_the_current_password_is_held_up_as_well(open_one: Daemon) -> None:
    browser = Browser(open_one, ELSEWHERE)
    browser.log_in()
    body = {"current": "wrong", "new": "a better one"}
    found = [browser.send("PUT", "password", body).status_code for _ in range(6)]
    assert found == [403] * 5 + [429]


# --- the password ---


def test_another_password_logs_every_other_browser_out(open_one: Daemon) -> None:
    one, other = Browser(open_one, ELSEWHERE), Browser(open_one, "192.168.178.21")
    one.log_in()
    other.log_in()
    answer = one.send("PUT", "password", {"current": PASSWORD, "new": "a better one"})
    assert answer.json()["authenticated"]
    one.csrf = answer.json()["csrf"]
    assert one.send("POST", "tokens", {"name": "x"}).status_code == 200
    assert not other.session()["authenticated"]
    other.csrf = ""
    assert other.log_in().status_code == 401
    assert other.log_in("a better one").status_code == 200


@pytest.mark.parametrize("new", ["", "short", "x" * 1001])
def test_where_others_reach_the_page_the_password_stays_a_good_one(
    open_one: Daemon, new: str
) -> None:
    browser = Browser(open_one, ELSEWHERE)
    browser.log_in()
    answer = browser.send("PUT", "password", {"current": PASSWORD, "new": new})
    assert code(answer) == (422, "invalid")


def test_at_this_machine_alone_a_password_can_be_set_and_removed(alone: Daemon) -> None:
    browser = Browser(alone)
    answer = browser.send("PUT", "password", {"new": PASSWORD})
    assert answer.json()["authenticated"]
    assert not Browser(alone).session()["authenticated"]
    browser.csrf = answer.json()["csrf"]
    told = browser.send("PUT", "password", {"current": PASSWORD, "new": ""}).json()
    assert (told["authenticated"], told["has_password"]) == (True, False)
    assert Browser(alone).session()["authenticated"]


def test_the_environment_s_password_counts_and_can_not_be_changed(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, WEB_HOST="0.0.0.0")
    daemon.app.state.access.set_password("of the page")
    daemon = open_to_all(tmp_path)
    browser = Browser(daemon, ELSEWHERE)
    assert browser.log_in("of the page").status_code == 401
    assert browser.log_in().json()["has_fixed_password"]
    answer = browser.send("PUT", "password", {"current": PASSWORD, "new": "a better one"})
    assert code(answer) == (409, "conflict")


def test_another_password_in_the_environment_ends_every_session(tmp_path: Path) -> None:
    browser = Browser(open_to_all(tmp_path), ELSEWHERE)
    browser.log_in()
    browser.daemon = open_to_all(tmp_path)
    assert browser.session()["authenticated"]
    browser.daemon = open_to_all(tmp_path, WEB_PASSWORD="another one")
    assert not browser.session()["authenticated"]
    assert PASSWORD not in json.dumps(browser.daemon.stored)


def test_a_short_password_in_the_environment_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    open_to_all(tmp_path)
    assert "fewer than" not in caplog.text
    daemon = open_to_all(tmp_path, WEB_PASSWORD="tiny")
    assert "WEB_PASSWORD has fewer than 8 characters" in caplog.text
    assert "tiny" not in caplog.text
    assert Browser(daemon, ELSEWHERE).log_in("tiny").status_code == 200


@pytest.mark.parametrize("given", ["", None])
def test_an_empty_password_in_the_environment_is_none(tmp_path: Path, given: str | None) -> None:
    daemon = Daemon(tmp_path, WEB_HOST="0.0.0.0", **({} if given is None else {"WEB_PASSWORD": ""}))
    browser = Browser(daemon, ELSEWHERE)
    assert browser.log_in("").status_code == 403
    assert browser.get("/api/v1/tokens").status_code == 401


def test_a_password_in_the_environment_counts_at_this_machine_too(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, WEB_PASSWORD=PASSWORD)
    assert Browser(daemon).get("/api/v1/tokens").status_code == 401


# --- who is at this machine ---


@pytest.mark.parametrize(
    ("address", "host", "header"),
    [
        (ELSEWHERE, "127.0.0.1:8080", {}),
        ("::ffff:192.168.178.20", "127.0.0.1:8080", {}),
        (HERE, "192.168.178.5:8080", {}),
        (HERE, "127.0.0.1:8080", {"x-forwarded-for": "127.0.0.1"}),
        (HERE, "127.0.0.1:8080", {"forwarded": "for=127.0.0.1"}),
        (HERE, "127.0.0.1:8080", {"x-real-ip": "127.0.0.1"}),
        (HERE, "127.0.0.1:8080", {"via": "1.1 proxy"}),
        (HERE, "127.0.0.1:8080", {"x-forwarded-host": "home.example"}),
        ("", "127.0.0.1:8080", {}),
    ],
)
def test_who_is_not_surely_at_this_machine_may_do_nothing_without_a_password(
    alone: Daemon, address: str, host: str, header: dict[str, str]
) -> None:
    browser = Browser(alone, address, host, header)
    session = browser.session()
    assert (session["authenticated"], session["first_start"]) == (False, True)
    assert (session["needs_token"], session["needs_password"]) == (True, True)
    assert browser.get("/api/v1/tokens").status_code == 401
    assert browser.send("POST", "first-start", {"password": ""}).status_code == 403


def test_where_a_proxy_is_configured_nobody_is_at_this_machine(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"web": {"hosts": ["home.example"]}}', "utf-8")
    assert not Browser(Daemon(tmp_path)).session()["authenticated"]


# --- API tokens ---


@pytest.fixture
def known(open_one: Daemon) -> Browser:
    browser = Browser(open_one, ELSEWHERE)
    browser.log_in()
    return browser


def made(browser: Browser, scope: str) -> Browser:
    """A program with a new token of that scope."""
    secret = browser.send("POST", "tokens", {"name": "Grafana", "scope": scope}).json()["token"]
    return Browser(browser.daemon, ELSEWHERE, headers={"authorization": f"Bearer {secret}"})


def test_a_token_to_read_may_not_write(known: Browser) -> None:
    program = made(known, "read")
    assert program.session()["scope"] == "read"
    assert program.get("/api/v1/openapi.json").status_code == 200
    for method, path in (("PUT", "settings"), ("POST", "logout"), ("DELETE", "tokens?id=x")):
        answer = program.ask(method, f"/api/v1/{path}", {})
        assert code(answer) == (403, "forbidden")


def test_a_token_to_write_needs_neither_origin_nor_csrf_token(known: Browser) -> None:
    program = made(known, "write")
    assert program.ask("POST", "/api/v1/logout", {}).status_code == 200
    assert known.session()["authenticated"]


def test_a_token_from_a_foreign_page_is_refused(known: Browser) -> None:
    program = made(known, "write")
    answer = program.ask("POST", "/api/v1/logout", {}, {"origin": "http://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("scope", ["read", "write"])
def test_no_token_makes_tokens_or_passwords(known: Browser, scope: str) -> None:
    program = made(known, scope)
    for method, path, body in (
        ("GET", "tokens", None),
        ("POST", "tokens", {"name": "x", "scope": "write"}),
        ("DELETE", "tokens?id=x", None),
        ("PUT", "password", {"current": PASSWORD, "new": "a better one"}),
    ):
        answer = program.ask(method, f"/api/v1/{path}", body)
        assert code(answer) == (403, "forbidden"), path


def test_a_token_that_was_removed_is_good_for_nothing(known: Browser) -> None:
    program = made(known, "read")
    listed = known.get("/api/v1/tokens").json()
    assert [(one["name"], one["scope"]) for one in listed] == [("Grafana", "read")]
    assert set(listed[0]) == {"id", "name", "scope", "created_s"}
    known.send("DELETE", f"tokens?id={listed[0]['id']}")
    assert program.get("/api/v1/openapi.json").status_code == 401
    assert known.send("DELETE", f"tokens?id={listed[0]['id']}").status_code == 404


def test_without_a_password_no_token_is_good_for_anything(known: Browser) -> None:
    """The log that it may read has what first start asks for."""
    program, daemon = made(known, "write"), known.daemon
    daemon.app.state.access.set_password("")
    assert program.session()["scope"] is None
    assert program.get("/api/v1/log").status_code == 401
    daemon.app.state.access.set_password(PASSWORD)
    assert program.session()["scope"] == "write"


@pytest.mark.parametrize("text", ["Bearer ", "Bearer x", "Basic YTpi", "x", "Bearer " + "x" * 999])
def test_a_wrong_token_is_told_even_where_a_cookie_would_do(known: Browser, text: str) -> None:
    assert known.get("/api/v1/tokens", authorization=text).status_code == 401


def test_at_this_machine_a_wrong_token_is_wrong_as_well(alone: Daemon) -> None:
    assert Browser(alone).get("/api/v1/tokens", authorization="Bearer x").status_code == 401


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 101])
def test_a_token_has_a_name(known: Browser, name: str) -> None:
    assert code(known.send("POST", "tokens", {"name": name})) == (422, "invalid")


def test_a_hostile_name_is_text_as_any_other(known: Browser) -> None:
    name = '<img src=x onerror=alert(1)> "quoted" 🧨'
    known.send("POST", "tokens", {"name": name})
    assert known.get("/api/v1/tokens").json()[0]["name"] == name


def test_there_is_an_end_to_tokens(known: Browser) -> None:
    found = [known.send("POST", "tokens", {"name": str(n)}).status_code for n in range(51)]
    assert found == [200] * 50 + [409]


# --- first start ---

WISHES = {"language": "de", "timezone": "Europe/Vienna", "price_kwh": 0.32, "currency": "EUR"}


def test_at_this_machine_first_start_needs_neither_token_nor_password(alone: Daemon) -> None:
    browser = Browser(alone)
    assert browser.get("/").headers["location"] == "/first-start"
    assert browser.session()["first_start"]
    told = browser.send("POST", "first-start", WISHES).json()
    assert (told["authenticated"], told["first_start"]) == (True, False)
    assert (told["timezone"], told["currency"], told["language"]) == (
        "Europe/Vienna",
        "EUR",
        "de",
    )
    written = json.loads((alone.folder / "config.json").read_text("utf-8"))["general"]
    assert written == {
        "locale": "de_DE",
        "timezone": "Europe/Vienna",
        "price_kwh": 0.32,
        "currency": "EUR",
    }
    assert browser.get("/").status_code == 200
    assert browser.send("POST", "first-start", WISHES).status_code == 403


def test_from_elsewhere_first_start_needs_the_token_of_the_log_and_a_password(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    daemon = Daemon(tmp_path, WEB_HOST="0.0.0.0")
    browser = Browser(daemon, ELSEWHERE)
    assert browser.get("/socket").headers["location"] == "/first-start"
    session = browser.session()
    assert (session["needs_token"], session["needs_password"]) == (True, True)
    wrong = browser.send("POST", "first-start", {**WISHES, "password": PASSWORD, "token": "x"})
    assert code(wrong) == (403, "forbidden")
    token = token_in(caplog)
    empty = browser.send("POST", "first-start", {**WISHES, "token": token})
    assert code(empty) == (422, "invalid")
    assert not (tmp_path / "config.json").exists()
    body = {**WISHES, "password": PASSWORD, "token": token}
    assert browser.send("POST", "first-start", body).json()["authenticated"]
    assert browser.get("/api/v1/tokens").status_code == 200
    again = Browser(daemon, "192.168.178.66").send("POST", "first-start", body)
    assert code(again) == (403, "forbidden")


def test_a_wrong_wish_leaves_first_start_open(alone: Daemon) -> None:
    browser = Browser(alone)
    answer = browser.send("POST", "first-start", {**WISHES, "timezone": "Europe/Wien"})
    assert code(answer) == (422, "invalid")
    assert answer.json()["error"]["problems"][0]["key"] == "general.timezone"
    assert browser.session()["first_start"]
    assert browser.send("POST", "first-start", WISHES).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_kwh": True},
        {"price_kwh": -1},
        {"price_kwh": "abc"},
        {"price_kwh": "1e999"},
        {"currency": "\0"},
        {"currency": "x" * 101},
        {"timezone": "../../etc/passwd"},
        {"language": "xx"},
        {"password": "short"},
        {"unknown": 1},
        {"price_kwh": [1]},
    ],
)
def test_nothing_wrong_is_written(alone: Daemon, wrong: dict[str, object]) -> None:
    answer = Browser(alone).send("POST", "first-start", {**WISHES, **wrong})
    assert code(answer) == (422, "invalid")
    assert not (alone.folder / "config.json").exists()


def test_what_is_no_json_is_told(open_one: Daemon) -> None:
    browser = Browser(open_one, ELSEWHERE)
    csrf = browser.session()["csrf"]
    for content in (b"[" * 15_000, b"{", b"\xff", b'{"password": NaN}'):
        answer = browser.ask(
            "POST",
            "/api/v1/login",
            headers={
                "origin": "http://127.0.0.1:8080",
                "x-csrf-token": csrf,
                "content-type": "application/json",
            },
            content=content,
        )
        assert answer.status_code in (400, 422)
        assert answer.json()["error"]["code"] == "invalid"


def test_the_token_is_another_one_at_each_start_and_after_its_use(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    daemon = Daemon(tmp_path, WEB_HOST="0.0.0.0")
    first = token_in(caplog)
    daemon.started()
    second = token_in(caplog)
    assert first != second
    body = {"password": PASSWORD, "token": first}
    assert Browser(daemon, ELSEWHERE).send("POST", "first-start", body).status_code == 403
    body["token"] = second
    assert Browser(daemon, ELSEWHERE).send("POST", "first-start", body).status_code == 200
    (tmp_path / "web.json").unlink()  # whoever can do this may begin anew
    assert Browser(daemon, ELSEWHERE).send("POST", "first-start", body).status_code == 403
    assert token_in(caplog) not in (first, second)


def test_only_one_of_many_gets_through_first_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    daemon = Daemon(tmp_path, WEB_HOST="0.0.0.0")
    found: list[int] = []

    def go(number: int) -> None:
        browser = Browser(daemon, f"192.168.178.{number}")
        body = {"password": f"password {number}", "token": token_in(caplog)}
        found.append(browser.send("POST", "first-start", body).status_code)

    threads = [threading.Thread(target=go, args=(n,)) for n in range(30, 34)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200, 403, 403, 403]


def test_a_house_that_is_set_up_already_only_needs_its_password_set(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (tmp_path / "config.json").write_text('{"general": {"price_kwh": 0.2960}}', "utf-8")
    daemon = Daemon(tmp_path, WEB_HOST="0.0.0.0")
    browser = Browser(daemon, ELSEWHERE)
    assert browser.get("/").headers["location"] == "/first-start"
    body = {"token": token_in(caplog), "password": PASSWORD}
    assert browser.send("POST", "first-start", body).status_code == 200
    assert (tmp_path / "config.json").read_text("utf-8") == '{"general": {"price_kwh": 0.2960}}'


def test_at_this_machine_a_house_that_is_set_up_has_no_first_start(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", "utf-8")
    browser = Browser(Daemon(tmp_path))
    assert browser.get("/").status_code == 200
    assert browser.get("/first-start").headers["location"] == "/"
    assert browser.get("/login").headers["location"] == "/"
    assert browser.send("POST", "first-start", WISHES).status_code == 403


def test_with_a_password_first_start_leads_to_the_login(tmp_path: Path) -> None:
    browser = Browser(open_to_all(tmp_path), ELSEWHERE)
    assert browser.get("/first-start").headers["location"] == "/login"
    assert browser.send("POST", "first-start", WISHES).status_code == 403


def test_guessing_the_token_is_held_up(tmp_path: Path) -> None:
    browser = Browser(Daemon(tmp_path, WEB_HOST="0.0.0.0"), ELSEWHERE)
    body = {"token": "x", "password": PASSWORD}
    found = [browser.send("POST", "first-start", body).status_code for _ in range(6)]
    assert found == [403] * 5 + [429]


@pytest.mark.parametrize(
    ("wanted", "accepted", "locale"),
    [
        ("de", "de-AT,de;q=0.9", "de_AT"),
        ("de", "en-US", "de_DE"),
        ("en", "en-US,en;q=0.9", "en_US"),
        ("en", "", "en_GB"),
        ("de-CH", "de-AT", "de_CH"),
    ],
)
def test_the_locale_has_the_country_of_the_browser(
    alone: Daemon, wanted: str, accepted: str, locale: str
) -> None:
    browser = Browser(alone, headers={"accept-language": accepted})
    assert browser.send("POST", "first-start", {"language": wanted}).status_code == 200
    written = json.loads((alone.folder / "config.json").read_text("utf-8"))
    assert written["general"]["locale"] == locale


# --- the file ---


def test_a_damaged_file_lets_nobody_in(alone: Daemon) -> None:
    (alone.folder / "web.json").write_text("{", "utf-8")
    for path in ("/", "/api/v1/session", "/api/v1/tokens", "/login"):
        assert Browser(alone).get(path).status_code == 503
    alone.started()
    assert Browser(alone).get("/api/v1/session").status_code == 503


def test_what_the_command_line_changes_counts_at_once(known: Browser) -> None:
    folder = known.daemon.folder
    other = Daemon(folder, WEB_HOST="0.0.0.0")
    other.app.state.access.set_password("by another process")
    assert not known.session()["authenticated"]
    known.csrf = ""
    assert known.log_in("by another process").status_code == 200


def test_errors_are_told_in_german(open_one: Daemon) -> None:
    browser = Browser(open_one, ELSEWHERE, headers={"accept-language": "de-DE"})
    assert browser.log_in("wrong").json()["error"]["message"] == "Das Passwort stimmt nicht."
