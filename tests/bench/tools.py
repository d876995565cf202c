"""Independent tools on the same ONNX, in processes of their own: a plain ONNX Runtime loop, OpenVINO's benchmark_app.

Nothing here uses the product's engines or its timing: it is what the product's figures are held against.
"""

import json
import re
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

LEAST_CALLS = 5
BRIEF_CALLS = 10
LEAST_MORE = 100  # calls that set a long run apart from a short one: compiling varies by tenths of a second


@dataclass(frozen=True)
class Figure:
    """What one process of one tool says: ms of a call (median, least), pictures per second, CPU ms of a call.

    CPU time is what a busy machine leaves as it is, for a setting of one thread that does not spin.
    """

    median_ms: float
    least_ms: float
    rate: float
    cpu_ms: float = float("nan")


def ort_loop(model: Path, *, threads: int, seconds: float, batch: int = 1, callers: int = 1) -> Figure:
    """A plain loop over `InferenceSession.run`; threads 0: ONNX Runtime's own default."""
    asked = [str(model), str(threads), str(seconds), str(batch), str(callers)]
    done = subprocess.run([sys.executable, __file__, *asked], capture_output=True, text=True, check=True)
    return Figure(**json.loads(done.stdout))


def benchmark_app(model: Path, seconds: float, *options: str) -> Figure:
    """OpenVINO's own tool in fp32 with these options. CPU time is the difference of a short and a long run."""
    brief, brief_s = _app(model, "-niter", str(BRIEF_CALLS), *options)
    calls = max(round(1000 * seconds / brief.median_ms), LEAST_MORE)
    found, found_s = _app(model, "-niter", str(BRIEF_CALLS + calls), *options)
    return replace(found, cpu_ms=1000 * (found_s - brief_s) / calls)


def _app(model: Path, *options: str) -> tuple[Figure, float]:
    """What it prints, and the CPU seconds of its process."""
    tool = Path(sys.executable).with_name("benchmark_app")
    asked = [str(tool), "-m", str(model), "-d", "CPU", "-infer_precision", "f32", *options]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Figure(*(_number(name, done.stdout) for name in ("Median", "Min", "Throughput"))), spent


def _number(name: str, text: str) -> float:
    found = re.search(rf"{name}:\s+([\d.]+)", text)
    assert found is not None, text[-500:]
    return float(found.group(1))


def _loop(model: str, threads: int, seconds: float, batch: int, callers: int) -> Figure:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    fed = session.get_inputs()[0]
    shape = [batch if n == 0 and not isinstance(size, int) else size for n, size in enumerate(fed.shape)]
    kind = np.float16 if "float16" in fed.type else np.float32
    tensor = np.random.default_rng(1).normal(size=shape).astype(kind)
    for _ in range(3):
        session.run(None, {fed.name: tensor})
    spent: list[float] = []

    def calls() -> None:
        start = time.perf_counter()
        while time.perf_counter() - start < seconds or len(spent) < LEAST_CALLS:
            begun = time.perf_counter()
            session.run(None, {fed.name: tensor})
            spent.append(time.perf_counter() - begun)

    begun, cpu = time.perf_counter(), time.process_time()
    workers = [threading.Thread(target=calls) for _ in range(callers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    rate, cpu_ms = shape[0] * len(spent) / wall, 1000 * cpu / len(spent)
    return Figure(1000 * float(np.median(spent)), 1000 * min(spent), rate, cpu_ms)


if __name__ == "__main__":
    given = sys.argv[1:]
    print(json.dumps(_loop(given[0], int(given[1]), float(given[2]), int(given[3]), int(given[4])).__dict__))
