"""Demo parts, drawn on the spot: two machined parts, half of them with a defect and its mask."""

from models.render.files import write_parts
from models.render.part import DEFECTS, DEMO_SEED, KINDS, SIZE, render_part
from models.render.types import RenderedPart

__all__ = ["DEFECTS", "DEMO_SEED", "KINDS", "SIZE", "RenderedPart", "render_part", "write_parts"]
