"""What `advise` does with a site: decide over a logged run, keep the decision, judge a gate by what was seen since."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from appliance.advice.advise import advise
from appliance.advice.as_json import advice_json
from appliance.advice.mix import watched_by
from appliance.advice.policy import Policy, policy
from appliance.advice.sequential import Standing, standing
from appliance.advice.types import Advice
from appliance.errors import UsageError
from appliance.log import kept
from appliance.log.existing import existing_log
from appliance.log.log import Log
from appliance.own import site_camera
from appliance.report.advice_page import KIND, VERSION, advice_page
from appliance.report.board import board_html, board_pdf
from appliance.report.html import write_whole
from appliance.score.summary_types import Summary
from appliance.session import read_summary
from appliance.site import Site


def open_advice(site: Site, run: str) -> tuple[Advice, Summary]:
    """Decide over a logged run: the advice, and the scored run it rests on. Raises what `advise` raises."""
    with Log.open_read(existing_log(site)) as log:
        return _advised(site, log, run)


def keep_advice(site: Site, run: str) -> Advice:
    """Decide over a logged run and write the decision into the log, with its prices, mix and seed, and for a page."""
    with Log.open(existing_log(site), create=False) as log:
        advice, _ = _advised(site, log, run)
        made = datetime.now(UTC).isoformat(timespec="seconds")
        log.add_advice(made, advice_json(advice))
        document = json.dumps({"made": made, **advice_page(advice)}).encode()
        kept.keep(log, advice.run, KIND, VERSION, document)
        return advice


def _advised(site: Site, log: Log, run: str) -> tuple[Advice, Summary]:
    summary = read_summary(log, run)
    name = summary.record.head.run
    return advise(site, summary, lambda member, condition: log.outcomes(name, member, condition)), summary


def standings(site: Site, seen: Mapping[str, str]) -> list[Standing]:
    """The gates on the site's limits after what was seen: `K/N` wrong decisions among N parts, by escape or overkill.

    Raises UsageError for what is no K/N, and where the site sets no such limit.
    """
    limits = {"escape": site.limits.escape_rate, "overkill": site.limits.overkill_rate}
    found = []
    for rate, text in seen.items():
        limit = limits[rate]
        if limit is None or not 0.0 < limit < 1.0:
            raise UsageError(
                f"limits.{rate}_rate sets no limit to judge by", file=str(site.file), mend="set one between 0 and 1"
            )
        found.append(standing(rate, *_counts(rate, text), limit))
    return found


def _counts(rate: str, text: str) -> tuple[int, int]:
    first, _, second = text.partition("/")
    if not (first.strip().isdecimal() and second.strip().isdecimal()):
        raise UsageError(f"--{rate}s {text}: not K/N", mend=f"write the {rate}s and the parts, such as 2/180")
    k, n = int(first), int(second)
    if k > n:
        raise UsageError(f"--{rate}s {text}: more {rate}s than parts", mend=f"write {rate}s/parts")
    return k, n


def write_page(site: Site, run: str, language: str, out: Path | None) -> Iterator[Path]:
    """Write the board's page as HTML, then as PDF, and give each path once it is there.

    `out` names either file; the other stands beside it. Raises UsageError for a language without a catalogue and
    MachineFailed where weasyprint is missing: the HTML is then there all the same.
    """
    advice, summary = open_advice(site, run)
    html = board_html(advice, summary.record.head.started, language)
    path = out or site.reports / f"{advice.run}-page-{language}.html"
    pages = path.with_suffix(".html"), path.with_suffix(".pdf")
    write_whole(pages[0], html.encode())
    yield pages[0]
    write_whole(pages[1], board_pdf(html))
    yield pages[1]


def write_policy(site: Site, run: str, path: Path) -> tuple[Policy | None, Advice]:
    """Write the augmentation policy for the advised size, whole or not at all; None where no weak spot is shown.

    Where no size is advised it is the most accurate one's. The advice it belongs to is given with it.
    """
    advice, summary = open_advice(site, run)
    size = advice.decision.size or max(summary.members, key=lambda member: member.clean.accuracy.estimate).name
    watched = watched_by(site.calibration, summary.record.conditions, site.prices.parts_per_day)
    found = policy(summary, size, site_camera(site), watched.ranges if watched else None)
    if found is not None:
        write_whole(path, found.text().encode())
    return found, advice
