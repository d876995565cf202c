"""Weights kept beside the model: only regular files inside its own folder, as long as they say."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path, PurePosixPath

import onnx
from onnx import GraphProto, ModelProto, TensorProto

from models.errors import ModelError
from models.graph import all_nodes, subgraphs

MEND = "keep weight files as plain files in the model's own folder, or export with the weights inside"


@dataclass(frozen=True)
class _Place:
    """Where a tensor's bytes lie."""

    location: str
    offset: int
    length: int | None


def external_files(model: ModelProto) -> tuple[str, ...]:
    """The files the weights lie in, as paths relative to the model's folder, each once, in order."""
    return tuple(dict.fromkeys(_place(weight).location for weight in _outside(model)))


def check_external(model: ModelProto, path: Path) -> None:
    """Refuse weights that lie outside the model's folder, behind a link, in a special file, or are cut short.

    Raises ModelError naming the weight file. A hard link counts as a link: the runtime would follow it anywhere.
    """
    for weight in _outside(model):
        place = _place(weight)
        _check_range(weight, place, _size_of(path.parent, place.location))


def all_tensors(model: ModelProto) -> Iterator[TensorProto]:
    """Every tensor that carries numbers: weights and constants, of inner bodies and local functions too."""
    yield from _graph_tensors(model.graph)
    for function in model.functions:
        yield from _node_tensors(GraphProto(node=function.node))


def _graph_tensors(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _node_tensors(graph)
    for node in all_nodes(graph):
        for body in subgraphs(node):
            yield from body.initializer


def _node_tensors(graph: GraphProto) -> Iterator[TensorProto]:
    for node in all_nodes(graph):
        for item in node.attribute:
            yield from (item.t, *item.tensors)
            yield from (item.sparse_tensor.values, item.sparse_tensor.indices)


def _outside(model: ModelProto) -> Iterator[TensorProto]:
    return (weight for weight in all_tensors(model) if weight.data_location == TensorProto.EXTERNAL)


def _place(weight: TensorProto) -> _Place:
    said = {entry.key: entry.value for entry in weight.external_data}
    try:
        length = int(said["length"]) if "length" in said else None
        return _Place(said.get("location", ""), int(said.get("offset", "0")), length)
    except ValueError as error:
        raise ModelError(f"weight {weight.name!r} says no number where its bytes begin", mend=MEND) from error


def _size_of(folder: Path, location: str) -> int:
    """The size of a weight file, once it is a plain file inside `folder`."""
    parts = PurePosixPath(location).parts
    if not parts or parts[0] == "/" or ".." in parts or "\\" in location or "\0" in location:
        raise ModelError(f"its weights point outside its folder ({location!r})", mend=MEND)
    current = folder
    for part in parts[:-1]:
        current /= part
        if not stat.S_ISDIR(_lstat(current, location).st_mode):
            raise ModelError(f"its weights lie behind a link ({location!r})", mend=MEND)
    found = _lstat(folder.joinpath(*parts), location)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise ModelError(f"its weight file is a link or no plain file ({location!r})", mend=MEND)
    return found.st_size


def _lstat(path: Path, location: str) -> os.stat_result:
    try:
        return path.lstat()
    except OSError as error:
        raise ModelError(f"its weight file is missing ({location!r})", mend="copy it beside the model") from error


def _check_range(weight: TensorProto, place: _Place, size: int) -> None:
    needed = _bytes(weight)
    length = size - place.offset if place.length is None else place.length
    if place.offset < 0 or length < needed or place.offset + length > size:
        raise ModelError(
            f"its weight file is too short for {weight.name!r} ({place.location!r})", mend="copy the weight file again"
        )


def _bytes(weight: TensorProto) -> int:
    """Bytes the tensor's own shape asks for; packed 4-bit numbers take half a byte."""
    elements = int(prod(weight.dims))
    if weight.data_type in {TensorProto.INT4, TensorProto.UINT4}:
        return (elements + 1) // 2
    if weight.data_type not in onnx.helper.get_all_tensor_dtypes():
        raise ModelError(f"weight {weight.name!r} has no known number type", mend="export the model again")
    return elements * int(onnx.helper.tensor_dtype_to_np_dtype(weight.data_type).itemsize)
