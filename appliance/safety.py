"""Whether this node is as safe as `deploy/threat-model.md` claims: one finding a claim, all on one screen.

A claim that does not hold here is a note: it does not stop an audit, and its mend says how to make it hold.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.audit.fence import CPU_PROVIDERS
from appliance.errors import InspectError
from appliance.site import Site

CGROUP = Path("/sys/fs/cgroup")
UNITS = Path("/etc/systemd/system")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
PRELOADED = ("LD_PRELOAD", "PYTHONSTARTUP", "PYTHONINSPECT")


@dataclass(frozen=True)
class Claim:
    """One claim of the threat model: what it says, whether it holds here, and else how to make it hold."""

    what: str
    holds: bool
    mend: str = ""


def claims(site: Site) -> tuple[Claim, ...]:
    """Every claim that can be looked at on this node, in the order of the threat model."""
    return tuple(claim(site) for claim in CLAIMS)


def _models(site: Site) -> Claim:
    from appliance.audit.order import site_family
    from models.errors import ModelError

    what = "every model is the one its manifest names (sha256)"
    try:
        site_family(site)
    except (InspectError, ModelError) as error:
        return Claim(
            f"{what}: {error.file}: {error.what}",
            holds=False,
            mend="restore the models, or accept them with `models card`",
        )
    return Claim(what, holds=True)


def _parts(site: Site) -> Claim:
    mend = "write one with `inspect-eval init --refresh`"
    return Claim("a manifest names every part picture (sha256)", site.manifest_path.is_file(), mend)


def _closed(site: Site) -> Claim:
    open_ones = [str(path) for path in _trusted(site) if path.exists() and path.stat().st_mode & stat.S_IWOTH]
    what = "nobody but the owner's group can write site.toml, manifest, cards, log or models"
    if open_ones:
        return Claim(f"{what}: {open_ones[0]} is open to all", holds=False, mend=f"chmod o-w {open_ones[0]}")
    return Claim(what, holds=True)


def _trusted(site: Site) -> Iterator[Path]:
    yield from (site.folder, site.file, site.manifest_path, site.card_path, site.log_path, site.family_path)
    if site.family_path.is_dir():
        yield from sorted(site.family_path.glob("*.onnx"))


def _user(_site: Site) -> Claim:
    what = "audits run as a user of their own, not as root"
    return Claim(what, os.geteuid() != 0, "`inspect-eval install-units` makes one and runs the nights as it")


def _memory(site: Site) -> Claim:
    what = "a model or picture cannot take all of this node's memory"
    if site.engine.provider in CPU_PROVIDERS:
        return Claim(f"{what}: every process has a fence of address space", holds=True)
    return Claim(f"{what}: the service has a memory limit", _limited(), "run audits by the units, which set MemoryMax")


def _limited() -> bool:
    """Whether a memory limit stands on this process's control group."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
        own = next(line[3:] for line in lines if line.startswith("0::"))
        return (CGROUP / own.lstrip("/") / "memory.max").read_text(encoding="utf-8").strip() != "max"
    except (OSError, StopIteration):
        return False


def _pictures(_site: Site) -> Claim:
    from appliance.parts.decode import MAX_PIXELS

    told = os.environ.get("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))
    what = f"no picture over {MAX_PIXELS // 1_000_000} megapixels is decoded"
    return Claim(what, told == str(MAX_PIXELS), "unset OPENCV_IO_MAX_IMAGE_PIXELS")


def _loaded(_site: Site) -> Claim:
    found = [name for name in PRELOADED if os.environ.get(name)]
    what = "nothing foreign is loaded into the process by the environment"
    return Claim(f"{what}: {', '.join(found)} is set" if found else what, not found, f"unset {' '.join(found)}")


def _listens(site: Site) -> Claim:
    what = f"the dashboard listens on {site.dashboard.host}"
    mend = "set host under [dashboard] to 127.0.0.1, or list the allowed names in allow_hosts behind your own gate"
    return Claim(what, site.dashboard.host in LOOPBACK, mend)


def _units(_site: Site) -> Claim:
    found = sorted(UNITS.glob("inspect-eval*.service"))
    what = "nights run in a hardened unit without a network"
    night = [unit for unit in found if "PrivateNetwork=yes" in unit.read_text(encoding="utf-8", errors="replace")]
    return Claim(what, bool(night), "write them with `inspect-eval install-units`")


CLAIMS: tuple[Callable[[Site], Claim], ...] = (
    _models,
    _parts,
    _closed,
    _user,
    _memory,
    _pictures,
    _loaded,
    _listens,
    _units,
)
