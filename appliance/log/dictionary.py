"""What every exported column means: the data dictionary, and the column types of Parquet."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column of an exported table. kind: text, int or float."""

    name: str
    kind: str
    meaning: str


RUN = Column("run", "text", "name of the run")
STARTED = Column("started", "text", "when the run began, UTC, ISO 8601, by the machine's clock")
MEMBER = Column("member", "text", "name of the member (model size)")
CONDITION = Column("condition", "text", "condition: clean, or perturbation@severity[#repeat]")
PARAMS = Column("params", "int", "parameters of the member")
MACS = Column("macs", "int", "multiply-accumulates of the member for one picture")

TABLES: dict[str, tuple[Column, ...]] = {
    "runs": (
        RUN,
        Column("number", "int", "order in which runs were begun; the clock has no part in it"),
        STARTED,
        Column("ended", "text", "when the run ended, UTC, ISO 8601; empty while it has not"),
        Column("state", "text", "running, done, interrupted or failed"),
        Column("family", "text", "name of the model family"),
        Column("task", "text", "what the members do, such as classification"),
        Column("suite", "text", "name of the suite of conditions"),
        Column("parts_root", "text", "folder of the parts, as configured"),
        Column("seed", "int", "seed of the run"),
        Column("parts", "int", "parts of the run"),
        Column("members", "int", "members of the run"),
        Column("conditions", "int", "conditions of the run"),
        Column("cells", "int", "finished cells; members x conditions when done"),
        Column("warnings", "int", "warnings of the run"),
        Column("seconds", "float", "how long the run took, s, by the monotonic clock; empty while it has not ended"),
        Column("config_digest", "text", "sha256 of the configuration"),
        Column("limits_digest", "text", "sha256 of the limits"),
        Column("plan_digest", "text", "sha256 over models, parts, seeds and conditions"),
        Column("digest", "text", "sha256 over models, parts, seeds, conditions and all outputs; empty until done"),
    ),
    "members": (
        RUN,
        STARTED,
        MEMBER,
        PARAMS,
        MACS,
        Column("activations", "int", "elements of all activations for one picture"),
        Column("sha256", "text", "sha256 of the model file"),
        Column("clean_accuracy", "float", "share of right OK/NG decisions on clean pictures, 0..1"),
        Column("clean_escapes", "int", "NG parts passed as OK on clean pictures"),
        Column("clean_overkills", "int", "OK parts rejected on clean pictures"),
        Column("mean_accuracy", "float", "mean over the perturbed conditions, 0..1"),
        Column("worst_accuracy", "float", "lowest accuracy of any condition, 0..1"),
        Column("worst_condition", "text", "the condition of the lowest accuracy"),
        Column("cells", "int", "finished cells of the member"),
        Column("failed_cells", "int", "finished cells that hold no outcomes"),
    ),
    "cells": (
        RUN,
        STARTED,
        MEMBER,
        PARAMS,
        MACS,
        CONDITION,
        Column("perturbation", "text", "name of the perturbation, or clean"),
        Column("perturbation_group", "text", "where it acts: part, lighting, optics, motion, sensor or transport"),
        Column("severity", "float", "severity in the unit beside it"),
        Column("unit", "text", "unit of the severity"),
        Column("level", "int", "1..5 where the severity is one of the five named levels"),
        Column("repeat", "int", "repeat of the condition, from 0"),
        Column("n", "int", "parts that were scored"),
        Column("ok", "int", "scored parts labelled OK"),
        Column("ng", "int", "scored parts labelled NG"),
        Column("escapes", "int", "NG parts passed as OK"),
        Column("overkills", "int", "OK parts rejected"),
        Column("escape_rate", "float", "escapes / ng, 0..1; empty without NG parts"),
        Column("overkill_rate", "float", "overkills / ok, 0..1; empty without OK parts"),
        Column("accuracy", "float", "share of right OK/NG decisions, 0..1; empty where no part was scored"),
        Column(
            "drop_pp", "float", "clean accuracy less accuracy, percentage points; empty where n differs from clean's"
        ),
        Column("seconds", "float", "work on the cell, s"),
        Column("failure", "text", "why the cell holds no outcomes; empty where it does"),
    ),
    "parts": (
        RUN,
        Column("position", "int", "place of the part in the run's outcomes, from 0"),
        Column("part", "text", "path relative to the parts folder"),
        Column("label", "text", "OK or NG"),
        Column("class", "text", "class name of the label, where known"),
        Column("part_group", "text", "lot, source or physical part, where known"),
        Column("width", "int", "px"),
        Column("height", "int", "px"),
        Column("channels", "int", "1 mono, 3 colour"),
        Column("bits", "int", "bits a channel"),
        Column("sha256", "text", "sha256 of the picture file"),
    ),
    "costs": (
        RUN,
        STARTED,
        MEMBER,
        PARAMS,
        MACS,
        Column("load", "text", "load model: closed, paced or saturate"),
        Column("provider", "text", "what ran the member, such as cpu or tensorrt"),
        Column("precision", "text", "such as fp32 or int8"),
        Column("batch", "int", "pictures a batch"),
        Column("threads", "int", "threads of the runtime"),
        Column("n", "int", "timed inferences"),
        Column("p50_ms", "float", "median latency, upper confidence bound, ms"),
        Column("p90_ms", "float", "90th percentile, upper confidence bound, ms; empty where n does not support it"),
        Column("p99_ms", "float", "99th percentile, upper confidence bound, ms; empty where n does not support it"),
        Column("mean_ms", "float", "mean latency, ms"),
        Column("parts_per_second", "float", "throughput, parts/s"),
        Column("first_ms", "float", "first inference, ms"),
        Column("load_ms", "float", "loading of the model, ms"),
        Column("peak_rss_mb", "float", "peak resident memory, MB"),
        Column("stages_ms", "text", "mean time of each stage, ms, as JSON"),
        Column("state", "text", "valid, or why it is not"),
        Column("reason", "text", "the state in words"),
    ),
    "warnings": (
        RUN,
        STARTED,
        Column("kind", "text", "part, member, review, machine or config"),
        Column("what", "text", "what is wrong"),
        Column("file", "text", "the file it concerns"),
        Column("mend", "text", "how to mend it"),
    ),
    "outcomes": (
        RUN,
        MEMBER,
        CONDITION,
        Column("part", "text", "path relative to the parts folder"),
        Column("label", "text", "OK or NG"),
        Column("score", "float", "NG score (logit where one exists), float32; empty where the part was not scored"),
        Column("decision", "text", "OK or NG; empty where the part was not scored"),
        Column("class_index", "int", "predicted class; empty with two classes"),
    ),
}
