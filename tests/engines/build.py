"""Members for engines: the tests' brightness model, the demo family, and GPUs that a pretended driver shows."""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from models.demo import family_folder
from models.family import load_family
from models.types import Member
from tests.cli.sites import member_of, write_model

DEMO = family_folder("standard")


def demo_member(name: str = "m") -> Member:
    return next(member for member in load_family(DEMO, verify=False).members if member.name == name)


def bright(folder: Path) -> Member:
    path = folder / "bright.onnx"
    write_model(path, 4.0, 4)
    return member_of(path, "bright")


def pictures(member: Member, count: int = 5) -> NDArray[np.float32]:
    shape = (count, 3, member.card.height, member.card.width)
    return np.random.default_rng(3).random(shape, np.float32)


@dataclass
class Shown:
    """A GPU as the pretended driver shows it."""

    name: str = "NVIDIA RTX 4000 Ada"
    sm: tuple[int, int] = (8, 9)
    memory_mb: int = 20480


@dataclass
class Driver:
    """What stands in for pynvml: the fields of a driver and its GPUs."""

    gpus: list[Shown] = field(default_factory=lambda: [Shown()])
    version: str = "580.65.06"
    cuda: int = 13000
    fails: str = ""

    def install(self, monkeypatch: pytest.MonkeyPatch) -> "Driver":
        class NVMLError(Exception):
            pass

        module = ModuleType("pynvml")
        members = {
            "NVMLError": NVMLError,
            "nvmlInit": self._init(NVMLError),
            "nvmlShutdown": lambda: None,
            "nvmlSystemGetDriverVersion": lambda: self.version,
            "nvmlSystemGetCudaDriverVersion_v2": lambda: self.cuda,
            "nvmlDeviceGetCount": lambda: len(self.gpus),
            "nvmlDeviceGetHandleByIndex": lambda at: self.gpus[at],
            "nvmlDeviceGetName": lambda gpu: gpu.name,
            "nvmlDeviceGetCudaComputeCapability": lambda gpu: gpu.sm,
            "nvmlDeviceGetMemoryInfo": lambda gpu: SimpleNamespace(
                total=gpu.memory_mb << 20, free=(gpu.memory_mb - 500) << 20
            ),
        }
        for name, value in members.items():
            setattr(module, name, value)
        monkeypatch.setitem(sys.modules, "pynvml", module)
        return self

    def _init(self, error: type[Exception]) -> object:
        def start() -> None:
            if self.fails:
                raise error(self.fails)

        return start
