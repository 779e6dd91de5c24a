"""What a request has to pass: host, path, size, origin, CSRF token, and who sends it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse
from starlette.routing import BaseRoute, Mount, Route

from source.web.app import build_app
from source.web.security import passwords
from source.web.security.guard import PUBLIC, is_public
from source.web.security.guarded import MOST_BYTES
from tests.web.asking import ELSEWHERE, PASSWORD, Browser, Daemon, code, open_to_all

HOSTILE_HOSTS = (
    "evil.example",
    "evil.example:8080",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "127.0.0.1@evil.example",
    "evil.example@127.0.0.1",
    "127.0.0.1:8080@evil.example",
    "evil.example#127.0.0.1",
    "evil.example/127.0.0.1",
    "127.0.0.1, evil.example",
    "127.0.0.1 evil.example",
    "[::1].evil.example",
    "[evil.example]",
    "[::1",
    "0x7f.0.0.1",
    "127.1",
    "2130706433",
    "ⅼocalhost",
    "localhost\u3002evil.example",
    "a" * 5000,
    ":8080",
    "localhost:80:80",
    "localhost:http",
)


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", 16)


@pytest.fixture
def alone(tmp_path: Path) -> Daemon:
    """Listens on this machine only, without a password, with first start gone through."""
    (tmp_path / "config.json").write_text("{}", "utf-8")
    (tmp_path / "devices.json").write_text("{}", "utf-8")
    return Daemon(tmp_path)


def test_a_foreign_host_gets_nothing(alone: Daemon) -> None:
    for host in HOSTILE_HOSTS:
        for path in ("/", "/api/v1/session", "/static/js/api.js"):
            answer = Browser(alone, host=host).get(path)
            assert answer.status_code in (400, 421), (host, path)
            assert "csrf" not in answer.text


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST:8080", "localhost.", "[::1]:8080"],
)
def test_this_machine_is_known_under_its_own_names(alone: Daemon, host: str) -> None:
    assert Browser(alone, host=host).session()["authenticated"]


@pytest.mark.parametrize("host", ["192.168.178.5:8080", "10.0.0.1", "[fd00::5]:8080", "isdl.lan"])
def test_addresses_and_listed_names_are_known(tmp_path: Path, host: str) -> None:
    (tmp_path / "config.json").write_text('{"web": {"hosts": ["ISDL.lan"]}}', "utf-8")
    (tmp_path / "devices.json").write_text("{}", "utf-8")
    daemon = open_to_all(tmp_path)
    assert Browser(daemon, ELSEWHERE, host).log_in().status_code == 200


def test_two_host_headers_are_refused(alone: Daemon) -> None:
    async def ask() -> int:
        scope = scope_of([(b"host", b"127.0.0.1"), (b"host", b"evil.example")])
        return (await messages_of(alone.app, scope))[0]["status"]  # type: ignore[no-any-return]

    assert asyncio.run(ask()) == 400


FOREIGN_ORIGINS = (
    "http://evil.example",
    "http://127.0.0.1:8081",
    "http://127.0.0.1",
    "https://127.0.0.1:8443",
    "http://127.0.0.1:8080.evil.example",
    "http://127.0.0.1:8080@evil.example",
    "http://evil.example@127.0.0.1:8080",
    "http://localhost:8080",
    "ftp://127.0.0.1:8080",
    "file://",
    "null",
    "http://127.0.0.1:x",
    "http://[",
    "127.0.0.1:8080",
    " ",
)


def test_a_change_from_a_foreign_page_is_refused(alone: Daemon) -> None:
    browser = Browser(alone)
    for origin in FOREIGN_ORIGINS:
        told = browser.send("POST", "tokens", {"name": "x"}, origin=origin)
        assert code(told) == (403, "forbidden"), origin
        told = browser.send("POST", "tokens", {"name": "x"}, origin="", referer=f"{origin}/page")
        assert told.status_code == 403, origin
    assert alone.stored["tokens"] == []


def test_a_change_that_does_not_say_where_from_is_refused(alone: Daemon) -> None:
    assert Browser(alone).send("POST", "tokens", {"name": "x"}, origin="").status_code == 403


def test_a_referer_of_the_page_stands_in_for_an_origin(alone: Daemon) -> None:
    browser = Browser(alone)
    told = browser.send(
        "POST", "tokens", {"name": "x"}, origin="", referer="http://127.0.0.1:8080/settings"
    )
    assert told.status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_foreign_page_may_not_even_ask(alone: Daemon, site: str) -> None:
    assert Browser(alone).get("/api/v1/session", sec_fetch_site=site).status_code == 403
    assert Browser(alone).get("/", sec_fetch_site=site).status_code == 200  # a link to the page


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "ä"])
def test_a_change_without_the_right_csrf_token_is_refused(alone: Daemon, token: str) -> None:
    answer = Browser(alone).send("POST", "tokens", {"name": "x"}, x_csrf_token=token)
    assert code(answer) == (403, "forbidden")
    assert answer.json()["error"]["reason"] == "csrf"


def test_the_csrf_token_of_somebody_unknown_is_of_no_use_to_who_is_logged_in(
    tmp_path: Path,
) -> None:
    daemon = open_to_all(tmp_path)
    strange = Browser(daemon, ELSEWHERE).session()["csrf"]
    browser = Browser(daemon, ELSEWHERE)
    assert browser.log_in().status_code == 200
    answer = browser.send("POST", "tokens", {"name": "x"}, x_csrf_token=strange)
    assert answer.status_code == 403


def test_the_csrf_token_outlives_a_restart(alone: Daemon) -> None:
    browser = Browser(alone)
    browser.session()
    before = browser.send("POST", "tokens", {"name": "x"})
    alone.started()
    assert (before.status_code, browser.send("POST", "tokens", {"name": "y"}).status_code) == (
        200,
        200,
    )


def test_every_answer_has_the_headers_that_protect(alone: Daemon) -> None:
    for path in ("/", "/login", "/api/v1/session", "/static/js/api.js", "/nowhere", "/api/v1/x"):
        headers = Browser(alone).get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers
    refused = Browser(alone, host="evil.example").get("/")
    assert "default-src 'none'" in refused.headers["content-security-policy"]
    assert Browser(alone).get("/api/v1/session").headers["cache-control"] == "no-store"


def test_a_bug_is_told_without_its_details_but_with_the_headers(alone: Daemon) -> None:
    def broken() -> None:
        raise ZeroDivisionError("the details")

    alone.app = build_app(alone.app.state.context)
    alone.app.add_api_route("/api/v1/broken", broken)
    alone.app.router.routes.insert(0, alone.app.router.routes.pop())
    answer = Browser(alone).get("/api/v1/broken")
    assert code(answer) == (500, "internal")
    assert 'details"' not in answer.text
    assert "ZeroDivision" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


# --- routes ---


def every_path(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Method and path of each route, with something in place of its parameters."""
    for route in routes:
        if isinstance(route, Route) or hasattr(route, "methods"):
            path = route.path.replace("{language}", "de")
            for method in sorted(route.methods or {"GET"}):
                yield method, path.replace("{", "").replace("}", "")
        elif isinstance(route, Mount):
            yield "GET", f"{route.path}/js/api.js"
        else:
            inner = getattr(route, "original_router", None) or getattr(route, "router", None)
            assert inner is not None, f"unknown kind of route: {route!r}"
            prefix = getattr(getattr(route, "include_context", None), "prefix", "")
            for method, path in every_path(list(inner.routes)):
                yield method, prefix + path


def test_nothing_but_the_public_answers_somebody_unknown(tmp_path: Path) -> None:
    daemon = open_to_all(tmp_path)
    browser = Browser(daemon, ELSEWHERE)
    asked = set(every_path(list(daemon.app.routes)))
    documented = {
        (method.upper(), path)
        for path, methods in daemon.app.openapi()["paths"].items()
        for method in methods
    }
    assert documented <= asked | {("GET", path) for _, path in asked}
    assert {path for _, path in asked} >= {"/", "/sockets", "/api/v1/openapi.json"}
    for method, path in sorted(asked | documented):
        if is_public(path):
            continue
        answer = (
            browser.get(path)
            if method in ("GET", "HEAD")
            else browser.send(method, path.removeprefix("/api/v1/"), {})
        )
        if path.startswith("/api/") or method not in ("GET", "HEAD"):
            assert code(answer) == (401, "unauthenticated"), (method, path)
        else:
            assert (answer.status_code, answer.headers["location"][:6]) == (303, "/login"), path


def test_the_public_list_is_what_it_is() -> None:
    assert {
        "/login",
        "/first-start",
        "/api/v1/session",
        "/api/v1/login",
        "/api/v1/first-start",
        "/favicon.ico",
    } == PUBLIC


@pytest.mark.parametrize(
    "path",
    [
        "/static/../api/v1/tokens",
        "/static/%2e%2e/api/v1/tokens",
        "/static//../../api/v1/tokens",
        "//api/v1/tokens",
        "/api/v1/session/../tokens",
        "/API/v1/tokens",
        "/api/v1/tokens/",
        "/api//v1/tokens",
        "/login/../sockets",
        "/static/../../../web.json",
        "/static/..%2f..%2f..%2f..%2fREADME.md",
        "/i18n/../../de.json/x",
        "/i18n/..%2f..%2fde.json",
    ],
)
def test_no_detour_leads_past_the_login(tmp_path: Path, path: str) -> None:
    async def ask() -> tuple[int, bytes]:
        from urllib.parse import unquote  # noqa: PLC0415

        scope = scope_of([(b"host", b"127.0.0.1:8080")], path=unquote(path))
        scope["client"] = (ELSEWHERE, 1)
        got = await messages_of(open_to_all(tmp_path).app, scope)
        return got[0]["status"], b"".join(one.get("body", b"") for one in got[1:])

    status, body = asyncio.run(ask())
    assert status in (303, 307, 401, 404) or body == b"{}"
    assert b"digest" not in body


def test_the_openapi_document_is_for_those_who_are_known(tmp_path: Path) -> None:
    browser = Browser(open_to_all(tmp_path), ELSEWHERE)
    assert code(browser.get("/api/v1/openapi.json"))[0] == 401
    browser.log_in()
    assert "paths" in browser.get("/api/v1/openapi.json").json()
    assert browser.get("/docs").status_code == 404
    assert browser.get("/redoc").status_code == 404


def test_a_page_that_needs_a_login_is_come_back_to(tmp_path: Path) -> None:
    answer = Browser(open_to_all(tmp_path), ELSEWHERE).get("/socket?device=A%26B")
    assert answer.headers["location"] == "/login?next=%2Fsocket%3Fdevice%3DA%2526B"


# --- below a path ---


@pytest.mark.parametrize("is_cut", [True, False])
def test_below_a_path_it_works_whether_the_proxy_cuts_it_off_or_not(
    tmp_path: Path, is_cut: bool
) -> None:
    (tmp_path / "config.json").write_text(
        '{"web": {"root_path": "/isdl", "hosts": ["home.example"]}}', "utf-8"
    )
    daemon = open_to_all(tmp_path)
    browser = Browser(daemon, ELSEWHERE, "home.example", {"x-forwarded-proto": "https"})
    at = "" if is_cut else "/isdl"
    assert browser.get(f"{at}/").headers["location"] == "/isdl/login"
    assert browser.get(f"{at}/static/js/api.js").status_code == 200
    session = browser.get(f"{at}/api/v1/session").json()
    answer = browser.ask(
        "POST",
        f"{at}/api/v1/login",
        {"password": PASSWORD},
        {"origin": "https://home.example", "x-csrf-token": session["csrf"]},
    )
    assert answer.status_code == 200, answer.text
    cookie = answer.headers["set-cookie"].lower()
    assert "path=/isdl;" in cookie
    assert "; secure" in cookie
    assert browser.get(f"{at}/api/v1/tokens").status_code == 200


def test_a_header_that_names_another_path_is_not_believed(alone: Daemon) -> None:
    answer = Browser(alone).get("/socket", x_forwarded_prefix="//evil.example")
    assert "evil.example" not in answer.text


# --- size ---


def test_what_is_too_large_is_not_taken(alone: Daemon) -> None:
    browser = Browser(alone)
    browser.session()
    big = {"name": "x" * MOST_BYTES}
    assert code(browser.send("POST", "tokens", big)) == (413, "too_large")


def test_what_is_too_large_without_saying_so_is_not_taken_either(tmp_path: Path) -> None:
    browser = Browser(open_to_all(tmp_path), ELSEWHERE)
    session = browser.session()

    async def chunks() -> Any:
        for _ in range(100):
            yield b" " * 1000

    answer = browser.ask(
        "POST",
        "/api/v1/login",
        headers={
            "origin": "http://127.0.0.1:8080",
            "x-csrf-token": session["csrf"],
            "content-type": "application/json",
        },
        content=chunks(),
    )
    assert code(answer) == (413, "too_large")


@pytest.mark.parametrize("told", ["-1", "1e9", "९", "99999999999999999999999999"])
def test_an_impossible_length_is_refused(alone: Daemon, told: str) -> None:
    assert Browser(alone).send("POST", "tokens", {}, content_length=told).status_code == 413


def test_a_request_with_two_ends_is_refused(alone: Daemon) -> None:
    browser = Browser(alone)
    answer = browser.send("POST", "tokens", {}, content_length="4", transfer_encoding="chunked")
    assert (answer.status_code, answer.headers["connection"]) == (400, "close")


def test_a_request_with_two_ends_ends_the_connection_whoever_sends_it(alone: Daemon) -> None:
    """What follows it may be a request that a proxy took for its body."""
    for told in ({"origin": ""}, {"host": "evil.example"}, {"x_csrf_token": "wrong"}):
        answer = Browser(alone).send(
            "POST", "tokens", {}, content_length="4", transfer_encoding="chunked", **told
        )
        assert (answer.status_code, answer.headers["connection"]) == (400, "close"), told


# --- streams ---


def test_an_open_stream_ends_with_its_session(tmp_path: Path) -> None:
    daemon = open_to_all(tmp_path)
    browser = Browser(daemon, ELSEWHERE)
    browser.log_in()
    cookie = browser.cookies["isdl_session"]
    sent: list[bytes] = []

    async def told() -> Any:
        for number in range(100):
            if number == 3:
                daemon.app.state.access.set_password("another one")
            yield f"data: {number}\n\n"

    async def stream() -> StreamingResponse:
        return StreamingResponse(told(), media_type="text/event-stream")

    daemon.app = build_app(daemon.app.state.context)
    daemon.app.add_api_route("/api/v1/told", stream)
    daemon.app.router.routes.insert(0, daemon.app.router.routes.pop())
    headers = [(b"host", b"127.0.0.1:8080"), (b"cookie", f"isdl_session={cookie}".encode())]
    got = asyncio.run(messages_of(daemon.app, scope_of(headers, path="/api/v1/told")))
    sent = [one["body"] for one in got[1:] if one["body"]]
    assert sent == [b"data: 0\n\n", b"data: 1\n\n", b"data: 2\n\n"]
    assert got[-1]["more_body"] is False


def test_a_proxy_that_tells_nothing_of_itself_is_not_at_this_machine(alone: Daemon) -> None:
    """nginx with nothing but ``proxy_pass`` asks by HTTP/1.0, as no browser does."""
    scope = scope_of([(b"host", b"127.0.0.1:8080")], path="/api/v1/tokens")
    for version, status in (("1.0", 401), ("1.1", 200)):
        got = asyncio.run(messages_of(alone.app, {**scope, "http_version": version}))
        assert got[0]["status"] == status


def test_a_websocket_is_closed(alone: Daemon) -> None:
    scope = {**scope_of([(b"host", b"127.0.0.1")]), "type": "websocket"}
    got = asyncio.run(messages_of(alone.app, scope))
    assert [one["type"] for one in got] == ["websocket.close"]


def scope_of(headers: list[tuple[bytes, bytes]], path: str = "/") -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8080),
    }


async def messages_of(app: FastAPI, scope: dict[str, Any]) -> list[Any]:
    """What the application sends for a request without a body."""
    got: list[Any] = []
    is_asked = asyncio.Event()

    async def receive() -> Any:
        if is_asked.is_set():
            await asyncio.sleep(3600)
        is_asked.set()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        got.append(message)

    await asyncio.wait_for(app(scope, receive, send), 10)
    return got
