"""The curves a law may have: log error over z, where z = 0 is the smallest and z = 1 the largest size in log2.

Every form is `offset(q, z) + design(q, z) @ beta`: linear in beta once its nonlinear parameters q are fixed (variable
projection: Golub & Pereyra 1973). theta = (q, beta). Arrays: z (n,), q (g, k), theta (..., p), log errors (..., n).

Sources: power and power with a floor: Hestness 2017, Kaplan 2020, Rosenfeld 2020; one break: Caballero 2023.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from appliance.law.types import Floats

_NEVER = 1e-3  # a log-linear error never falls below this share of its value at the smallest size


@dataclass(frozen=True)
class Form:
    """One curve. `sizes`: how many sizes it needs; `bounds`: (k, 2) of q given z; `grid`: points per axis of q."""

    name: str
    sizes: int
    grid: tuple[int, ...]
    bounds: Callable[[Floats], Floats]
    offset: Callable[[Floats, Floats], Floats]
    design: Callable[[Floats, Floats], Floats]
    slopes: Callable[[Floats, Floats], Floats]  # d log error / d q, (..., n, k)
    natural: Callable[[Floats, float], dict[str, float]]  # theta (p,) and the span in doublings -> named parameters
    kinked: bool = False  # whether the design moves with q


def _column(q: Floats, k: int) -> Floats:
    """q[..., k] with a trailing axis for z."""
    return q[..., k, None]


def _ones(q: Floats, z: Floats) -> Floats:
    return np.ones((*q.shape[:-1], len(z), 1))


def _no_bounds(_: Floats) -> Floats:
    return np.empty((0, 2))


def _no_offset(q: Floats, z: Floats) -> Floats:
    return np.zeros((*q.shape[:-1], len(z)))


def _no_slopes(theta: Floats, z: Floats) -> Floats:
    return np.empty((*theta.shape[:-1], len(z), 0))


def _inner(z: Floats) -> Floats:
    """A kink lies between the second and the last but one size, so that both arms see two sizes."""
    return np.array([[z[1], z[-2]]])


def _line(q: Floats, z: Floats) -> Floats:
    plain = np.stack([np.ones_like(z), -z], axis=-1)
    return np.broadcast_to(plain, (*q.shape[:-1], *plain.shape))


def _hinge(q: Floats, z: Floats) -> Floats:
    before = np.minimum(z, _column(q, 0))
    return np.stack([np.ones_like(before), -before], axis=-1)


def _break(q: Floats, z: Floats) -> Floats:
    k = _column(q, 0)
    before = np.minimum(z, k)
    return np.stack([np.ones_like(before), -before, -np.maximum(z - k, 0.0)], axis=-1)


def _hinge_slopes(theta: Floats, z: Floats) -> Floats:
    beyond = z > _column(theta, 0)
    return np.asarray((-_column(theta, 2) * beyond)[..., None])


def _break_slopes(theta: Floats, z: Floats) -> Floats:
    beyond = z > _column(theta, 0)
    return np.asarray(((_column(theta, 3) - _column(theta, 2)) * beyond)[..., None])


def _fall(q: Floats, z: Floats) -> Floats:
    """Log-linear: error falls in a straight line over log size, to exp(q0) of its first value at z = 1."""
    return np.asarray(np.log(np.maximum(1.0 - (1.0 - np.exp(_column(q, 0))) * z, _NEVER)))


def _fall_slopes(theta: Floats, z: Floats) -> Floats:
    end = np.exp(_column(theta, 0))
    left = 1.0 - (1.0 - end) * z
    return np.asarray(np.where(left > _NEVER, end * z / np.maximum(left, _NEVER), 0.0)[..., None])


def _floored(q: Floats, z: Floats) -> tuple[Floats, Floats]:
    """exp(-kappa z) and the floor; q = (log kappa, logit of the floor's share at z = 1)."""
    kappa = np.exp(_column(q, 0))
    return np.exp(-kappa * z), np.exp(_column(q, 1) - kappa)


def _floor(q: Floats, z: Floats) -> Floats:
    falling, floor = _floored(q, z)
    return np.asarray(np.log(falling + floor))


def _floor_slopes(theta: Floats, z: Floats) -> Floats:
    falling, floor = _floored(theta, z)
    kappa, total = np.exp(_column(theta, 0)), falling + floor
    return np.stack([-kappa * (z * falling + floor) / total, floor / total], axis=-1)


def _floor_natural(theta: Floats, octaves: float) -> dict[str, float]:
    kappa, scale = float(np.exp(theta[0])), float(np.exp(theta[2]))
    return {"a": scale, "b": float(kappa / (octaves * np.log(2.0))), "c": scale * float(np.exp(theta[1] - kappa))}


def _fall_natural(theta: Floats, octaves: float) -> dict[str, float]:
    first = float(np.exp(theta[1]))
    return {"a": first, "per_doubling": first * (1.0 - float(np.exp(theta[0]))) / octaves}


def _bits(value: float, octaves: float) -> float:
    """Exponent of size from a slope of natural-log error over z."""
    return float(value / (octaves * np.log(2.0)))


def _break_natural(theta: Floats, octaves: float) -> dict[str, float]:
    first = {"a": float(np.exp(theta[1])), "b": _bits(theta[2], octaves)}
    return first | {"b_after": _bits(theta[3], octaves), "kink_doublings": float(theta[0] * octaves)}


def _hinge_natural(theta: Floats, octaves: float) -> dict[str, float]:
    first = {"a": float(np.exp(theta[1])), "b": _bits(theta[2], octaves)}
    return first | {"kink_doublings": float(theta[0] * octaves)}


CONSTANT = Form("constant", 1, (), _no_bounds, _no_offset, _ones, _no_slopes, lambda t, _: {"a": float(np.exp(t[0]))})
LOG_LINEAR = Form("log-linear", 3, (61,), lambda _: np.array([[-5.0, 2.0]]), _fall, _ones, _fall_slopes, _fall_natural)
POWER = Form(
    "power", 3, (), _no_bounds, _no_offset, _line, _no_slopes,
    lambda t, octaves: {"a": float(np.exp(t[0])), "b": _bits(t[1], octaves)},
)  # fmt: skip
FLOOR = Form(
    "power+floor", 5, (25, 25), lambda _: np.array([[-2.5, 3.0], [-7.0, 7.0]]),
    _floor, _ones, _floor_slopes, _floor_natural,
)  # fmt: skip
HINGE = Form("hinge", 6, (97,), _inner, _no_offset, _hinge, _hinge_slopes, _hinge_natural, kinked=True)
BREAK = Form("break", 8, (97,), _inner, _no_offset, _break, _break_slopes, _break_natural, kinked=True)

FORMS: dict[str, Form] = {x.name: x for x in (CONSTANT, LOG_LINEAR, POWER, FLOOR, HINGE, BREAK)}
"""Every form, simplest first. `a` is the error at the smallest size, `b` an exponent of size, `c` the floor."""


def allowed(sizes: int) -> tuple[Form, ...]:
    """The forms that so many sizes can carry (power + floor from 5, hinge from 6, one break from 8)."""
    return tuple(f for f in FORMS.values() if f.sizes <= sizes)


def starts(form: Form, z: Floats) -> Floats:
    """The grid of nonlinear parameters, (g, k); one empty row where there are none."""
    axes = [np.linspace(low, high, n) for (low, high), n in zip(form.bounds(z), form.grid, strict=True)]
    if not axes:
        return np.empty((1, 0))
    return np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=-1)


def log_error(form: Form, theta: Floats, z: Floats) -> Floats:
    """Natural log of the error at z, (..., n), for theta (..., p)."""
    k = len(form.grid)
    q, beta = theta[..., :k], theta[..., k:]
    return np.asarray(form.offset(q, z) + (form.design(q, z) * beta[..., None, :]).sum(axis=-1))


def jacobian(form: Form, theta: Floats, z: Floats) -> Floats:
    """d log error / d theta, (..., n, p)."""
    linear = form.design(theta[..., : len(form.grid)], z)
    return np.concatenate([form.slopes(theta, z), linear], axis=-1)
