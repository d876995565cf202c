"""Which sentences a domain says: `w("...")`, `mark("...")`, `filled("...")` in its Python files and Jinja templates.

The catalogues are complete where every sentence found here has a translation; a test holds them to it.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract
from jinja2.ext import babel_extract

from appliance.language.again import ALERTS, COUNTED, LIBRARIES, VERBS
from appliance.language.again import DOMAIN as AGAIN
from appliance.language.literals import SPOKEN, is_said, sentences

REPORT_PAGES = (
    "calibration",
    "cost",
    "cost_record",
    "curves",
    "document",
    "envelopes",
    "heat",
    "laws",
    "limits",
    "method",
    "page",
    "pairs",
    "preview",
    "probe",
    "repeatability",
    "review",
    "robustness",
    "sight",
    "size",
    "sizes",
    "worst",
)
"""The templates of the report of a run."""

LOG = ("check", "connect", "copying", "export", "lock", "log", "maintain", "read", "schema", "seen")
"""Files of the log that speak to a person; the others hold tables and the meaning of their columns."""

SAID_AGAIN = (
    "advice/build.py",
    "advice/case.py",
    "advice/mix.py",
    "audit/*.py",
    "building.py",
    "calibrate/*.py",
    "check.py",
    "cli/*.py",
    "conditions.py",
    "conversion.py",
    "cost/state.py",
    "decision.py",
    "demo.py",
    "equivalence.py",
    "errors.py",
    "families.py",
    "fit.py",
    "language/catalogue.py",
    *(f"log/{name}.py" for name in LOG),
    "parts/[!w]*.py",
    "parts/walk.py",
    "pictures.py",
    "ready.py",
    "report/board.py",
    "report/terminal_law.py",
    "runtimes.py",
    "safety.py",
    "score/changes.py",
    "score/compare.py",
    "sections/*.py",
    "session.py",
    "setup.py",
    "show.py",
    "site.py",
    "site_file.py",
    "tasks/*.py",
    "writable.py",
)
"""Files whose errors, warnings and remarks are English as data and said again by their templates (again.py)."""

ERRORS_AGAIN = (
    "cost/*.py",
    "engines/*.py",
    "law/[!d]*.py",
    "log/advices.py",
    "log/existing.py",
    "log/packing.py",
    "log/probing.py",
    "log/rows.py",
    "log/watching.py",
    "log/write.py",
    "own.py",
    "probe/*.py",
    "serve/[!s]*.py",
    "serve/s[!t]*.py",
    "serve/state.py",
    "serve/pages/*.py",
    "sizing/*.py",
    "units.py",
    "watch/*.py",
)
"""Files of which only what no other catalogue holds is said again: error lines, and what alerts say.

Left out: the meaning of the log's columns, and style sheets.
"""

BESIDE = ("../models/*.py", "../perturb/*.py")
"""Error lines, and what perturbations are, of the packages beside `appliance`."""

TERMINAL_COMMANDS = (
    "alerts",
    "audit",
    "baseline",
    "calibrate",
    "cost",
    "counting",
    "demo",
    "init",
    "log",
    "models",
    "nightly",
    "perturb",
    "progress",
    "results",
    "serve",
    "units",
)
"""Commands that say a line of their own; the words of the others are those of the report."""

DOMAINS: dict[str, tuple[str, ...]] = {
    "again": (*SAID_AGAIN, *ERRORS_AGAIN, *BESIDE),
    "terminal": (
        *(f"cli/{name}.py" for name in TERMINAL_COMMANDS),
        "check.py",
        "cost/expect.py",
        "language/terminal.py",
    ),
    "names": ("language/names.py",),
    "advise": (
        "report/advice_words.py",
        "report/figures.py",
        "report/plan_words.py",
        "report/policy_words.py",
        "report/terminal_advice.py",
    ),
    "report": (
        "audit/grid.py",
        "audit/order.py",
        "calibrate/run.py",
        "calibrate/statement.py",
        "equivalence.py",
        "law/axis.py",
        "law/quantity.py",
        "law/sizes.py",
        "law/summary.py",
        "law/table.py",
        "law/plot.py",
        "law/plot_value.py",
        "law/tell.py",
        "law/verdict.py",
        "cli/probe.py",
        "cli/size.py",
        "parts/review.py",
        "ready.py",
        "report/section_cost.py",
        "report/sections.py",
        "report/calibration.py",
        "report/feasible.py",
        "report/preview.py",
        "report/chart_noise.py",
        "report/size_page.py",
        "report/terminal_calibration.py",
        "report/terminal_law.py",
        "report/terminal_probe.py",
        "report/terminal_size.py",
        "report/view_size.py",
        "sizing/answer.py",
        "sizing/decide.py",
        "sizing/fits.py",
        "sizing/run.py",
        "sizing/speed.py",
        *(f"report/templates/{name}.html" for name in REPORT_PAGES),
        "report/units.py",
        "report/view_calibration.py",
        "report/view_calibration_pictures.py",
        "report/view_laws.py",
        "report/view_probe.py",
        "report/view_seen.py",
        "report/words.py",
        "report/words_calibration.py",
        "report/words_cost.py",
        "score/changes.py",
        "score/compare.py",
        "score/notes.py",
        "score/verdict.py",
        "watch/tonight.py",
    ),
    "page": ("report/board_words.py", "report/templates/board.html"),
    "dashboard": ("serve/*.py", "serve/pages/*.py", "serve/templates/*.html"),
}
"""Domain -> its files, as globs below the package `appliance`."""

NOT_KEPT = frozenset({"w"})
NOTHING: frozenset[str] = frozenset()
KEYWORDS = {"w": None, "mark": None, "filled": None}
Said = str | Sequence[str | None] | None
PACKAGE = Path(__file__).resolve().parents[1]
CHANGES = PACKAGE / "score/changes.py"  # alerts carry all that it says


def domain_files(domain: str) -> list[Path]:
    """The files of a domain, in order. Raises KeyError for an unknown domain."""
    found = (file.resolve() for pattern in DOMAINS[domain] for file in PACKAGE.glob(pattern) if file.is_file())
    return sorted(set(found))


def messages(domain: str) -> dict[str, str]:
    """Every sentence of a domain, with the first place it stands in: `file:line`."""
    if domain == AGAIN:
        return lines()
    found: dict[str, str] = {}
    for file in domain_files(domain):
        for line, message in _messages_in(file):
            found.setdefault(message, f"{_place(file)}:{line}")
    return found


def lines() -> dict[str, str]:
    """Every line that is said again, with the first place it is made in: what stands in Python outside of a catalogue.

    Also what is in a catalogue but kept in English (`filled`, `mark`), for it comes back from a log or a worker as
    plain text. Without what no person reads on a terminal (`is_said`).
    """
    found = dict.fromkeys((*LIBRARIES, *COUNTED, *VERBS, *ALERTS), "appliance/language/again.py")
    kept = {file for pattern in SAID_AGAIN for file in PACKAGE.glob(pattern)}
    for file in domain_files(AGAIN):
        spoken = NOTHING if file == CHANGES else NOT_KEPT if file in kept else SPOKEN
        for line, text in sentences(file, spoken):
            if is_said(text):
                found.setdefault(text.strip(), f"{_place(file)}:{line}")
    return found


def _place(file: Path) -> Path:
    """Where a file lies, below `appliance` or below the folder of all packages."""
    return file.relative_to(PACKAGE if file.is_relative_to(PACKAGE) else PACKAGE.parent)


def _messages_in(file: Path) -> Iterator[tuple[int, str]]:
    source = BytesIO(file.read_bytes())
    found: Iterator[tuple[int, Said]]
    if file.suffix == ".py":
        found = ((line, message) for line, message, *_ in extract("python", source, keywords=KEYWORDS))
    else:
        found = ((line, said) for line, _, said, _ in babel_extract(source, tuple(KEYWORDS), (), {"silent": "false"}))
    for line, said in found:
        sentence = _sentence(said)
        if sentence:
            yield line, sentence


def _sentence(said: Said) -> str | None:
    """The sentence itself, of a call with values the first; None where it says a constant that is marked elsewhere."""
    return said if isinstance(said, str) or said is None else said[0]
