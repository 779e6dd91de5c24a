"""Reads the Dockerfile and .dockerignore, and lays the image's files out in a folder."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Stage:
    """One FROM and what follows it."""

    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        return [rest for word, rest in self.steps if word == instruction]

    def one(self, instruction: str) -> str:
        (rest,) = self.all(instruction)
        return rest

    def argv(self, instruction: str) -> list[str]:
        """The list of an instruction in exec form."""
        words: list[str] = json.loads(self.one(instruction))
        return words

    @property
    def environment(self) -> dict[str, str]:
        pairs = (pair for rest in self.all("ENV") for pair in rest.split())
        return dict(pair.split("=", 1) for pair in pairs)


def stages() -> list[Stage]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    found: list[Stage] = []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found.append(Stage(base, name))
        elif word:
            found[-1].steps.append((word, " ".join(rest.split())))
    return found


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps a path out of what the build sees; the last line that fits."""
    answer = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pattern = re.escape(line.removeprefix("!"))
            pattern = pattern.replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
            if re.fullmatch(f"{pattern}(/.*)?", path):
                answer = not line.startswith("!")
    return answer


def seen(source: str) -> list[str]:
    """The files below a COPY source that the build sees, relative to the root."""
    path = ROOT / source
    files = [path] if path.is_file() else [found for found in path.rglob("*") if found.is_file()]
    names = sorted(found.relative_to(ROOT).as_posix() for found in files)
    return [name for name in names if not ignored(name)]


def copies(stage: Stage) -> Iterator[tuple[str, str, str]]:
    """Of each COPY: the stage it takes from, the source and the target."""
    for rest in stage.all("COPY"):
        words = rest.split()
        origin = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else ""
        *sources, target = words
        for source in sources:
            yield origin, source, target


def lay_out(folder: Path) -> Path:
    """Do every COPY of the image below ``folder``, but for the packages; the working folder."""
    build, final = stages()
    _copy_all(build, folder / "build-stage", folder)
    _copy_all(final, folder / "image", folder)
    workdir = folder / "image" / final.one("WORKDIR").lstrip("/")
    (workdir / "files").mkdir()
    return workdir


def _copy_all(stage: Stage, top: Path, folder: Path) -> None:
    workdir = PurePosixPath((stage.all("WORKDIR") or ["/"])[-1])
    for origin, source, target in copies(stage):
        to = top / str(workdir / target).lstrip("/")
        if origin and source != "/opt/venv":
            shutil.copytree(folder / f"{origin}-stage" / source.lstrip("/"), to, dirs_exist_ok=True)
        elif not origin:
            for name in seen(source):
                part = Path(name).relative_to(source) if source.endswith("/") else Path(name).name
                (to / part).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, to / part)
