"""A part clean and at its mildest flip, drawn again from the probe's own seed, small enough for a page."""

from functools import lru_cache

from appliance.errors import InspectError
from appliance.own import site_camera
from appliance.parts.decode import decode
from appliance.parts.masks import read_mask
from appliance.parts.read import read_parts
from appliance.pictures import thumbnail
from appliance.probe.types import FlipRow, ProbeRecord
from appliance.site import Site
from perturb.combine import combine
from perturb.errors import PerturbError
from perturb.types import Scene, Seed


class ProbeShower:
    """Draws the pictures of a probe's flips."""

    def __init__(self, site: Site) -> None:
        self._site, self._camera = site, site_camera(site)
        self._parts = {part.id: part for part in read_parts(site).parts}

    def picture(self, which: str, record: ProbeRecord, row: FlipRow) -> bytes | None:
        """A JPEG of the part, clean or at the flip; None where the picture is gone."""
        try:
            scene = self._scene(row.part)
            if which == "flip":
                ends = {axis["name"]: axis["end"] for axis in record.box}
                scene = combine(scene, row.severities, Seed(record.seed, row.part), self._camera, ends)
        except (InspectError, PerturbError, KeyError):
            return None
        return thumbnail(scene.pixels, scene.bits)

    @lru_cache(maxsize=4)  # noqa: B019 - a shower lives as long as one report
    def _scene(self, name: str) -> Scene:
        part = self._parts[name]
        decoded = decode(part.path, self._site.bits)
        return Scene(decoded.pixels, decoded.bits, read_mask(part, decoded.pixels.shape[:2]))
