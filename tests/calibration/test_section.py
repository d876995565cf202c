"""[calibration] as others read it: severities, shares of pictures, ranges, the mix of a year."""

import pytest

from appliance.calibrate.write import with_section
from appliance.conditions import site_conditions
from appliance.log.types import ConditionRow
from appliance.sections.calibration import CalibrationSection, ShownSection, calibrated_ranges
from appliance.site import Site, parse_site
from perturb.suites import suite

TEXT = """
# words of my own
[limits]
escape_rate = 0.02  # kept

[calibration]
images = "line"
pictures = 100
days = 5
clean_share = 0.6

[[calibration.shown]]
name = "intensity"
unit = "lux ratio"
p50 = 1.0
p90 = 0.93
p99 = 0.85
shares = [0.0, 0.2, 0.1, 0.0]

[[calibration.shown]]
name = "colour-temperature"
p50 = 20.0
p90 = 100.0
p99 = 300.0
opposite = -200.0
shares = [0.0, 0.0, 0.05, 0.05]

[[calibration.shown]]
name = "underexposure"
p50 = 0.0
p90 = 0.1
p99 = 0.23
instead_of = "intensity"
"""


@pytest.fixture
def site(tmp_path) -> Site:  # type: ignore[no-untyped-def]
    return parse_site(TEXT, tmp_path)


def row(name: str, severity: float, neutral: float = 0.0) -> ConditionRow:
    key = "clean" if name == "clean" else f"{name}@{severity:g}"
    return ConditionRow(key, name, "", "", severity, neutral, None, 0)


def test_read_from_the_file(site: Site) -> None:
    found = site.calibration.find("intensity")
    assert isinstance(found, ShownSection)
    assert found.severities == (1.0, 0.93, 0.85)
    assert site.calibration.find("defocus") is None
    assert site.calibration.levels["colour-temperature"] == (20.0, 100.0, 300.0, -200.0)


def test_weights_add_up_to_one(site: Site) -> None:
    every = [(item.name, severity) for item in site.calibration.shown for severity in item.severities]
    weights = site.calibration.weights(every)
    assert weights["clean", 0.0] == 0.6
    assert weights["intensity", 0.93] == 0.2
    assert weights["colour-temperature", -200.0] == 0.05
    assert weights["underexposure", 0.23] == 0.0
    assert sum(weights.values()) == pytest.approx(1.0)
    assert site.calibration.weights([("defocus", 1.0)])["defocus", 1.0] == 0.0


def test_ranges_reach_from_neutral_to_the_farthest_seen_on_either_side(site: Site) -> None:
    config = site.model_dump(mode="json")
    neutrals = {"intensity": 1.0, "colour-temperature": 0.0, "defocus": 0.0}
    assert calibrated_ranges(config, neutrals) == {
        "intensity": (0.85, 1.0),
        "colour-temperature": (-200.0, 300.0),
    }
    assert calibrated_ranges({}, neutrals) == {}


def test_the_suite_runs_the_lines_own_severities(site: Site) -> None:
    conditions = site_conditions(site, None, colour=True)
    by_name = {name: [c.severity for c in conditions if c.name == name] for name in ("intensity", "soiling", "defocus")}
    assert by_name["intensity"] == [0.93, 0.85]
    assert by_name["soiling"] == [6.0, 16.0, 25.0]  # not calibrated: levels 2, 4 and 5
    assert [c.severity for c in conditions if c.name == "colour-temperature"] == [20.0, 100.0, 300.0, -200.0]
    assert len(conditions) <= 80


def test_quick_and_full_suites() -> None:
    shown = {"intensity": (1.0, 0.93, 0.85), "defocus": (0.0, 0.0, 0.0), "rotation": (0.1, 0.2, 9.0)}
    quick = [c for c in suite("quick", calibrated=shown) if c.name in shown]
    assert [(c.name, c.severity) for c in quick if c.name == "intensity"] == [("intensity", 0.93), ("intensity", 0.85)]
    assert [c.level for c in quick if c.name == "defocus"] == [2, 4]  # the line shows none: named levels stand, beyond
    full = suite("full", calibrated=shown)
    assert [c.severity for c in full if c.name == "intensity"] == [0.93, 0.85, 0.8, 0.7, 0.5]
    assert [c.severity for c in full if c.name == "rotation"] == [0.1, 0.2, 9.0]


def test_writing_keeps_everything_else(site: Site) -> None:
    del site
    shown = {"name": "defocus", "unit": "mm", "pictures": 9, "p50": 0.0, "p90": 1.0, "p99": 2.0, "shares": [0.0] * 4}
    values = {
        "images": "other",
        "taken": "today",
        "pictures": 9,
        "days": 1,
        "scene": "",
        "clean_share": 1.0,
        "coverage": 0.5,
        "shown": [shown],
    }
    text = with_section(TEXT, values)
    assert "# words of my own" in text
    assert "escape_rate = 0.02  # kept" in text
    assert text.count("[calibration]") == 1
    assert 'name = "intensity"' not in text
    assert with_section(text, values) == text
    assert "[[calibration.shown]]" in with_section("[limits]\n", values)


def test_defaults_are_no_calibration() -> None:
    nothing = CalibrationSection()
    assert nothing.levels == {}
    assert nothing.weights([]) == {("clean", 0.0): 1.0}


def test_what_a_line_shows_is_audited_though_the_default_list_leaves_it_out() -> None:
    shown = {"vignetting": (0.0, 5.84, 11.9), "prnu": (0.0, 0.0, 0.0)}
    names = {c.name: [d.severity for d in suite(calibrated=shown) if d.name == c.name] for c in suite(calibrated=shown)}
    assert names["vignetting"] == [5.84, 11.9]
    assert "prnu" not in names
    assert "vignetting" not in {c.name for c in suite()}
    assert len(suite(calibrated=shown)) <= 81  # 80 and clean
