"""The demo: rendered parts, the two shipped families, one audit each, on a machine that has nothing else."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from appliance.audit.order import Wish
from appliance.audit.run import Progress
from appliance.engines.machine import cores
from appliance.errors import MachineFailed, UsageError
from appliance.parts.manifest import hash_parts, write_manifest
from appliance.parts.read import read_parts
from appliance.score.summary_types import Summary
from appliance.session import audit_site, write_run_report
from appliance.site import Site
from appliance.site_file import Values, write_site
from appliance.workers import in_order
from models.demo import FAMILIES, family_folder
from models.render.files import make_folders, write_part
from models.render.part import render_part

SEED = 20260  # the training recipe keeps clear of it
PARTS = 160
MARK = ".inspect-eval-demo"

NOTES = {
    "parts.path": "rendered by `inspect-eval demo`, none of them seen in training",
    "family.path": "shipped with the product",
    "limits.escape_rate": "generous: many of the demo's defects are near the limit of visibility",
    "limits.overkill_rate": "generous, so that the demo's sizes differ",
    "camera.transfer": "the renderer's camera is linear",
}


@dataclass(frozen=True)
class Shown:
    """One family's audit and where its report lies."""

    family: str
    summary: Summary
    report: Path


def run_demo(out: Path, parts: int, progress: Progress, say: Callable[[str], None]) -> list[Shown]:
    """Render `parts` parts into `out`, audit both families on them, write both reports.

    Raises UsageError where `out` holds something that no demo wrote.
    """
    _claim(out)
    say(f"rendering {parts} parts")
    render(out / "parts", parts)
    return [_audited(out, name, progress, say) for name in FAMILIES]


def render(folder: Path, parts: int) -> None:
    """Write the demo's parts on all cores; the same pictures whatever the number of cores."""
    make_folders(folder)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores(), mp_context=context) as pool:
        list(in_order(pool, partial(_render_one, folder), range(parts)))


def _render_one(folder: Path, index: int) -> None:
    write_part(folder, index, render_part(SEED, index))


def _audited(out: Path, family: str, progress: Progress, say: Callable[[str], None]) -> Shown:
    say(f"auditing the family {family}")
    site = demo_site(out, family)
    summary = audit_site(site, Wish(), resume=False, progress=progress, with_cost=True)
    return Shown(family, summary, write_run_report(site, summary, None, pictures=True))


def demo_site(out: Path, family: str) -> Site:
    """The site folder of one family beside the demo's parts."""
    values: Values = {
        "site": {"name": f"demo, {family}"},
        "parts": {
            "path": "../parts",
            "layout": "folders",
            "ok": ["OK"],
            "ng": ["NG"],
            "masks": {"folders": ["masks"], "defect": "white"},
        },
        "family": {"path": str(family_folder(family)), "card": str(family_folder(family) / "family.toml")},
        "camera": {"transfer": "linear"},
        "limits": {"escape_rate": 0.3, "overkill_rate": 0.15},
        "audit": {"suite": "quick"},
    }
    site = write_site(out / family, values, NOTES, replace=True)
    write_manifest(site.manifest_path, hash_parts(read_parts(site).parts).sha256)
    return site


def _claim(out: Path) -> None:
    """Make `out` ours, or refuse it where somebody else's files lie in it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()) and not (out / MARK).exists():
            raise UsageError("the folder holds something else", file=str(out), mend="name another with --out DIR")
        (out / MARK).touch()
    except OSError as error:
        raise MachineFailed(
            f"cannot write: {error.strerror}", file=str(out), mend="name another with --out DIR"
        ) from error
