"""The database that the environment names, if it names one."""

from __future__ import annotations

from collections.abc import Sequence

from source.config.findings import Findings
from source.config.kinds import Kind, Password
from source.config.models import Database, kinds_of
from source.config.spelling import did_you_mean, instead
from source.config.variables import ENVIRONMENT, FILE_SUFFIX, Layer, Setting, setting

PREFIX = "DB_"


def read_database(layers: Sequence[Layer], findings: Findings) -> Database | None:
    """The database; None where no DB_* is set, or, with problems noted, where a value is wrong."""
    kinds = kinds_of(Database)
    names = [key for key in kinds if key.startswith(PREFIX)]
    keys = [*names, *(name + FILE_SUFFIX for name in names)]
    _warn_of_near_misses(layers, keys, findings)
    if not any(key in layer.values for layer in layers for key in keys):
        _warn_of_idle_values(layers, findings)
        return None
    before = len(findings.problems)
    values: dict[str, object] = {}
    for name, kind in kinds.items():
        found = setting(name, layers, findings, secret=isinstance(kind, Password))
        if found is not None:
            values[name] = _read(found, kind)
        elif name in _required():
            meant = instead(name, _unknown(layers, keys))
            findings.at(ENVIRONMENT).at(name).problem(
                f"is missing; it {kind.allowed}{meant}. To use no database, set no {PREFIX}* at all"
            )
    if len(findings.problems) > before:
        return None
    return Database.model_validate(values)


def _required() -> set[str]:
    return {str(f.alias) for f in Database.model_fields.values() if f.is_required()}


def _read(found: Setting, kind: Kind) -> object:
    """The value in force; None, with a problem noted, where it is wrong."""
    if found.text is None:
        return None
    try:
        return kind.read(found.text if isinstance(kind, Password) else found.text.strip())
    except ValueError as err:
        whose = "the content of that file " if found.from_file else ""
        found.place.problem(f"{whose}{err}", found.shown)
        return None


def _warn_of_idle_values(layers: Sequence[Layer], findings: Findings) -> None:
    """Without a database nothing follows from SSL and VERIFY_SSL: no reason to refuse the start.

    Other programs may have variables of these names too.
    """
    idle = Findings()
    for name, kind in kinds_of(Database).items():
        found = None if name.startswith(PREFIX) else setting(name, layers, idle)
        if found is not None:
            _read(found, kind)
    findings.warnings.extend(
        f"{problem}; without effect, since no {PREFIX}* is set" for problem in idle.problems
    )


def _warn_of_near_misses(layers: Sequence[Layer], keys: Sequence[str], findings: Findings) -> None:
    for layer in layers:
        for key in _unknown([layer], keys):
            hint = did_you_mean(key, keys)
            if hint:
                findings.at(layer.source).at(key).warn(f"is not used{hint}")


def _unknown(layers: Sequence[Layer], keys: Sequence[str]) -> list[str]:
    found = (key for layer in layers for key in layer.values)
    return [key for key in found if key.upper().startswith(PREFIX) and key not in keys]
