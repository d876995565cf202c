"""The record as Markdown, for `tests/records/`."""

from typing import Any


def markdown(record: dict[str, Any]) -> str:
    """A page from a record; a step that failed is said as such."""
    lines = ["# What ran on a GPU", "", f"Written by `{record['command']}` on {record['started']}.", ""]
    lines += [f"- {name}: {value}" for name, value in record["machine"].items()]
    lines += ["", f"Done in {record.get('seconds', 0):.0f} s; {_verdict(record)}", ""]
    lines += ["## check", "", "```", *record.get("check", []), "```", ""]
    lines += _audits(record) + _comparisons(record) + _latencies(record) + _loads(record) + _lines(record)
    return "\n".join(lines) + "\n"


def _verdict(record: dict[str, Any]) -> str:
    failures = record.get("failures", [])
    return "every step went as it should." if not failures else f"{len(failures)} steps failed: {'; '.join(failures)}"


def _table(head: list[str], rows: list[list[Any]]) -> list[str]:
    return [_row(head), _row(["---"] * len(head)), *[_row(row) for row in rows], ""]


def _row(cells: list[Any]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _audits(record: dict[str, Any]) -> list[str]:
    rows = []
    for name, run in record.get("audits", {}).items():
        use = run.get("gpu", {})
        there = run["environment"]
        where = ", ".join(f"{share:.0%} {place}" for place, share in (there["placement"] or {}).items())
        rows.append(
            [name, f"{run['parts']} x {run['conditions']}", there["workers"], f"{run['wall_s']:.1f}", where,
             _mean(use, "gpu_percent"), _most(use, "memory_mb"), run["digest"][:12]]
        )  # fmt: skip
    head = ["audit", "parts x conditions", "workers", "seconds", "nodes", "GPU % mean", "GPU MB most", "digest"]
    return ["## Audits of the demo family", "", *_table(head, rows)]


def _comparisons(record: dict[str, Any]) -> list[str]:
    lines = ["## Decisions against the CPU", ""]
    head = ["member", "decisions", "changed", "changed on clean", "largest score shift", "where"]
    for name, rows in record.get("compared", {}).items():
        body = [
            [r["member"], r["decisions"], r["changed"], r["changed_clean"], f"{r['largest_shift']:.2g}",
             r["largest_shift_at"]] for r in rows
        ]  # fmt: skip
        lines += [f"### {name}", "", *_table(head, body)]
    return lines


def _latencies(record: dict[str, Any]) -> list[str]:
    lines = ["## Time per batch, host to host, in ms", ""]
    for name, rows in record.get("latency", {}).items():
        said = [f"{r['member']}: {r['error']}" for r in rows if "error" in r]
        body = [
            [r["member"], r["precision"], b["batch"], b["n"], b["p50_ms"], b["p99_bound_ms"] or "not supported by n",
             b["images_per_s"], r["load_ms"], b["first_ms"]]
            for r in rows for b in r.get("batches", [])
        ]  # fmt: skip
        head = ["member", "precision", "batch", "n", "p50", "p99 bound", "images/s", "load", "first"]
        lines += [f"### {name}", "", *[f"- {line}" for line in said], *_table(head, body)]
    return lines


def _loads(record: dict[str, Any]) -> list[str]:
    rows = [
        [name, use["samples"], _mean(use, "gpu_percent"), _most(use, "gpu_percent"), _most(use, "memory_mb"),
         _mean(use, "power_w"), _mean(use, "sm_mhz")]
        for name, use in record.get("utilisation", {}).items()
    ]  # fmt: skip
    head = ["while", "samples", "GPU % mean", "GPU % most", "MB most", "W mean", "SM MHz mean"]
    return ["## What the GPU did (NVML)", "", *_table(head, rows)]


def _lines(record: dict[str, Any]) -> list[str]:
    lines = ["## Refusals and gates, as printed", ""]
    for name, said in record.get("lines", {}).items():
        lines += [f"- {name}:", *[f"  `{line}`" for line in said]]
    return lines


def _mean(use: dict[str, Any], name: str) -> Any:
    return use[name]["mean"] if name in use else ""


def _most(use: dict[str, Any], name: str) -> Any:
    return use[name]["max"] if name in use else ""
