"""What is installed is locked: each version with its hashes."""

from __future__ import annotations

import re

import pytest

from tests.packaging.dockerfile import ROOT

PAIRS = [
    ("requirements.txt", "requirements.lock"),
    ("requirements-dev.txt", "requirements-dev.lock"),
]


def wanted(name: str) -> set[str]:
    """The direct dependencies of a requirements file and of those that it includes."""
    found = set()
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found |= wanted(line.removeprefix("-r ").strip())
        elif match := re.match(r"[A-Za-z0-9._-]+", line):
            found.add(re.sub(r"[-_.]+", "-", match[0]).lower())
    return found


def locked(name: str) -> dict[str, dict[str, list[str]]]:
    """Package → version with its marker → hashes."""
    found: dict[str, dict[str, list[str]]] = {}
    hashes: list[str] = []
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([a-z0-9-]+)==(\S+(?: ; .*?)?) *\\?$", line):
            hashes = found.setdefault(match[1], {}).setdefault(match[2].strip(), [])
        elif match := re.match(r"    --hash=sha256:([0-9a-f]{64})", line):
            hashes.append(match[1])
        else:
            assert not line.strip() or line.lstrip().startswith("#"), line
    return found


@pytest.mark.parametrize(("requirements", "lock"), PAIRS)
def test_every_direct_dependency_is_locked(requirements: str, lock: str) -> None:
    assert wanted(requirements)
    assert wanted(requirements) - set(locked(lock)) == set()


@pytest.mark.parametrize("lock", [lock for _, lock in PAIRS])
def test_every_locked_version_has_hashes(lock: str) -> None:
    without = [
        (package, version)
        for package, versions in locked(lock).items()
        for version, hashes in versions.items()
        if not hashes
    ]
    assert without == []


def test_the_tests_run_with_the_versions_that_users_get() -> None:
    program, tests = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {package: set(versions) for package, versions in program.items()} == {
        package: set(tests[package]) for package in program
    }
