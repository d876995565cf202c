"""The section of the report on laws: the answer first, and of whom and over which sizes every disagreement is."""

import dataclasses
import re
from functools import cache

import pytest

from appliance.language.tongue import speaking
from appliance.law.summary import laws
from appliance.report.view_laws import laws_section
from tests.language.shown import english_in
from tests.law.build import outcomes, record
from tests.report.build import summary

CLEAN = (0.80, 0.85, 0.88, 0.90, 0.915, 0.94)
LATE = (0.70, 0.75, 0.78, 0.80, 0.90, 0.87)


@cache
def section(language: str) -> str:
    """Clean parts improve; under the one condition the largest size falls surely below the one before it."""
    run = record(1, 2000)
    with speaking(language):
        found = laws(run, outcomes(run, lambda i, j: LATE[i] if j else CLEAN[i]), resamples=300)
        made = laws_section(found)(dataclasses.replace(summary(), record=run))
    assert made is not None
    return re.sub(r"\s+", " ", str(made.html))


def test_it_begins_with_the_answer_and_names_the_sizes_judged_over() -> None:
    html = section("en")
    assert html.strip().startswith("<p><strong>Clean parts: for these models")
    models = html[html.index("For these models, the sizes as exported") :]
    assert "clean parts say improving" in models[:200]
    row = re.search(r"<tr><th[^>]*>[^<]*defocus[^<]*</th>.*?</tr>", models)
    assert row is not None
    assert "regressing" in row[0]
    assert "<td>xl, xxl</td>" in row[0]
    assert "over the last two where the largest is surely" in html


@pytest.mark.parametrize("name", ["xs", "s", "m", "l", "xl", "xxl"])
def test_every_size_is_drawn(name: str) -> None:
    assert f">{name}</text>" in section("en")


def test_no_english_is_left_in_japanese() -> None:
    assert english_in(section("ja")) == []
