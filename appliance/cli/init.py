"""`inspect-eval init`: a site from two folders."""

import typer


def register(app: typer.Typer) -> None:
    """Add this command to the app."""
