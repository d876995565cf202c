"""The command line: thin. Parse, one call, print; every heavy import waits until its command runs."""

from appliance.cli.main import main

__all__ = ["main"]
