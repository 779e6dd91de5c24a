"""Command ``verify``: is the journal whole, and does it agree with itself?"""

from __future__ import annotations

from pathlib import Path

import click

from source.cli.options import files_option, folder_of, json_option
from source.cli.output import print_json, print_table
from source.errors import JournalError
from source.journal.schema import JOURNAL_FILE
from source.journal.verify import Finding, verified
from source.plaintext import Column

COLUMNS = (Column("what"), Column("result"), Column("details"))


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@json_option
@files_option
def verify(file: Path | None, as_json: bool, files: Path | None) -> int:
    """Verify the journal, or a backup FILE; works beside a running daemon, and changes nothing.

    Exits with 0 when all is well, else with 1.
    """
    path = file or folder_of(files) / JOURNAL_FILE
    if not path.exists():
        raise JournalError(f"{path}: is not there")
    findings = verified(path)
    is_well = all(one.is_well for one in findings)
    if as_json:
        print_json(
            {"file": str(path), "well": is_well, "findings": [_as_object(one) for one in findings]}
        )
    else:
        _print(path, findings, is_well, is_journal=file is None)
    return 0 if is_well else 1


def _print(path: Path, findings: list[Finding], is_well: bool, is_journal: bool) -> None:
    click.echo(f"Journal: {path}\n")
    print_table(COLUMNS, [(one.subject, _result(one), one.text) for one in findings])
    click.echo("")
    if is_well:
        click.echo("All is well.")
    elif is_journal:
        click.echo("Stop the program and mend it with: python main.py repair")
    else:
        click.echo("This file is not well.")


def _result(one: Finding) -> str:
    return "ok" if one.is_well else "failed"


def _as_object(one: Finding) -> dict[str, object]:
    return {"what": one.subject, "well": one.is_well, "details": one.text}
