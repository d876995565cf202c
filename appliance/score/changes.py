"""What is not as it was in the run before: a sentence each, so that a moved number can be traced."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from appliance.language.tongue import mark, w
from appliance.log.types import RunRecord

NAMED = 3  # names shown before "and n more"
OTHER_PIXELS = mark(
    "Pictures are perturbed by {new}, were by {old}: moved and bent ones may differ in some code values, so drift "
    "between the two runs is not all the models'."
)
ONE, MANY = 0, 1
DIFFERENCES = {
    ("model", "new"): (mark("Model {name} is new."), mark("{count} models are new: {names}.")),
    ("model", "gone"): (mark("Model {name} is gone."), mark("{count} models are gone: {names}.")),
    ("model", "other"): (mark("Model {name} has other weights."), mark("{count} models have other weights: {names}.")),
    ("model", "card"): (mark("Model {name} has another card."), mark("{count} models have another card: {names}.")),
    ("part", "new"): (mark("Part {name} is new."), mark("{count} parts are new: {names}.")),
    ("part", "gone"): (mark("Part {name} is gone."), mark("{count} parts are gone: {names}.")),
    ("part", "other"): (mark("Part {name} has another picture."), mark("{count} parts have another picture: {names}.")),
    ("part", "label"): (mark("Part {name} has another label."), mark("{count} parts have another label: {names}.")),
    ("part", "group"): (mark("Part {name} is in another group."), mark("{count} parts are in another group: {names}.")),
    ("condition", "new"): (mark("Condition {name} is new."), mark("{count} conditions are new: {names}.")),
    ("condition", "gone"): (mark("Condition {name} is gone."), mark("{count} conditions are gone: {names}.")),
}
"""What can differ, said of one name and of many."""
MOVED = {
    "setting": mark("Setting {key} is {new}, was {old}."),
    "limit": mark("Limit {key} is {new}, was {old}."),
    "environment": mark("Environment {key} is {new}, was {old}."),
}
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
    yield from _difference("model", new, old)
    new_cards, old_cards = ({row.name: row.card for row in run.members} for run in (now, before))
    both = [name for name in new_cards if name in old_cards and new_cards[name] != old_cards[name]]
    yield from _sentence("model", both, "card")


def _parts(now: RunRecord, before: RunRecord) -> Iterator[str]:
    new, old = ({row.id: row.sha256 for row in run.parts} for run in (now, before))
    yield from _difference("part", new, old)
    new_labels, old_labels = ({row.id: (row.ng, row.cls) for row in run.parts} for run in (now, before))
    relabelled = [name for name in new_labels if name in old_labels and new_labels[name] != old_labels[name]]
    yield from _sentence("part", relabelled, "label")
    new_groups, old_groups = ({row.id: row.group for row in run.parts} for run in (now, before))
    regrouped = [name for name in new_groups if name in old_groups and new_groups[name] != old_groups[name]]
    yield from _sentence("part", regrouped, "group")


def _seed(now: RunRecord, before: RunRecord) -> Iterator[str]:
    if now.head.seed != before.head.seed:
        seeds = {"new": now.head.seed, "old": before.head.seed}
        yield w("The seed is {new}, was {old}: the same severities draw other noise.", **seeds)


def _conditions(now: RunRecord, before: RunRecord) -> Iterator[str]:
    new, old = ({row.key: "" for row in run.conditions} for run in (now, before))
    yield from _difference("condition", new, old)


def _settings(now: RunRecord, before: RunRecord) -> Iterator[str]:
    """A run keeps every setting there is, so that one which only one of the two has came with another version."""
    new, old = _flat(now.head.config), _flat(before.head.config)
    both = [key for key in new if key in old]
    moved = list(_moved("setting", {key: new[key] for key in both}, {key: old[key] for key in both}))
    yield from moved
    if not moved and new.keys() == old.keys() and now.head.config_digest != before.head.config_digest:
        yield w("The settings in site.toml have changed.")


def _limits(now: RunRecord, before: RunRecord) -> Iterator[str]:
    yield from _moved("limit", now.head.limits, before.head.limits)


def _environment(now: RunRecord, before: RunRecord) -> Iterator[str]:
    new, old = (run.head.environment.get("pixels", "") for run in (now, before))
    if new and old and new != old:
        yield OTHER_PIXELS.format(new=new, old=old)
    yield from _moved("environment", _flat(now.head.environment), _flat(before.head.environment))


def _difference(kind: str, new: Mapping[str, str], old: Mapping[str, str]) -> Iterator[str]:
    yield from _sentence(kind, [name for name in new if name not in old], "new")
    yield from _sentence(kind, [name for name in old if name not in new], "gone")
    yield from _sentence(kind, [name for name in new if name in old and new[name] != old[name]], "other")


def _sentence(kind: str, names: list[str], what: str) -> Iterator[str]:
    """One sentence on one name, or on many of which a few are named."""
    if len(names) == 1:
        yield DIFFERENCES[kind, what][ONE].format(name=names[0])
    elif names:
        more = w(" and {count} more", count=len(names) - NAMED) if len(names) > NAMED else ""
        listed = w(", ").join(names[:NAMED]) + more
        yield DIFFERENCES[kind, what][MANY].format(count=len(names), names=listed)


def _moved(kind: str, new: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys([*new, *old]):
        if key not in PASSING and new.get(key) != old.get(key):
            yield MOVED[kind].format(key=key, new=_shown(new, key), old=_shown(old, key))


def _shown(values: Mapping[str, Any], key: str) -> str:
    text = str(values[key]) if key in values else w("not set")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one, keys joined by dots."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return found
