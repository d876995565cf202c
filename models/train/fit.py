"""Training of one member: AdamW, one cycle, flips, one thread, the same result for the same seed on one machine."""

import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.train.data import Parts
from models.train.net import Net, Size

MEAN, STD = (0.3, 0.3, 0.3), (0.25, 0.25, 0.25)
BATCH, DECAY = 32, 0.02
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


def train(size: Size, parts: Parts, validation: Parts, seed: int, epochs: int, start: Net | None = None) -> Trained:
    """Train one size from random weights, or on from `start` at a third of the rate."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(size.width,)))
    net = start or Net(size)
    if size.width % 8 == 0:  # faster so; with fewer channels oneDNN fails
        net = net.to(memory_format=torch.channels_last)
    steps = epochs * (len(parts.labels) // BATCH)
    rate = size.rate if start is None else size.rate / 3
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.25)
    begun = time.process_time()
    losses = tuple(_epoch(net, parts, optimiser, schedule, rng) for _ in range(epochs))
    wrong = scores(net, validation.pictures).argmax(axis=1) != validation.labels
    bad = validation.labels == 1
    rates = float(1 - wrong.mean()), float(wrong[bad].mean()), float(wrong[~bad].mean())
    return Trained(net, *rates, losses, time.process_time() - begun)


def _epoch(
    net: Net,
    parts: Parts,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    rng: np.random.Generator,
) -> float:
    """One pass in a new order; the mean loss."""
    net.train()
    order = rng.permutation(len(parts.labels))
    total, steps = 0.0, len(order) // BATCH
    for step in range(steps):
        rows = order[step * BATCH : (step + 1) * BATCH]
        pictures, cells = _flip(parts.pictures[rows], parts.cells[rows], rng)
        optimiser.zero_grad(set_to_none=True)
        loss = _loss(net, normal(pictures), torch.from_numpy(parts.labels[rows]), torch.from_numpy(cells).float())
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        schedule.step()
        total += loss.item()
    print(f"{len(parts.labels)} parts, loss {total / steps:.4f}", flush=True)
    return total / steps


def _loss(net: Net, x: Tensor, labels: Tensor, cells: Tensor) -> Tensor:
    """Cross entropy of the part, and of each cell: told where to look, a small net learns from few parts."""
    logits, spots = net.both(x)
    where = nn.functional.binary_cross_entropy_with_logits(spots, cells, pos_weight=torch.tensor(RARE))
    return nn.functional.cross_entropy(logits, labels) + WHERE * where


def _flip(
    pictures: NDArray[np.uint8], cells: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Each picture and its cells mirrored or not, left to right and top to bottom."""
    turns = [(-1 if down else 1, -1 if across else 1) for down, across in rng.random((len(pictures), 2)) < 0.5]
    both = [
        np.stack([row[::down, ::across] for row, (down, across) in zip(rows, turns, strict=True)])
        for rows in (pictures, cells)
    ]
    return both[0], both[1]


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
