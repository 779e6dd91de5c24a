"""Text of files without the secrets in it, for a diagnostics file that is sent to others."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from source.config.secretwords import HIDDEN, SECRET_WORDS, SHORT_WORDS, hidden

SHORTEST = 3
"""Characters of a secret from which on it is blanked wherever it stands."""
_LOGIN = re.compile(r"://[^/\s\"'@]*@")
_QUERY = re.compile(r"(://[^\s\"'?#]{0,300})[?#][^\s\"']*")
_WORDS = "|".join((*SECRET_WORDS, SHORT_WORDS, "bearer", "cookie"))
_NAMED = re.compile(
    rf"((?:{_WORDS})[\w-]{{0,30}}[\"']?\s{{0,3}}[=:]\s{{0,3}}[\"']?)"
    r"(?:bearer |basic )?[^\s\"',;}\]]+",
    re.IGNORECASE,
)
"""Of bounded length: a log may hold millions of characters that nearly look so."""
_VARIABLE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


@dataclass(frozen=True, slots=True)
class Blanking:
    """Blanks the secrets that are known, and what looks like one."""

    secrets: Sequence[str]

    def text(self, text: str) -> str:
        """``text`` without logins and queries in addresses, without what a word such as password
        stands before, and without the known secrets."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            if len(secret) >= SHORTEST:
                text = text.replace(secret, HIDDEN)
        text = _LOGIN.sub(f"://{HIDDEN}@", text)
        text = _QUERY.sub(rf"\1?{HIDDEN}", text)
        return _NAMED.sub(rf"\g<1>{HIDDEN}", text)

    def json_file(self, path: Path) -> str:
        """A JSON file; of one that can't be read only why."""
        try:
            found = json.loads(path.read_bytes())
        except FileNotFoundError:
            return "There is no such file.\n"
        except OSError as err:
            return f"It can't be read: {err.strerror or err}\n"
        except (ValueError, RecursionError) as err:
            # Without its text: where it is torn nobody knows what is a secret.
            return f"It is no JSON: {type(err).__name__}\n"
        return self.json_text(found)

    def json_text(self, value: object) -> str:
        """A value as JSON."""
        text = json.dumps(_blanked(hidden(value), self), indent=2, ensure_ascii=False)
        return f"{text}\n"


def variable_names(path: Path) -> list[str]:
    """The names of the variables that a ``.env`` file sets, without any value."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found = (_VARIABLE.match(line) for line in text.splitlines())
    return [one[1] for one in found if one is not None]


def _blanked(value: object, blanking: Blanking) -> object:
    """Text by text: what blanks may not tear the JSON apart."""
    if isinstance(value, dict):
        return {key: _blanked(one, blanking) for key, one in value.items()}
    if isinstance(value, list):
        return [_blanked(one, blanking) for one in value]
    return blanking.text(value) if isinstance(value, str) else value
