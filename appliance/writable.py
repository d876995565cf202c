"""Whether a site's folder takes what a command is going to write."""

from appliance.errors import MachineFailed
from appliance.site import Site


def require_writable(site: Site) -> None:
    """Fail before the long work where the site folder cannot be written."""
    probe = site.folder / ".inspect-eval-write"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise MachineFailed(
            f"the site folder cannot be written: {error.strerror}",
            file=str(site.folder),
            mend="give this user the permission, or move the site to a writable disk",
        ) from error
