"""What a process has taken is its own, not what the one that started it had."""

import subprocess
import sys

import numpy as np

SCRIPT = "from appliance.engines.machine import peak_rss_mb; print(peak_rss_mb())"


def test_the_memory_of_a_large_parent_does_not_count() -> None:
    ballast = np.ones(600 << 17)  # 600 MB of float64, touched
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert 5 < float(done.stdout) < 300
    assert ballast[-1] == 1.0
