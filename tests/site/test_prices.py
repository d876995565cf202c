"""[prices] and [mix]: amounts, ranges, and what cannot be."""

from pathlib import Path

import pytest

from appliance.errors import UsageError
from appliance.sections.figure import Figure
from appliance.site import Site, config_digest, parse_site
from appliance.site_file import site_toml


def parsed(text: str) -> Site:
    return parse_site(text, Path("/site"))


def test_an_amount_is_a_number_a_range_or_unknown() -> None:
    prices = parsed("[prices]\nescape = [20, 80]\noverkill = 2\npurchase = 'none'").prices
    assert isinstance(prices.escape, Figure)
    assert (prices.escape, prices.escape.low, prices.escape.high) == (40.0, 20.0, 80.0)
    assert (prices.overkill, prices.purchase, prices.electricity_per_kwh) == (2.0, None, None)


def test_a_range_from_zero_has_its_middle_half_way() -> None:
    assert parsed("[prices]\nescape = [0, 8]").prices.escape == 4.0


def test_a_size_may_need_another_machine() -> None:
    assert parsed("[prices.sizes.xl]\npurchase = 6000").prices.sizes["xl"].purchase == 6000.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[prices]\nescape = -4", "prices.escape = -4: input should be greater than or equal to 0"),
        ("[prices]\nescape = [80, 20]", "low below high"),
        ("[prices]\nescape = [20]", "two numbers"),
        ("[prices]\nescape = 'much'", "prices.escape = 'much'"),
        ("[prices]\nng_prevalence = 1.5", "less than or equal to 1"),
        ("[prices]\nng_prevalence = [0.5, 1.5]", "less than or equal to 1"),
        ("[prices]\nlife_years = 0", "prices.life_years"),
        ("[prices]\nlife_years = [0, 4]", "prices.life_years"),
        ("[prices]\ndiscount_rate = 'none'", "prices.discount_rate = 'none'"),
        ("[prices]\ndiscount_rate = [0.02, 1.2]", "less than or equal to 1"),
        ("[prices]\nelectricity_growth = [0.1]", "two numbers"),
        ("[prices]\nhorizon_years = 0", "prices.horizon_years"),
        ("[prices]\nescapes = 4", "did you mean escape?"),
        ("[prices.sizes.xl]\npurchas = 6000", "did you mean purchase?"),
        ("[mix]\nshares = {clean = 0.5, jpeg = 0.3}", "the shares sum to 0.8, not to 1"),
        ("[mix]\nshares = {clean = 1.5, jpeg = -0.5}", "mix.shares.clean"),
        ("[mix]\nuntested = 2", "mix.untested"),
    ],
)
def test_an_impossible_price_or_mix_is_one_line(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsed(text)
    assert said in str(caught.value)
    assert "/site/site.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_prices_and_mix_are_no_part_of_what_an_audit_is() -> None:
    assert config_digest(parsed("")) == config_digest(parsed("[prices]\nescape = 3\n[mix]\nuntested = 0.1"))


def test_a_range_can_be_written_to_a_site() -> None:
    text = site_toml({"prices": {"escape": [20.0, 80.0]}})
    assert parsed(text).prices.escape == 40.0


def test_a_mix_and_prices_of_a_size_can_be_written_to_a_site() -> None:
    values = {"mix": {"shares": {"clean": 0.5, "defocus@4": 0.5}}, "prices": {"sizes": {"xl": {"purchase": 6000.0}}}}
    here = parsed(site_toml(values))
    assert here.mix.shares == {"clean": 0.5, "defocus@4": 0.5}
    assert here.prices.sizes["xl"].purchase == 6000.0
