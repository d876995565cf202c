"""A part as the members saw it: decoded and perturbed again from the run's own seed, small enough for a page."""

import json
from functools import lru_cache
from typing import Any

from appliance.errors import InspectError
from appliance.log.types import ConditionRow, RunRecord
from appliance.own import know_own, site_camera
from appliance.parts.manifest import hash_parts
from appliance.parts.read import read_parts
from appliance.parts.scene import read_scene
from appliance.parts.types import Part
from appliance.pictures import thumbnail
from appliance.site import Site
from perturb import apply
from perturb.errors import PerturbError
from perturb.types import CLEAN, Condition, Scene, Seed


class Shower:
    """Draws pictures of one run. A picture that has changed since is not shown: it would not be what was scored."""

    def __init__(self, site: Site, record: RunRecord) -> None:
        self._site, self._record = site, record
        self._camera = site_camera(site)
        know_own([json.dumps(_set(table)) for table in record.head.config.get("perturbations", ())])
        self._known = {row.id: row.sha256 for row in record.parts}
        self._conditions = {row.key: _condition(row) for row in record.conditions}
        self._parts = {part.id: part for part in read_parts(site).parts}

    def picture(self, part_id: str, condition_key: str, side: int = 220) -> bytes | None:
        """A JPEG of the part under the condition, `side` px at most; None where the picture is not the one scored."""
        part = self._parts.get(part_id)
        condition = self._conditions.get(condition_key)
        if part is None or condition is None:
            return None
        try:
            scene = self._scene(part)
            seed = Seed(self._record.head.seed, part.id, condition.repeat)
            shown = apply(scene, condition, seed, self._camera)
        except (InspectError, PerturbError):
            return None
        return thumbnail(shown.pixels, shown.bits, side)

    @lru_cache(maxsize=4)  # noqa: B019 - a shower lives as long as one report
    def _scene(self, part: Part) -> Scene:
        if hash_parts([part]).sha256.get(part.id) != self._known.get(part.id):
            raise InspectError("not the picture that was scored", file=part.id)
        return read_scene(part, self._site.bits)


def _condition(row: ConditionRow) -> Condition:
    return (
        CLEAN
        if row.name == CLEAN.name
        else Condition(row.name, row.severity, row.unit, row.level, row.repeat, row.group)
    )


def _set(table: dict[str, Any]) -> dict[str, Any]:
    """The keys of a logged table that were set."""
    return {key: value for key, value in table.items() if value is not None}
