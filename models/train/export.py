"""A trained net as one ONNX file."""

import warnings
from pathlib import Path

import onnx
import torch

from models.train.data import INPUT
from models.train.fit import MEAN, STD
from models.train.net import Net
from models.types import Card

OPSET = 17
CARD = Card("image", "logits", INPUT, INPUT, filter="area", mean=MEAN, std=STD)


def export(net: Net, path: Path) -> None:
    """Write the net with a free batch axis, batch norm folded, weights inside."""
    sample = torch.zeros(2, 3, INPUT, INPUT)
    free = {CARD.input_name: {0: "n"}, CARD.output_name: {0: "n"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the older exporter folds batch norm by itself
        torch.onnx.export(
            net.eval().to(memory_format=torch.contiguous_format),
            (sample,),
            str(path),
            input_names=[CARD.input_name],
            output_names=[CARD.output_name],
            dynamic_axes=free,
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.checker.check_model(str(path), full_check=True)
