"""systemd units of a site: the texts in `systemd/` with the site's own paths, times and user put in."""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from appliance.errors import MachineFailed, UsageError
from appliance.site import Site

SAFE = re.compile(r"[\w./+@:=,~-]+")
HIDDEN = (Path("/home"), Path("/root"), Path("/run/user"))
"""What ProtectHome hides; paths below are bound into the unit one by one."""

TEMPORARY = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - named, not used

NAMES = ("nightly.timer", "deliver.service", "deliver.timer", "dashboard.service", "failed.service")
INCOMING = ("incoming.path", "incoming.service")

HOUSE_MIN = 30
"""Minutes for what comes around an audit (hashing, judging, report, copy), before systemd ends the unit."""

GPU = frozenset({"cuda", "tensorrt", "tensorrt-native", "rtx", "rtx-native"})
"""Providers that need NVIDIA's devices."""

JIT = frozenset({"openvino"})
"""Providers that make their code at run time, which MemoryDenyWriteExecute would refuse."""

LEFT = re.compile(r"@[A-Z_]+@")


@dataclass(frozen=True)
class Wanted:
    """How units are to be written: below `root` (/ for this machine), as whom; `gpu`: for a GPU in any case.

    A site whose [engine] is a GPU's gets the GPU variant anyway.
    """

    root: Path
    user: str = "inspect-eval"
    gpu: bool = False


@dataclass(frozen=True)
class Written:
    """The files, and what a person types to put them to work."""

    files: tuple[Path, ...]
    next_steps: tuple[str, ...]


def install_units(site: Site, wanted: Wanted) -> Written:
    """Write the site's units, its user and its folders below `wanted.root`.

    Raises UsageError for a path or a name that a unit cannot carry, MachineFailed where a file cannot be written.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,30}", wanted.user):
        raise UsageError(f"{wanted.user!r} is no name for a system user", mend="use small letters, digits and -")
    for place in TEMPORARY:
        if site.folder.resolve().is_relative_to(place):
            raise UsageError(
                f"units see a {place} of their own", file=str(site.folder), mend="move the site, to /srv say"
            )
    values = _values(site, wanted)
    prefix = values["PREFIX"]
    texts = dict(_texts(site, wanted, values))
    files = []
    for target, text in texts.items():
        files.append(_write(wanted.root / target, text))
    enabled = [f"{prefix}-nightly.timer", f"{prefix}-deliver.timer", f"{prefix}-dashboard.service"]
    enabled += [f"{prefix}-incoming.path"] if site.nightly.incoming else []
    steps = (
        f"systemd-sysusers {prefix}.conf",
        f"systemd-tmpfiles --create {prefix}.conf",
        f"chown -R {wanted.user}: {site.folder}",
        "systemctl daemon-reload",
        f"systemctl enable --now {' '.join(enabled)}",
    )
    return Written(tuple(files), steps)


def _texts(site: Site, wanted: Wanted, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(path below the root, text) of every file."""
    prefix = values["PREFIX"]
    units = [(name, name) for name in (*NAMES, *(INCOMING if site.nightly.incoming else ()))]
    gpu = wanted.gpu or site.engine.provider in GPU
    units.append(("nightly-gpu.service" if gpu else "nightly.service", "nightly.service"))
    for source, name in units:
        yield f"etc/systemd/system/{prefix}-{name}", _filled(source, values)
    for kind in ("sysusers", "tmpfiles"):
        yield f"etc/{kind}.d/{prefix}.conf", _filled(f"{kind}.conf", values)


def _filled(name: str, values: Mapping[str, str]) -> str:
    text = _template(name)
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    left = LEFT.search(text)
    if left:
        raise ValueError(f"{name}: nothing to put for {left.group()}")
    return text


def _template(name: str) -> str:
    """The text of one of the files in `systemd/`: in the wheel beside this package, in a checkout above it."""
    package = files("appliance")
    packed = package.joinpath("systemd", name)
    if packed.is_file():
        return packed.read_text(encoding="utf-8")
    return (Path(str(package)).parent / "systemd" / name).read_text(encoding="utf-8")


def _values(site: Site, wanted: Wanted) -> dict[str, str]:
    incoming = site.resolve(site.nightly.incoming) if site.nightly.incoming else site.folder / "incoming"
    return {
        "NAME": _one_line(site.name),
        "PREFIX": f"inspect-eval-{slug(site.name)}",
        "DOC": _path(site.file),
        "SITE": _path(site.folder),
        "INCOMING": _path(incoming),
        "USER": wanted.user,
        "PROGRAM": _path(program()),
        "PYTHON": _path(Path(sys.executable)),
        "AT": site.nightly.at,
        "TIMEOUT": f"{round(2 * site.nightly.budget_min) + HOUSE_MIN}min",
        "MEMORY": "75%",
        "NO_JIT": "no" if site.engine.provider in JIT else "yes",
        "PATHS": "\n".join(_binds(site)),
    }


def slug(name: str) -> str:
    """A name as part of a unit's: small letters, digits and -."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return plain[:40].strip("-") or "site"


def program() -> Path:
    """The console script of this installation. Raises MachineFailed where it is not there."""
    found = Path(sys.prefix) / "bin" / "inspect-eval"
    if not found.is_file():
        raise MachineFailed("the program is not there", file=str(found), mend="install inspect-eval into this Python")
    return found


def _binds(site: Site) -> Iterator[str]:
    """Lines that show the unit what ProtectHome would hide from it."""
    package = Path(str(files("appliance"))).parent
    read = [Path(sys.prefix), Path(sys.base_prefix), package, site.parts_path, site.family_path, site.card_path.parent]
    if site.nightly.incoming:
        read.append(site.resolve(site.nightly.incoming))
    resolved = dict.fromkeys(path.resolve() for path in read)
    for path in resolved:
        if _hidden(path) and not path.is_relative_to(site.folder):
            yield f"BindReadOnlyPaths={_path(path)}"
    if _hidden(site.folder):
        yield f"BindPaths={_path(site.folder)}"


def _hidden(path: Path) -> bool:
    return any(path.is_relative_to(home) for home in HIDDEN)


def _path(path: Path) -> str:
    text = str(path)
    if not SAFE.fullmatch(text):
        raise UsageError(
            "a systemd unit cannot carry this path", file=text, mend="use letters, digits and ./_- only, or a link"
        )
    return text


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).replace("%", "%%")


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MachineFailed(
            f"cannot be written: {error.strerror}", file=str(path), mend="run it as root, or give another --root"
        ) from error
    return path
