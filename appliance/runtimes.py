"""Which inference runtimes this environment holds, and whether they can be trusted together.

Distributions that provide the module `onnxruntime` overwrite one another's files, and no package manager notices;
taking one of two away leaves an empty module. Two of them conflict where they share one folder; one that lies whole
in another folder of the path is only hidden by the first.
"""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from appliance.errors import MachineFailed

PROVIDERS_OF_ONNXRUNTIME = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino", "onnxruntime-directml")
PROVIDERS_OF_CV2 = (
    "opencv-python-headless",
    "opencv-python",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
BESIDE_ONNXRUNTIME = (
    "onnxruntime-ep-nv-tensorrt-rtx-cu13",
    "openvino",
    "tensorrt-cu13",
    "tensorrt-cu13-bindings",
    "tensorrt-rtx-cu13-bindings",
)
"""What runs models beside ONNX Runtime, or within it as a plug-in, and coexists with it."""


@dataclass(frozen=True)
class Runtime:
    """An installed distribution that can run models."""

    name: str
    version: str


def installed(names: tuple[str, ...]) -> tuple[Runtime, ...]:
    """Those of `names` that are installed, with their versions."""
    return tuple(Runtime(name, found) for name in names if (found := _version(name)))


def require_one_runtime() -> Runtime:
    """The one runtime of this environment. Raises MachineFailed where there is none, two, or a broken one."""
    found = tuple(runtime for runtime in installed(PROVIDERS_OF_ONNXRUNTIME) if runtime not in hidden())
    if not found:
        raise MachineFailed("no inference runtime is installed", mend="pip install 'inspect-eval[cpu]'")
    if len(found) > 1:
        names = " and ".join(runtime.name for runtime in found)
        raise MachineFailed(f"{names} are both installed and overwrite each other", mend=repair(found))
    if not _works():
        raise MachineFailed(f"{found[0].name} {found[0].version} is installed but empty", mend=repair(found))
    return found[0]


def hidden() -> tuple[Runtime, ...]:
    """Runtimes that lie whole in another folder of the path and that the one in use hides."""
    return tuple(runtime for runtime in installed(PROVIDERS_OF_ONNXRUNTIME) if _hidden(runtime.name))


def repair(found: tuple[Runtime, ...]) -> str:
    """The one command that leaves a single working runtime."""
    names = " ".join(runtime.name for runtime in found)
    keep = "cuda" if all("gpu" in runtime.name for runtime in found) else "cpu"
    return f"pip uninstall -y {names} && pip install 'inspect-eval[{keep}]'"


def runtime_folder() -> Path:
    """The folder of the module `onnxruntime` that is imported here."""
    spec = find_spec("onnxruntime")
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else Path()


def _hidden(name: str) -> bool:
    """Whether the distribution's own module lies whole in a folder that another one's hides."""
    own = Path(str(distribution(name).locate_file("onnxruntime")))
    return (own / "capi").is_dir() and own.resolve() != runtime_folder().resolve()


def _works() -> bool:
    spec = find_spec("onnxruntime.capi")
    return spec is not None


def _version(name: str) -> str:
    try:
        return distribution(name).version
    except PackageNotFoundError:
        return ""
