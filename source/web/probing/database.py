"""What came of each step of the database's test, in words, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from source.config.models import Database
from source.sinks.trial import Outcome, Tried
from source.web.probing.words import Said, Translate
from source.web.texts import N_

TEXTS: Mapping[Outcome, str] = {
    "reached": N_("{host}:{port} answers."),
    "unknown_name": N_("The name {host} is not known in this network. Enter the IP address."),
    "refused": N_("{host} refuses the connection at port {port}. Does InfluxDB run, at this port?"),
    "late": N_("{host}:{port} has not answered in time. Are address and port right?"),
    "certificate": N_(
        "The certificate is not valid: {detail}. Use the name that it was issued for, or do not"
        " check it."
    ),
    "no_tls": N_("There is no encryption at this port: {detail}. Switch it off, or take another."),
    "unreachable": N_("{host}:{port} can't be reached: {detail}"),
    "version_1": N_("InfluxDB {detail}."),
    "version_other": N_(
        "This is InfluxDB {detail}; the logger writes to version 1. A later one takes its points"
        " only where its interface of version 1 is set up."
    ),
    "no_influxdb": N_("Something answers there, but it is no InfluxDB ({detail})."),
    "logged_in": N_("User {user} is let in."),
    "wrong_login": N_("User or password is wrong ({detail})."),
    "refused_query": N_("The server refuses to be asked: {detail}"),
    "exists": N_("The database {name} is there."),
    "created": N_("The database {name} was missing and is now created."),
    "may_not_create": N_(
        "The database {name} is missing, and user {user} may not create it ({detail}). Create it,"
        " or give that user the right."
    ),
    "not_created": N_("The database {name} can't be created: {detail}"),
    "written": N_("A measurement was written."),
    "may_not_write": N_("User {user} may not write to {name} ({detail})."),
    "not_written": N_("Nothing can be written: {detail}"),
    "read": N_("It was read back, and removed again."),
    "may_not_read": N_(
        "User {user} may write but not read ({detail}). That is enough for copying, not for"
        " programs that show the values with this user."
    ),
    "not_found_again": N_("What was written is not there ({detail})."),
}


def told(tried: Tried, database: Database, translate: Translate) -> str:
    """A step in words."""
    return Said(
        TEXTS[tried.outcome],
        {
            "host": database.host,
            "port": database.port,
            "user": database.user_name,
            "name": database.name,
            "detail": tried.detail,
        },
    ).told(translate)
