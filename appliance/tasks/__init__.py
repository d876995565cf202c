"""The tasks an audit knows, by name."""

from appliance.tasks.anomaly import Anomaly
from appliance.tasks.classification import Classification
from appliance.tasks.types import Task

TASKS: dict[str, Task] = {task.name: task for task in (Classification(), Anomaly())}
