"""Laws as the log keeps them for pages: the verdicts of all, the curves of the two that are drawn."""

import json
from typing import Any

from appliance.law.as_json import report_json
from appliance.law.types import LawReport
from appliance.log import kept
from appliance.log.log import Log

VERSION = 2
DRAWN = ("clean", "mean")
LEFT_OUT = ("forms", "isotonic", "value", "notes")


def kind(axis: str) -> str:
    """What a document of laws over this axis is called in the log."""
    return f"laws/{axis}"


def keep_laws(log: Log, run: str, report: LawReport) -> None:
    """Keep the laws of a run over one axis."""
    kept.keep(log, run, kind(report.axis), VERSION, json.dumps(law_page(report)).encode())


def kept_laws(log: Log, run: str, axis: str) -> dict[str, Any] | None:
    """The laws kept of a run, as `law_page` made them; None where there are none of this version."""
    document = kept.kept(log, run, kind(axis), VERSION)
    return None if document is None else dict(json.loads(document))


def law_page(report: LawReport) -> dict[str, Any]:
    """The `law --json` document without what no page shows."""
    document = report_json(report)
    return {**document, "laws": [_slim(law) for law in document["laws"]]}


def _slim(law: dict[str, Any]) -> dict[str, Any]:
    drawn = law["quantity"] == "error" and law["condition"] in DRAWN
    left_out = LEFT_OUT if drawn else (*LEFT_OUT, "band", "sizes", "left_out")
    kept_of_law = {key: value for key, value in law.items() if key not in left_out}
    if kept_of_law.get("models"):
        kept_of_law["models"] = {key: value for key, value in law["models"].items() if key not in left_out}
    return kept_of_law
