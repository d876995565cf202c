"""The page for the purchase file in Japanese: one answer is English as data and Japanese on the page."""

import json
from io import StringIO

import pytest
from rich.console import Console

from appliance.language.tongue import speaking
from appliance.report.size_page import size_html
from appliance.report.terminal_size import print_answer
from appliance.sections.prices import PricesSection
from appliance.sections.sizing import SizingSection
from appliance.sizing.answer import answer, line_of
from appliance.sizing.as_json import answer_json
from appliance.sizing.catalogue import load_catalogue
from appliance.sizing.decide import Asked, Case
from appliance.sizing.run import ALONE, with_measured, work_of
from appliance.sizing.samples import by_member
from appliance.sizing.shipped import shipped
from appliance.sizing.speed import Supported
from appliance.sizing.types import Answer
from tests.language.shown import english_in
from tests.sizing.build import member, sample

MACHINES = load_catalogue().machines
COMMANDS = ("inspect-eval cost --export FILE", "inspect-eval cost --acceptance", "inspect-eval cost")
NAMES = (*sorted((machine.name for machine in MACHINES), key=len, reverse=True), "bolts line")


def found(takt_s: float, deadline_ms: float = 0.0, *, measured: bool = True) -> Answer:
    samples = [sample(machine="Intel Core i7-1185G7")] if measured else []
    known = Supported(shipped(), with_measured(load_catalogue(), samples))
    one = Case("m", work_of(member()), by_member(samples).get("m", ()))
    line = line_of(takt_s, deadline_ms, 2, 5, 1)
    return answer(
        [one],
        known.catalogue.machines,
        Asked(line, SizingSection(), PricesSection(electricity_per_kwh=0.3)),
        known,
        family="bolts",
        limits={"m": "hold"},
        notes=[ALONE],
    )


@pytest.mark.parametrize(("takt_s", "deadline_ms", "measured"), [(0.5, 0, True), (0.001, 0, True), (1, 0, False)])
def test_the_japanese_page_holds_no_english_sentence(takt_s: float, deadline_ms: float, measured: bool) -> None:
    made = found(takt_s, deadline_ms, measured=measured)
    with speaking("ja"):
        page = size_html(made, "bolts line", "2026-11-24T10:00:00")
    assert '<html lang="ja">' in page
    assert english_in(page, *NAMES) == []
    assert "The cheapest machine for each size" in size_html(made, "bolts line", "2026-11-24T10:00:00")


def test_the_terminal_speaks_it_too() -> None:
    out = StringIO()
    with speaking("ja"):
        print_answer(found(0.5), Console(file=out, width=4000, highlight=False))
    assert english_in(out.getvalue(), *NAMES, *COMMANDS) == []


def test_as_data_it_stays_english() -> None:
    made = found(0.5)
    with speaking("ja"):
        assert json.dumps(answer_json(made, "now")).isascii()
        document = json.loads(json.dumps(answer_json(made, "now")))
        assert str(made.verdict).startswith("1個0.5秒のタクト")
    assert document == json.loads(json.dumps(answer_json(made, "now")))
    assert document["verdict"].startswith("The cheapest machine shown to meet 0.5 s a part")
