"""CUDA's and TensorRT's libraries as the wheels of pip bring them, wherever on the path they lie."""

import ctypes
import sys
from functools import cache
from pathlib import Path

CUDA_LIBRARIES = (
    "libcudart.so.{cuda}",
    "libnvrtc.so.{cuda}",
    "libcublasLt.so.{cuda}",
    "libcublas.so.{cuda}",
    "libcurand.so.10",
    "libcudnn.so.9",
)
TENSORRT_LIBRARIES = ("libnvinfer.so.10", "libnvonnxparser.so.10")
OPTIONAL = ("libnvrtc", "libcufft")


@cache
def missing_libraries(cuda: int, *, tensorrt: bool) -> tuple[str, ...]:
    """Load what ONNX Runtime's GPU providers look for by name; returns the names that are nowhere to be had.

    Looked for in the `nvidia` and `tensorrt_libs` packages of every folder on the path (ONNX Runtime's own
    `preload_dlls` looks beside its package only), then where the system's loader looks.
    """
    names = [name.format(cuda=cuda) for name in CUDA_LIBRARIES] + list(TENSORRT_LIBRARIES if tensorrt else ())
    return tuple(name for name in names if not _loaded(name) and not name.startswith(OPTIONAL))


def _loaded(name: str) -> bool:
    files = [folder / name for folder in _folders() if (folder / name).is_file()]
    return any(_loads(place) for place in (*map(str, files[:1]), name))


@cache
def _folders() -> tuple[Path, ...]:
    roots = [Path(entry) for entry in sys.path if entry]
    wheels = [lib for root in roots for lib in sorted((root / "nvidia").glob("*/lib"))]
    return (*wheels, *(root / "tensorrt_libs" for root in roots))


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
    except OSError:
        return False
    return True
