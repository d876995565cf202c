"""One design in six sizes: a stem of 4 x 4 patches, three residual stages, a map of suspect spots, two logits."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Size:
    """`width` channels in the first stage, doubled in each later one; `depths` residual blocks per stage.

    A first stage of 0 blocks is left out. `crops` and `wholes` (steps on cut-outs, then on whole pictures) and `rate`
    (peak learning rate) belong to the recipe.
    """

    name: str
    width: int
    depths: tuple[int, int, int]
    crops: int
    wholes: int
    rate: float


SIZES = (
    Size("xs", 2, (0, 1, 1), 7000, 500, 6e-3),
    Size("s", 4, (0, 1, 1), 5000, 400, 6e-3),
    Size("m", 8, (1, 1, 1), 5000, 400, 6e-3),
    Size("l", 16, (1, 1, 1), 2500, 300, 4e-3),
    Size("xl", 24, (1, 1, 1), 1800, 220, 3e-3),
    Size("xxl", 40, (1, 1, 1), 1000, 180, 2e-3),
)
CHAINS = ((0, 1), (2, 3, 4, 5))
"""Sizes that grow out of one another; the first of each chain starts from random weights."""


class Block(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """Two 3 x 3 convolutions with batch norm and a shortcut, 1 x 1 where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        same = inputs == outputs and stride == 1
        self.short: nn.Module = nn.Identity() if same else _projection(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) to (n, outputs, h / stride, w / stride)."""
        return torch.relu(self.body(x) + self.short(x))


class Net(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """Pictures (n, 3, h, w), normalised as the card says, to logits (n, 2): OK, NG."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.width
        self.stem = nn.Sequential(nn.Conv2d(3, width, 4, 4, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True))
        stages: list[nn.Module] = []
        inputs = width
        for stage, depth in enumerate(size.depths):
            outputs = width * 2**stage if depth else inputs
            shapes = [(inputs if number == 0 else outputs, 1 + (number == 0 < stage)) for number in range(depth)]
            stages.append(nn.Sequential(*(Block(entering, outputs, stride) for entering, stride in shapes)))
            inputs = outputs
        self.stages = nn.Sequential(*stages)
        self.spot = nn.Conv2d(inputs, 1, 1)
        self.head = nn.Linear(2 * inputs + 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        """The logits of a batch."""
        return self.both(x)[0]

    def both(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The logits (n, 2), and for each cell of the last stage a logit of a defect there (n, h / 16, w / 16)."""
        features = self.stages(self.stem(x))
        spots = self.spot(features)
        pooled = torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3)), spots.amax(dim=(2, 3))], dim=1)
        return self.head(pooled), spots[:, 0]


def _projection(inputs: int, outputs: int, stride: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


def grown(small: Net, size: Size) -> Net:
    """A net of a larger size that gives the same logits as `small`: its weights in a corner, the new channels unheard.

    The new channels see all old ones and are heard by none until training lets them (after Net2Net, Chen et al. 2016).
    """
    net = Net(size)
    old, new = small.state_dict(), net.state_dict()
    for name, weight in new.items():
        if name in old and weight.dim():  # batch counters have no axis
            _corner(weight, old[name], 2 if name == "head.weight" else 1)
        elif name.endswith("body.4.weight"):
            weight.zero_()  # a new block begins as its shortcut alone
    net.load_state_dict(new)
    return net


def _corner(weight: Tensor, old: Tensor, groups: int) -> None:
    """Write `old` into the corner of `weight`, in place; old rows hear no new column. Counters are copied.

    With 2 `groups` the columns are two runs of channels (means, maxima) and the spot, each kept at its own start.
    """
    if old.dim() < 2:
        weight[: old.numel()] = old
        return
    weight[: len(old)] = 0
    if groups == 1:
        weight[: len(old), : old.shape[1]] = old
        return
    few, many = old.shape[1] // 2, weight.shape[1] // 2
    weight[:, :few], weight[:, many : many + few], weight[:, -1] = old[:, :few], old[:, few : 2 * few], old[:, -1]
