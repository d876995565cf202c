"""`cost --json`: the cost record itself, with the comparison beside it where one was asked for."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from appliance.cost.compare import CostChange
from appliance.cost.price import Price
from appliance.cost.record import CostRecord


def print_json(record: CostRecord, changes: Sequence[CostChange] = (), prices: Sequence[Price] = ()) -> None:
    """One document on standard output: what `--export` writes, with the comparison and the prices beside it."""
    document = asdict(record)
    if prices:
        document["prices"] = [asdict(price) for price in prices]
    if changes:
        document["changes"] = [asdict(change) for change in changes]
    json.dump(document, sys.stdout)
    print()
