"""TensorRT's own Python interface, which plain TensorRT and TensorRT for RTX share: builder, parser, profiles."""

import importlib
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from appliance.engines.cache import Say
from appliance.engines.ort import one_line
from appliance.engines.progress import EVERY_S
from appliance.engines.shapes import input_shape
from appliance.engines.trusted import trusted_bytes
from appliance.errors import InputRefused, MachineFailed, UsageError
from models.types import Member

TITLES = {"tensorrt-native": "TensorRT", "rtx-native": "TensorRT for RTX", "rtx": "TensorRT for RTX"}
MODULES = {
    "tensorrt-native": (("tensorrt_libs", "tensorrt_bindings"), ("tensorrt",)),
    "rtx-native": (("tensorrt_rtx_libs", "tensorrt_rtx_bindings"), ("tensorrt_rtx",)),
}
"""What to import, in order; the last module of a row is the interface. The second row is a system's own package."""
EXTRAS = {"tensorrt-native": "gpu", "rtx-native": "rtx"}
RTX_SM = ((7, 5), (12, 1))
RTX_WITHOUT = ((9, 0),)


@dataclass(frozen=True)
class Wish:
    """How an engine is to be built. `sm` (major, minor): for that GPU; None: for whatever GPU the builder serves."""

    provider: str
    arithmetic: str
    largest: int
    sm: tuple[int, int] | None = None
    memory_mb: int = 0


@cache
def load_trt(provider: str) -> Any:
    """The interface's module. Raises MachineFailed naming the extra that brings it."""
    reasons = []
    for row in MODULES[provider]:
        try:
            return [importlib.import_module(name) for name in row][-1]
        except (ImportError, OSError, RuntimeError) as error:
            reasons.append(one_line(error))
    mend = f"pip install 'inspect-eval[{EXTRAS[provider]}]'"
    raise MachineFailed(f"{TITLES[provider]} cannot be loaded: {reasons[0]}", mend=mend)


def refuse_sm(name: str, sm: tuple[int, int]) -> None:
    """Raise MachineFailed where TensorRT for RTX does not serve this GPU (it serves SM 7.5 to 12.1 without 9.0)."""
    if RTX_SM[0] <= sm <= RTX_SM[1] and sm not in RTX_WITHOUT:
        return
    raise MachineFailed(
        f"TensorRT for RTX does not serve {name} (SM {sm[0]}.{sm[1]}); it serves SM 7.5 to 12.1 without 9.0",
        mend="use provider tensorrt or cuda on this GPU",
    )


def build_engine(member: Member, wish: Wish, say: Say) -> bytes:
    """The member as a serialised engine. Raises InputRefused naming the operators that are missing, or the reason."""
    trt = load_trt(wish.provider)
    log = _log(trt)
    builder = trt.Builder(log)
    network = builder.create_network(_network_flags(trt, wish))
    _parse(trt, network, log, member, wish)
    config = builder.create_builder_config()
    _configure(trt, config, wish)
    config.progress_monitor = _monitor(trt, f"building {member.name}", say)
    config.add_optimization_profile(_profile(builder, network, member, wish))
    built = builder.build_serialized_network(network, config)
    if built is None:
        raise InputRefused(
            f"{TITLES[wish.provider]} builds no engine of member {member.name}: {log.last_error()}",
            file=str(member.file),
            mend="use provider cpu or cuda for it, or export the model again",
        )
    return bytes(built)


def _log(trt: Any) -> Any:
    class Log(trt.ILogger):  # type: ignore[misc]
        """Keeps what went wrong; nothing is printed."""

        def __init__(self) -> None:
            super().__init__()
            self.errors: list[str] = []

        def log(self, severity: Any, text: str) -> None:
            if severity in (trt.ILogger.Severity.ERROR, trt.ILogger.Severity.INTERNAL_ERROR):
                self.errors.append(text)

        def last_error(self) -> str:
            return " ".join(self.errors[-1].split())[:200] if self.errors else "it gives no reason"

    return Log()


def _monitor(trt: Any, what: str, say: Say) -> Any:
    class Monitor(trt.IProgressMonitor):  # type: ignore[misc]
        """Says every ten seconds which phase the builder is in, and how far."""

        def __init__(self) -> None:
            super().__init__()
            self.steps: dict[str, int] = {}
            self.start = self.said = time.monotonic()

        def phase_start(self, phase_name: str, _parent: str | None, num_steps: int) -> None:
            self.steps[phase_name] = num_steps

        def phase_finish(self, phase_name: str) -> None:
            self.steps.pop(phase_name, None)

        def step_complete(self, phase_name: str, step: int) -> bool:
            now = time.monotonic()
            if now - self.said >= EVERY_S:
                self.said = now
                total = max(self.steps.get(phase_name, 0), step + 1)
                say(f"{what}: {phase_name} {step + 1} of {total}, {now - self.start:.0f} s")
            return True

    return Monitor()


def _network_flags(trt: Any, wish: Wish) -> int:
    """Plain TensorRT takes its types from the file too, unless it is told to lower them itself."""
    flags = trt.NetworkDefinitionCreationFlag
    if wish.provider == "tensorrt-native" and wish.arithmetic in ("fp32", "tf32"):
        return 1 << int(flags.STRONGLY_TYPED)
    return 0


def _parse(trt: Any, network: Any, log: Any, member: Member, wish: Wish) -> None:
    parser = trt.OnnxParser(network, log)
    if parser.parse(trusted_bytes(member), str(member.file)):
        return
    errors = [parser.get_error(at) for at in range(parser.num_errors)]
    missing = sorted({error.node_operator() for error in errors if _is_unsupported(trt, error)} - {""})
    title = TITLES[wish.provider]
    if missing:
        raise InputRefused(
            f"{title} lacks {', '.join(missing)} of member {member.name}",
            file=str(member.file),
            mend="use provider cuda or cpu for it, or export the model without that",
        )
    reason = " ".join(errors[0].desc().split())[:200] if errors else log.last_error()
    raise InputRefused(
        f"{title} cannot read member {member.name}: {reason}", file=str(member.file), mend="export the model again"
    )


def _is_unsupported(trt: Any, error: Any) -> bool:
    codes = trt.ErrorCode
    names = ("UNSUPPORTED_NODE", "UNSUPPORTED_NODE_ATTR", "UNSUPPORTED_NODE_INPUT", "UNSUPPORTED_NODE_DATATYPE")
    return error.code() in [getattr(codes, name) for name in names if hasattr(codes, name)] or "Plugin" in error.desc()


def _configure(trt: Any, config: Any, wish: Wish) -> None:
    flags = trt.BuilderFlag
    if wish.provider == "tensorrt-native":
        config.clear_flag(flags.TF32)
        wanted = {"tf32": "TF32", "fp16": "FP16", "bf16": "BF16"}.get(wish.arithmetic)
        if wanted:
            config.set_flag(getattr(flags, wanted))
    if wish.memory_mb:
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, wish.memory_mb << 20)
    if wish.sm is not None and wish.provider == "rtx-native":
        _target(trt, config, wish.sm)


def _target(trt: Any, config: Any, sm: tuple[int, int]) -> None:
    name = f"SM{sm[0]}{sm[1]}"
    known = trt.ComputeCapability
    if not hasattr(known, name):
        raise UsageError(
            f"TensorRT for RTX cannot be told to build for SM {sm[0]}.{sm[1]}",
            mend="leave --sm away: any GPU it serves",
        )
    config.num_compute_capabilities = 1
    config.set_compute_capability(getattr(known, name), 0)


def _profile(builder: Any, network: Any, member: Member, wish: Wish) -> Any:
    """One picture to the largest batch, tuned for the largest."""
    card = member.card
    least, most = input_shape(card, card.batch or 1), input_shape(card, wish.largest)
    profile = builder.create_optimization_profile()
    for at in range(network.num_inputs):
        profile.set_shape(network.get_input(at).name, least, most, most)
    return profile
