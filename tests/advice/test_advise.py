"""The whole answer: figures, verdicts, what turns them, and what can be said without prices."""

from dataclasses import replace

import pytest

from appliance.advice.as_json import advice_json
from appliance.advice.case import value_of
from appliance.advice.types import TODAY, Because, Verdict
from appliance.errors import UsageError
from appliance.report.advice_words import told
from tests.advice.build import PRICES, advised, cased, run, site


def priced(**changed: str) -> str:
    """PRICES with lines changed; None takes one out."""
    lines = [line for line in PRICES.strip().splitlines() if line.split(" = ")[0] not in changed]
    return "\n".join([*lines, *(f"{name} = {value}" for name, value in changed.items() if value)])


def test_a_size_that_pays_and_holds_its_limits_is_an_investment() -> None:
    advice = advised(site(priced(label_per_part="40")), run(((2, 2), (1, 1), (1, 1)), 2000))
    assert advice.decision.verdict is Verdict.INVEST
    best = advice.way(advice.decision.size)
    assert best is not None
    assert best.npv is not None
    assert best.npv.low > 0
    assert sum(way.best or 0 for way in advice.ways) == pytest.approx(1.0)


def test_a_size_that_costs_more_than_it_saves_is_held_off() -> None:
    advice = advised(site(priced(reference_escape_rate="0.0001", reference_overkill_rate="0.0001")))
    assert advice.decision.verdict is Verdict.HOLD_OFF
    assert advice.decision.because[0] is Because.LOSES


def test_no_size_within_the_takt() -> None:
    advice = advised(ms=2000.0)
    assert (advice.decision.verdict, advice.decision.because) == (Verdict.HOLD_OFF, (Because.NO_TAKT,))


def test_every_size_over_a_limit_on_clean_parts() -> None:
    advice = advised(made=run(((60, 60), (60, 60), (60, 60))))
    assert advice.decision.because == (Because.LIMITS,)


def test_what_is_in_doubt_is_tested_first() -> None:
    advice = advised(site(priced(reference_escape_rate="[0.02, 0.2]")))
    assert advice.decision.verdict is Verdict.TEST_FIRST
    assert [stage.number for stage in advice.stages] == [1, 2, 3]


def test_at_a_turn_the_value_is_zero() -> None:
    advice = advised()
    turn = advice.decision.turns[0]
    moved = advised(site(priced(**{turn.name: f"{turn.at:.9g}"})))
    size = moved.way(advice.decision.size)
    assert size is not None
    assert size.npv is not None
    assert abs(size.npv.estimate) < 0.02 * (size.npv.high - size.npv.low)


def test_the_same_seed_gives_the_same_answer_and_a_new_range_moves_no_other_draw() -> None:
    first, second = advised(), advised()
    assert advice_json(first) == advice_json(second)
    wider = advised(site(priced(maintenance_per_year="[400, 600]")))
    assert [way.escapes for way in wider.ways] == [way.escapes for way in first.ways]


def test_ranges_widen_the_interval() -> None:
    narrow, wide = (advised(site(priced(escape=price))).way("m") for price in ("40", "[10, 160]"))
    assert narrow is not None
    assert wide is not None
    assert narrow.npv is not None
    assert wide.npv is not None
    assert wide.npv.high - wide.npv.low > 1.5 * (narrow.npv.high - narrow.npv.low)


RANGES = {"discount_rate": "[0.02, 0.2]", "electricity_growth": "[-0.1, 0.4]", "life_years": "[2, 9]"}


@pytest.mark.parametrize("name", RANGES)
def test_years_may_be_ranges_as_prices_may(name: str) -> None:
    """A range widens the interval and is a bar of the tornado, between the 5 % and 95 % points that were stated."""
    rest = {"electricity_per_kwh": "2", "power_w": "2000", "idle_w": "2000", "purchase": "9000"}
    rest |= {"reference_escape_rate": "0.9"} if name == "discount_rate" else {}
    low, high = (float(end) for end in RANGES[name].strip("[]").split(","))
    middle = (low * high) ** 0.5 if low > 0 else (low + high) / 2
    fixed, ranged = (advised(site(priced(**rest, **{name: text}))) for text in (f"{middle:.9g}", RANGES[name]))
    assert ranged.decision.size == fixed.decision.size
    now, then = (one.way(one.decision.size) for one in (fixed, ranged))
    assert now is not None
    assert then is not None
    assert now.npv is not None
    assert then.npv is not None
    assert then.npv.high - then.npv.low > 1.1 * (now.npv.high - now.npv.low)
    assert [way.escapes for way in ranged.ways] == [way.escapes for way in fixed.ways]  # no other draw is moved
    bar = next(swing for swing in ranged.tornado if swing.name == name)
    assert (bar.low, bar.high) == pytest.approx((low, high), abs=0.06 * (high - low))
    assert not bar.assumed
    assert next(swing for swing in fixed.tornado if swing.name == name).assumed
    assert advice_json(ranged)["inputs"]["prices"][name] == [low, high]


def test_the_expected_value_is_that_of_the_drawn_years() -> None:
    """What is held at its mean gives the mean of the draws, though a present value bends with its rate."""
    case = cased(site(priced(discount_rate="[0.01, 0.4]", life_years="[1, 9]")))
    value = value_of(case, case.world.at_means("prices"))
    assert value_of(case, case.world.at_means())[0] == pytest.approx(value.mean(axis=0), rel=0.01)


def test_a_size_in_use_as_reference_is_compared_on_the_same_parts() -> None:
    advice = advised(
        site(priced(reference='"s"', reference_escape_rate="", reference_overkill_rate="", reference_per_1000=""))
    )
    assert advice.reference == "s"
    assert advice.ways[-1].name == "s"
    assert advice.ways[-1].npv is None
    assert [way.name for way in advice.ways] == ["m", "l", "s"]


@pytest.mark.parametrize("missing", ["escape", "ng_prevalence", "purchase", "reference_per_1000"])
def test_what_can_be_said_without_a_price_is_said(missing: str) -> None:
    advice = advised(site(priced(**{missing: ""})))
    assert advice.missing == (missing,)
    assert advice.decision.because[0] is Because.PRICES
    assert all(way.npv is None for way in advice.ways)
    assert all(way.escape_rate.estimate > 0 for way in advice.ways)
    sizes = [way for way in advice.ways if way.name != TODAY]
    assert all((way.escapes is None) == (missing == "ng_prevalence") for way in sizes)
    assert all((way.tco is None) == (missing == "purchase") for way in sizes) or missing == "reference_per_1000"


@pytest.mark.parametrize(
    ("missing", "per_1000", "above"), [("escape", "20", True), ("overkill", "60", False), ("purchase", "60", False)]
)
def test_with_one_price_missing_its_break_even_is_said(missing: str, per_1000: str, above: bool) -> None:
    rest = {"reference_escape_rate": "0.12", "reference_overkill_rate": "0.02", "reference_per_1000": per_1000}
    advice = advised(site(priced(**rest, **{missing: ""})))
    assert advice.decision.pays_from is not None
    name, at, found_above = advice.decision.pays_from
    assert (name, found_above) == (missing, above)
    size = advised(site(priced(**rest, **{missing: f"{at:.9g}"}))).way(advice.decision.size)
    assert size is not None
    assert size.npv is not None
    assert abs(size.npv.estimate) < 0.05 * (size.npv.high - size.npv.low)


def test_without_money_stage_two_asks_for_the_sites_limits() -> None:
    second = advised(site(priced(escape="")), run(((8, 8), (4, 4), (4, 4)))).stages[1]
    assert {demand.rate: demand.limit for demand in second.demands} == {"escape": 0.2, "overkill": 0.2}
    assert second.ng_parts > 0


def test_small_prices_that_are_missing_count_as_nothing_by_name() -> None:
    advice = advised(site(priced(maintenance_per_year="", labelling="")))
    assert set(advice.left_out) == {"maintenance_per_year", "labelling"}
    assert advice.missing == ()


def test_without_a_reference_the_cheapest_is_named() -> None:
    advice = advised(site(priced(reference='"none"')))
    assert Because.NO_REFERENCE in advice.decision.because
    assert advice.decision.size in ("m", "l")


def test_a_reference_and_a_size_that_do_not_exist() -> None:
    with pytest.raises(UsageError, match=r"prices.reference = 'xxl': there is no such size") as caught:
        advised(site(priced(reference='"xxl"')))
    assert caught.value.mend == "use manual, none, or one of s, m, l"
    with pytest.raises(UsageError, match=r"prices.sizes.huge: there is no such size"):
        advised(site(PRICES + "\nsizes = {huge = {purchase = 9000}}"))


def test_a_size_may_have_prices_of_its_own() -> None:
    cheap, dear = (
        advised(site(PRICES + f"\nsizes = {{l = {{purchase = {price}}}}}")).way("l") for price in (4000, 9000)
    )
    assert cheap is not None
    assert dear is not None
    assert cheap.tco is not None
    assert dear.tco is not None
    assert dear.tco.estimate - cheap.tco.estimate == pytest.approx(5000)


def test_the_plan_is_written_from_the_sites_figures() -> None:
    advice = advised(made=run(((8, 8), (4, 4), (4, 4))))
    first = advice.stages[0]
    escape = next(demand for demand in first.demands if demand.rate == "escape")
    assert escape.limit == 0.2
    assert escape.expected is not None
    assert escape.expected <= escape.most == first.ng_parts
    assert first.cost == pytest.approx(0.1 * (first.ng_parts + first.ok_parts))
    assert first.line_hours == pytest.approx(max(first.ng_parts / 0.02, first.ok_parts / 0.98) / 3600)
    assert set(first.conditions) <= {"clean", "defocus@2", "defocus@4", "jpeg@95", "jpeg@85"}
    today = advice.way(TODAY)
    assert today is not None
    assert today.per_1000 is not None
    assert advice.stages[2].per_1000 == today.per_1000.estimate


def test_stage_two_asks_for_what_pays_and_for_what_the_site_allows() -> None:
    """A size that pays up to 46 % of escapes is still held to the site's 20 %; a stricter price outranks the limit."""
    pays = advised(site(priced(reference_escape_rate="0.9")))
    assert pays.decision.safe_escape_rate is not None
    assert pays.decision.safe_escape_rate > 0.2
    assert {demand.limit for demand in pays.stages[1].demands if demand.rate == "escape"} == {0.2}
    close = advised(site(priced(reference_escape_rate="0.12")))
    assert close.decision.safe_escape_rate is not None
    assert close.decision.safe_escape_rate < 0.2
    asked = {demand.limit for demand in close.stages[1].demands if demand.rate == "escape"}
    assert asked == {close.decision.safe_escape_rate}


def test_where_a_limit_is_open_is_named() -> None:
    held = advised(site(priced(label_per_part="40")), run(((2, 2), (1, 1), (1, 1)), 2000))
    assert held.open_at == ()
    breached = advised(made=run(((25, 20), (16, 16), (16, 16))))
    assert Because.BREACHED in breached.decision.because
    assert set(breached.open_at) == {"defocus@4", "jpeg@85"}
    assert "It breaches a limit: defocus 4 mm and JPEG quality 85." in told(breached, "en").reasons()


def test_json_holds_no_infinity() -> None:
    found = advice_json(replace(advised(), draws=5))
    assert "inf" not in str(found).lower().replace("info", "")
    assert found["verdict"] in {verdict.value for verdict in Verdict}
