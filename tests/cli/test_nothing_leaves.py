"""Libraries that would report their use or look for updates are told not to."""

import os
import subprocess
import sys

from models.demo import family_folder

SCRIPT = """
import sys, threading, time
import appliance.cli
import onnxruntime
onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
time.sleep(0.5)
"""


def test_onnx_runtime_does_not_report_its_use() -> None:
    """Where it does, it keeps an identifier in the user's folder, and complains where it cannot."""
    model = str(family_folder("standard") / "xs.onnx")
    nowhere = {"HOME": "/proc/self/nowhere", "XDG_CACHE_HOME": "/proc/self/nowhere"}
    plain = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"} | nowhere
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, model], env=plain, capture_output=True, text=True, check=True, timeout=120
    )
    assert "telemetry" not in (done.stdout + done.stderr).lower()


def test_every_way_in_switches_it_off_before_the_runtime_is_loaded() -> None:
    """Where it is on, the runtime complains at a moment of its own, so that the switch itself is what is looked at."""
    script = "import appliance, os, sys; print(os.environ['ORT_DISABLE_TELEMETRY'], 'onnxruntime' in sys.modules)"
    plain = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run([sys.executable, "-c", script], env=plain, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "False"]
