"""A decision as plain values in every language, kept for pages that must not work it out again."""

from dataclasses import asdict
from typing import Any

from appliance.advice.types import Advice, Money
from appliance.language.catalogue import LANGUAGES, words
from appliance.report import board_words
from appliance.report.advice_words import VERDICTS, Told, told
from appliance.report.board import KINDS
from appliance.report.plan_words import stage_texts
from appliance.score.types import Interval

KIND, VERSION = "decision", 1


def advice_page(advice: Advice) -> dict[str, Any]:
    """The verdict with its class, what each way costs and brings in numbers, and the text in every language."""
    return {
        "kind": KINDS[advice.decision.verdict],
        "verdict": advice.decision.verdict.value,
        "size": advice.decision.size,
        "currency": advice.currency,
        "years": advice.horizon,
        "ways": [_way(advice, way) for way in advice.ways],
        "text": {language: _text(told(advice, language)) for language in LANGUAGES},
    }


def _way(advice: Advice, way: Money) -> dict[str, Any]:
    spans = ("escape_rate", "overkill_rate", "per_1000", "tco", "npv", "payback")
    return {
        "name": way.name,
        "reference": way.name == advice.reference,
        "chosen": way.name == advice.decision.size,
        **{name: _span(getattr(way, name)) for name in spans},
        "pays": way.pays,
        "best": way.best,
    }


def _span(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.estimate, interval.low, interval.high]


def _text(said: Told) -> dict[str, Any]:
    board = board_words.board_text(said, words(said.w.language, board_words.DOMAIN))
    return {
        "verdict": said.w(VERDICTS[said.advice.decision.verdict]),
        "head": said.head(),
        "names": {way.name: said.way(way.name) for way in said.advice.ways},
        **asdict(board),
        "stages": [asdict(stage) for stage in stage_texts(said)],
        "assumptions": said.assumptions(),
    }
