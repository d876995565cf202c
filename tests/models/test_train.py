"""The training recipe, where torch is installed: growth keeps the scores, cut-outs keep the defect."""

import numpy as np
import torch

from models.train.data import GRID, INPUT, Parts, as_rendered, parts
from models.train.fit import CUT, train
from models.train.net import SIZES, Net, grown


def test_a_grown_net_scores_as_the_one_it_grew_from() -> None:
    torch.manual_seed(1)
    small = Net(SIZES[0]).eval()
    picture = torch.randn(2, 3, INPUT, INPUT)
    with torch.no_grad():
        wanted, spots = small.both(picture)
        for size in SIZES[1:4]:
            small = grown(small, size).eval()
            logits, map_ = small.both(picture)
            torch.testing.assert_close(logits, wanted)
            torch.testing.assert_close(map_, spots)


def test_training_learns_what_can_be_seen() -> None:
    rng = np.random.default_rng(3)
    pictures = rng.integers(90, 110, (64, INPUT, INPUT, 3), np.uint8)
    labels = np.arange(64) % 2
    cells = np.zeros((64, GRID, GRID), np.uint8)
    pictures[labels == 1, 70:80, 70:80] = 250
    cells[labels == 1, 4, 4] = 1
    shown = Parts(pictures, labels.astype(np.int64), cells)
    torch.manual_seed(1)
    done = train(SIZES[1], Net(SIZES[1]), shown, shown, 5, share=0.1)
    assert done.losses[-1] < done.losses[0]
    assert done.accuracy > 0.9


def test_cut_outs_fit_the_grid() -> None:
    assert INPUT % GRID == 0
    assert 1 < CUT <= GRID


def test_rendered_parts_are_kept(tmp_path: object) -> None:
    from pathlib import Path

    cache = Path(str(tmp_path))
    first = parts(cache, 5, 4, as_rendered, "few", 1)
    again = parts(cache, 5, 4, as_rendered, "few", 1)
    assert np.array_equal(first.pictures, again.pictures)
    assert np.array_equal(first.labels == 1, first.cells.any(axis=(1, 2)))
