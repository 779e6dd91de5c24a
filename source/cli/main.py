"""The command line: which commands there are, and how errors become messages and exit codes."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from source import __version__
from source.cli.options import files_option
from source.errors import ConfigError, IsdlError, JournalInUse
from source.logsetup import logs_to_console

logger = logging.getLogger(__name__)

PROGRAM = "python main.py"
WELL, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
COMMANDS = {
    "run": "Poll the sockets until SIGTERM or Ctrl-C; the same as no command.",
    "demo": "Show it all with simulated sockets, in a folder of its own.",
    "check": "Validate the configuration, try each socket and the database once.",
    "status": "Print sockets, journal and database, with a running daemon or without.",
    "energy": "Print energy, polls and cost of a device in any span of time.",
    "report": "Print the report of any span as text, CSV, JSON or a page; list those written.",
    "runs": "List the runs of an appliance, each with its energy and cost.",
    "costs": "Compute the costs of finished periods again, after a price was corrected.",
    "backup": "Copy the journal to a file, with a running daemon or without.",
    "restore": "Put a backup in the journal's place; what came after it is kept.",
    "verify": "Look through the journal: file, energy, cursors, meters, reports.",
    "repair": "Mend a stopped journal, and give back room on the disk.",
    "schema": "Print the JSON Schema of config.json or devices.json.",
    "web": "Set or remove the web page's password; list or remove its API tokens.",
    "health": "Exit with 0 when the daemon lives, for Docker's HEALTHCHECK.",
}
"""Each command with what the overview says of it."""


class Commands(click.Group):
    """Imports a command's module when that command is wanted: ``run`` and ``health`` stay small.

    Command ``x`` is the function ``x`` of ``source/cli/x.py``.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's shape)
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 (click's shape)
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"source.cli.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's shape)
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            ctx.fail(f"there is no command {args[0]!r}; known are {', '.join(COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@files_option
@click.version_option(__version__, prog_name="IntelligentSocketDatalogger")
@click.pass_context
def commands(ctx: click.Context, files: Path | None) -> int:
    """Poll smart sockets, keep what they measure, and tell what it cost.

    Without a command: run.
    """
    if files is not None:
        # Each command has the option too; given here, it counts for the command that follows.
        ctx.default_map = {name: {"files": files} for name in COMMANDS}
    if ctx.invoked_subcommand is not None:
        return WELL
    from source.cli.run import run  # noqa: PLC0415 (see Commands)

    result: int = ctx.invoke(run, files=files)
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line (``sys.argv`` where ``argv`` is None).

    Gives the exit code: 0 well, 1 failed, 2 wrong use or configuration, 130 interrupted by Ctrl-C.
    """
    _print_every_character()
    try:
        return _command(argv)
    except BrokenPipeError:  # `… | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception:  # marked place: main() (DESIGN, errors)
        logger.exception("ended by an error that is a bug in the program")
        if not _logs_to_the_terminal():
            click.echo(f"Error: {traceback.format_exc(limit=-1).strip()}", err=True)
        return FAILED


def _logs_to_the_terminal() -> bool:
    return not logging.getLogger().handlers or logs_to_console()


def _command(argv: Sequence[str] | None) -> int:
    try:
        result = commands.main(
            args=None if argv is None else list(argv), prog_name=PROGRAM, standalone_mode=False
        )
        sys.stdout.flush()
    except click.ClickException as err:
        err.show()
        return err.exit_code
    except ConfigError as err:
        click.echo(_told(err), err=True)
        return WRONG_USE
    except IsdlError as err:
        click.echo(f"Error: {err}", err=True)
        return WRONG_USE if isinstance(err, JournalInUse) else FAILED
    return result if isinstance(result, int) else WELL


def _told(err: ConfigError) -> str:
    """Every problem on a line of its own, and what to do."""
    count = len(err.problems)
    head = "1 problem" if count == 1 else f"{count} problems"
    lines = "\n".join(f"  {problem}" for problem in err.problems)
    return f"The configuration has {head}:\n{lines}\nMend it and try it with: {PROGRAM} check"


def _print_every_character() -> None:
    """A device's name, or €, must not end the program where the terminal's encoding lacks it."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
