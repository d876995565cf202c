"""The status file: how the last night went, for people and other programs; whole or not at all, even on a full disk."""

import errno
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.audit.environment import package_version
from appliance.errors import InspectError
from appliance.log.log import Log
from appliance.site import Site
from appliance.watch.alert_types import Alert, DeliveryState
from appliance.watch.alerts import alerts
from appliance.watch.deliveries import deliveries, stamp
from appliance.watch.nights import Night, nights
from appliance.watch.plain import finite

ROOM = 4096
"""Bytes the file is padded to at least, so that one line on a full disk fits into the space it has already."""

READABLE = 0o640
"""Whoever is in the group of the site's user may read the file, whatever the unit's umask."""

Document = dict[str, Any]


def status_of(site: Site, log: Log, code: int, message: str) -> Document:
    """The state of a site after a night or a delivery."""
    last = nights(log, 1)
    waiting = deliveries(log, states=[DeliveryState.WAITING])
    given_up = deliveries(log, states=[DeliveryState.GIVEN_UP])
    return {
        **_head(site, code, message),
        "night": _night(last[0]) if last else None,
        "alerts": [_alert(alert) for alert in alerts(log)],
        "deliveries": {
            "waiting": len(waiting),
            "given_up": len(given_up),
            "last_error": (waiting + given_up)[-1].error if waiting + given_up else "",
        },
        "error": None,
    }


def failure(site: Site, error: InspectError, before: Document | None) -> Document:
    """The state after a night that could not be done; what was known of alerts before is kept."""
    kept = {name: (before or {}).get(name) for name in ("night", "alerts", "deliveries")}
    fault = {"code": int(error.code), "what": error.what, "file": error.file, "mend": error.mend}
    return {**_head(site, int(error.code), str(error)), **kept, "error": fault}


def write_status(path: Path, document: Document) -> None:
    """Write the document in one step; where the disk is full, over the old file in place. Raises OSError."""
    text = json.dumps(finite(document), indent=1).encode()
    padded = text + b" " * max(ROOM - len(text) - 1, 0) + b"\n"
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        half.write_bytes(padded)
        half.chmod(READABLE)
        half.replace(path)
    except OSError as error:
        half.unlink(missing_ok=True)
        if error.errno not in (errno.ENOSPC, errno.EDQUOT) or not path.exists():
            raise
        _in_place(path, document)


def read_status(path: Path) -> Document | None:
    """The document, or None where there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _in_place(path: Path, document: Document) -> None:
    """Only what matters, no longer than the old file: no new space is asked for."""
    size = path.stat().st_size
    short = {name: value for name, value in document.items() if name not in ("alerts", "night", "deliveries")}
    text = json.dumps(finite(short)).encode()
    if len(text) + 1 <= size:
        with path.open("r+b") as file:
            file.write(text + b" " * (size - len(text) - 1) + b"\n")


def _head(site: Site, code: int, message: str) -> Document:
    return {
        "site": site.name,
        "version": package_version("inspect-eval"),
        "written": stamp(datetime.now(UTC)),
        "exit_code": code,
        "message": message,
    }


def _night(night: Night) -> Document:
    return {
        "number": night.number,
        "run": night.run,
        "state": night.state.value,
        "started": night.started,
        "ended": night.ended,
        "seconds": night.seconds,
        "budget_s": night.budget_s,
        "grid_cells": night.grid_cells,
        "planned_cells": night.planned_cells,
        "covered_cells": night.covered_cells,
        "parts": night.parts,
        "all_parts": night.all_parts,
        "nights_to_cover_all": night.plan.get("nights"),
        "conditions": night.plan.get("conditions"),
    }


def _alert(alert: Alert) -> Document:
    names = ("id", "rule", "member", "condition", "owner", "opened", "last_seen", "nights", "missed", "what")
    words = {"severity": alert.severity.value, "state": alert.state.value}
    return {**{name: getattr(alert, name) for name in names}, **words, "details": dict(alert.details)}
