"""What ran and on what: recorded with every run, so that results are never compared by mistake."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import psutil

from appliance.engines.machine import cores, cpu_name
from appliance.engines.types import EngineFacts
from perturb.makers import pixel_makers

PACKAGES = (
    "inspect-eval",
    "numpy",
    "scipy",
    "opencv-python-headless",
    "simplejpeg",
    "stringzilla",
    "albumentations",
    "onnx",
    "onnxruntime",
    "onnxruntime-gpu",
    "openvino",
)


def environment(facts: EngineFacts, workers: int) -> dict[str, Any]:
    """JSON-able: machine, system, Python, packages, engine and worker count."""
    return {
        "machine": platform.machine(),
        "cpu": cpu_name(),
        "cores": cores(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": sys.version.split()[0],
        "packages": {name: found for name in PACKAGES if (found := package_version(name))},
        "provider": facts.provider,
        "precision": facts.precision,
        "runtime": facts.runtime,
        "device": facts.device,
        "threads": facts.threads,
        "driver": facts.driver,
        "placement": dict(facts.placement),
        "engine_options": dict(facts.options),
        "workers": workers,
        "pixels": pixel_makers(),
        "load": round(os.getloadavg()[0], 2),
    }


def package_version(name: str) -> str:
    """The installed version of a distribution, empty where it is absent."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
