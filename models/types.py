"""The nouns of a model family: a member, the card that says how to feed it, and the ordered family."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Resize(StrEnum):
    """How a picture of another size becomes the model's input size."""

    STRETCH = "stretch"
    LETTERBOX = "letterbox"
    CROP = "crop"


class Output(StrEnum):
    """What the model's output tensor means."""

    LOGITS = "logits"  # (n, classes), decision by the larger; with one column, a logit of NG
    PROBABILITIES = "probabilities"  # (n, classes) summing to 1; with one column, the probability of NG
    ANOMALY = "anomaly"  # (n,) or (n, 1): larger is more anomalous; the threshold is the card's


@dataclass(frozen=True)
class Card:
    """The preprocessing and output contract of one ONNX model.

    A picture in its native depth is divided by its white (2**bits - 1), resized to (`height`, `width`) by `resize`
    with `filter`, brought into `colour` order, multiplied by `scale` (1 keeps 0..1; 255 restores 8-bit numbers),
    then (x - mean) / std per channel, in float32, then cast to `dtype` and laid out as `layout`.
    `batch` is None where the first axis is dynamic, else its fixed size.
    """

    input_name: str
    output_name: str
    height: int
    width: int
    layout: str = "NCHW"  # or NHWC
    dtype: str = "float32"  # or float16, uint8
    resize: Resize = Resize.STRETCH
    filter: str = "bilinear"  # nearest, bilinear, bicubic, area, lanczos
    pad: float = 114 / 255  # letterbox fill, fraction of white
    colour: str = "RGB"  # BGR, GRAY
    scale: float = 1.0
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    output: Output = Output.LOGITS
    classes: tuple[str, ...] = ("OK", "NG")
    ok_classes: tuple[str, ...] = ("OK",)
    threshold: float = 0.5  # NG where the NG probability (or anomaly score) is over it
    batch: int | None = None


@dataclass(frozen=True)
class Gate:
    """How a converted member's answers stand to those of the member it was made from, on the same clean parts.

    `changed` of `parts` decisions differ, at most `changed_high` of all (95 % upper bound of two). `largest`: the
    largest shift of the NG score; at most `beyond` of all parts shift more (95 % upper bound). `reference` and
    `candidate` name provider and precision.
    """

    reference: str
    candidate: str
    parts: int
    changed: int
    changed_high: float
    largest: float
    beyond: float


@dataclass(frozen=True)
class Member:
    """One exported model of a family. `macs` counts multiply-accumulates for one picture; `activations` elements.

    `data`: the weight files beside the model where it has any, each a (path from the model's folder, sha256).
    `made_from` names the member this one was converted from, `gate` says how it was held against it. `precision` is
    the arithmetic the runtime is told to use for it (fp32, tf32, bf16, fp16), empty where that is the site's choice.
    """

    name: str
    file: Path
    sha256: str
    params: int
    macs: int
    activations: int
    card: Card
    data: tuple[tuple[str, str], ...] = ()
    made_from: str = ""
    precision: str = ""
    gate: Gate | None = None


@dataclass(frozen=True)
class Family:
    """Members of one job at several sizes, smallest first (by MACs, then parameters)."""

    name: str
    folder: Path
    members: tuple[Member, ...]
    notes: str = ""
