"""Command ``schema``: the JSON Schema of the configuration files, for editors."""

from __future__ import annotations

import click

from source.cli.output import print_json


@click.command()
@click.argument("which", type=click.Choice(["config", "devices"]))
def schema(which: str) -> None:
    """Print the JSON Schema of config.json or devices.json."""
    from source.config.schema import schema as schema_of  # noqa: PLC0415 (help stays quick)

    print_json(schema_of("config" if which == "config" else "devices"))
