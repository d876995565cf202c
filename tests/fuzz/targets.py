"""Every reader of files that come from outside, with valid files to damage."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.cost.record import cost_record_json, read_cost_record
from appliance.law.table import read_table as read_law_table
from appliance.log.log import Log
from appliance.parts.annotations import deeppcb, labelme, outline_mask
from appliance.parts.decode import decode
from appliance.parts.manifest import read_manifest as read_hashes
from appliance.parts.table import read_table
from appliance.site import load_site
from appliance.site_file import site_toml
from models.facts import inspect
from models.manifest import family_toml, read_manifest
from models.types import Card, Family, Member
from perturb.camera import load_camera
from tests.cli.sites import write_model
from tests.cost.build import record
from tests.log.build import audit
from tests.models import hostile
from tests.parts.pictures import encode, pixels

Seeds = Callable[[Path], list[bytes]]


@dataclass(frozen=True)
class Target:
    """One reader: the name its file has, valid contents, and the call that reads it."""

    file: str
    seeds: Seeds
    read: Callable[[Path], Any]


def pictures(suffix: str) -> Seeds:
    """Mono and colour, 8 bit and, where the format has it, 16."""
    depths = (8, 16) if suffix in (".png", ".tif") else (8,)
    made = [encode(pixels(channels=c, bits=b), suffix) for c in (1, 3) for b in depths]
    return lambda _: made


def models(folder: Path) -> list[bytes]:
    """A small classifier, and hostile ones whose parts are spliced into it."""
    write_model(folder / "plain.onnx", 4.0, 4)
    paths = [folder / "plain.onnx", hostile.missing_weights(folder / "hostile")]
    return [path.read_bytes() for path in paths]


def logs(folder: Path) -> list[bytes]:
    """A log of one small run."""
    path = folder / "seed.db"
    with Log.open(path) as log:
        audit(parts=20, members=2, cells=6).fill(log)
    return [path.read_bytes()]


def family(folder: Path) -> list[bytes]:
    """A manifest of one member."""
    member = Member("s", folder / "m.onnx", "0" * 64, 10, 20, 30, Card("image", "logits", 16, 16))
    return [family_toml(Family("bright", folder, (member,)), folder).encode()]


def read_log(path: Path) -> None:
    """All that the log says of its runs."""
    with Log.open_read(path) as log:
        for brief in log.runs():
            run = log.read_run(brief.run)
            for member, condition in run.cells:
                log.outcomes(brief.run, member, condition)


SITE = site_toml({"parts": {"path": "p", "ok": ["OK"], "masks": {"folders": ["m"]}}, "limits": {"escape_rate": 0.1}})
SHAPES = json.dumps(
    {"shapes": [{"shape_type": "circle", "points": [[5, 5], [9, 9]]}, {"points": [[1, 1], [4, 1], [4, 9]]}]}
)
CAMERA = Path(__file__).resolve().parents[2] / "perturb" / "cameras" / "common.toml"

TARGETS = {
    **{
        suffix[1:]: Target(f"part{suffix}", pictures(suffix), decode)
        for suffix in (".png", ".jpg", ".bmp", ".tif", ".webp")
    },
    "model": Target("m.onnx", models, inspect),
    "family.toml": Target("family.toml", family, read_manifest),
    "site.toml": Target("site.toml", lambda _: [SITE.encode()], lambda path: load_site(path.parent)),
    "camera": Target("camera.toml", lambda _: [CAMERA.read_bytes()], load_camera),
    "hashes": Target(
        "parts.sha256", lambda _: [b"".join(b"%064x  a/b%d.png\n" % (n, n) for n in range(5))], read_hashes
    ),
    "table": Target("parts.csv", lambda _: [b"path,label,split\na.png,OK,test\nb.png,NG,test\n"], read_table),
    "boxes": Target("boxes.txt", lambda _: [b"10 20 30 40 1\n5,6,7,8,2\n"], deeppcb),
    "shapes": Target("shapes.json", lambda _: [SHAPES.encode()], labelme),
    "outline": Target("outline.json", lambda _: [SHAPES.encode()], lambda path: outline_mask(path, (40, 50))),
    "published table": Target(
        "law.csv",
        lambda _: [b"size,err,parts\n1,30,500\n2,20,500\n4,15,500\n"],
        lambda path: read_law_table(path, size="size", error="err", parts="parts"),
    ),
    "cost record": Target("cost.json", lambda _: [cost_record_json(record()).encode()], read_cost_record),
    "log": Target("log.db", logs, read_log),
}
