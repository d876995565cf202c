"""The section on cost, drawn from a cost record; it replaces the run's own, which an audit measures in passing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.cost.price import Price
from appliance.cost.record import CostRecord
from appliance.language.tongue import mark
from appliance.report import chart_cost, view_cost
from appliance.report import words_cost as words
from appliance.report.page import render
from appliance.report.sections import Section
from appliance.report.text import plain
from appliance.score.summary_types import Summary

WIDE, NARROW = 1060.0, 370.0


@dataclass(frozen=True)
class Priced:
    """What sizes cost per 1000 parts, in which currency and at which takt."""

    prices: Sequence[Price] = ()
    currency: str = ""
    takt_s: float = 1.0

    @property
    def known(self) -> list[Price]:
        """Those for which every price was given."""
        return [price for price in self.prices if price.per_1000 is not None]


UNPRICED = Priced()


def cost_section(record: CostRecord | None, priced: Priced = UNPRICED) -> Callable[[Summary], Section | None]:
    """A section maker for `write_report(..., extra=[...])`; without a record the run's own section stays."""

    def make(_: Summary) -> Section | None:
        if record is None:
            return None
        rows, stages, names = chart_cost.drawable(record.rows), view_cost.stage_rows(record), view_cost.stages(record)
        html = render(
            "cost_record.html",
            record=record,
            measured=_measured(record),
            view=view_cost,
            notes=view_cost.notes(record),
            latency=[chart_cost.latency_chart(rows, width) for width in (WIDE, NARROW)] if rows else [],
            bars=[chart_cost.stage_chart(stages, names, width) for width in (WIDE, NARROW)] if stages else [],
            legend=[(name, chart_cost.swatch(place, len(names))) for place, name in enumerate(names)],
            stages=stages,
            words=words,
            priced=priced,
        )
        return Section(mark("Cost"), "cost", html, 90, chart_cost.CSS)

    return make


def _measured(record: CostRecord) -> str:
    machine = record.machine
    return plain(
        words.MEASURED.format(
            when=record.made,
            cpu=machine.cpu,
            cores=machine.cores,
            gpu="".join(f", {gpu.name} (driver {gpu.driver})" for gpu in machine.gpus),
            governor=f", governor {machine.governor}" if machine.governor else "",
            rounds=max(row.rounds for row in record.rows),
        )
    )
