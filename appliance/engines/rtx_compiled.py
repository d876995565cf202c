"""What TensorRT for RTX compiles on a GPU, kept for the next start. The runtime refuses what does not fit the GPU."""

from pathlib import Path
from typing import Any


class Compiled:
    """A context of an engine with its compiled kernels, read from `file` where that fits and written back there.

    Fixed shapes are replayed as CUDA graphs by the runtime itself where `graphs` is wanted.
    """

    def __init__(self, trt: Any, engine: Any, file: Path, *, graphs: bool) -> None:
        self._file = file
        config = engine.create_runtime_config()
        self._cache = config.create_runtime_cache()
        self.fits = file.is_file() and bool(self._cache.deserialize(file.read_bytes()))
        config.set_runtime_cache(self._cache)
        if graphs:
            config.cuda_graph_strategy = trt.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
        self.context = engine.create_execution_context(config)

    def keep(self) -> None:
        """Write what has been compiled since, whole or not at all."""
        beside = self._file.with_name(f".{self._file.name}.new")
        beside.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(bytes(self._cache.serialize()))
        beside.replace(self._file)
