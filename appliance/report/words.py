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

TABLE_TITLE = mark("{family}: {parts} parts, {conditions} conditions")
TABLE_HEADS = (
    mark("size"),
    mark("clean\naccuracy %"),
    mark("escape\n%"),
    mark("overkill\n%"),
    mark("mean\ndrop pp"),
    mark("worst\ncell %"),
    mark("flips\n%"),
    mark("p99\nms"),
    mark("rate\n/s"),
)
TABLE_NOTE = mark("Below each figure: 95 % interval.")
TABLE_NOTE_COST = mark(
    "Below each figure: 95 % interval. p99: upper bound (99 % confidence), {setting}. Rate: best batch."
)
TABLE_SETTING = mark("{load} load, batch {batch}, {provider} {precision}, threads {threads}")
COST_DOUBT = "* {member}: {state}, {reason}"
COST_DOUBT_BARE = "* {member}: {state}"
LIMIT_TITLE = mark("Limits: {head}")
LIMIT_HEAD = mark("{limit}, at most {allowed}")
LIMIT_CELL = mark("{whole}; clean up to {clean}")
LIMIT_NEED = mark("{kind} parts that would prove a clean {limit} of {allowed} at the rate seen: {members}")
LIMIT_NEED_MEMBER = "{member} {parts}"
COMPARE_TITLE = mark("{a} to {b}: {parts} shared parts, {conditions} conditions")
COMPARE_HEADS = (
    mark("size"),
    mark("condition"),
    mark("accuracy\npp"),
    mark("escape\npp"),
    mark("overkill\npp"),
    mark("flips\n%"),
    "p",
    "",
)
COMPARE_NOTE = mark(
    "Differences are {b} less {a}, below each its 95 % interval. p is corrected by Holm. "
    "Shown: clean, the mean over all conditions, and cells that differ significantly."
)
COMPARE_BETTER = mark("better")
COMPARE_WORSE = mark("worse")
COMPARE_LEFT_OUT = mark("parts that are in one run only: {count}")
COMPARE_MORE = mark("and {count} more cells that differ significantly; see --json")
TRADE_TITLE = mark("What the training of {b} bought against {a}: {parts} parts, {conditions} perturbed conditions")
TRADE_HEADS = (
    mark("size"),
    "MACs",
    mark("robust\n{a} %"),
    mark("robust\n{b} %"),
    mark("gain\npp"),
    mark("clean gain\npp"),
    mark("same by size\nalone: MACs"),
    mark("not shown less\nrobust: from"),
)
TRADE_NOTE = mark(
    "Robust: mean accuracy under perturbation. Below each figure: 95 % interval, paired over parts. "
    "Same by size alone: how many times its MACs {a} needs for the robustness of {b}."
)
TRADE_FACTOR = "{times}{factor}"
TRADE_BEYOND = mark("over {times}{factor}")
TRADE_EQUAL = "{a} {size}"
TRADE_NONE = mark("none of {a}")
TRADE_TRAINING = mark(
    "Better training is the cheaper way to robustness for {sizes}: it is paid for once, and size alone needs more MACs "
    "for every part."
)
TRADE_SIZE = mark("For {sizes} the training has cost robustness.")
TRADE_OPEN = mark("For {sizes} it is not shown which is cheaper.")
CHANGES_HEAD = mark("Changed since {a}:")
WARN_HEAD = mark("Warnings: {count}")
WARN_FILE = "{file}: {what}"
WARN_MEND = mark("{text} (to mend: {mend})")
CONTRADICTED = mark("labels that every size contradicts: {count}; see the report")
MORE = mark("and {count} more; see the report")
REPORT_AT = mark("Report: {path}")

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
