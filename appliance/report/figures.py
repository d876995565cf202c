"""Money, shares, years and intervals as a person of the language writes them."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from re import sub

from babel.numbers import format_compact_decimal, format_decimal, get_currency_name, get_currency_symbol

from appliance.language.catalogue import Words, mark
from appliance.report.units import MINUS, SPACE
from appliance.score.types import Interval

DIGITS = 2  # of what is worked out: its interval is wider than a third digit
STATED = 3  # of what somebody stated
COMPACT = 10_000  # from here on with K, M or 万, 億
BETWEEN = mark("{low} to {high}")
WITH_INTERVAL = mark("{value} ({low} to {high})")
YEARS = mark("{years} years")
MONTHS = mark("{months} months")
NEVER = mark("over {years} years")
AT_ONCE = mark("at once")
PERCENT = mark("{value}\u00a0%")
OVER = mark("over {share}")
UNDER = mark("under {share}")
LEAST_RATE = 1e-4
LEAST_CHANCE = 0.01  # what thousands of draws can tell from never


@dataclass(frozen=True)
class Figures:
    """Writes figures in the language of `words`, money in `currency`."""

    words: Words
    currency: str

    def money(self, value: float, digits: int = DIGITS) -> str:
        """Two significant digits: `€1.2M`, `€1,200`; in Japanese `120万円`."""
        rounded = significant(value, digits)
        number = self._number(abs(rounded), digits)
        sign = MINUS if rounded < 0 else ""
        if self.words.language == "ja":
            return f"{sign}{number}{get_currency_name(self.currency, locale='ja')}".replace("日本円", "円")
        symbol = str(get_currency_symbol(self.currency, locale=self.words.language))
        return f"{sign}{symbol}{SPACE if symbol.isalpha() else ''}{number}"

    def price(self, value: float) -> str:
        """An amount that somebody stated, or one to be held against it: three significant digits."""
        return self.money(value, STATED)

    def _number(self, value: float, digits: int) -> str:
        if value >= COMPACT:
            shown = str(format_compact_decimal(value, locale=self.words.language, fraction_digits=digits - 1))
            return sub(r"^(\d)(\d{3})", r"\1,\2", shown)
        return str(format_decimal(value, format="#,##0.###", locale=self.words.language))

    def count(self, value: float, digits: int = STATED) -> str:
        """A count, three significant digits, short from 10,000 on: `1.23M`, `123万`."""
        return self._number(significant(value, digits), digits)

    def expected(self, value: float) -> str:
        """A count that was worked out: two significant digits."""
        return self.count(value, DIGITS)

    def chance(self, value: float) -> str:
        """A probability 0..1 in whole percent; at the ends `under 1 %` and `over 99 %`, for draws prove no never."""
        if value < LEAST_CHANCE:
            return self.words(UNDER, share=self.share(LEAST_CHANCE))
        if value > 1.0 - LEAST_CHANCE:
            return self.words(OVER, share=self.share(1.0 - LEAST_CHANCE))
        return self.share(round(value, 2))

    def share(self, value: float) -> str:
        """A share of 0..1 in percent, two significant digits."""
        percent = significant(100.0 * value, 2)
        if percent == 100.0 and value < 1.0:
            percent = significant(100.0 * value, 3)
        return self.words(PERCENT, value=str(format_decimal(percent, format="0.####", locale=self.words.language)))

    def rate(self, value: float) -> str:
        """A rate that was worked out, as `share`; what the parts cannot tell from nothing is `under 0.01 %`."""
        return self.words(UNDER, share=self.share(LEAST_RATE)) if 0 < value < LEAST_RATE else self.share(value)

    def accuracy(self, value: float) -> str:
        """A share near 1 in percent, one decimal."""
        return self.words(PERCENT, value=str(format_decimal(100.0 * value, format="0.0", locale=self.words.language)))

    def between(self, interval: Interval, show: Callable[[float], str]) -> str:
        """The two ends of an interval."""
        return self.words(BETWEEN, low=show(interval.low), high=show(interval.high))

    def with_interval(self, interval: Interval, show: Callable[[float], str]) -> str:
        """The estimate with its interval behind it."""
        low, high = show(interval.low), show(interval.high)
        return self.words(WITH_INTERVAL, value=show(interval.estimate), low=low, high=high)

    def years(self, value: float, horizon: int) -> str:
        """A payback: months below two years, else years; or that it is not reached."""
        if math.isinf(value):
            return self.words(NEVER, years=horizon)
        months = round(12.0 * value)
        if months < 1:
            return self.words(AT_ONCE)
        if months < 24:
            return self.words(MONTHS, months=months)
        return self.words(YEARS, years=str(format_decimal(value, format="0.0", locale=self.words.language)))


def significant(value: float, digits: int) -> float:
    """`value` rounded to `digits` significant digits; 0 and what is not finite stay."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))
