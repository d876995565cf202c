"""Every sentence and label of the report that is not in a template: charts, states and the terminal table.

One place, so that a catalogue can take them over. Names in braces are filled in by the code that draws.
"""

from appliance.score.types import EnvelopeState, LimitState

LIMITS = {
    "escape_rate": "escape rate",
    "overkill_rate": "overkill rate",
    "escape": "escape rate",
    "overkill": "overkill rate",
}
PART_KINDS = {"escape_rate": "NG", "overkill_rate": "OK"}
GROUPS = {
    "part": "part",
    "lighting": "lighting",
    "optics": "optics",
    "motion": "motion",
    "sensor": "sensor",
    "transport": "transport",
    "composite": "combined",
    "": "",
}
NAMES = {"jpeg": "JPEG", "webp": "WebP", "prnu": "PRNU", "dsnu": "DSNU", "adc-bits": "ADC bits"}
LIMIT_STATES = {
    LimitState.HOLDS: "holds",
    LimitState.BREACHED: "breached",
    LimitState.NOT_PROVABLE: "not shown to hold",
}
CLEAN = "clean"
ALL_CONDITIONS = "all conditions"
REPEAT = "{label} (repeat {repeat})"
NEUTRAL = "none"
TOO_FEW = "n too small"
TOO_FEW_NARROW = "n too\nsmall"

ENVELOPES = {
    EnvelopeState.REACHED: "{severity}",
    EnvelopeState.NOT_REACHED: "not reached up to {severity}",
    EnvelopeState.ALREADY_AT_CLEAN: "already crossed when clean",
    EnvelopeState.NOT_PROVABLE: "too few parts: need {parts}",
}
ENVELOPES_SHORT = {
    EnvelopeState.REACHED: "{severity}",
    EnvelopeState.NOT_REACHED: "not reached",
    EnvelopeState.ALREADY_AT_CLEAN: "none",
    EnvelopeState.NOT_PROVABLE: "need {parts} parts",
}
ENVELOPE_UNKNOWN_NEED = "too few parts"
ENVELOPE_BAR = "{member}, {limit}: {text}"

SIZE_TITLE = "Accuracy of each size, clean and under perturbation"
SIZE_DESC = (
    "Horizontal: multiply-accumulates (MACs) for one picture, logarithmic. Vertical: accuracy in percent. "
    "Filled circles: clean. Open squares: mean over all perturbed conditions. Bars: 95 % intervals."
)
SIZE_X = "MACs for one picture"
SIZE_Y = "accuracy, %"
SIZE_CLEAN = "clean"
SIZE_MEAN = "mean under perturbation"
SIZE_POINT = "{member}, {series}: {value} ({span})"

CURVE_TITLE = "{name}: accuracy against severity"
CURVE_DESC = "One line for each size, from no disturbance on the left to the strongest tested on the right."
CURVE_POINT = "{member}, {severity}: {value} ({span})"
CURVE_UNEVEN = "{unit} (steps not to scale)"

PAIR_TITLE = "{a} against {b}: {value} ({span})"
PAIR_BETTER = "{name} is better"
PAIR_EQUAL = "cannot be told apart"

HEAT_CELL = "{member}, {condition}: accuracy {accuracy} ({span}); drop {drop}; escapes {escape}, overkill {overkill}"
HEAT_EMPTY = "{member}, {condition}: no result"
HEAT_BETTER = "better"
HEAT_FLAT = "within ±1"
HEAT_RANGE = "{low} to {high}"
HEAT_OVER = "over {low}"

BOARD_HOLDS = "holds in all {total}"
BOARD_BREACHED = "breached in {count} of {total}"
BOARD_UNPROVEN = "not shown to hold in {count} of {total}"

HEADS = {
    "breached": "A limit is breached",
    "unproven": "A limit is not shown to hold with these parts",
    "holds": "All limits hold",
    "none": "No limits are set",
}

TABLE_TITLE = "{family}: {parts} parts, {conditions} conditions"
TABLE_HEADS = (
    "size",
    "clean\naccuracy %",
    "escape\n%",
    "overkill\n%",
    "mean\ndrop pp",
    "worst\ncell %",
    "flips\n%",
    "p99\nms",
    "rate\n/s",
)
TABLE_NOTE = "Below each figure: 95 % interval."
TABLE_NOTE_COST = "Below each figure: 95 % interval. p99: upper bound (99 % confidence), {setting}. Rate: best batch."
TABLE_SETTING = "{load} load, batch {batch}, {provider} {precision}, threads {threads}"
COST_DOUBT = "* {member}: {state}, {reason}"
COST_DOUBT_BARE = "* {member}: {state}"
LIMIT_TITLE = "Limits: {head}"
LIMIT_HEAD = "{limit}, at most {allowed}"
LIMIT_CELL = "{whole}; clean up to {clean}"
LIMIT_NEED = "{kind} parts that would prove a clean {limit} of {allowed} at the rate seen: {members}"
LIMIT_NEED_MEMBER = "{member} {parts}"
COMPARE_TITLE = "{a} to {b}: {parts} shared parts, {conditions} conditions"
COMPARE_HEADS = ("size", "condition", "accuracy\npp", "escape\npp", "overkill\npp", "flips\n%", "p", "")
COMPARE_NOTE = (
    "Differences are {b} less {a}, below each its 95 % interval. p is corrected by Holm. "
    "Shown: clean, the mean over all conditions, and cells that differ significantly."
)
COMPARE_BETTER = "better"
COMPARE_WORSE = "worse"
COMPARE_LEFT_OUT = "parts that are in one run only: {count}"
COMPARE_MORE = "and {count} more cells that differ significantly; see --json"
TRADE_TITLE = "What the training of {b} bought against {a}: {parts} parts, {conditions} perturbed conditions"
TRADE_HEADS = (
    "size",
    "MACs",
    "robust\n{a} %",
    "robust\n{b} %",
    "gain\npp",
    "clean gain\npp",
    "same by size\nalone: MACs",
    "as robust\nas",
)
TRADE_NOTE = (
    "Robust: mean accuracy under perturbation. Below each figure: 95 % interval, paired over parts. "
    "Same by size alone: how many times its MACs {a} needs for the robustness of {b}."
)
TRADE_FACTOR = "{times}{factor}"
TRADE_BEYOND = "over {times}{factor}"
TRADE_EQUAL = "{a} {size}"
TRADE_NONE = "none of {a}"
TRADE_TRAINING = (
    "Better training is the cheaper way to robustness for {sizes}: size alone needs more MACs for the same."
)
TRADE_SIZE = "For {sizes} the training has cost robustness."
TRADE_OPEN = "For {sizes} it is not shown which is cheaper."
CHANGES_HEAD = "Changed since {a}:"
WARN_HEAD = "Warnings: {count}"
WARN_FILE = "{file}: {what}"
WARN_MEND = "{text} (to mend: {mend})"
CONTRADICTED = "labels that every size contradicts: {count}; see the report"
MORE = "and {count} more; see the report"
REPORT_AT = "Report: {path}"

PICTURES_SPENT = "picture left out: the report's size limit is reached"
PICTURE_MISSING = "picture not at hand"
PICTURE_CLEAN = "{part}, clean"
PICTURE_HERE = "{part} under {condition}"

WRITE_FAILED = "the report cannot be written: {reason}"
WRITE_MEND = "choose a folder that you may write to and that has space"
