"""Every sentence and label of the report that is not in a template: charts, states and the terminal table.

One place, so that a catalogue can take them over. Names in braces are filled in by the code that draws.
"""

from appliance.language.tongue import mark
from appliance.score.types import EnvelopeState, LimitState

LIMITS = {
    "escape_rate": mark("escape rate"),
    "overkill_rate": mark("overkill rate"),
    "escape": mark("escape rate"),
    "overkill": mark("overkill rate"),
}
PART_KINDS = {"escape_rate": "NG", "overkill_rate": "OK"}
LIMIT_STATES = {
    LimitState.HOLDS: mark("holds"),
    LimitState.BREACHED: mark("breached"),
    LimitState.NOT_PROVABLE: mark("not shown to hold"),
}
ALL_CONDITIONS = mark("all conditions")
NEUTRAL = mark("none")
TOO_FEW = mark("n too small")
TOO_FEW_NARROW = mark("n too\nsmall")

ENVELOPES = {
    EnvelopeState.REACHED: "{severity}",
    EnvelopeState.NOT_REACHED: mark("not reached up to {severity}"),
    EnvelopeState.ALREADY_AT_CLEAN: mark("already crossed when clean"),
    EnvelopeState.NOT_PROVABLE: mark("too few parts: need {parts}"),
}
ENVELOPES_SHORT = {
    EnvelopeState.REACHED: "{severity}",
    EnvelopeState.NOT_REACHED: mark("not reached"),
    EnvelopeState.ALREADY_AT_CLEAN: mark("none"),
    EnvelopeState.NOT_PROVABLE: mark("need {parts} parts"),
}
ENVELOPE_UNKNOWN_NEED = mark("too few parts")
ENVELOPE_BAR = "{member}, {limit}: {text}"

SIZE_TITLE = mark("Accuracy of each size, clean and under perturbation")
SIZE_DESC = mark(
    "Horizontal: multiply-accumulates (MACs) for one picture, logarithmic. Vertical: accuracy in percent. "
    "Filled circles: clean. Open squares: mean over all perturbed conditions. Bars: 95 % intervals."
)
SIZE_X = mark("MACs for one picture")
SIZE_Y = mark("accuracy, %")
SIZE_CLEAN = mark("clean")
SIZE_MEAN = mark("mean under perturbation")
SIZE_POINT = "{member}, {series}: {value} ({span})"

CURVE_TITLE = mark("{name}: accuracy against severity")
CURVE_DESC = mark("One line for each size, from no disturbance on the left to the strongest tested on the right.")
CURVE_POINT = "{member}, {severity}: {value} ({span})"
CURVE_UNEVEN = mark("{unit} (steps not to scale)")

PAIR_TITLE = mark("{a} against {b}: {value} ({span})")
PAIR_BETTER = mark("{name} is better")
PAIR_EQUAL = mark("cannot be told apart")

HEAT_CELL = mark(
    "{member}, {condition}: accuracy {accuracy} ({span}); drop {drop}; escapes {escape}, overkill {overkill}"
)
HEAT_EMPTY = mark("{member}, {condition}: no result")
HEAT_BETTER = mark("better")
HEAT_FLAT = mark("within ±1")
HEAT_RANGE = mark("{low} to {high}")
HEAT_OVER = mark("over {low}")

BOARD_HOLDS = mark("holds in all {total}")
BOARD_BREACHED = mark("breached in {count} of {total}")
BOARD_UNPROVEN = mark("not shown to hold in {count} of {total}")

HEADS = {
    "breached": mark("A limit is breached"),
    "unproven": mark("A limit is not shown to hold with these parts"),
    "holds": mark("All limits hold"),
    "none": mark("No limits are set"),
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
    "not shown less\nrobust: from",
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
    "Better training is the cheaper way to robustness for {sizes}: it is paid for once, and size alone needs more MACs "
    "for every part."
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

PICTURES_SPENT = mark("picture left out: the report's size limit is reached")
PICTURE_MISSING = mark("picture not at hand")
PICTURE_CLEAN = mark("{part}, clean")
PICTURE_HERE = mark("{part} under {condition}")

WRITE_FAILED = "the report cannot be written: {reason}"
WRITE_MEND = "choose a folder that you may write to and that has space"

VALUES = (
    mark("done"),
    mark("interrupted"),
    mark("running"),
    mark("failed"),
    mark("escape"),
    mark("overkill"),
    mark("the next training"),
    mark("mean"),
    mark("valid"),
    mark("unstable"),
    mark("contended"),
    mark("throttled"),
    mark("fell back"),
    mark("too few"),
)
"""What stands in the log as a word and is said on the page."""
HEADINGS = {
    "provider": mark("Provider"),
    "precision": mark("Precision"),
    "load": mark("Load"),
    "threads": mark("Threads"),
    "decode": mark("Decode"),
    "preprocess": mark("Preprocess"),
    "infer": mark("Infer"),
    "postprocess": mark("Postprocess"),
}
"""Columns of the table of cost."""
SIGHT_HEAD = mark("What the camera can still see")
SIGHT_MASKED = mark(
    "{plain} of {masked} masked defects stand out from their surroundings on clean pictures (contrast-to-noise ratio "
    "of 4 or more, Rose's criterion; median {cnr})."
)
SIGHT_EVEN = mark("The other {even} differ by pattern, not by brightness: contrast cannot tell whether they vanish.")
SIGHT_ALL_SEEN = mark("No condition takes any of them out of sight: escapes are the models'.")
SIGHT_LOST = mark("Where defects vanish, the camera is the limit, not the model: {rows}")
SIGHT_ROW = mark("{condition}: {vanished} of {defects}")
SIGHT_ESCAPES = mark("{of_vanished} of {all}")
SHOTS_HEAD = mark("Repeatability: {shots} shots of every part, the camera's noise drawn anew")
SHOTS_ROW = mark(
    "{member}: {unsteady} of the parts are not decided alike each time ({span} %); two shots differ in {flips}"
)
"""The pages' words on what is beside the grid."""
