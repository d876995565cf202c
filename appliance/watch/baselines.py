"""The run that nights are compared with, and the history of such choices."""

from dataclasses import dataclass

from appliance.errors import InputRefused, UsageError
from appliance.log.connect import snapshot, transaction
from appliance.log.log import Log
from appliance.log.types import RunState


@dataclass(frozen=True)
class Baseline:
    """One choice of a baseline: which run, when, by whom, and why."""

    number: int
    run: str
    set_at: str
    who: str
    note: str


def set_baseline(log: Log, run: str, *, at: str, who: str, note: str = "") -> Baseline:
    """Choose a run as the baseline; `run` as `Log.resolve` takes it. Earlier choices stay in the history.

    Raises UsageError for an unknown run and for one that is not done.
    """
    name = log.resolve(run)
    state = next(brief.state for brief in log.runs() if brief.run == name)
    if state is not RunState.DONE:
        raise UsageError(
            f"run {name} is {state}: a baseline must be whole",
            file=str(log.path),
            mend="finish it with `inspect-eval audit --resume`, or choose another of `inspect-eval runs list`",
        )
    with transaction(log.connection, log.path):
        values = (name, at, who, note)
        log.connection.execute("INSERT INTO baselines (run, set_at, who, note) VALUES (?, ?, ?, ?)", values)
    return baselines(log)[0]


def baselines(log: Log) -> list[Baseline]:
    """Every choice, the present one first."""
    sql = "SELECT number, run, set_at, who, note FROM baselines ORDER BY number DESC"
    with snapshot(log.connection, log.path):
        return [Baseline(*row) for row in log.connection.execute(sql)]


def baseline(log: Log) -> Baseline | None:
    """The present baseline, if one was ever set. Raises InputRefused where its run is no longer in the log."""
    chosen = baselines(log)
    if not chosen:
        return None
    sql = "SELECT count(*) FROM runs WHERE run = ?"
    with snapshot(log.connection, log.path):
        there = log.connection.execute(sql, (chosen[0].run,)).fetchone()[0]
    if not there:
        raise InputRefused(
            f"the baseline {chosen[0].run} is not in this log",
            file=str(log.path),
            mend="choose another with `inspect-eval baseline set RUN`",
        )
    return chosen[0]


def require_comparable(log: Log, chosen: Baseline, run: str) -> None:
    """Raise InputRefused where the baseline is of another family or task than `run`."""
    then, now = log.read_run(chosen.run).head, log.read_run(run).head
    for what, old, new in (("family", then.family, now.family), ("task", then.task, now.task)):
        if old != new:
            raise InputRefused(
                f"the baseline {chosen.run} is of {what} {old}, this run of {new}",
                file=str(log.path),
                mend="choose a baseline of the same with `inspect-eval baseline set RUN`",
            )
