"""Where every random draw comes from: named parts of a seed, mixed by a hash that no process changes."""

from hashlib import blake2b

import numpy as np

from perturb.types import Seed


def _generator(*words: object) -> np.random.Generator:
    """SFC64 seeded through numpy's SeedSequence with the 128-bit BLAKE2b digest of the words."""
    digest = blake2b("\x1f".join(map(str, words)).encode(), digest_size=16).digest()
    entropy = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(entropy)))


def draw(seed: Seed, perturbation: str) -> np.random.Generator:
    """The generator of one (run seed, sample, perturbation name, repeat); the severity is not part of it."""
    return _generator("draw", seed.run, seed.sample, perturbation, seed.repeat)


def camera_draw(seed: Seed, name: str) -> np.random.Generator:
    """The generator of a fixed pattern: it depends on the camera seed and the pattern's name alone."""
    return pattern_draw(seed.camera, name)


def pattern_draw(camera_seed: int, name: str) -> np.random.Generator:
    """As `camera_draw`, for code that caches patterns by the bare camera seed."""
    return _generator("camera", camera_seed, name)
