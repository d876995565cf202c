"""How every figure was measured: one definition each, and for a run the facts that make it reproducible."""

from appliance.report.view_rows import flat
from appliance.serve.desk import View
from appliance.serve.page import Page
from appliance.serve.scored import brief
from appliance.serve.times import shown


def page(view: View) -> Page:
    """The definitions, with the facts of the run asked for (the last finished one where none is)."""
    run = view.asked("run") or view.finished()
    values: dict[str, object] = {"line": None, "record": None, "facts": [], "started": ""}
    if run:
        record = view.log.read_run(run, with_parts=False)
        line = brief(view.log, record.head.run)
        values = {
            "line": line,
            "record": record,
            "facts": list(flat(record.head.environment)),
            "started": shown(line.started),
        }
    return Page("measured.html", view.w("How it was measured"), "measured", values)
