"""What every page is given: the site as it is now, the log to read, the reader's language and theme."""

import json
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock

from starlette.requests import Request

from appliance.cost.kept import record_of_run, with_costs
from appliance.errors import UsageError
from appliance.language.catalogue import LANGUAGES, Words, words
from appliance.language.tongue import speaking
from appliance.log.connect import snapshot
from appliance.log.kept import latest_done
from appliance.log.log import Log
from appliance.log.types import RunRecord
from appliance.score.kept import Heat, Tally, heat_points, kept_heat, kept_summary, kept_tallies, tallies
from appliance.score.summary_types import Summary
from appliance.serve import addresses
from appliance.site import Site, load_site

DOMAIN = "dashboard"
THEMES = ("auto", "light", "dark")
COSTS = "costs"
STAMP = """SELECT r.digest, CASE r.digest WHEN '' THEN (SELECT count(*) FROM cells c WHERE c.run = r.run) ELSE 0 END,
    (SELECT max(number) FROM cost_records) FROM runs r WHERE r.run = ?"""
"""What a summary hangs on: the digest of a finished run, the finished cells of another, the costs measured last."""
Stamp = tuple[object, ...]


class Recent:
    """The `most` values asked for last, made once each; the key says all that a value hangs on."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._values: OrderedDict[Hashable, Summary] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Summary]) -> Summary:
        """The value of `key`; two that ask at once may both make it."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        with self._lock:
            self._values[key] = made
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return made

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._values.clear()


SUMMARIES = Recent(8)


@dataclass(frozen=True)
class Desk:
    """One dashboard: its site folder, and the token without which nothing is acknowledged."""

    folder: Path
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def site(self) -> Site:
        """The site as site.toml says now; read again only when the file has changed."""
        stamp = (self.folder / "site.toml").stat().st_mtime_ns if (self.folder / "site.toml").exists() else 0
        return _site(self.folder, stamp)


@lru_cache(maxsize=2)
def _site(folder: Path, _stamp: int) -> Site:
    return load_site(folder)


@dataclass(frozen=True)
class View:
    """One request being answered."""

    request: Request
    desk: Desk
    site: Site
    log: Log
    w: Words

    @property
    def now(self) -> datetime:
        """The moment, UTC."""
        return datetime.now(UTC)

    def asked(self, name: str) -> str:
        """A value of the query, empty where there is none."""
        return str(self.request.query_params.get(name, ""))

    def number(self, name: str, low: int, high: int, usual: int) -> int:
        """A whole number of the query. Raises UsageError outside low..high."""
        return addresses.number(self.asked(name), low, high, usual)

    def record(self) -> RunRecord:
        """The run asked for (`last` where none is), without its parts. Raises UsageError for an unknown one."""
        return self.log.read_run(self.run(), with_parts=False)

    def run(self) -> str:
        """The whole name of the run asked for; the one done last where none is."""
        return self._run

    @cached_property
    def _run(self) -> str:
        asked = self.asked("run")
        return self.log.resolve(asked) if asked else latest_done(self.log) or self.log.resolve("last")

    def finished(self) -> str | None:
        """The run done last, None where none is."""
        return latest_done(self.log)

    def limits(self, run: str) -> dict[str, float]:
        """The limits a run was judged by."""
        sql = "SELECT c.limits FROM runs r JOIN configs c ON c.id = r.config WHERE r.run = ?"
        with snapshot(self.log.connection, self.log.path):
            row = self.log.connection.execute(sql, (run,)).fetchone()
        return {} if row is None else dict(json.loads(row[0]))

    def summary(self, *wanted: str) -> Summary:
        """The run asked for, scored: as it was kept, or scored now where it was not (that takes seconds).

        Only the fields `wanted` are filled (`cells/NAME`: the cells of one perturbation, `envelopes/NAME`: the
        envelopes of one size, `costs`: as measured last); all where none is named.
        """
        return read_summary(self.log, self.run(), frozenset(wanted) or None)

    def tallies(self) -> list[Tally]:
        """How the limits stand in the run asked for."""
        found = kept_tallies(self.log, self.run())
        return tallies(self.summary()) if found is None else found

    def heat(self) -> Heat:
        """The heat map of the run asked for."""
        found = kept_heat(self.log, self.run())
        return heat_points(self.summary()) if found is None else found


def read_summary(log: Log, run: str, wanted: frozenset[str] | None = None) -> Summary:
    """A run as it was scored when it ended, without its parts; scored now, once, where the log has not kept it."""
    with snapshot(log.connection, log.path):
        stamp = tuple(log.connection.execute(STAMP, (run,)).fetchone())
    with speaking("en"):  # kept for readers of every language
        return SUMMARIES.get((log.path, run, wanted, stamp), lambda: _read_summary(log, run, wanted, stamp))


def _read_summary(log: Log, run: str, wanted: frozenset[str] | None, stamp: Stamp) -> Summary:
    record = log.read_run(run, with_parts=False)
    if wanted is None or COSTS in wanted:
        record = with_costs(record, record_of_run(log, record))
    fields = None if wanted is None else wanted - {COSTS}
    return kept_summary(log, record, fields) or _whole(log.path, run, stamp)


@lru_cache(maxsize=2)
def _whole(path: Path, run: str, _stamp: Stamp) -> Summary:
    """A run that the log keeps no summary of, scored."""
    from appliance.session import read_summary as score

    with Log.open_read(path) as log:
        return score(log, run)


def language_of(request: Request, usual: str) -> Words:
    """The reader's language: as switched to, as the browser asks for, or the site's."""
    for wanted in (request.query_params.get("lang"), request.cookies.get("lang")):
        if wanted in LANGUAGES:
            return words(wanted, DOMAIN)
    header = request.headers.get("accept-language", "")
    for item in header.split(","):
        tag = item.split(";")[0].strip().split("-")[0].lower()
        if tag in LANGUAGES:
            return words(tag, DOMAIN)
    return words(usual, DOMAIN)


def theme_of(request: Request) -> str:
    """auto, light or dark, as switched to."""
    for wanted in (request.query_params.get("theme"), request.cookies.get("theme")):
        if wanted in THEMES:
            return str(wanted)
    return "auto"


def unknown(what: str) -> UsageError:
    """Something asked for that is not there."""
    return UsageError(what, mend="go back to the first page and follow its links")
