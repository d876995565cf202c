"""[engine]: which runtime infers, on which device and how; one place for audit, cost, probe and nightly."""

from typing import Literal, get_args

from pydantic import Field

from appliance.sections.base import Section

Provider = Literal["cpu", "openvino", "cuda", "tensorrt", "tensorrt-native", "rtx", "rtx-native"]
Precision = Literal["", "fp32", "tf32", "bf16", "fp16"]
PROVIDERS: tuple[str, ...] = get_args(Provider)


class EngineSection(Section):
    """[engine]: nothing here is chosen silently; what cannot be had is refused."""

    provider: Provider = Field(
        default="cpu", description="cpu, openvino, cuda, tensorrt, tensorrt-native, rtx or rtx-native"
    )
    precision: Precision = Field(
        default="", description="of the arithmetic: fp32, tf32, bf16 or fp16 where the provider has it; empty: fp32"
    )
    threads: int = Field(default=0, ge=0, description="CPU threads of one engine; 0: 1 in an audit, all cores in cost")
    device: int = Field(default=0, ge=0, description="number of the GPU, as `inspect-eval check` counts them")
    fallback: Literal["none", "cuda", "cpu"] = Field(
        default="none",
        description="where operators run that the provider lacks: cuda, cpu, or none: the model is refused",
    )
    batch: int = Field(default=0, ge=0, description="most pictures a GPU engine takes at once; 0: 32")
    cuda_graphs: bool = Field(default=True, description="replay each fixed shape as one CUDA graph")
    memory_mb: int = Field(default=0, ge=0, description="most device memory one engine may take; 0: no bound")
    cache: str = Field(
        default="cache/engines", description="folder of built engines; relative paths start at this file"
    )
    hint: Literal["latency", "throughput"] = Field(
        default="latency", description="what OpenVINO is tuned for: latency or throughput"
    )
    streams: int = Field(
        default=0, ge=0, description="OpenVINO's parallel streams, a batch shared among them; 0: as the hint has it"
    )
    pinned: bool = Field(
        default=False, description="OpenVINO's threads bound to cores in `cost`; processes side by side never are"
    )
    spin: Literal["brief", "endless"] = Field(
        default="brief",
        description="provider cpu: how a thread waits for work; endless answers a little sooner and burns the cores",
    )
    layout: Literal["blocked", "plain"] = Field(
        default="blocked", description="provider cpu: blocks of channels, or as exported; `cost --tune` tries both"
    )
