"""Why a socket is not read, in one sentence of the catalogue: the page translates it.

What its poll said exactly, in English and with its numbers, is told beside it.
"""

from __future__ import annotations

import re

from source.web.texts import N_

CLOCK_AWAITED = N_("Waits for the right time: the clock of this machine is plainly wrong.")
FIRST_AWAITED = N_("Waits for the first reading.")
NO_END = N_("No poll has come to an end for long.")
NO_ANSWER = N_("No answer.")
OTHER = N_("It answers, but not with what its type sends.")
_SENTENCES = (
    (r"host name .* is not known", N_("Its host name is not known in this network.")),
    (r"no whole answer within|timed out", N_("No answer in time.")),
    (r"refused", N_("It refuses the connection.")),
    (r"no route|unreachable|host is down", N_("It can't be reached in this network.")),
    (r"broke off|reset|broken pipe", N_("The connection broke off.")),
    (r"wants a user and a password", N_("It wants a user and a password.")),
    (r"^its handler|handler", N_("Its type has failed; the log says how.")),
    (r"mac address|another socket", N_("Another socket answers at its address.")),
)


def sentence(told: str) -> str:
    """The sentence for what a poll failed with; "No answer." where nothing is known."""
    if not told:
        return NO_ANSWER
    text = told.lower()
    return next((one for pattern, one in _SENTENCES if re.search(pattern, text)), OTHER)
