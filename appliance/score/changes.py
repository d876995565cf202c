"""What is not as it was in the run before: a sentence each, so that a moved number can be traced."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from appliance.log.types import RunRecord

NAMED = 3  # names shown before "and n more"
_OTHER_PIXELS = (
    "moved and bent ones may differ in some code values, so drift between the two runs is not all the models'."
)
LONGEST = 60  # characters of a value shown
PASSING = frozenset({"load", "pixels"})  # differs from minute to minute and means nothing, or has its own sentence


def changes(now: RunRecord, before: RunRecord | None) -> tuple[str, ...]:
    """Sentences on models, parts, seed, conditions, settings, limits and environment; none without a run before."""
    if before is None:
        return ()
    kinds: tuple[Callable[[RunRecord, RunRecord], Iterator[str]], ...] = (
        _models,
        _parts,
        _seed,
        _conditions,
        _settings,
        _limits,
        _environment,
    )
    return tuple(sentence for kind in kinds for sentence in kind(now, before))


def _models(now: RunRecord, before: RunRecord) -> Iterator[str]:
    new, old = ({row.name: row.sha256 for row in run.members} for run in (now, before))
    yield from _difference("Model", new, old, "has other weights")
    new_cards, old_cards = ({row.name: row.card for row in run.members} for run in (now, before))
    both = [name for name in new_cards if name in old_cards and new_cards[name] != old_cards[name]]
    yield from _sentence("Model", both, "has another card")


def _parts(now: RunRecord, before: RunRecord) -> Iterator[str]:
    new, old = ({row.id: row.sha256 for row in run.parts} for run in (now, before))
    yield from _difference("Part", new, old, "has another picture")
    new_labels, old_labels = ({row.id: (row.ng, row.cls) for row in run.parts} for run in (now, before))
    relabelled = [name for name in new_labels if name in old_labels and new_labels[name] != old_labels[name]]
    yield from _sentence("Part", relabelled, "has another label")
    new_groups, old_groups = ({row.id: row.group for row in run.parts} for run in (now, before))
    regrouped = [name for name in new_groups if name in old_groups and new_groups[name] != old_groups[name]]
    yield from _sentence("Part", regrouped, "is in another group")


def _seed(now: RunRecord, before: RunRecord) -> Iterator[str]:
    if now.head.seed != before.head.seed:
        yield f"The seed is {now.head.seed}, was {before.head.seed}: the same severities draw other noise."


def _conditions(now: RunRecord, before: RunRecord) -> Iterator[str]:
    new, old = ({row.key: "" for row in run.conditions} for run in (now, before))
    yield from _difference("Condition", new, old, "")


def _settings(now: RunRecord, before: RunRecord) -> Iterator[str]:
    """A run keeps every setting there is, so that one which only one of the two has came with another version."""
    new, old = _flat(now.head.config), _flat(before.head.config)
    both = [key for key in new if key in old]
    moved = list(_moved("Setting", {key: new[key] for key in both}, {key: old[key] for key in both}))
    yield from moved
    if not moved and new.keys() == old.keys() and now.head.config_digest != before.head.config_digest:
        yield "The settings in site.toml have changed."


def _limits(now: RunRecord, before: RunRecord) -> Iterator[str]:
    yield from _moved("Limit", now.head.limits, before.head.limits)


def _environment(now: RunRecord, before: RunRecord) -> Iterator[str]:
    new, old = (run.head.environment.get("pixels", "") for run in (now, before))
    if new and old and new != old:
        yield f"Pictures are perturbed by {new}, were by {old}: {_OTHER_PIXELS}"
    yield from _moved("Environment", _flat(now.head.environment), _flat(before.head.environment))


def _difference(kind: str, new: Mapping[str, str], old: Mapping[str, str], other: str) -> Iterator[str]:
    yield from _sentence(kind, [name for name in new if name not in old], "is new")
    yield from _sentence(kind, [name for name in old if name not in new], "is gone")
    yield from _sentence(kind, [name for name in new if name in old and new[name] != old[name]], other)


def _sentence(kind: str, names: list[str], what: str) -> Iterator[str]:
    """One sentence on one name, or on many of which a few are named."""
    if len(names) == 1:
        yield f"{kind} {names[0]} {what}."
    elif names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        plural = what.replace("is ", "are ", 1).replace("has ", "have ", 1)
        yield f"{len(names)} {kind.lower()}s {plural}: {', '.join(names[:NAMED])}{more}."


def _moved(kind: str, new: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys([*new, *old]):
        if key not in PASSING and new.get(key) != old.get(key):
            yield f"{kind} {key} is {_shown(new, key)}, was {_shown(old, key)}."


def _shown(values: Mapping[str, Any], key: str) -> str:
    text = str(values[key]) if key in values else "not set"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one, keys joined by dots."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return found
