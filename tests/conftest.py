"""What is collected where: the training recipe needs the extra `train`, which the appliance never has at run time."""

from importlib.util import find_spec

TORCH = find_spec("torch") is not None
collect_ignore = [] if TORCH else ["models/test_train.py"]


def pytest_report_header() -> str:
    """Say what was left aside."""
    return "" if TORCH else "tests/models/test_train.py is left aside: the extra `train` is not installed"
