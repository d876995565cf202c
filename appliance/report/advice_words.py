"""Every sentence that a decision is told in: the verdict, its reasons, what would turn it, what a test is worth."""

from dataclasses import dataclass

from appliance.advice.types import TODAY, Advice, Because, Origin, Swing, Turn, Verdict, Worth
from appliance.language.catalogue import Words, mark, words
from appliance.language.names import Names, names
from appliance.report.figures import DIGITS, STATED, Figures

DOMAIN = "advise"

VERDICTS = {
    Verdict.INVEST: mark("Invest"),
    Verdict.HOLD_OFF: mark("Hold off"),
    Verdict.TEST_FIRST: mark("Test first"),
}
HEADS = {
    (Verdict.INVEST, True): mark("Size {size} pays, and its limits hold."),
    (Verdict.HOLD_OFF, True): mark("No size is shown to earn its money; {size} comes nearest."),
    (Verdict.HOLD_OFF, False): mark("No size qualifies."),
    (Verdict.TEST_FIRST, True): mark("Size {size} is the one to test before buying."),
}
REASONS = {
    Because.NO_TAKT: mark("No size follows the takt."),
    Because.LIMITS: mark("Every size breaches a limit on clean parts."),
    Because.PRICES: mark("The money cannot be counted without {missing} (site.toml, [prices])."),
    Because.NO_REFERENCE: mark("site.toml does not say what the sizes are compared with (prices.reference)."),
    Because.UNPROVEN: mark("A limit is not shown to hold for it with the parts at hand: {conditions}."),
    Because.BREACHED: mark("It breaches a limit: {conditions}."),
    Because.TEST_PAYS: mark("{test} would be worth about {value} and costs {cost}."),
}
MONEY_REASON = mark(
    "Against today's way its net present value over {years} years is {npv}, 95 % interval {low} to {high}; "
    "it pays with a probability of {pays} (asked for: {confidence})."
)
TURN = mark("The balance turns where {name} is {at} instead of {now}, all else unchanged.")
NO_TURN = mark("No single price within a factor of 100 turns the balance.")
SAFE = {
    "escape": mark("It pays while its escape rate over the year stays below {rate} (expected: {now})."),
    "overkill": mark("It pays while its overkill rate over the year stays below {rate} (expected: {now})."),
}
GATE_TURNS = mark(
    "It becomes an investment when the gates of stages 1 and 2 are passed, and is dropped when one fails."
)
PAYS_FROM = {
    True: mark("Size {size} pays where {name} is over {at}, all else at its mean."),
    False: mark("Size {size} pays where {name} is under {at}, all else at its mean."),
}
STATE_PRICES = mark("Any verdict is possible once these are stated.")

INPUTS = {
    "purchase": mark("the price of the machine"),
    "integration": mark("the cost of integration"),
    "electricity_per_kwh": mark("the price of electricity"),
    "power_w": mark("the machine's power"),
    "idle_w": mark("the machine's idle power"),
    "maintenance_per_year": mark("maintenance a year"),
    "labelling": mark("labelling for a retraining"),
    "retraining": mark("a retraining"),
    "escape": mark("the cost of an escape"),
    "overkill": mark("the cost of an overkill"),
    "discount_rate": mark("the discount rate"),
    "electricity_growth": mark("the growth of the electricity price a year"),
    "life_years": mark("the life of the machine"),
    "ng_prevalence": mark("the share of NG parts"),
    "parts_per_year": mark("parts a year"),
    "reference_per_1000": mark("the cost of today's way per 1000 parts"),
    "reference_escape_rate": mark("the escape rate of today's way"),
    "reference_overkill_rate": mark("the overkill rate of today's way"),
    "escape_rate": mark("the escape rate of the size"),
    "overkill_rate": mark("the overkill rate of the size"),
    "mix": mark("the mix of conditions, as the escape rate under it"),
}
SHARES = frozenset({"ng_prevalence", "discount_rate", "electricity_growth", "escape_rate", "overkill_rate", "mix"})
COUNTS = frozenset({"parts_per_year", "power_w", "idle_w"})
WORTHS = {
    "everything": mark("Knowing everything"),
    "measurement": mark("Knowing exactly how often each size errs"),
    "mix": mark("Knowing the mix of conditions"),
    "untested": mark("Knowing the disturbances that were not tested"),
    "prices": mark("Knowing prices and volume"),
    "day": mark("One more day of images ({detail} parts)"),
    "size": mark("One more size ({detail} MACs)"),
    "perturbation": mark("One more perturbation"),
}
ORIGINS = {
    Origin.CALIBRATED: mark("the mix of conditions is what calibration saw on this site"),
    Origin.STATED: mark("the mix of conditions is as stated in site.toml"),
    Origin.ASSUMED: mark("the mix of conditions is assumed: {clean} of the year clean, the rest spread evenly"),
}
LEFT_OUT = mark("not counted, because not stated: {names}")
SEED = mark("Monte Carlo with {draws} draws, seed {seed}")
MORE = mark("{count} more")
NAMED = 3  # conditions spelled out
TODAY_NAME = mark("today's way")
AND_SO_ON = mark("{first} and {last}")
COMMA = mark(", ")
SEMICOLON = mark("; ")


@dataclass(frozen=True)
class Told:
    """One decision in one language."""

    advice: Advice
    w: Words
    names: Names
    figures: Figures

    def head(self) -> str:
        """The verdict in one sentence."""
        decision = self.advice.decision
        return self.w(HEADS[decision.verdict, decision.size is not None], size=decision.size)

    def reasons(self) -> list[str]:
        """Why, the weightiest first."""
        return [self._reason(because) for because in self.advice.decision.because]

    def turns(self) -> list[str]:
        """What would turn the verdict."""
        decision, advice = self.advice.decision, self.advice
        if Because.PRICES in decision.because or Because.NO_REFERENCE in decision.because:
            return self._without_prices()
        if not advice.missing and decision.size and advice.reference:
            gates = [self.w(GATE_TURNS)] if decision.verdict is Verdict.TEST_FIRST else []
            return [*gates, *self._turns()]
        return []

    def _without_prices(self) -> list[str]:
        found = self.advice.decision.pays_from
        if found is None:
            return [self.w(STATE_PRICES)]
        name, at, above = found
        values = {"size": self.advice.decision.size, "name": self.input(name), "at": self.amount(name, at)}
        return [self.w(PAYS_FROM[above], **values)]

    def _turns(self) -> list[str]:
        found = [self.turn(turn) for turn in self.advice.decision.turns[:2]] or [self.w(NO_TURN)]
        return [*found, *self.safe()]

    def safe(self) -> list[str]:
        """Up to which rates the advised size pays."""
        decision, chosen = self.advice.decision, self.advice.way(self.advice.decision.size)
        if chosen is None:
            return []
        sides = (
            ("escape", decision.safe_escape_rate, chosen.escape_rate),
            ("overkill", decision.safe_overkill_rate, chosen.overkill_rate),
        )
        share = self.figures.share
        return [
            self.w(SAFE[side], rate=share(rate), now=share(now.estimate))
            for side, rate, now in sides
            if rate is not None and rate < 1.0
        ]

    def turn(self, turn: Turn) -> str:
        """At which value of one input the balance turns."""
        at, now = (self.amount(turn.name, value) for value in (turn.at, turn.now))
        return self.w(TURN, name=self.input(turn.name), at=at, now=now)

    def input(self, name: str) -> str:
        """What an input is called; a size's own carries its name."""
        base, _, size = name.partition(":")
        called = self.w(INPUTS.get(base, base))
        return f"{called} ({size})" if size else called

    def amount(self, name: str, value: float, digits: int = STATED) -> str:
        """The value of an input: money, a share, years or a count, in so many significant digits."""
        base = name.partition(":")[0]
        if base in SHARES or base.endswith("_rate"):
            return self.figures.share(value)
        if base == "life_years":
            return self.figures.years(value, 0)
        show = self.figures.count if base in COUNTS else self.figures.money
        return show(value, digits)

    def swing(self, swing: Swing) -> tuple[str, str, str, str, str]:
        """One bar of the tornado: name, low, high and the value at each."""
        low, high = (self.amount(swing.name, value, DIGITS) for value in (swing.low, swing.high))
        at = [self.figures.money(value) for value in (swing.at_low, swing.at_high)]
        return self.input(swing.name), low, high, at[0], at[1]

    def worth(self, worth: Worth) -> str:
        """What was to be known."""
        detail = self.figures.count(float(worth.detail)) if worth.what == "size" else worth.detail
        return self.w(WORTHS[worth.what], detail=detail)

    def best_test(self) -> Worth | None:
        """The test worth most, less its cost."""
        tests = [worth for worth in self.advice.worth if worth.what in ("day", "size", "perturbation")]
        return max((worth for worth in tests if worth.value > 0), key=lambda worth: worth.net, default=None)

    def way(self, name: str) -> str:
        """A size's name, or what today's way is called."""
        return self.w(TODAY_NAME) if name == TODAY else name

    def listed(self, items: list[str]) -> str:
        """`a, b and c`."""
        if len(items) < 2:
            return "".join(items)
        return self.w(AND_SO_ON, first=self.w(COMMA).join(items[:-1]), last=items[-1])

    def condition(self, key: str) -> str:
        """A condition by its key."""
        return self.names.condition(key, self.advice.units.get(key, ""))

    def assumptions(self) -> str:
        """What the numbers rest on."""
        mix, advice = self.advice.mix, self.advice
        said = [self.w(ORIGINS[mix.origin], clean=self.figures.share(mix.shares.get("clean", 0.0)))]
        if advice.left_out and not advice.missing:
            said.append(self.w(LEFT_OUT, names=self.listed([self.input(name) for name in advice.left_out])))
        return self.w(SEMICOLON).join([*said, self.w(SEED, draws=advice.draws, seed=advice.seed)])

    def _reason(self, because: Because) -> str:
        if because in (Because.UNPROVEN, Because.BREACHED):
            return self.w(REASONS[because], conditions=self._open_at())
        if because in REASONS and because not in (Because.TEST_PAYS, Because.PRICES):
            return self.w(REASONS[because])
        if because is Because.PRICES:
            missing = self.listed([self.input(name) for name in self.advice.missing])
            return self.w(REASONS[because], missing=missing)
        return self._test_reason() if because is Because.TEST_PAYS else self._money_reason()

    def _open_at(self) -> str:
        found = self.advice.open_at
        more = [self.w(MORE, count=len(found) - NAMED)] if len(found) > NAMED else []
        return self.listed([*map(self.condition, found[:NAMED]), *more])

    def _test_reason(self) -> str:
        test = self.best_test()
        if test is None:
            return ""
        money = self.figures.money
        return self.w(
            REASONS[Because.TEST_PAYS], test=self.worth(test), value=money(test.value), cost=money(test.cost or 0.0)
        )

    def _money_reason(self) -> str:
        chosen = self.advice.way(self.advice.decision.size)
        if chosen is None or chosen.npv is None:
            return ""
        money, share = self.figures.money, self.figures.share
        return self.w(
            MONEY_REASON,
            years=self.advice.horizon,
            npv=money(chosen.npv.estimate),
            low=money(chosen.npv.low),
            high=money(chosen.npv.high),
            pays=self.figures.chance(chosen.pays or 0.0),
            confidence=share(self.advice.confidence),
        )


def told(advice: Advice, language: str) -> Told:
    """`advice` in `language`. Raises UsageError for a language without a catalogue."""
    w = words(language, DOMAIN)
    return Told(advice, w, names(language), Figures(w, advice.currency))
