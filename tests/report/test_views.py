"""What the sections are filled with."""

from dataclasses import replace

import pytest

from appliance.log.types import ConditionRow
from appliance.report import units
from appliance.report.labels import condition_label, condition_labels, limit_name, two_lines
from appliance.report.pictures import Album, part_views
from appliance.report.view_envelopes import envelope_tables, envelope_text
from appliance.report.view_heat import escape_measure, heat_map, legend, shade
from appliance.report.view_limits import board
from appliance.report.view_rows import cost_columns, flat, latency_row, pair_groups, rate_row
from appliance.score.types import EnvelopeState, LimitState, LimitVerdict
from tests.report import build

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
JPEG = b"\xff\xd8\xff" + b"0" * 100
SPACE = "\u00a0"


def verdict(member: str, limit: str, state: LimitState, condition: str = "clean", binding: bool = True) -> LimitVerdict:
    return LimitVerdict(member, condition, limit, 0.02, 0.013, state, binding, 314)


@pytest.mark.parametrize(
    ("states", "kind"),
    [
        ((LimitState.HOLDS, LimitState.HOLDS), "good"),
        ((LimitState.HOLDS, LimitState.NOT_PROVABLE), "open"),
        ((LimitState.NOT_PROVABLE, LimitState.BREACHED), "bad"),
        ((), "none"),
    ],
)
def test_the_board_shows_the_worst_binding_state(states: tuple[LimitState, ...], kind: str) -> None:
    names = build.NAMES[: len(states)]
    limits = [verdict(name, "escape_rate", state) for name, state in zip(names, states, strict=True)]
    beyond = verdict("xs", "escape_rate", LimitState.BREACHED, "defocus@20", binding=False)
    stand = board(replace(build.summary(), limits=(*limits, beyond)))
    assert stand.kind == kind
    assert stand.beyond == 1
    assert stand.holding == tuple(n for n, state in zip(names, states, strict=True) if state is LimitState.HOLDS)


def test_the_board_counts_conditions_of_the_range() -> None:
    limits = (
        verdict("xs", "escape_rate", LimitState.HOLDS),
        verdict("xs", "escape_rate", LimitState.BREACHED, "defocus@2"),
        verdict("xs", "escape_rate", LimitState.HOLDS, "defocus@4"),
    )
    cell = board(replace(build.summary(), limits=limits)).rows[0][1][0]
    assert (cell.kind, cell.state) == ("bad", "breached")
    assert cell.clean == f"1.3{SPACE}%"
    assert cell.note == "breached in 1 of 2"
    assert cell.whole == "breached in 1 of 3"


def test_open_limits_come_worst_first() -> None:
    stand = board(build.summary())
    states = [item.state for item in stand.open]
    assert states == sorted(states, key=[LimitState.BREACHED, LimitState.NOT_PROVABLE].index)
    first = [item.upper for item in stand.open if item.state is LimitState.BREACHED and item.limit == "escape_rate"]
    assert first == sorted(first, reverse=True)


@pytest.mark.parametrize(
    ("drop", "expected"),
    [(float("nan"), "hx"), (-3.0, "hb"), (-0.9, "h0"), (0.0, "h0"), (1.0, "h1"), (4.9, "h2"), (99.0, "h6")],
)
def test_shades(drop: float, expected: str) -> None:
    assert shade(drop) == expected
    assert expected == "hx" or expected in {kind for kind, _ in legend()}


def test_heat_map_has_a_cell_for_every_member_and_condition() -> None:
    summary = build.summary(repeats=2)
    tables = heat_map(summary)
    assert [table.name for table in tables][:2] == ["rotation", "intensity"]
    assert sum(len(table.rows) for table in tables) == 80
    assert all(len(row.cells) == 6 for table in tables for row in table.rows)
    drop = summary.cells["xs", "defocus@20"].drift
    assert drop is not None
    cell = next(table for table in tables if table.name == "defocus").rows[-1].cells[0]
    assert cell.text == f"{drop.drop.estimate:.0f}"
    assert "xs, defocus 20" in cell.title


def test_heat_map_marks_what_chance_explains() -> None:
    cells = [cell for table in heat_map(build.summary()) for row in table.rows for cell in row.cells]
    assert any(cell.faint for cell in cells)
    assert not all(cell.faint for cell in cells)
    assert all(cell.shade in {"h0", "h1", "h2", "hb"} for cell in cells if cell.faint)


def test_cells_without_result_say_so() -> None:
    cells = [row.cells[-1] for table in heat_map(build.with_failures()) for row in table.rows]
    assert {cell.text for cell in cells} == {units.DASH}
    assert all("no result" in cell.title for cell in cells)


def test_escapes_have_a_map_of_their_own() -> None:
    summary = build.summary()
    last = heat_map(summary, escape_measure)[3].rows[-1].cells[0]
    assert float(last.text) == round(100 * summary.cells["xs", "defocus@20"].escape.estimate)


def test_groups_come_in_the_order_of_the_chain() -> None:
    summary = build.summary()
    rows = (summary.record.conditions[0], *reversed(summary.record.conditions[1:]))
    shuffled = replace(summary, record=replace(summary.record, conditions=rows))
    groups = [table.group for table in heat_map(shuffled)]
    assert groups == ["part", "lighting", "lighting", "optics", "motion", "sensor", "transport", "combined"]


def test_envelopes_speak_in_physical_units() -> None:
    envelopes = {(e.member, e.perturbation, e.limit): e for e in build.envelopes(build.NAMES)}
    reached = replace(envelopes["m", "defocus", "escape_rate"], state=EnvelopeState.REACHED, severity=3.456)
    assert envelope_text(reached) == f"3.5{SPACE}mm"
    assert envelope_text(replace(reached, severity=8.0)) == f"8{SPACE}mm"
    far = replace(reached, state=EnvelopeState.NOT_REACHED, severity=None)
    assert envelope_text(far) == f"not reached up to 20{SPACE}mm"
    few = replace(reached, state=EnvelopeState.NOT_PROVABLE, severity=None, parts_needed=299)
    assert envelope_text(few) == "too few parts: need 299"
    assert envelope_text(replace(few, parts_needed=None)) == "too few parts"
    assert envelope_text(replace(few, state=EnvelopeState.ALREADY_AT_CLEAN)) == "already crossed when clean"


def test_envelope_tables_hold_every_member_once() -> None:
    summary = build.summary()
    tables = envelope_tables(summary)
    assert [table.limit for table in tables] == ["escape rate", "overkill rate"]
    assert all(len(row.cells) == 6 and len(table.rows) == 8 for table in tables for row in table.rows)
    missing = replace(summary, envelopes=summary.envelopes[1:])
    assert envelope_tables(missing)[-1].rows[0].cells.count(None) <= 1
    assert envelope_tables(replace(summary, envelopes=())) == ()


def test_pairs_are_told_apart_only_with_interval_and_p() -> None:
    summary = build.summary()
    verdicts = {(row.pair.a, row.pair.b, row.where): row.verdict for _, rows in pair_groups(summary) for row in rows}
    assert verdicts["xs", "s", "clean"] == "s is better"
    assert verdicts["s", "m", "clean"] == "cannot be told apart"
    weak = replace(summary, pairs=tuple(replace(pair, holm_p=0.06) for pair in summary.pairs))
    assert {row.verdict for _, rows in pair_groups(weak) for row in rows} == {"cannot be told apart"}


def test_cost_columns_name_once_what_all_share() -> None:
    rows = build.costs(build.NAMES)
    columns = cost_columns(rows)
    assert ("provider", "cpu") in columns["shared"]
    assert columns["varying"] == []
    mixed = cost_columns((*rows, replace(rows[0], provider="openvino")))
    assert mixed["varying"] == ["provider"]
    assert columns["stages"] == ["decode", "preprocess", "infer", "postprocess"]


def test_latency_is_of_batch_one_and_throughput_the_best() -> None:
    summary = build.summary()
    latency, rate = latency_row(summary, "xs"), rate_row(summary, "xs")
    assert latency is not None
    assert rate is not None
    assert (latency.batch, rate.batch) == (1, 32)
    assert latency_row(summary, "nobody") is None


def test_conditions_are_named_with_their_unit() -> None:
    row = ConditionRow("shot-noise@0.1#1", "shot-noise", "sensor", "exposure ratio", 0.1, 1.0, 3, 1)
    assert condition_label(row) == f"shot noise {units.TIMES}0.1 (repeat 2)"
    assert two_lines(replace(row, repeat=0)) == f"shot noise\n{units.TIMES}0.1"
    segments = ConditionRow("lamp-segments@3", "lamp-segments", "lighting", "segments", 3.0, 0.0, 4, 0)
    assert condition_label(segments) == "lamp segments 3"
    labels = condition_labels(build.summary().record)
    assert labels["clean"] == "clean"
    assert labels["all"] == "all conditions"
    assert limit_name("escape_rate") == "escape rate"
    assert limit_name("p99_ms") == "p99 ms"


def test_album_takes_png_and_jpeg_until_it_is_full() -> None:
    given = {"a": PNG, "b": JPEG, "c": b"GIF89a", "d": None}
    album = Album(lambda part, _: given[part], most=400)
    assert album.shot("a", "clean", "").source.startswith("data:image/png;base64,")
    assert album.shot("b", "clean", "").source.startswith("data:image/jpeg;base64,")
    assert album.shot("c", "clean", "").missing == "picture not at hand"
    assert album.shot("d", "clean", "").missing == "picture not at hand"
    assert "size limit" in album.shot("a", "clean", "").missing
    assert Album(None).shot("a", "clean", "").missing == "picture not at hand"


def test_worst_parts_name_who_is_wrong() -> None:
    asked: list[tuple[str, str]] = []

    def picture(part: str, condition: str) -> bytes:
        asked.append((part, condition))
        return PNG

    views = part_views(build.summary(), Album(picture))
    assert [row[0] for row in views[0].rows] == list(build.NAMES)
    assert [row[1] for row in views[0].rows] == [True] * 4 + [False] * 2
    assert asked[:2] == [(views[0].part.part, "clean"), (views[0].part.part, "defocus@12")]
    assert views[0].condition == f"defocus 12{SPACE}mm"


def test_nested_settings_become_dotted_keys() -> None:
    assert list(flat({"b": {"c": [1, 2]}, "a": None})) == [("a", "None"), ("b.c", "1, 2")]
