"""How an engine is wanted: `[engine]` of site.toml as one picklable value."""

from dataclasses import dataclass
from pathlib import Path

from appliance.engines.trusted import file_precision
from appliance.errors import UsageError
from models.types import Member

ARITHMETIC = {
    "cpu": ("fp32",),
    "openvino": ("fp32", "bf16"),
    "cuda": ("fp32", "tf32"),
    "tensorrt": ("fp32", "tf32", "fp16", "bf16"),
    "tensorrt-native": ("fp32", "tf32", "fp16", "bf16"),
    "rtx": ("fp32",),
    "rtx-native": ("fp32",),
}
"""The arithmetic each provider can be told to use for a float32 model; the first is what it uses untold."""


@dataclass(frozen=True)
class EngineSetting:
    """`threads` 0: one. `batch` 0: 32. `memory_mb` 0: no bound. `cache`: absolute folder of built engines."""

    provider: str = "cpu"
    precision: str = ""
    threads: int = 0
    device: int = 0
    fallback: str = "none"
    batch: int = 0
    cuda_graphs: bool = True
    memory_mb: int = 0
    cache: Path = Path("cache/engines")
    hint: str = "latency"
    streams: int = 0
    layout: str = "blocked"
    pinned: bool = False
    spin: str = "brief"


def arithmetic(setting: EngineSetting, member: Member) -> str:
    """What a float32 model is computed in: the member's own wish before the site's; raises UsageError.

    A model that is fp16 or int8 itself is computed as it is.
    """
    known = ARITHMETIC[setting.provider]
    wanted = member.precision or setting.precision or known[0]
    if wanted not in known:
        raise UsageError(
            f"{setting.provider} cannot be told to compute {member.name} in {wanted}",
            file=str(member.file),
            mend=_mend(setting.provider, wanted),
        )
    return wanted


def precision(setting: EngineSetting, member: Member) -> str:
    """The precision a result is quoted with: the file's own where that is not fp32, else the arithmetic's."""
    own = file_precision(member)
    return own if own != "fp32" else arithmetic(setting, member)


def _mend(provider: str, wanted: str) -> str:
    able = [name for name, known in ARITHMETIC.items() if wanted in known]
    convert = f"make a member of it with `inspect-eval models convert --to {wanted}`" if wanted == "fp16" else ""
    other = f"use provider {' or '.join(able)}" if able else f"{provider} has {', '.join(ARITHMETIC[provider])}"
    return ", or ".join(text for text in (convert, other) if text)
