"""Words of a calibration: its quantities, and what a picture outside of the simulation is called."""

from appliance.language.tongue import mark
from perturb.calibration.quantities import QUANTITIES

MEANINGS = {
    "light": mark("mean light, in stops below white"),
    "tone-low": mark("light that 5 % of the picture is below, of white"),
    "tone-high": mark("light that 95 % of the picture is below, of white"),
    "clipped": mark("share of the picture at white"),
    "gain": mark("brightness of the aligned picture against the reference picture"),
    "offset": mark("light on top of the aligned picture, of white, against the reference picture"),
    "gradient-x": mark("rise of the light from left to right, of its mean"),
    "gradient-y": mark("rise of the light from top to bottom, of its mean"),
    "falloff": mark("light missing in the corners against the centre"),
    "red": mark("red against green"),
    "blue": mark("blue against green"),
    "blur-x": mark("blur from left to right, as a variance: blurs add up"),
    "blur-y": mark("blur from top to bottom, as a variance"),
    "noise": mark("noise at the picture's median light, of white: an upper bound"),
    "shift-x": mark("place against the reference picture, to the right"),
    "shift-y": mark("place against the reference picture, downwards"),
    "turn": mark("rotation against the reference picture, from +x towards +y"),
    "size": mark("size against the reference picture, more is larger"),
}
"""What each of QUANTITIES says, in the same words."""

UNALIGNED = mark("does not align with the other pictures of its scene")


def meaning(name: str) -> str:
    """What a quantity says, in the language that is being spoken."""
    return str(MEANINGS[name]) if name in MEANINGS else QUANTITIES[name].meaning
