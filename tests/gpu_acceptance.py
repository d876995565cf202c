"""Everything that needs a GPU, in one command: python tests/gpu_acceptance.py --out FOLDER

Runs `check`; audits the demo family on a fixed small set of rendered parts with `cpu`, `cuda` and every TensorRT that
can be had; compares every decision with the CPU's; times each engine batch by batch; records where nodes ran, what
the GPU did, and what is refused and how. Writes record.json and record.md into the folder, after every step anew.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.gpu.page import markdown  # noqa: E402 - the repository is put on the path first
from tests.gpu.watch import watched  # noqa: E402

PROVIDERS = ("cuda", "tensorrt", "tensorrt-native", "rtx", "rtx-native")
PACKAGES = (
    "onnxruntime", "onnxruntime-gpu", "onnxruntime-ep-nv-tensorrt-rtx-cu13", "tensorrt-cu13", "tensorrt-cu13-libs",
    "tensorrt-rtx-cu13-libs", "nvidia-cudnn-cu13", "nvidia-cublas", "cuda-bindings", "numpy", "onnx",
)  # fmt: skip
STEP_S = 150
BATCHES = [1, 8, 32]


class Acceptance:
    """The steps, each recorded whether it went well or not."""

    def __init__(self, out: Path, work: Path, parts: int) -> None:
        self.out, self.work, self.parts = out, work, parts
        self.site = work / "demo" / "standard"
        self.start = time.monotonic()
        self.usable: list[str] = []
        self.record: dict[str, Any] = {
            "command": " ".join(["python", *map(str, sys.argv)]),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "failures": [],
            "lines": {},
            "audits": {},
            "compared": {},
            "latency": {},
            "utilisation": {},
        }

    def run(self) -> int:
        """Every step in order; 0 where all went well."""
        self.step("render the parts", self.render)
        self.step("check", self.check)
        self.step("which providers", self.providers)
        for provider in ("cpu", *self.usable):
            self.step(f"audit on {provider}", lambda p=provider: self.audit(p))
        for provider in self.usable:
            self.step(f"compare {provider} with cpu", lambda p=provider: self.compare(p))
        self.step("audit on cuda again", self.again)
        for name, asked in self.settings().items():
            self.step(f"time {name}", lambda n=name, a=asked: self.time(n, a))
        self.step("cost on cuda", self.cost)
        self.step("a full device", self.full)
        self.step("refusals", self.refusals)
        for precision in ("tf32", "fp16", "int8") if "cuda" in self.usable else ():
            self.step(f"convert to {precision}", lambda p=precision: self.convert(p))
        return 1 if self.record["failures"] else 0

    def step(self, name: str, work: Callable[[], None]) -> None:
        """Do one step, note how it went, and write the record so far."""
        began = time.monotonic()
        print(f"[{began - self.start:5.1f} s] {name}", flush=True)
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a record of what failed is the purpose of this script
            self.record["failures"].append(f"{name}: {' '.join(str(error).split())[:300]}")
            self.record.setdefault("tracebacks", []).append(traceback.format_exc())
            print(f"FAILED {name}: {error}", flush=True)
        self.record.setdefault("steps", {})[name] = round(time.monotonic() - began, 1)
        self.record["seconds"] = time.monotonic() - self.start
        (self.out / "record.json").write_text(json.dumps(self.record, indent=1, default=str))
        (self.out / "record.md").write_text(markdown(self.record))

    def render(self) -> None:
        from appliance.demo import demo_site, render

        render(self.work / "demo" / "parts", self.parts)
        demo_site(self.work / "demo", "standard")

    def check(self) -> None:
        done = cli("check", "--site", self.site)
        self.record["check"] = [*done.stdout.splitlines(), *done.stderr.splitlines(), f"exit code {done.returncode}"]
        print(done.stdout, done.stderr, flush=True)

    def providers(self) -> None:
        """Those that are ready here, and the one line each of the others gives."""
        from appliance.engines.prepare import require_ready
        from appliance.engines.select import engine_spec
        from appliance.errors import InspectError
        from appliance.site import load_site

        for provider in PROVIDERS:
            try:
                said = require_ready(engine_spec(load_site(self.site), provider=provider))
                self.usable.append(provider)
            except InspectError as error:
                said = f"refused, exit code {int(error.code)}: {error}"
            self.record["lines"][provider] = [said]
            print(f"  {provider}: {said}", flush=True)
        if "cuda" not in self.usable:
            raise RuntimeError(f"cuda cannot be had: {self.record['lines']['cuda'][0]}")

    def audit(self, provider: str, name: str = "") -> None:
        cost = "--cost" if provider == "cuda" and not name else "--no-cost"
        workers = str(min(os.cpu_count() or 1, 8))
        began = time.monotonic()
        with watched() as use:
            done = cli("audit", "--site", self.site, "--provider", provider, cost, "--workers", workers, "--json")
        self.record["lines"][f"audit on {name or provider}"] = done.stderr.splitlines()
        if done.returncode not in (0, 1, 5):
            raise RuntimeError(f"exit code {done.returncode}: {done.stderr[-1500:]}")
        from tests.gpu.runs import told

        run = told(self.site / "log.db", json.loads(done.stdout)["run"])
        self.record["audits"][name or provider] = {**run, "wall_s": time.monotonic() - began, "gpu": use}

    def compare(self, provider: str) -> None:
        from tests.gpu.runs import compared

        runs = self.record["audits"]
        rows = compared(self.site / "log.db", runs["cpu"]["run"], runs[provider]["run"])
        self.record["compared"][provider] = rows
        changed = sum(row["changed_clean"] for row in rows)
        if changed:
            raise RuntimeError(f"{changed} decisions on clean parts differ from the CPU's")

    def again(self) -> None:
        """The same audit gives the same digest on the same GPU."""
        self.audit("cuda", "cuda, again")
        one, other = (self.record["audits"][name]["digest"] for name in ("cuda", "cuda, again"))
        self.record["lines"]["two cuda audits"] = [f"digests {one[:12]} and {other[:12]}, equal: {one == other}"]

    def settings(self) -> dict[str, dict[str, Any]]:
        """What is timed: every usable provider, tf32 and graphs off beside the plain setting, and the CPU."""
        names = ["xs", "m", "xxl"]
        asked: dict[str, dict[str, Any]] = {"cpu": {"provider": "cpu", "members": names}}
        for provider in self.usable:
            asked[provider] = {"provider": provider, "members": names}
        if "cuda" in self.usable:
            asked["cuda, tf32"] = {"provider": "cuda", "precision": "tf32", "members": names}
            asked["cuda without graphs"] = {"provider": "cuda", "cuda_graphs": False, "members": names}
        for provider in set(self.usable) & {"tensorrt", "tensorrt-native"}:
            asked[f"{provider}, fp16"] = {"provider": provider, "precision": "fp16", "members": names}
        return asked

    def time(self, name: str, asked: dict[str, Any]) -> None:
        from models.demo import family_folder

        said = {**asked, "family": str(family_folder("standard")), "batches": BATCHES, "seconds": 0.6}
        said["cache"] = str(self.site / "cache/engines")
        with watched() if asked["provider"] != "cpu" else nullcontext({}) as use:
            done = python("-m", "tests.gpu.latency", json.dumps(said))
        if done.returncode:
            raise RuntimeError(done.stderr[-1500:])
        rows = json.loads(done.stdout.splitlines()[-1])
        self.record["latency"][name] = rows
        if use:
            self.record["utilisation"][f"timing {name}"] = use
        errors = [row["error"] for row in rows if "error" in row]
        if errors:
            raise RuntimeError("; ".join(errors))

    def cost(self) -> None:
        """Latency under the line's load, copies, energy by the GPU's counter and placement, as `cost` tells them."""
        asked = ("--provider", "cuda", "--seconds", "8", "--takt", "0.05", "--member", "xs", "--member", "xxl")
        done = cli("cost", "--site", self.site, *asked, "--export", self.out / "cost.json")
        self.record["lines"]["cost on cuda"] = [*done.stdout.splitlines(), *done.stderr.splitlines()]
        if done.returncode:
            raise RuntimeError(f"exit code {done.returncode}: {done.stderr[-1500:]}")

    def full(self) -> None:
        """Far too many pictures for the memory allowed: fewer are tried, and said."""
        asked = {"provider": "cuda", "members": ["xxl"], "memory_mb": 64, "batch": 512, "cuda_graphs": False}
        from models.demo import family_folder

        said = {**asked, "family": str(family_folder("standard")), "batches": [512], "seconds": 0.2}
        done = python("-m", "tests.gpu.latency", json.dumps(said))
        if done.returncode:
            raise RuntimeError(done.stderr[-1500:])
        row = json.loads(done.stdout.splitlines()[-1])[0]
        self.record["lines"]["512 pictures in 64 MB"] = row.get("notes") or [row.get("error", "it fitted at once")]
        if not row.get("notes"):
            raise RuntimeError(f"no smaller batch was tried: {row}")

    def convert(self, precision: str) -> None:
        """New members gated on the GPU; int8 may be refused there, for not every operator has such a kernel."""
        site = self.work / "demo" / f"converted-{precision}"
        shutil.copytree(self.site, site, ignore=shutil.ignore_patterns("log.db*", "cache", "site.lock"))
        members = [word for name in ("xs", "m", "xxl") for word in ("--member", name)]
        done = cli("models", "convert", "--to", precision, "--site", site, "--provider", "cuda", *members)
        said = [*done.stdout.splitlines(), *done.stderr.splitlines(), f"exit code {done.returncode}"]
        self.record["lines"][f"convert to {precision}"] = said
        if done.returncode not in ((0, 5) if precision != "int8" else (0, 3, 5)):
            raise RuntimeError(f"exit code {done.returncode}: {done.stderr[-1500:]}")

    def refusals(self) -> None:
        """What cannot be had is one line and a code; nothing falls back."""
        (self.work / "wrong").mkdir(exist_ok=True)
        for name, args in {
            "no such provider": ["--provider", "gpu"],
            "TensorRT for RTX": ["--provider", "rtx"],
            "TensorRT for RTX, native": ["--provider", "rtx-native"],
        }.items():
            done = cli("audit", "--site", self.site, "--no-cost", *args)
            self.record["lines"][name] = [*done.stderr.splitlines(), f"exit code {done.returncode}"]


def machine() -> dict[str, Any]:
    """What the record must name: machine, system, driver and versions."""
    found: dict[str, Any] = {"system": platform.platform(), "python": sys.version.split()[0], "cores": os.cpu_count()}
    import pynvml

    pynvml.nvmlInit()
    handle = pynvml.nvmlDeviceGetHandleByIndex(0)
    found["GPU"] = pynvml.nvmlDeviceGetName(handle)
    found["SM"] = ".".join(map(str, pynvml.nvmlDeviceGetCudaComputeCapability(handle)))
    found["driver"] = pynvml.nvmlSystemGetDriverVersion()
    cpu = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    found["processor"] = cpu[0].split(":")[1].strip() if cpu else platform.processor()
    return found | {name: have for name in PACKAGES if (have := installed(name))}


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def python(*args: str) -> subprocess.CompletedProcess[str]:
    """This Python on the repository, bounded in time."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH", "")])])
    env = {**os.environ, "PYTHONPATH": path, "NO_ALBUMENTATIONS_UPDATE": "1"}
    return subprocess.run([sys.executable, *args], capture_output=True, text=True, timeout=STEP_S, env=env, check=False)


def cli(*args: str | Path) -> subprocess.CompletedProcess[str]:
    """The product's command line."""
    return python("-c", "from appliance.cli.main import main; main()", *map(str, args))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for record.json and record.md")
    parser.add_argument("--work", type=Path, default=Path("gpu-acceptance"), help="folder for parts, site and engines")
    parser.add_argument("--parts", type=int, default=96, help="how many parts to render")
    said = parser.parse_args()
    said.out.mkdir(parents=True, exist_ok=True)
    said.work.mkdir(parents=True, exist_ok=True)
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    return Acceptance(said.out, said.work.resolve(), said.parts).run()


if __name__ == "__main__":
    sys.exit(main())
