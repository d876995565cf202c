"""What the failure handler does: the unit that failed could not speak for itself (killed, out of memory, timed out)."""

import os
from pathlib import Path

from appliance.errors import Exit, MachineFailed
from appliance.watch.night import report_failure

SAID_ITSELF = {"2", "3", "4", "6"}
"""Exit codes of a night that has written its own line into the status file."""


def note_failed_unit(folder: Path) -> Exit:
    """Write how the unit that systemd names in MONITOR_* ended, unless it did so itself."""
    unit = os.environ.get("MONITOR_UNIT", "the night's unit")
    result = os.environ.get("MONITOR_SERVICE_RESULT", "failed")
    status = os.environ.get("MONITOR_EXIT_STATUS", "")
    if result == "exit-code" and status in SAID_ITSELF:
        return Exit.OK
    how = {"timeout": "ran into its time limit", "oom-kill": "ran out of memory", "signal": f"was killed ({status})"}
    what = f"{unit} {how.get(result, f'ended with {result} {status}'.strip())}"
    report_failure(folder, MachineFailed(what, mend=f"see `journalctl -u {unit}`; the next night goes on with it"))
    return Exit.OK
