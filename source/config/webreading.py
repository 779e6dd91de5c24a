"""Reads what is configured of the web page: the section of config.json, and the variables."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import SecretStr

from source.config.findings import Findings, Place, shown
from source.config.kinds import Kind, Password
from source.config.models import kinds_of
from source.config.reading import validated, warn_of_unknown
from source.config.spelling import did_you_mean
from source.config.variables import FILE_SUFFIX, Layer, setting
from source.config.web import PASSWORD_VARIABLE, VARIABLES, Web, kind_of

WEB = "web"
PREFIX = "WEB_"
EXAMPLE = '{"host": "0.0.0.0", "port": 8080}'


def read_web(raw: object, place: Place) -> Web:
    """What the section says; the defaults, with problems noted, where it is wrong."""
    if raw is None:
        return Web()
    if not isinstance(raw, dict):
        place.problem(f"must be an object such as {EXAMPLE}", shown(raw))
        return Web()
    kept = raw
    if "password" in raw:
        kept = {key: value for key, value in raw.items() if key != "password"}
        told = f"has no effect here; set {PASSWORD_VARIABLE}, or set it on the page"
        place.at("password").warn(told)
    warn_of_unknown(kept, kinds_of(Web), place, kept=False)
    return validated(Web, kept, place) or Web()


def with_variables(web: Web, layers: Sequence[Layer], findings: Findings) -> Web:
    """``web`` with what the variables say in its place; what is wrong with them is noted."""
    _warn_of_near_misses(layers, findings)
    values = {
        key: value
        for name, key in VARIABLES.items()
        if (value := _value(name, kind_of(key), layers, findings)) is not None
    }
    password = _value(PASSWORD_VARIABLE, Password(), layers, findings)
    if isinstance(password, SecretStr):
        values["password"] = password
    return web.model_copy(update=values)


def _value(name: str, kind: Kind, layers: Sequence[Layer], findings: Findings) -> object:
    """The value in force; None where there is none, or, with a problem noted, a wrong one."""
    found = setting(name, layers, findings, secret=kind.is_secret)
    if found is None or found.text is None:
        return None
    try:
        return kind.read(found.text if kind.is_secret else found.text.strip())
    except ValueError as err:
        whose = "the content of that file " if found.from_file else ""
        found.place.problem(f"{whose}{err}", found.shown)
        return None


def _warn_of_near_misses(layers: Sequence[Layer], findings: Findings) -> None:
    names = (*VARIABLES, PASSWORD_VARIABLE)
    known = [*names, *(name + FILE_SUFFIX for name in names)]
    for layer in layers:
        for key in layer.values:
            hint = did_you_mean(key, known) if key.upper().startswith(PREFIX) else ""
            if hint and key not in known:
                findings.at(layer.source).at(key).warn(f"is not used{hint}")
