"""Workflows and compose files: their published schemas, and what reviewers would look for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.packaging.dockerfile import ROOT, stages

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
COMPOSE = sorted(ROOT.glob("docker-compose*.yml"))
DEPENDABOT = ROOT / ".github" / "dependabot.yml"


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return found


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read(path)["jobs"]
    return found


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.compose-spec", COMPOSE),
        ("vendor.dependabot", [DEPENDABOT]),
    ],
)
def test_they_follow_their_published_schemas(schema: str, paths: list[Path]) -> None:
    assert paths
    ended = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def uses() -> list[tuple[str, str]]:
    """Of all workflows: file and line of each foreign action."""
    return [
        (path.name, line.strip())
        for path in WORKFLOWS
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*(- )?uses:", line) and "uses: ./" not in line
    ]


def test_every_action_is_pinned_by_commit_with_its_version_beside_it() -> None:
    assert uses()
    for name, line in uses():
        assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), (name, line)


def test_an_action_has_the_same_version_everywhere() -> None:
    pins = {line.partition("uses: ")[2] for _, line in uses()}
    assert len({pin.partition("@")[0] for pin in pins}) == len(pins)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_may_read_only_and_end_in_time(path: Path) -> None:
    assert read(path)["permissions"] == {"contents": "read"}
    assert "group" in read(path)["concurrency"]
    for name, job in jobs(path).items():
        assert "uses" in job or job["timeout-minutes"] <= 60, name
        assert set(job.get("permissions", {}).items()) <= {
            ("contents", "read"),
            ("packages", "write"),
        }


def test_only_the_job_that_publishes_may_write_packages() -> None:
    writing = [
        (path.name, name)
        for path in WORKFLOWS
        for name, job in jobs(path).items()
        if "write" in job.get("permissions", {}).values()
    ]
    assert writing == [("image.yml", "publish")]


def test_a_checkout_leaves_no_token_behind() -> None:
    steps = [
        step for path in WORKFLOWS for job in jobs(path).values() for step in job.get("steps", [])
    ]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_pull_requests_are_tested_with_every_python_that_is_supported() -> None:
    workflow = read(ROOT / ".github" / "workflows" / "test.yml")
    assert {"pull_request", "push"} <= set(workflow["on"])
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert matrix == ["3.10", "3.11", "3.12", "3.13", "3.14"]
    commands = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    assert any(command.startswith("make test") for command in commands)
    assert any(command.startswith("make lint") for command in commands)


def test_a_tag_publishes_for_all_three_architectures_after_the_tests() -> None:
    workflow = read(ROOT / ".github" / "workflows" / "image.yml")
    assert workflow["on"] == {"push": {"tags": ["v*"]}}
    publish = workflow["jobs"]["publish"]
    assert publish["needs"] == "test"
    build = publish["steps"][-1]["with"]
    assert build["platforms"] == "linux/amd64,linux/arm64,linux/arm/v7"
    assert build["provenance"] == "mode=max"


def test_dependabot_looks_at_actions_packages_and_base_images() -> None:
    found = {update["package-ecosystem"] for update in read(DEPENDABOT)["updates"]}
    assert found == {"github-actions", "pip", "docker"}


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_the_logger_is_confined_and_keeps_its_files(path: Path) -> None:
    logger = read(path)["services"]["isdl"]
    target = stages()[-1].one("VOLUME")
    (volume,) = logger["volumes"]
    assert volume == f"isdl-files:{target}"
    assert "isdl-files" in read(path)["volumes"]
    assert logger["read_only"] is True
    assert logger["tmpfs"] == ["/tmp"]
    assert logger["security_opt"] == ["no-new-privileges:true"]
    assert logger["cap_drop"] == ["ALL"]
    assert logger["restart"] == "unless-stopped"


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_the_logger_gets_the_token_for_dynamic_prices(path: Path) -> None:
    environment = read(path)["services"]["isdl"]["environment"]
    assert environment["TARIFF_TOKEN"] == "${TARIFF_TOKEN:-}"


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_the_page_listens_where_its_port_is_published_whatever_is_set_on_it(path: Path) -> None:
    logger = read(path)["services"]["isdl"]
    port = stages()[-1].one("EXPOSE")
    assert logger["ports"] == [f"${{WEB_PORT:-{port}}}:{port}"]
    environment = logger["environment"]
    assert (environment["WEB_HOST"], str(environment["WEB_PORT"])) == ("0.0.0.0", port)
    assert environment["WEB"] == "${WEB:-}"


def test_the_logger_starts_without_the_database() -> None:
    logger = read(ROOT / "docker-compose.yml")["services"]["isdl"]
    assert logger["depends_on"] == ["influxdb"]  # the order only, no condition


def test_both_compose_files_describe_the_same_logger() -> None:
    both = [dict(read(path)["services"]["isdl"]) for path in COMPOSE]
    for logger in both:
        logger.pop("depends_on", None)
        logger["environment"] = {
            key: value for key, value in logger["environment"].items() if not key.startswith("DB_")
        }
    assert both[0] == both[1]


def test_the_logger_alone_names_no_database() -> None:
    alone = read(ROOT / "docker-compose.alone.yml")
    assert list(alone["services"]) == ["isdl"]
    assert not [key for key in alone["services"]["isdl"]["environment"] if key.startswith("DB_")]


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_no_password_stands_in_a_compose_file(path: Path) -> None:
    for service in read(path)["services"].values():
        for key, value in service["environment"].items():
            if "PASSWORD" in key or "TOKEN" in key:
                assert re.fullmatch(r"\$\{\w+:-\}", value), key
