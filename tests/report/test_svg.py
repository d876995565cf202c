"""Elements that are written out for speed are the ones that `tag` would make."""

import pytest

from appliance.report import svg
from tests.report.hostile import ATTACKS


@pytest.mark.parametrize("text", [*ATTACKS, "a & b", ""])
def test_what_is_written_out_is_what_the_tag_would_be(text: str) -> None:
    line = svg.tag("line", x1=0.0, y1=-1.25, x2=2.5, y2=1e-9, class_=text)
    assert svg.line(0, -1.25, 2.5, 1e-9, text) == line
    rect = svg.tag("rect", x=-3.0, y=1.0, width=4.0, height=2.0, class_=text)
    assert svg.rect(1, 1, -4, 2, text) == rect
    label = svg.tag("text", text, x=1.0, y=2.0, class_="t", text_anchor=text)
    assert svg.label(1, 2, text, "t", text) == label
    assert svg.small(line, (96.0, 14.0), text, "bar") == svg.picture([line], (96.0, 14.0), text, class_="bar")
