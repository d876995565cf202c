import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from appliance.log.packing import pack, unpack
from appliance.log.types import Outcomes
from tests.log.build import audit, outcomes_of


@given(st.data(), st.integers(0, 70), st.booleans())
def test_every_bit_comes_back(data: st.DataObject, n: int, classes: bool) -> None:
    bits = data.draw(arrays(np.uint32, n))  # any pattern: infinities, every NaN, -0.0, denormals
    ng = data.draw(arrays(np.bool_, n))
    cls = data.draw(arrays(np.int16, n)) if classes else None
    back = unpack(pack(Outcomes(bits.view(np.float32), ng, cls)))
    assert np.array_equal(back.score.view(np.uint32), bits)
    assert np.array_equal(back.ng, ng)
    assert back.ng.dtype == np.bool_
    assert back.score.dtype == np.float32
    if cls is None:
        assert back.cls is None
    else:
        assert back.cls is not None
        assert np.array_equal(back.cls, cls)


@pytest.mark.parametrize(
    "wrong",
    [
        Outcomes(np.zeros(3, np.float32), np.zeros(2, np.bool_)),
        Outcomes(np.zeros(3, np.float64), np.zeros(3, np.bool_)),
        Outcomes(np.zeros(3, np.float32), np.zeros(3, np.uint8)),
        Outcomes(np.zeros(3, np.float32), np.zeros(3, np.bool_), np.zeros(4, np.int16)),
        Outcomes(np.zeros((3, 1), np.float32), np.zeros(3, np.bool_)),
    ],
)
def test_arrays_that_disagree_are_refused(wrong: Outcomes) -> None:
    with pytest.raises(ValueError, match="score, ng and cls"):
        pack(wrong)


def test_every_flipped_bit_is_noticed() -> None:
    blob = pack(outcomes_of("r", "m", "clean", audit(parts=40).ng))
    good = unpack(blob)
    for bit in range(8 * len(blob)):
        if bit // 8 in (2, 3):
            continue  # two bytes that mean nothing
        bad = bytearray(blob)
        bad[bit // 8] ^= 1 << bit % 8
        try:
            back = unpack(bytes(bad))
        except ValueError:
            continue
        assert np.array_equal(back.score, good.score), bit  # a bit of zlib's that changes nothing
        assert np.array_equal(back.ng, good.ng), bit


@pytest.mark.parametrize("cut", [0, 3, 11, 12, 20, -1])
def test_a_cut_blob_is_noticed(cut: int) -> None:
    with pytest.raises(ValueError, match=r"shorter|checksum|unpacked"):
        unpack(pack(outcomes_of("r", "m", "clean", audit(parts=40).ng))[:cut])


def test_packing_pays_on_scores_as_models_give_them() -> None:
    blob = pack(outcomes_of("r", "m", "clean", audit(parts=1000).ng))
    assert len(blob) < 0.9 * (12 + 4000 + 125)
