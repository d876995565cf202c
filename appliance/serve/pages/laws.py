"""Laws: does size still pay, on clean parts and under each condition, and what would settle what is open."""

from typing import Any

from appliance.language.catalogue import Words, mark
from appliance.law.kept import VERSION, kept_laws, kind
from appliance.log.kept import last_kept
from appliance.report import units
from appliance.serve import names
from appliance.serve.chart_law import LawWords, draw
from appliance.serve.desk import View
from appliance.serve.figures import Figure, Table
from appliance.serve.page import Page
from appliance.serve.times import shown

AXES = {
    "macs": mark("multiply-accumulates (MACs) for one picture"),
    "params": mark("parameters"),
    "activations": mark("activations"),
    "p99": mark("time for one part, p99, ms"),
}
VERDICTS = {
    "improving": mark("size still pays"),
    "plateau": mark("no gain from size"),
    "regressing": mark("larger is worse"),
    "undetermined": mark("not determined"),
}
KINDS = {"improving": "good", "plateau": "none", "regressing": "bad", "undetermined": "open"}
QUANTITIES = {
    "error": mark("accuracy"),
    "drop": mark("accuracy kept"),
    "flip": mark("decisions kept"),
    "escape": mark("NG parts caught"),
}
DRAWN = {"clean": mark("Error on clean parts over size"), "mean": mark("Mean error under perturbation over size")}


def page(view: View) -> Page:
    """The laws of the last finished run over one axis, as far as they were worked out."""
    axis = _axis(view)
    run = _run(view, axis)
    found = kept_laws(view.log, run, axis)
    record = view.log.read_run(run, with_parts=False)
    labels = {**names.conditions(view.w, record.conditions), "mean": view.w("mean over all conditions")}
    values: dict[str, Any] = {
        "run": run,
        "started": shown(record.head.started),
        "axis": axis,
        "axes": {name: view.w(text) for name, text in AXES.items()},
        "found": found,
        "rows": [_row(view.w, law, labels) for law in found["laws"]] if found else [],
        "against": [_disagreement(view.w, item, labels) for item in found["disagreements"]] if found else [],
        "figures": figures(view),
    }
    return Page("laws.html", view.w("Laws and verdicts"), "laws", values)


def _run(view: View, axis: str) -> str:
    """The run asked for; where none is, the one whose laws were worked out last."""
    return view.run() if view.asked("run") else last_kept(view.log, kind(axis), VERSION) or view.run()


def _axis(view: View) -> str:
    axis = view.asked("axis") or "macs"
    return axis if axis in AXES else "macs"


def verdict(w: Words, state: str) -> tuple[str, str]:
    """(class of the badge, words) of a regime."""
    return KINDS.get(state, "none"), w(VERDICTS[state]) if state in VERDICTS else state


def _row(w: Words, law: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    models = law["models"]
    return {
        "what": w(QUANTITIES.get(law["quantity"], law["quantity"])),
        "where": labels.get(law["condition"], law["condition"]),
        "models": verdict(w, models["verdict"]) if models else ("none", w("not known")),
        "next": verdict(w, law["verdict"]),
        "slope": slope((models or law)["slope"]),
        "needs": _needs(w, law["needs"]),
    }


def slope(span: dict[str, Any]) -> str:
    """A gain per doubling with its interval, in pp."""
    if span["estimate"] is None:
        return units.DASH
    low, high = span["low"], span["high"]
    ends = "" if low is None or high is None else f" ({low:+.2f} … {high:+.2f})"
    return units.signed(f"{span['estimate']:+.2f}{ends}")


def _needs(w: Words, needs: dict[str, Any] | None) -> str:
    """What would settle an open verdict."""
    if not needs:
        return ""
    if needs["parts"] and needs["trainings"]:
        return w("{parts} parts or {trainings} trainings of each size", **_counts(needs))
    if needs["parts"]:
        return w("{parts} parts", **_counts(needs))
    if needs["trainings"]:
        return w("{trainings} trainings of each size", **_counts(needs))
    return w("more sizes; more parts would not settle it")


def _counts(needs: dict[str, Any]) -> dict[str, str]:
    return {key: units.count(needs[key]) for key in ("parts", "trainings") if needs[key]}


def _disagreement(w: Words, item: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    whom = w("next training") if "training" in item["of"] else w("these models")
    return {
        "where": labels.get(item["condition"], item["condition"]),
        "whom": whom,
        "clean": verdict(w, item["clean"]),
        "perturbed": verdict(w, item["perturbed"]),
        "slope": slope(item["perturbed_slope"]),
        "over": ", ".join(item["perturbed_slope"].get("over", ())),
    }


def figures(view: View) -> list[Figure]:
    """Error over size, clean and in the mean under perturbation."""
    axis = _axis(view)
    found = kept_laws(view.log, _run(view, axis), axis)
    drawn = [law for law in (found or {"laws": []})["laws"] if law.get("sizes")]
    return [_figure(view, law) for law in drawn if any(row["error"] is not None for row in law["sizes"])]


def _figure(view: View, law: dict[str, Any]) -> Figure:
    w, size = view.w, AXES[law["axis"]]
    shown = DRAWN[law["condition"]]
    title = w(shown)
    said = LawWords(
        title=title,
        desc=w(
            "Circles: as measured. Line and band: the laws by weight, 90 % for one more training. Diamond: foretold."
        ),
        x=w(size),
        y=w("error, %"),
        point=w("{name}: error {value}"),
        foretold=w("foretold from the other sizes: {value}"),
    )
    header = (w("size"), w(size), w("error"), w("parts"))
    rows = tuple((row["name"], row["size"], row["error"], row["parts"]) for row in law["sizes"])
    return Figure(f"law-{law['condition']}", title, draw(law, said), lambda: Table(header, rows), "law")
