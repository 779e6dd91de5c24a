"""Hands over to the command line. Parses on any Python, so that an old one gets a clear answer."""

import sys

if sys.version_info < (3, 10):  # noqa: UP036
    sys.exit(
        "IntelligentSocketDatalogger needs Python 3.10 or later, this is "
        + sys.version.split()[0]
        + ". Try python3.12 main.py, or see README.md, Installation."
    )

if __name__ == "__main__":
    try:
        from source.cli.main import main
    except ModuleNotFoundError as err:
        if not err.name or err.name.split(".")[0] == "source":
            raise
        sys.exit(
            "The package "
            + err.name
            + " is not installed for "
            + sys.executable
            + ". Start with `make run`, or install requirements.lock (README.md, Installation)."
        )
    sys.exit(main())
