"""Decisions kept in the log: what was advised of a run, when, with which prices, mix and seed."""

import json
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

TABLE = """
CREATE TABLE advices (
  id INTEGER PRIMARY KEY,
  run TEXT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
  made TEXT NOT NULL,
  seed INTEGER NOT NULL,
  draws INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  size TEXT,
  inputs TEXT NOT NULL,
  answer TEXT NOT NULL
) STRICT"""
INDEX = "CREATE INDEX advices_run ON advices (run)"


def create(db: Database) -> None:
    """Make the table of decisions."""
    db.execute(TABLE)
    db.execute(INDEX)


def add(db: Database, made: str, answer: Mapping[str, Any]) -> None:
    """Keep one decision, `answer` as `advise --json` prints it; made: UTC, ISO 8601."""
    db.table("advices").insert(
        {
            "run": answer["run"],
            "made": made,
            "seed": answer["seed"],
            "draws": answer["draws"],
            "verdict": answer["verdict"],
            "size": answer["size"],
            "inputs": json.dumps(answer["inputs"], sort_keys=True),
            "answer": json.dumps(answer, sort_keys=True),
        }
    )
