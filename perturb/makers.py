"""What the pixels of a perturbation depend on besides this package: compared before results are."""

import platform


def pixel_makers() -> str:
    """OpenCV's version to the minor, where its sampling and filters may change, and the kind of processor.

    Equal texts give equal pixels to the bit; `tests/perturb/golden.json` holds fingerprints under each.
    """
    import cv2

    return f"OpenCV {'.'.join(cv2.__version__.split('.')[:2])}, {platform.machine()}"
