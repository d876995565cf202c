"""Plain rows for the tables of the report: sizes, pairs, cost, warnings, and how it was measured."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from appliance.language.again import again
from appliance.language.tongue import spoken
from appliance.log.types import CostRow, Warn
from appliance.report import units, words
from appliance.report.chart_bars import difference_bar
from appliance.report.labels import CLEAN, condition_labels, two_lines
from appliance.report.text import plain
from appliance.score.summary_types import Summary
from appliance.score.types import MemberScore, Pair

MOST_ROWS = 200
_SETTINGS = ("provider", "precision", "load", "threads")


@dataclass(frozen=True)
class SizeRow:
    """One member in the table of sizes."""

    score: MemberScore
    worst: str
    worst_narrow: str
    latency: CostRow | None
    rate: CostRow | None


@dataclass(frozen=True)
class PairRow:
    """Two members, on clean parts or over all conditions."""

    pair: Pair
    where: str
    verdict: str
    bar: Markup


def latency_row(summary: Summary, member: str) -> CostRow | None:
    """The cost row whose latency stands for the member: closed load at batch 1, else the first there is."""
    rows = [row for row in summary.costs if row.member == member]
    single = (row for row in rows if row.load == "closed" and row.batch == 1)
    return next(single, rows[0] if rows else None)


def rate_row(summary: Summary, member: str) -> CostRow | None:
    """The cost row with the highest throughput."""
    rows = (row for row in summary.costs if row.member == member and row.throughput == row.throughput)
    return max(rows, key=lambda row: row.throughput, default=None)


def size_rows(summary: Summary) -> tuple[SizeRow, ...]:
    """All members, smallest first."""
    labels = condition_labels(summary.record)
    narrow = {row.key: two_lines(row) for row in summary.record.conditions}
    return tuple(
        SizeRow(
            member,
            labels.get(member.worst_condition, plain(member.worst_condition)),
            narrow.get(member.worst_condition, plain(member.worst_condition)),
            latency_row(summary, member.name),
            rate_row(summary, member.name),
        )
        for member in summary.members
    )


def _pair_verdict(pair: Pair) -> str:
    if not (pair.difference.low > 0 or pair.difference.high < 0) or pair.holm_p > 0.05:
        return words.PAIR_EQUAL
    return words.PAIR_BETTER.format(name=pair.b if pair.difference.estimate > 0 else pair.a)


def _pair_title(pair: Pair) -> str:
    return words.PAIR_TITLE.format(
        a=pair.a, b=pair.b, value=units.pp(pair.difference.estimate), span=units.pp_span(pair.difference)
    )


def pair_groups(summary: Summary) -> tuple[tuple[str, tuple[PairRow, ...]], ...]:
    """Pairs gathered by condition, clean first; the bars of one condition share their axis."""
    labels = condition_labels(summary.record)
    keys = sorted(dict.fromkeys(pair.condition for pair in summary.pairs), key=lambda key: key != CLEAN)
    groups = []
    for key in keys:
        pairs = [pair for pair in summary.pairs if pair.condition == key]
        ends = [abs(end) for pair in pairs for end in (pair.difference.low, pair.difference.high)]
        reach = max([1.0, *(end for end in ends if math.isfinite(end))])
        rows = tuple(
            PairRow(
                pair,
                labels.get(key, key),
                _pair_verdict(pair),
                difference_bar(pair.difference, reach, _pair_title(pair)),
            )
            for pair in pairs
        )
        groups.append((labels.get(key, key), rows))
    return tuple(groups)


def cost_columns(rows: Sequence[CostRow]) -> dict[str, list[Any]]:
    """Which settings are the `shared` ones (name, value), which are `varying`, and the `stages` in order."""
    values = {key: list(dict.fromkeys(getattr(row, key) for row in rows)) for key in _SETTINGS}
    return {
        "shared": [(key, found[0]) for key, found in values.items() if len(found) == 1],
        "varying": [key for key, found in values.items() if len(found) > 1],
        "stages": list(dict.fromkeys(stage for row in rows for stage in row.stages)),
    }


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """A nested mapping as (dotted key, text), in key order."""
    for key in sorted(values, key=str):
        value, name = values[key], f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from flat(value, f"{name}.")
        else:
            yield name, ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def warnings_by_kind(summary: Summary) -> dict[str, list[Warn]]:
    """Warnings gathered by kind, in the order they came, in the language that is being spoken."""
    kinds: dict[str, list[Warn]] = {}
    language = spoken().language
    for found in summary.record.warnings:
        warning = replace(found, what=again(found.what, language), mend=again(found.mend, language))
        kinds.setdefault(warning.kind, []).append(warning)
    return kinds
