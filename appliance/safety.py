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
    """One claim of the threat model: what is the case on this node, in one plain sentence, and whether that is safe.

    Where it is not, `mend` says how to make the claim hold.
    """

    what: str
    holds: bool
    mend: str = ""


def _claim(holds: bool, safe: str, unsafe: str, mend: str) -> Claim:
    return Claim(safe, holds=True) if holds else Claim(unsafe, holds=False, mend=mend)


def claims(site: Site) -> tuple[Claim, ...]:
    """Every claim that can be looked at on this node, in the order of the threat model."""
    return tuple(claim(site) for claim in CLAIMS)


def _models(site: Site) -> Claim:
    from appliance.audit.order import site_family
    from models.errors import ModelError

    try:
        site_family(site)
    except (InspectError, ModelError) as error:
        mend = "restore the models, or accept them with `models card`"
        return Claim(f"a model cannot be trusted: {error.file}: {error.what}", holds=False, mend=mend)
    return Claim("every model is the one its manifest names (sha256)", holds=True)


def _parts(site: Site) -> Claim:
    return _claim(
        site.manifest_path.is_file(),
        "a manifest names every part picture (sha256)",
        "part pictures are taken as they lie there: there is no manifest",
        "write one with `inspect-eval init --refresh`",
    )


def _closed(site: Site) -> Claim:
    open_ones = [str(path) for path in _trusted(site) if path.exists() and path.stat().st_mode & stat.S_IWOTH]
    first = open_ones[0] if open_ones else ""
    return _claim(
        not open_ones,
        "only the owner and their group can write site.toml, manifest, cards, log and models",
        f"every user of this node can write {first}",
        f"chmod o-w {first}",
    )


def _trusted(site: Site) -> Iterator[Path]:
    yield from (site.folder, site.file, site.manifest_path, site.card_path, site.log_path, site.family_path)
    if site.family_path.is_dir():
        yield from sorted(site.family_path.glob("*.onnx"))


def _user(_site: Site) -> Claim:
    return _claim(
        os.geteuid() != 0,
        "this command runs as an ordinary user",
        "this command runs as root",
        "`inspect-eval install-units` makes a user for the nights; run audits by hand as an ordinary user too",
    )


def _memory(site: Site) -> Claim:
    if site.engine.provider in CPU_PROVIDERS:
        return Claim("what a model or a picture can take of the memory is fenced, process by process", holds=True)
    return _claim(
        _limited(),
        "what a model or a picture can take of the memory is limited by the service",
        "a model or a picture can take all memory: on a GPU only a service's limit holds, and this is no service",
        "run audits by the units, which set MemoryMax",
    )


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
    return _claim(
        told == str(MAX_PIXELS),
        f"pictures over {MAX_PIXELS // 1_000_000} megapixels are refused before they are decoded",
        f"OPENCV_IO_MAX_IMAGE_PIXELS={told} takes the place of the limit of {MAX_PIXELS // 1_000_000} megapixels",
        "unset OPENCV_IO_MAX_IMAGE_PIXELS",
    )


def _loaded(_site: Site) -> Claim:
    found = " and ".join(name for name in PRELOADED if os.environ.get(name))
    return _claim(
        not found,
        "the environment loads only our own code into the process",
        f"the environment loads foreign code into the process: {found}",
        f"unset {found.replace(' and ', ' ')}",
    )


def _listens(site: Site) -> Claim:
    return _claim(
        site.dashboard.host in LOOPBACK,
        f"the dashboard listens to this machine alone ({site.dashboard.host})",
        f"the dashboard listens on {site.dashboard.host}: whoever reaches its port can read it",
        "set host under [dashboard] to 127.0.0.1, or list the allowed names in allow_hosts behind your own gate",
    )


def _units(_site: Site) -> Claim:
    found = sorted(UNITS.glob("inspect-eval*.service"))
    night = [unit for unit in found if "PrivateNetwork=yes" in unit.read_text(encoding="utf-8", errors="replace")]
    return _claim(
        bool(night),
        "nights run in a hardened unit without a network",
        "no unit is installed that would run the nights hardened and without a network",
        "write them with `inspect-eval install-units`",
    )


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
