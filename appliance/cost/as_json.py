"""`cost --json`: the cost record itself, with the comparison beside it where one was asked for."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from appliance.cost.compare import CostChange
from appliance.cost.record import CostRecord


def print_json(record: CostRecord, changes: Sequence[CostChange] = ()) -> None:
    """One document on standard output; without a comparison it is what `--export` writes."""
    document = asdict(record)
    if changes:
        document["changes"] = [asdict(change) for change in changes]
    json.dump(document, sys.stdout)
    print()
