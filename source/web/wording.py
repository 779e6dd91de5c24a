"""What is said to a reader: texts in the own language, numbers and times as it writes them."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from source.config.models import Configuration
from source.model import US_PER_S
from source.reports.money import Notation
from source.web.asked import notation_of, reader_locale
from source.web.problemtexts import sentence_in
from source.web.texts import Translator, language_of, locale_of, translator

STEPS = ((1_000_000_000, 2, "GB"), (1_000_000, 1, "MB"), (1_000, 0, "kB"))


@dataclass(frozen=True, slots=True)
class Wording:
    """Called with an English text it gives that of the reader, as a translator does."""

    translate: Translator
    notation: Notation

    def __call__(self, text: str) -> str:
        return self.translate(text)

    def problem(self, text: str) -> str:
        """What the configuration says of itself, such as a warning."""
        return sentence_in(text, self.notation.language)

    def count(self, count: int) -> str:
        """``12,345``."""
        return self.notation.number(count, 0)

    def moment(self, time_s: float) -> str:
        """A time by the clocks of the house."""
        return self.notation.moment(round(time_s * US_PER_S))

    def size(self, size_bytes: float) -> str:
        """``4.10 GB``, in steps of 1000."""
        found = (step for step in STEPS if size_bytes >= step[0])
        one, digits, unit = next(found, STEPS[-1])
        return self.notation.united(self.notation.number(size_bytes / one, digits), unit)


def wording_of(request: HTTPConnection, configuration: Configuration) -> Wording:
    """As the reader of a request wants it."""
    locale = reader_locale(locale_of(request, configuration))
    language = language_of(request, configuration)
    return Wording(translator(language), notation_of(locale, configuration))


def plain_wording(configuration: Configuration) -> Wording:
    """In English, for those who help."""
    return Wording(translator("en"), notation_of(reader_locale("en"), configuration))
