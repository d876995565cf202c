"""Property tests here are many and small; a busy machine must not make one fail for its time."""

from hypothesis import settings

settings.register_profile("score", deadline=None, max_examples=50)
settings.load_profile("score")
