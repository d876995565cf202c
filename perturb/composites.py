"""Several disturbances at once, driven by one scalar: what a real bad day looks like."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from perturb.errors import PerturbError
from perturb.frame import Context, Frame
from perturb.render import through_light, through_point
from perturb.types import Group, Perturbation, Scene

Members = tuple[tuple[Perturbation, float], ...]
"""Perturbations in chain order, each with its severity at share 1."""

LEVELS = (0.2, 0.4, 0.6, 0.8, 1.0)

_SHIPPED: dict[str, tuple[str, str, dict[str, float]]] = {
    "night-shift": (
        "aged LEDs, hall light through the open door, dust: what changes when the day crew goes home",
        "LEDs a little past L70, nearly the hall light of a skylight, grains of a workshop",
        {"intensity": 0.65, "ambient": 10.0, "dust": 110.0},
    ),
    "summer-heat": (
        "a hot housing: more dark signal and hot pixels, dimmer LEDs, black level and focus drift",
        "LEDs at L80, focus off by a wrong part's height, a hot sensor with hot pixels of six years, auto offset",
        {"intensity": 0.8, "defocus": 8.0, "dsnu": 150.0, "dark-noise": 150.0, "hot-pixels": 1.0, "black-level": 2.0},
    ),
    "worn-line": (
        "play in guides and bearings: pose, vibration, trigger jitter and a lamp out of place",
        "a rail and a stop half worn out, a lamp that was bumped, a frame that shakes with the press, a PLC input",
        {"rotation": 3.0, "shift": 0.3, "lamp-offset": 15.0, "vibration": 80.0, "trigger": 120.0},
    ),
    "coolant-mist": (
        "mist and oil on lens and part after weeks without cleaning",
        "coolant dried on the part, more than coolant mist on the lens, spray on the lens",
        {"soiling": 18.0, "haze": 15.0, "oil-film": 35.0},
    ),
    "rush-order": (
        "the belt runs faster: shorter exposure made up by gain, motion blur, stronger compression",
        "somewhat more than a common belt's speed, a fifth of the light, a file cut down to the bandwidth",
        {"conveyor": 500.0, "shot-noise": 0.2, "jpeg": 55.0},
    ),
    "low-light": (
        "too little light made up by gain: shot noise, dark noise and a drifting black level",
        "a tenth of the light, a sensor between cheap and hot, the black level of another unit or an automatic offset",
        {"shot-noise": 0.1, "dark-noise": 100.0, "black-level": 1.5},
    ),
    "cheap-camera": (
        "the same station with a cheaper camera: noise, pattern noise, fall-off, distortion, compression",
        "a wide-angle lens with cheap corners, a cheap sensor at a third of the exposure, files as for the web",
        {"vignetting": 25.0, "field-curvature": 8.0, "distortion": 1.5, "prnu": 2.0, "shot-noise": 0.3,
         "dark-noise": 60.0, "jpeg": 70.0},
    ),
}  # fmt: skip
"""Per name what it is, why its members end where they do at share 1, and where that is."""

_SOURCE = (
    "each member by its own source, in chain order at neutral + share x (end - neutral); "
    "which come together, and how far, is a model of our own"
)


def ends_of(name: str) -> Mapping[str, float]:
    """The members of a shipped composite, each with its severity at share 1; empty for what is none."""
    return _SHIPPED[name][2] if name in _SHIPPED else {}


def at_share(perturbation: Perturbation, end: float, share: float) -> float:
    """A member's severity when the composite stands at `share`: linear from its neutral to `end`."""
    return perturbation.neutral + (end - perturbation.neutral) * share


def composite(
    name: str, ends: Mapping[str, float], known: Mapping[str, Perturbation], summary: str, why: str = ""
) -> Perturbation:
    """A composite of known perturbations, `ends` giving each its severity at share 1, `why` the reasons for these.

    Formula: at share s the members act one after the other in chain order, each at neutral + s (end - neutral); the
    noise that light takes away or brings is followed through all of them and added once.

    Source: each member's own; which come together, and how far, is a model of our own.

    PerturbError for an unknown member, a composite within a composite, or a severity out of range.
    """
    if not ends:
        raise PerturbError(f"composite {name} has no members", mend="give it at least one perturbation")
    for member, end in ends.items():
        _check_member(name, member, end, known)
    members: Members = tuple((item, ends[item.name]) for item in known.values() if item.name in ends)
    needs = frozenset[str]().union(*(item.needs for item, _ in members))
    return Perturbation(
        name, Group.COMPOSITE, "share", LEVELS, 0.0, _renderer(members), needs, summary, (0.0, 1.0),
        reasons=_reasons(members, why), source=_SOURCE,
        drawn=any(item.drawn for item, _ in members),
    )  # fmt: skip


def _reasons(members: Members, why: str) -> str:
    ends = ", ".join(f"{p.name} {end:g} {p.unit}" for p, end in members)
    return f"fifths of the way to the bad day: {ends}" + (f"; that is {why}" if why else "")


def _renderer(members: Members) -> Callable[..., Scene]:
    """All that acts on light in one pass, by tables where every member is pointwise; then what acts on code values."""
    lit = tuple((item, end) for item, end in members if item.act is not None)
    sent = tuple((item, end) for item, end in members if item.act is None)
    pointwise = all(item.point and not item.drawn for item, _ in lit)
    return partial(_chained, partial(through_point if pointwise else through_light, partial(_acted, lit)), sent)


def _check_member(name: str, member: str, end: float, known: Mapping[str, Perturbation]) -> None:
    found = known.get(member)
    if found is None or found.group is Group.COMPOSITE:
        from difflib import get_close_matches

        near = [] if found is not None else get_close_matches(member, known, n=1)
        mend = f"did you mean {near[0]}?" if near else "name single perturbations only"
        raise PerturbError(f"composite {name}: no perturbation {member!r} to combine", mend=mend)
    low, high = found.limits
    if not low <= end <= high:
        raise PerturbError(
            f"composite {name}: {member} = {end:g} {found.unit} is out of range", mend=f"{low:g} to {high:g}"
        )


def _acted(members: Members, frame: Frame, share: float, context: Context) -> Frame:
    for member, end in members:
        if member.act is not None:
            frame = member.act(frame, at_share(member, end, share), _within(context, member, end))
    return frame


def _chained(lit: Callable[..., Scene], sent: Members, scene: Scene, share: float, context: Context) -> Scene:
    done = lit(scene, share, context)
    for member, end in sent:
        done = member.render(done, at_share(member, end, share), _within(context, member, end))
    return done


def _within(context: Context, member: Perturbation, end: float) -> Context:
    return replace(context, name=f"{context.name}/{member.name}", worst=end)


def composites(known: Mapping[str, Perturbation]) -> dict[str, Perturbation]:
    """The composites that come with the package."""
    return {name: composite(name, ends, known, summary, why) for name, (summary, why, ends) in _SHIPPED.items()}
