"""`inspect-eval check`: would an audit run here, and if not, what is the one thing that mends it?"""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from appliance.counted import counted
from appliance.engines.devices import Gpu, gpus
from appliance.engines.machine import cores, cpu_name
from appliance.engines.prepare import require_ready
from appliance.engines.select import engine_spec
from appliance.errors import Exit, InspectError, MachineFailed, in_our_terms
from appliance.language.terminal import finding, padded, w
from appliance.runtimes import (
    BESIDE_ONNXRUNTIME,
    PROVIDERS_OF_CV2,
    PROVIDERS_OF_ONNXRUNTIME,
    Runtime,
    hidden,
    installed,
    require_one_runtime,
)
from appliance.safety import claims
from appliance.site import SITE_FILE, Site, load_site

LEAST_FREE_MB = 500
EXTRAS = {
    "weasyprint": ("pdf", "report --page as PDF"),
    "cma": ("probe", "probe"),
    "starlette": ("serve", "serve"),
    "apprise": ("alerts", "sending alerts"),
    "onnxconverter_common": ("convert", "models convert --to fp16"),
}
"""Libraries that one command alone needs: their extra, and the command."""


class Doubtful(Exception):
    """A step that an audit can live with and a person should look at."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


@dataclass(frozen=True)
class Finding:
    """One line of the check; code is the exit code an error stands for.

    level: ok, warning or error; and of the claims of deploy/threat-model.md, safe where one holds, else note.
    """

    level: str
    what: str
    mend: str = ""
    code: int = 0


@dataclass(frozen=True)
class Checked:
    """All findings, with the runtimes and devices they rest on."""

    runtimes: tuple[Runtime, ...]
    devices: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def code(self) -> int:
        """The first error's exit code, 5 where there are only warnings, else 0."""
        errors = [finding.code for finding in self.findings if finding.level == "error"]
        warned = any(finding.level == "warning" for finding in self.findings)
        return errors[0] if errors else (Exit.WARNINGS if warned else Exit.OK)

    def as_json(self) -> dict[str, Any]:
        """The document of `check --json`."""
        return {
            "runtimes": [asdict(runtime) for runtime in self.runtimes],
            "devices": list(self.devices),
            "findings": [asdict(finding) for finding in self.findings],
        }

    def lines(self) -> list[str]:
        """One line a finding, for a terminal."""
        runtime, device = padded(w("runtime"), 8), padded(w("device"), 8)
        head = [f"{runtime} {r.name} {r.version}" for r in self.runtimes] + [f"{device} {d}" for d in self.devices]
        return head + [finding(f.level, f.what, f.mend) for f in self.findings]


def check_site(folder: Path, provider: str | None = None) -> Checked:
    """Look at the machine and, where `folder` is a site, at all that an audit of it would read.

    `provider` instead of the site's own is the one that must be ready.
    """
    cards = _gpus()
    findings = [_try(_runtime), *_hidden(), _try(_opencv), *_extras()]
    if (folder / SITE_FILE).exists():
        findings += _site_findings(folder, provider, cards)
    else:
        mend = "make one with `inspect-eval init --parts DIR --family DIR`"
        findings.append(_try(lambda: _ready(Site(folder=folder.resolve()), provider)))
        findings.append(Finding("warning", f"no site in {folder.resolve()}: only the machine was checked", mend))
    devices = (f"{cpu_name()}, {cores()} cores", *map(str, cards))
    return Checked(installed((*PROVIDERS_OF_ONNXRUNTIME, *BESIDE_ONNXRUNTIME)), devices, tuple(findings))


def _site_findings(folder: Path, provider: str | None, cards: tuple[Gpu, ...]) -> list[Finding]:
    try:
        site = load_site(folder)
    except InspectError as error:
        return [_error(error)]
    steps: list[Callable[[Site], str]] = [_writable, _disk, _log, _family, _conditions, _parts, _own]
    ready = _try(lambda: _ready(site, provider))
    found = [_try(lambda step=step: step(site)) for step in steps]  # type: ignore[misc]
    return [ready, *_idle(cards, ready), *found, *_safety(site)]


def _safety(site: Site) -> list[Finding]:
    """What the threat model claims and this node keeps, or does not: `safe` and `note` change no exit code."""
    found = claims(site)
    held = sum(claim.holds for claim in found)
    told = f"{held} of {len(found)} claims of deploy/threat-model.md that can be looked at hold on this node"
    rows = [Finding("safe" if claim.holds else "note", claim.what, claim.mend) for claim in found]
    return [*rows, Finding("safe" if held == len(found) else "note", told)]


def _ready(site: Site, provider: str | None) -> str:
    spec = engine_spec(site, provider=provider)
    return f"provider {spec.setting.provider}: {require_ready(spec)}"


def _idle(cards: tuple[Gpu, ...], ready: Finding) -> list[Finding]:
    """A GPU that the chosen provider leaves alone, where that provider is one of the CPU's."""
    if not cards or ready.level != "ok" or not ready.what.startswith(("provider cpu", "provider openvino")):
        return []
    mend = "to use it: pip install 'inspect-eval[cuda]' in an environment of its own, and --provider cuda"
    if installed(("onnxruntime-gpu",)):
        mend = "to use it: --provider cuda, or provider in [engine] of site.toml"
    return [Finding("ok", f"{cards[0].name} is not used by this provider", mend)]


def _gpus() -> tuple[Gpu, ...]:
    """The GPUs where a driver answers; a provider that needs one says itself why there is none."""
    try:
        return gpus()
    except MachineFailed:
        return ()


def _hidden() -> list[Finding]:
    return [
        Finding("ok", f"{one.name} {one.version} lies in another folder of the path and is hidden: it does not run")
        for one in hidden()
    ]


def _extras() -> list[Finding]:
    """Commands that ask for a library which is not installed: nothing is wrong, but this is how they come to be."""
    return [
        Finding("note", f"{command} is not ready: {module} is not installed", f"pip install 'inspect-eval[{extra}]'")
        for module, (extra, command) in EXTRAS.items()
        if find_spec(module) is None
    ]


def _try(step: Callable[[], str]) -> Finding:
    """Run one step: its sentence is an `ok`; a planned error becomes a finding, any other surfaces."""
    from appliance.log.log import LogIsOlder

    try:
        with in_our_terms():
            return Finding("ok", step())
    except Doubtful as doubt:
        return Finding("warning", doubt.what, doubt.mend)
    except LogIsOlder as error:
        return Finding("warning", f"{error.file}: {error.what}", error.mend)
    except InspectError as error:
        return _error(error)


def _error(error: InspectError) -> Finding:
    what = f"{error.file}: {error.what}" if error.file else error.what
    return Finding("error", what, error.mend, int(error.code))


def _runtime() -> str:
    found = require_one_runtime()
    return f"one inference runtime: {found.name} {found.version}"


def _opencv() -> str:
    found = installed(PROVIDERS_OF_CV2)
    if len(found) > 1:
        names = " and ".join(runtime.name for runtime in found)
        mend = f"pip uninstall -y {' '.join(r.name for r in found)} && pip install opencv-python-headless"
        raise InspectError(f"{names} are both installed and overwrite each other", mend=mend)
    return f"one OpenCV: {found[0].name} {found[0].version}" if found else "OpenCV is not from a known distribution"


def _writable(site: Site) -> str:
    from appliance.writable import require_writable

    require_writable(site)
    return "the site folder can be written"


def _disk(site: Site) -> str:
    free = shutil.disk_usage(site.folder).free >> 20
    if free < LEAST_FREE_MB:
        raise InspectError(f"only {free} MB free beside the log", file=str(site.folder), mend="free some space")
    return f"{free / 1024:.0f} GB free"


def _log(site: Site) -> str:
    from appliance.log.log import Log

    if not site.log_path.exists():
        return "no log yet: the first audit makes it"
    with Log.open_read(site.log_path) as log:
        return f"the log holds {counted(len(log.runs()), 'run')}"


def _family(site: Site) -> str:
    from appliance.audit.order import site_family

    family = site_family(site)
    names = ", ".join(member.name for member in family.members)
    return f"family {family.name}: {counted(len(family.members), 'member')} ({names}), every sha256 as in the manifest"


def _parts(site: Site) -> str:
    from appliance.audit.order import usable_parts

    parts, rows, left_out = usable_parts(site)
    ng = sum(row.ng for row in rows)
    groups = len({part.group for part in parts if part.group})
    grouped = f" from {counted(groups, 'group')}" if groups else ""
    told = f"{counted(len(rows), 'part')}: {len(rows) - ng} OK, {ng} NG{grouped}"
    if left_out:
        first = f"{left_out[0].id}: {left_out[0].what}"
        raise Doubtful(f"{told}; {len(left_out)} left out, the first: {first}", left_out[0].mend)
    return told


def _conditions(site: Site) -> str:
    from appliance.conditions import site_conditions

    return f"{len(site_conditions(site, None, colour=True))} conditions asked for, all known"


def _own(site: Site) -> str:
    from appliance.audit.order import usable_parts
    from appliance.own import know_site, site_camera, try_own

    if not site.perturbations:
        return "no perturbations of its own"
    know_site(site)
    try_own(site, usable_parts(site)[0], site_camera(site))
    return f"its own perturbations work on its parts: {', '.join(item.name for item in site.perturbations)}"
