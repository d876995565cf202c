"""The log of a site that has one: what reads it needs nothing of what makes it."""

from pathlib import Path

from appliance.engines.progress import tell
from appliance.errors import InputRefused
from appliance.log.log import Log
from appliance.site import Site


def existing_log(site: Site) -> Path:
    """The site's log; one of an older version is upgraded, a copy kept. Raises InputRefused where there is none yet."""
    if not site.log_path.exists():
        raise InputRefused("no audit has been run here yet", file=str(site.log_path), mend="run `inspect-eval audit`")
    if Log.upgrade(site.log_path):
        tell(f"{site.log_path} was of an older version: upgraded, and a copy kept beside it")
    return site.log_path
