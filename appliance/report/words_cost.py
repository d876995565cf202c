"""Words of the cost tables, on the terminal and on the page."""

from appliance.language.tongue import mark

NOT_SUPPORTED = mark("not supported by n")
NOT_SUPPORTED_NARROW = "n < {least}"
NARROW_NOTE = mark("n < 459: not supported by n, which is too small for that bound.")
SIZE = mark("size")
HEADS = (
    mark("size"),
    mark("load"),
    mark("batch"),
    "n",
    "p50\nms",
    "p90\nms",
    "p99\nms",
    mark("rate\n/s"),
    "A/A\n%",
    mark("energy\nmJ"),
    mark("state"),
)
LOADS = {
    "closed": mark("closed: the next part starts when the last ends; a ceiling, not what a line sees."),
    "paced": mark("paced: {line}; latency counts from the scheduled arrival, queue and waking up included."),
    "saturate": mark(
        "saturate: the highest rate that holds the deadline of {deadline}; its latencies are at that rate."
    ),
}
LINE = mark("a part every {takt} s, {jitter}, {cameras}, deadline {deadline} ms")
NO_JITTER = mark("evenly")
JITTER = mark("up to {ms} ms early or late")
CAMERAS = {1: mark("one camera")}
MANY_CAMERAS = mark("{n} cameras at once")
BOUNDS = mark(
    "p50, p90, p99: upper bounds with 99 % confidence, for dependent samples; n: parts timed (worth n independent)."
)
NOISE = mark(
    "A/A: how far the medians of like rounds lie apart. A difference below {floor} % is noise on this machine now."
)
NO_NOISE = mark("One round only: the noise floor is not known; --rounds 2 measures it.")
LATE = mark("{member}, {load}: {late} of {n} parts were later than the deadline of {deadline} ms")
DOUBT = "{state}: {rows}: {reason}"
NO_RATE = mark("{member}, saturate: no rate that was tried holds the deadline of {deadline} ms")
SOME_ROWS = mark("{n} of {total} results")
ALL_ROWS = mark("all {n} results")
WORST = mark("{reason}, at the worst")
STAGE_TITLE = mark("Where the time of one part goes, ms (mean)")
START_TITLE = mark("Starting, and peak memory")
START_HEADS = (
    mark("session\nms"),
    mark("build\nms"),
    mark("first\nms"),
    mark("model\nMB"),
    mark("process\nMB"),
    "GPU\nMB",
)
COUNTED = mark("Energy of one part, idle included, from {source} counters ({rails}) at {hz} updates/s: {coverage}.")
IDLE = mark("At rest the same rails draw {watts} W.")
ESTIMATE = mark("Energy is an estimate {coverage}; no counter can be read.")
NO_ENERGY = mark(
    "Energy is not measured: no counter can be read here, or each window was too short for it (longer: --seconds); "
    "state power_w and idle_w in [prices] for an estimate."
)
NODES = mark("{member}: nodes by provider: {shares}.")
SETTING = mark(
    "{provider} {precision}, threads {threads}, {runtime}; {cpu}, {cores} cores; {width} x {height} px parts."
)
TOO_BUSY = mark(
    "too busy to measure: {reason}; {n} of {total} results are marked contended (measure again when it is idle)"
)
COMPARE_HEADS = (mark("size"), mark("load"), mark("before"), mark("after"), mark("ratio"), mark("floor\n%"), "")
CHART_TITLE = mark("Latency of one part under each load")
CHART_DESC = mark(
    "Horizontal: milliseconds from the scheduled arrival to the verdict, logarithmic. Line: 1 to 99 % of the parts. "
    "Box: the middle half. Stroke: median. Circle: upper bound of p99, where n supports it. Dashed: the reject gate."
)
CHART_X = mark("ms from scheduled arrival to verdict, logarithmic")
CHART_ROW = mark("{member}, {load}: median {median} ms, {bound}")
BOUND = mark("p99 at most {ms} ms")
NO_BOUND = mark("p99 not supported by n")
GATE = mark("gate {ms} ms")
STAGE_X = mark("ms a part")
STAGE_BAR = mark("{member}, {stage}: {ms} ms")
MEASURED = mark("Measured {when} on {cpu}, {cores} cores{gpu}{governor}, in {rounds} rounds of fresh processes.")
TUNE_HEADS = (mark("setting"), mark("ms\na call"), mark("pictures\n/s"), "A/A\n%", "")
TUNE_SETTING = mark("{name}, {threads}{side}, batch {batch}")
TUNE_THREADS = mark("{count} threads")
TUNE_THREAD = mark("1 thread")
TUNE_MARKS = {"latency": mark("answers soonest"), "throughput": mark("most pictures")}
TUNE_OTHER = mark("other arithmetic")
TUNE_BUSY = mark("contended")
TUNE_BEST = {
    "latency": mark("To answer soonest, write into site.toml:"),
    "throughput": mark("For most pictures a second (an audit over night), write into site.toml:"),
}
TUNE_SIDE = mark("  and run {callers} at a time (--workers {callers}), {batch} pictures a batch.")
TUNE_STREAMS = mark(" in {count} streams")
TUNE_NOTE = mark(
    "Inference alone, median of its turns among the others (the best of them where other work ran); "
    "`1 thread x 2`: two callers side by side, each on one thread (with `cpu` they share the weights, which "
    "workers of an audit do not); `in 2 streams`: one engine that shares each batch."
)
TUNE_SPINS = mark("spinning")
TUNE_PINS = mark("pinned")
TUNE_SPINNING = mark(
    "spinning: waiting threads keep their cores busy between parts; a part's energy can double on a paced line."
)
TUNE_PINNED = mark(
    "pinned: bound to cores, for a process that has the machine to itself; the workers of an audit never are."
)
TUNE_GATE = mark(
    "Another runtime gives slightly other numbers: an audit holds it against the CPU's answers before it runs."
)
TUNE_PRECISION = mark(
    "Other arithmetic (bf16) is shown and never chosen: it is another model, to be audited before its speed counts."
)
TUNE_CONTENDED = mark(
    "contended: other work ran beside {n} of {total} settings; these are ranked by their quickest calls and CPU time. "
    "Search again on an idle machine."
)
TUNE_UNSETTLED = {
    "latency": mark(
        "{member}: what answers soonest changed with the machine while it was watched. {best} did so on the whole, "
        "but in {led} of {passes} passes {other} was {share} % quicker. Search again while the line runs as it will."
    ),
    "throughput": mark(
        "{member}: what does most pictures changed with the machine while it was watched. {best} did so on the whole, "
        "but in {led} of {passes} passes {other} did {share} % more. Search again while the line runs as it will."
    ),
}
TUNE_REFUSED = mark("{setting} was passed over: {what}")
PRICE_TITLE = mark("Money per 1000 parts at a takt of {takt} s")
PRICE_HEADS = (
    mark("size"),
    mark("use\n%"),
    mark("power\nW"),
    mark("{currency} per\n1000 parts"),
    mark("clean accuracy\nlost, pp"),
)
PRICE_NOTE = mark("Purchase with spares over its life, energy at the takt with waiting, and maintenance; power {how}.")
PRICE_HOW = {True: mark("as counted under the paced load"), False: mark("from the stated power_w and idle_w")}
PRICE_LOST = mark("Accuracy lost: clean accuracy less that of the best size priced here, as last audited.")
PRICE_MISSING = mark("Money per 1000 parts needs {missing} in [prices] of site.toml.")
VERDICTS = (mark("within the noise"), mark("faster"), mark("slower"), mark("not valid"))
"""What a comparison of two records says of a row."""
