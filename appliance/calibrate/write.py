"""What a calibration leaves in the site folder: [calibration] in site.toml, comments kept, and the profile."""

from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from appliance.calibrate.run import Calibration
from appliance.errors import MachineFailed, UsageError
from appliance.sections.calibration import CalibrationSection
from appliance.site import Site, parse_site
from perturb.calibration.shown import Shown
from perturb.registry import PERTURBATIONS

SECTION = "calibration"


def section_of(found: Calibration) -> dict[str, Any]:
    """The values of [calibration]."""
    return {
        "images": str(found.album.folder),
        "taken": found.taken,
        "pictures": len(found.samples),
        "days": found.album.days,
        "scene": found.wish.scene,
        "clean_share": round(found.clean_share, 4),
        "coverage": round(found.coverage.share, 4),
        "shown": [_row(item) for item in found.shown],
    }


def _row(item: Shown) -> dict[str, Any]:
    p50, p90, p99 = item.quantiles
    row = {
        "name": item.name,
        "unit": PERTURBATIONS[item.name].unit,
        "pictures": item.pictures,
        "p50": p50,
        "p90": p90,
        "p99": p99,
        "shares": [round(share, 4) for share in item.shares],
    }
    opposite = {} if item.opposite is None else {"opposite": item.opposite}
    instead = {"instead_of": item.instead_of} if item.instead_of else {}
    return row | opposite | instead


def write_calibration(site: Site, found: Calibration) -> Site:
    """Write [calibration] into site.toml, everything else as it stands, and return the site it makes.

    Raises UsageError where the file cannot be parsed any more, MachineFailed where it cannot be written.
    """
    text = with_section(site.file.read_text("utf-8"), section_of(found), str(site.file))
    changed = parse_site(text, site.folder)
    half = site.file.with_name(f".{site.file.name}.part")
    try:
        half.write_text(text, encoding="utf-8")
        half.replace(site.file)
    except OSError as error:
        raise MachineFailed(
            f"cannot be written: {error.strerror}", file=str(site.file), mend="check the folder"
        ) from error
    return changed


def with_section(text: str, values: Mapping[str, Any], file: str = "site.toml") -> str:
    """The text of a site.toml with [calibration] replaced, or added at its end."""
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise UsageError(f"not valid TOML: {error}", file=file, mend="correct that line") from error
    table = _table(values)
    if SECTION in document:
        document[SECTION] = table
    else:
        document.add(tomlkit.nl())
        document.add(SECTION, table)
    return tomlkit.dumps(document)


def _table(values: Mapping[str, Any]) -> Table:
    table = tomlkit.table()
    table.comment("written by `inspect-eval calibrate`; limits bind up to p99, the audit runs p50, p90 and p99")
    for name, field in CalibrationSection.model_fields.items():
        if name != "shown":
            table.add(name, values[name])
            table[name].comment(field.description or "")
    if values["shown"]:
        table.add("shown", _rows(values["shown"]))
    return table


def _rows(rows: list[Mapping[str, Any]]) -> AoT:
    array = tomlkit.aot()
    for row in rows:
        item = tomlkit.table()
        for name, value in row.items():
            item.add(name, value)
        array.append(item)
    return array
