"""Training of one member: AdamW, one cycle, flips, one thread, the same result for the same seed on one machine."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.train.data import GRID, INPUT, Parts
from models.train.net import Net, Size

MEAN, STD = (0.3, 0.3, 0.3), (0.25, 0.25, 0.25)
BATCH, DECAY = 32, 0.02
CUT = 4  # cells a side of a cut-out
Batch = tuple[Tensor, Tensor, Tensor]
"""Input (n, 3, h, w), labels (n,), defect cells (n, h / 16, w / 16)."""

WHERE, RARE = 3.0, 8.0  # weight of the cells' loss, and of a defect cell in it


@dataclass(frozen=True)
class Trained:
    """A member after training: validation accuracy, escape rate and overkill rate (fractions), and CPU seconds."""

    net: Net
    accuracy: float
    escapes: float
    overkills: float
    losses: tuple[float, ...]
    seconds: float


def train(size: Size, net: Net, parts: Parts, validation: Parts, seed: int, share: float = 1.0) -> Trained:
    """Train a net on, over `share` of the steps of the recipe, at that share of its rate.

    First on cut-outs, half of them with a defect: cheap, and rich in what is to be learnt. Then on whole pictures.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(size.width,)))
    if size.width % 8 == 0:  # faster so; with fewer channels oneDNN fails
        net = net.to(memory_format=torch.channels_last)
    rate = share * size.rate
    begun = time.process_time()
    losses = _stage(net, rate, round(share * size.crops), lambda: _cut(parts, rng))
    losses += _stage(net, rate / 4, round(share * size.wholes), lambda: _whole(parts, rng))
    wrong = scores(net, validation.pictures).argmax(axis=1) != validation.labels
    bad = validation.labels == 1
    print(f"{size.name}: {1 - wrong.mean():.4f} of the validation parts right", flush=True)
    rates = float(1 - wrong.mean()), float(wrong[bad].mean()), float(wrong[~bad].mean())
    return Trained(net, *rates, tuple(losses), time.process_time() - begun)


def _stage(net: Net, rate: float, steps: int, draw: Callable[[], Batch]) -> list[float]:
    """One cycle of AdamW over `steps` batches; the mean loss of each tenth of them."""
    net.train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=DECAY, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.25)
    losses = []
    for _ in range(steps):
        optimiser.zero_grad(set_to_none=True)
        loss = _loss(net, *draw())
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if len(losses) * 10 % steps < 10:
            print(f"{len(losses)} of {steps} steps, loss {np.mean(losses[-steps // 10 :]):.4f}", flush=True)
    return [float(np.mean(tenth)) for tenth in np.array_split(losses, 10)]


def _whole(parts: Parts, rng: np.random.Generator) -> Batch:
    """Whole pictures, drawn at random."""
    rows = rng.integers(len(parts.labels), size=BATCH)
    return _mirrored(parts.pictures[rows], parts.cells[rows], rng)


def _cut(parts: Parts, rng: np.random.Generator) -> Batch:
    """Cut-outs of CUT x CUT cells, drawn at random; those of an NG part mostly hold its defect."""
    rows = rng.integers(len(parts.labels), size=BATCH)
    corners = [_corner(parts.cells[row], rng) for row in rows]
    cell = INPUT // GRID
    pictures = [
        parts.pictures[row, y * cell : (y + CUT) * cell, x * cell : (x + CUT) * cell]
        for row, (y, x) in zip(rows, corners, strict=True)
    ]
    cells = [parts.cells[row, y : y + CUT, x : x + CUT] for row, (y, x) in zip(rows, corners, strict=True)]
    return _mirrored(np.stack(pictures), np.stack(cells), rng)


def _corner(cells: NDArray[np.uint8], rng: np.random.Generator) -> tuple[int, int]:
    """Top left cell of a cut-out: any, or four times in five one that takes in a cell of the defect."""
    spots = np.argwhere(cells)
    if len(spots) == 0 or rng.random() < 0.2:
        y, x = rng.integers(GRID - CUT + 1, size=2)
    else:
        y, x = np.clip(spots[rng.integers(len(spots))] - rng.integers(CUT, size=2), 0, GRID - CUT)
    return int(y), int(x)


def _mirrored(pictures: NDArray[np.uint8], cells: NDArray[np.uint8], rng: np.random.Generator) -> Batch:
    """The input, the label that the cells give, and the cells; each picture mirrored or not along both axes."""
    turns = [(-1 if down else 1, -1 if across else 1) for down, across in rng.random((len(pictures), 2)) < 0.5]
    shown, where = (
        np.stack([row[::down, ::across] for row, (down, across) in zip(rows, turns, strict=True)])
        for rows in (pictures, cells)
    )
    labels = where.any(axis=(1, 2)).astype(np.int64)
    return normal(shown), torch.from_numpy(labels), torch.from_numpy(where).float()


def _loss(net: Net, x: Tensor, labels: Tensor, cells: Tensor) -> Tensor:
    """Cross entropy of the part, and of each cell: told where to look, a small net learns from few parts."""
    logits, spots = net.both(x)
    where = nn.functional.binary_cross_entropy_with_logits(spots, cells, pos_weight=torch.tensor(RARE))
    return nn.functional.cross_entropy(logits, labels) + WHERE * where


def normal(pictures: NDArray[np.uint8]) -> Tensor:
    """Pictures (n, h, w, 3) 0..255 as the members' input, by the card's mean and deviation."""
    light = torch.from_numpy(pictures).float().div_(255)
    return ((light - torch.tensor(MEAN)) / torch.tensor(STD)).permute(0, 3, 1, 2).contiguous()


def scores(net: Net, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits (n, 2) of a trained net."""
    net.eval()
    with torch.no_grad():
        parts = [net(normal(pictures[at : at + 64])).numpy() for at in range(0, len(pictures), 64)]
    return np.concatenate(parts)
