"""The one page for the purchase file: what to buy, what it rests on, what would change it, and room to sign."""

from base64 import b64encode
from collections import Counter
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from markupsafe import Markup

from appliance.language.tongue import Sentence, mark, spoken, w
from appliance.report import view_size
from appliance.report.html import write_whole
from appliance.report.page import render
from appliance.sizing.types import Answer, Meets, Row

KIND = {Meets.YES: "good", Meets.NO: "bad", Meets.OPEN: "open"}
RANK = {Meets.YES: 0, Meets.OPEN: 1, Meets.NO: 2}
UNREACHED = mark("{count} that no back-test reaches")
COUNTED = {
    Meets.YES: mark("{count} that meet it"),
    Meets.OPEN: mark("{count} open"),
    Meets.NO: mark("{count} that do not meet it"),
}
MOST = 14  # machines in the table; the others are counted, and stand in the JSON


def write_size_page(found: Answer, site: str, made: str, path: Path) -> None:
    """Write the page to `path`, whole or not at all. Raises MachineFailed where it cannot be written."""
    write_whole(path, size_html(found, site, made).encode())


def size_html(found: Answer, site: str, made: str) -> str:
    """The page as text; made: when, UTC, ISO 8601."""
    folder = files("appliance.report")
    style = "\n".join(folder.joinpath(f"templates/{name}.css").read_text("utf-8") for name in ("board", "size"))
    shown, rest = table_rows(found)
    heads, cheapest = view_size.cheapest_table(found)
    return str(
        render(
            "size.html",
            language=spoken().language,
            found=found,
            site=site,
            made=made.replace("T", " ")[:16],
            kind="good" if found.met else "bad",
            view=view_size,
            shown=shown,
            rest=rest,
            heads=heads,
            cheapest=cheapest,
            kinds=KIND,
            style=Markup(style),  # noqa: S704 - our own style sheet
            policy=_policy(style),
        )
    )


def table_rows(found: Answer) -> tuple[list[list[Row]], str]:
    """Machines worth a line, best first, each a row by size; and the rest in words."""
    machines = [list(rows) for rows in zip(*(size.rows for size in found.sizes), strict=True)]
    ranked = sorted(machines, key=_rank)
    shown = [rows for rows in ranked if any(row.speed.band for row in rows)][:MOST]
    left = [rows for rows in ranked if rows not in shown]
    counted = Counter(_word(rows) for rows in left)
    parts = w(", ").join(word.format(count=count) for word, count in counted.most_common())
    if len(left) == 1:
        return shown, w("Not in the table: 1 machine ({parts}).", parts=parts)
    return shown, w("Not in the table: {count} machines ({parts}).", count=len(left), parts=parts) if left else ""


def _rank(rows: list[Row]) -> tuple[float, int, float]:
    """Mean standing over the sizes, then whether it was measured, then power."""
    standing = sum(RANK[row.meets] for row in rows) / len(rows)
    measured = 0 if any(row.speed.basis == "measured" for row in rows) else 1
    return (standing, measured, rows[0].machine.power_w or 1e9)


def _word(rows: list[Row]) -> Sentence:
    best = min(rows, key=lambda row: RANK[row.meets])
    if best.speed.band is None:
        return UNREACHED
    return COUNTED[best.meets]


def _policy(style: str) -> str:
    digest = b64encode(sha256(style.encode()).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
