"""What the page is made of: small, from nowhere else, and nothing that the policy would block."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette
from starlette.routing import Mount

from source.web.packed import PackedFiles, packed
from tests.web.extraction import SCRIPTS, STYLES, TEMPLATES, WEB

STATIC = WEB / "static"
VENDOR = STATIC / "vendor"
MOST_BYTES = 150_000
ALL = sorted(one for one in STATIC.rglob("*") if one.suffix in (".js", ".css"))
OWN = [*TEMPLATES, *SCRIPTS, *STYLES, *STATIC.glob("*.svg"), *STATIC.glob("*.webmanifest")]
ADDRESS = re.compile(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE)
NAMESPACE = "http://www.w3.org/2000/svg"
HANDLER = re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE)
IMPORT = re.compile(r"""(?:from|import)\s*\(?["'](\./|\.\./)([^"']+)["']""")


def test_all_scripts_and_styles_together_are_small_on_their_way() -> None:
    sizes = {one.name: len(packed(one.read_bytes(), "").zipped) for one in ALL}
    assert sum(sizes.values()) < MOST_BYTES, json.dumps(sizes, indent=1)


def test_what_one_page_loads_is_half_of_that() -> None:
    """The charts' library and the editor's forms are on no page together."""
    for path in TEMPLATES:
        sizes = {one.name: len(packed(one.read_bytes(), "").zipped) for one in loaded_by(path)}
        assert sum(sizes.values()) < MOST_BYTES / 2, f"{path.name}: {json.dumps(sizes, indent=1)}"


def loaded_by(template: Path) -> set[Path]:
    """The scripts and styles of a page, with what they import."""
    text = template.read_text(encoding="utf-8")
    if "frame.html" in text:
        text += (WEB / "templates" / "frame.html").read_text(encoding="utf-8")
    waiting = [STATIC / one for one in re.findall(r"/static/([^\"]+\.(?:js|css))", text)]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop().resolve()
        if path in found:
            continue
        found.add(path)
        if path.suffix == ".js" and path.parent != VENDOR:
            for start, name in IMPORT.findall(path.read_text(encoding="utf-8")):
                waiting.append(path.parent / start / name)
    return found


def get(path: str, **headers: str) -> Response:
    async def asked() -> Response:
        app = Starlette(routes=[Mount("/static", PackedFiles(STATIC))])
        transport = ASGITransport(app=app)
        async with AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.get(path, headers=named)

    return asyncio.run(asked())


def test_a_script_is_sent_compressed_once_and_plain_to_those_who_want_it_so() -> None:
    path = "/static/js/dom.js"
    content = (STATIC / "js" / "dom.js").read_bytes()
    zipped = get(path, accept_encoding="br, gzip")
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.headers["content-type"].startswith("text/javascript")
    assert zipped.content == content
    again = get(path, accept_encoding="gzip", if_none_match=zipped.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    for accepted in ("identity", "gzip;q=0"):
        plain = get(path, accept_encoding=accepted)
        assert "content-encoding" not in plain.headers
        assert plain.content == content
        assert plain.headers["etag"] != zipped.headers["etag"]


@pytest.mark.parametrize("path", ["/static/../pages.py", "/static/%2e%2e/pages.py", "/static/js"])
def test_nothing_else_is_served(path: str) -> None:
    assert get(path).status_code == 404


def test_third_party_files_are_as_they_were_published() -> None:
    listed = re.findall(
        r"^\| (\S+) \| [^|]+\| [^|]+\| ([0-9a-f]{64}) \|$",
        (VENDOR / "VENDORED.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert {name for name, _ in listed} == {
        one.name for one in VENDOR.iterdir() if one.suffix in (".js", ".css")
    }
    for name, checksum in listed:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == checksum, name


def test_third_party_files_have_their_licence_beside_them() -> None:
    assert "MIT" in (VENDOR / "uPlot.LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", OWN, ids=lambda one: one.name)
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace(NAMESPACE, "")
    assert ADDRESS.findall(text) == []
    assert "@import" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda one: one.name)
def test_a_template_has_neither_code_nor_style_within(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "<style" not in text
    assert not re.search(r"\sstyle\s*=", text)
    assert not HANDLER.search(text)
    assert "|safe" not in text.replace(" ", "")
    for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL):
        assert "src=" in attributes
        assert content == ""


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda one: one.name)
def test_a_script_makes_no_code_or_html_of_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    bad = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser"
    assert re.findall(bad, text) == []
    assert not re.search(r"""setAttribute\(\s*["']style""", text), "the policy blocks it"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda one: one.name)
def test_what_a_script_imports_is_there(path: Path) -> None:
    for start, name in IMPORT.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / start / name).is_file(), name


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda one: one.name)
def test_what_a_template_links_is_there_and_below_the_root_path(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r'(?:href|src)="([^"]+)"', text):
        assert link.startswith(("{{ root }}", "#")), link
        found = re.match(r"{{ root }}(/static/[^{]+)$", link)
        if found:
            assert (WEB / found[1].lstrip("/")).is_file(), link


def test_the_manifest_finds_its_icon() -> None:
    manifest = json.loads((STATIC / "manifest.webmanifest").read_text(encoding="utf-8"))
    assert all((STATIC / icon["src"]).is_file() for icon in manifest["icons"])


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colours(scheme: int) -> dict[str, str]:
    """The tokens of the light scheme (0) or of the dark one (1)."""
    text = (STATIC / "css" / "base.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", text, re.DOTALL)[:2]
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light))
    return found | (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", dark)) if scheme else {})


PAIRS = [
    *[(front, back) for front in ("text", "muted") for back in ("page", "card", "sunken")],
    *[("accent", back) for back in ("page", "card", "sunken", "accent-soft")],
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    *[(name, f"{name}-soft") for name in ("ok", "warning", "error", "info")],
    *[("text", f"{name}-soft") for name in ("ok", "warning", "error", "info")],
    *[(name, "card") for name in ("ok", "warning", "error", "info")],
    ("error", "sunken"),
]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_text_stands_out_as_wcag_aa_asks_for(scheme: int, front: str, back: str) -> None:
    found = colours(scheme)
    assert contrast(found[front], found[back]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("back", ["card", "page", "sunken"])
def test_edges_of_fields_stand_out_as_wcag_aa_asks_for(scheme: int, back: str) -> None:
    found = colours(scheme)
    assert contrast(found["line-strong"], found[back]) >= 3.0
