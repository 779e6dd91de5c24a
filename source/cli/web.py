"""Command ``web``: the page's password and API tokens, for who can't get in."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from pathlib import Path

import click

from source.cli.options import configured, files_option, folder_of, json_option
from source.cli.output import print_json, print_table
from source.config.web import PASSWORD_VARIABLE
from source.errors import ConfigError
from source.plaintext import NAME_CELLS, Column
from source.web.security import passwords, sessions
from source.web.security.store import Store, Stored, Token

COLUMNS = (
    Column("id"),
    Column("name", longest=NAME_CELLS),
    Column("scope"),
    Column("created"),
)


@click.group()
@files_option
@click.pass_context
def web(ctx: click.Context, files: Path | None) -> None:
    """Set or remove the page's password; list or remove API tokens.

    A running daemon knows it at once.
    """
    if files is not None:
        ctx.default_map = {name: {"files": files} for name in ("password", "tokens")}


@web.command()
@click.option("--remove", is_flag=True, help="Remove the password, and log everybody out.")
@files_option
def password(remove: bool, files: Path | None) -> None:
    """Ask for a new password and set it; every browser is logged out.

    Without a terminal it is read from the input's first line.
    """
    folder = _folder(files)
    made = None if remove else passwords.hashed(_asked())
    Store(folder).change(
        lambda stored: sessions.without_sessions(stored).model_copy(update={"password": made})
    )
    click.echo("The password is removed." if made is None else "The password is set.")
    _warn_of_environment(folder)


@web.command()
@click.option("--remove", metavar="ID", help="Remove the token with this id.")
@json_option
@files_option
def tokens(remove: str | None, as_json: bool, files: Path | None) -> None:
    """List the API tokens, or remove one of them."""
    store = Store(_folder(files))
    if remove is not None:
        if not any(one.id == remove for one in store.read().tokens):
            raise click.BadParameter(f"there is no token {remove!r}", param_hint="--remove")
        store.change(lambda stored: sessions.without_token(stored, remove))
    _print(store.read(), as_json)


def _folder(files: Path | None) -> Path:
    folder = folder_of(files)
    if not folder.is_dir():
        raise click.UsageError(f"there is no folder {folder}")
    return folder


def _asked() -> str:
    """A password of a good length, given twice where it is typed."""
    if sys.stdin.isatty():
        given: str = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    if not passwords.SHORTEST <= len(given) <= passwords.LONGEST:
        raise click.UsageError(
            f"the password needs {passwords.SHORTEST} to {passwords.LONGEST} characters"
        )
    return given


def _warn_of_environment(folder: Path) -> None:
    try:
        given = configured(folder).web.password
    except ConfigError:
        return  # who is locked out need not mend the configuration first
    if given is not None:
        click.echo(f"Warning: {PASSWORD_VARIABLE} is set, and goes first.", err=True)


def _print(stored: Stored, as_json: bool) -> None:
    if as_json:
        print_json([_object(one) for one in stored.tokens])
    elif stored.tokens:
        print_table(COLUMNS, [(one.id, one.name, one.scope, _day(one)) for one in stored.tokens])
    else:
        click.echo("There are no tokens.")


def _object(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "scope": token.scope,
        "created_s": token.created_s,
    }


def _day(token: Token) -> str:
    return datetime.fromtimestamp(token.created_s, timezone.utc).date().isoformat()
