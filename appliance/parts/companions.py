"""Find the file that goes with a part (its mask, its boxes) by name, even where a writer dropped a leading zero."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from appliance.errors import UsageError
from appliance.parts.walk import Found


@dataclass(frozen=True)
class Matched:
    """Companions by the id of their part, and the companions that fit several parts equally well."""

    of: Mapping[str, Found]
    ambiguous: tuple[Found, ...]


def match(parts: Sequence[Found], companions: Iterable[Found], pattern: str, replace: str) -> Matched:
    """Pair each part with the companion called like it once `pattern` in its name became `replace`.

    Names are compared to the letter first, then without leading zeros. Of several the one that shares most folder
    names wins, and it goes to the part that shares most with it: `crack/000_mask` never becomes a mask of `dent/000`.
    """
    exact, loose = _index(companions, str), _index(companions, without_zeros)
    claims: dict[Found, list[tuple[int, Found]]] = defaultdict(list)
    torn: list[Found] = []
    for part in parts:
        wanted = renamed(part.stem, pattern, replace)
        nearest = _nearest(part, exact.get(wanted) or loose.get(without_zeros(wanted)) or [])
        if len(nearest) == 1:
            claims[nearest[0]].append((shared(part, nearest[0]), part))
        torn += nearest if len(nearest) > 1 else []
    return _granted(claims, torn)


def renamed(stem: str, pattern: str, replace: str) -> str:
    """`stem` with the first match of `pattern` replaced. Raises UsageError where `replace` cannot be followed."""
    try:
        return re.sub(pattern, replace, stem, count=1)
    except (re.error, IndexError) as error:
        mend = "correct it in site.toml"
        raise UsageError(f"replace = {replace!r} does not fit the pattern {pattern!r}: {error}", mend=mend) from error


def without_zeros(stem: str) -> str:
    """`stem` with the leading zeros of every number dropped."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", stem)


def shared(one: Found, other: Found) -> int:
    """How many folder names two files have in common."""
    return (Counter(one.folders) & Counter(other.folders)).total()


def _granted(claims: Mapping[Found, list[tuple[int, Found]]], torn: Iterable[Found]) -> Matched:
    """Each companion goes to the part that shares most folders with it, or to none where two share as many."""
    of: dict[str, Found] = {}
    unclear = set(torn)
    for companion, claimed in claims.items():
        most = max(count for count, _ in claimed)
        winners = [part for count, part in claimed if count == most]
        if len(winners) == 1:
            of[winners[0].id] = companion
        else:
            unclear.add(companion)
    return Matched(of, tuple(sorted(unclear - set(of.values()), key=lambda found: found.id)))


def _nearest(part: Found, candidates: Sequence[Found]) -> list[Found]:
    most = max((shared(part, candidate) for candidate in candidates), default=0)
    return [candidate for candidate in candidates if shared(part, candidate) == most]


def _index(companions: Iterable[Found], key: Callable[[str], str]) -> dict[str, list[Found]]:
    index: dict[str, list[Found]] = defaultdict(list)
    for companion in companions:
        index[key(companion.stem)].append(companion)
    return index
