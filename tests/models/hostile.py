"""A collection of hostile models: each a function that writes one into a folder and returns its path."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, helper

from tests.models.graphs import classifier, graph, save

PICTURE = "(float[N,3,8,8] image) => (float[N,3,8,8] y)"


def _external(model: ModelProto, location: str, **entries: str) -> ModelProto:
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **entries}.items():
        weight.external_data.add(key=key, value=value)
    return model


def external(folder: Path, location: str = "weights.bin", **entries: str) -> Path:
    """A classifier whose first weight (432 bytes) lies in a file."""
    return save(_external(classifier(), location, **entries), folder / "model" / "m.onnx")


def _weights(path: Path, size: int = 432) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    return path


def missing_weights(folder: Path) -> Path:
    return external(folder)


def weights_above(folder: Path) -> Path:
    _weights(folder / "weights.bin")
    return external(folder, "../weights.bin")


def weights_absolute(folder: Path) -> Path:
    return external(folder, str(_weights(folder / "weights.bin")))


def weights_by_symlink(folder: Path) -> Path:
    path = external(folder)
    (path.parent / "weights.bin").symlink_to(_weights(folder / "secret.bin"))
    return path


def weights_by_hard_link(folder: Path) -> Path:
    path = external(folder)
    os.link(_weights(folder / "secret.bin"), path.parent / "weights.bin")
    return path


def weights_in_a_linked_folder(folder: Path) -> Path:
    _weights(folder / "elsewhere" / "weights.bin")
    path = external(folder, "sub/weights.bin")
    (path.parent / "sub").symlink_to(folder / "elsewhere")
    return path


def weights_from_a_pipe(folder: Path) -> Path:
    path = external(folder)
    os.mkfifo(path.parent / "weights.bin")
    return path


def weights_cut_short(folder: Path) -> Path:
    path = external(folder)
    _weights(path.parent / "weights.bin", 431)
    return path


def weights_before_the_file(folder: Path) -> Path:
    path = external(folder, offset="-8")
    _weights(path.parent / "weights.bin")
    return path


def weights_at_no_number(folder: Path) -> Path:
    path = external(folder, offset="many")
    _weights(path.parent / "weights.bin")
    return path


def weights_in_the_model(folder: Path) -> Path:
    return external(folder, "m.onnx/..")


def custom_operator(folder: Path) -> Path:
    return save(graph(f"g {PICTURE} {{ y = shop.Thing (image) }}", domains=("shop",)), folder / "m.onnx")


def compiled_engine(folder: Path) -> Path:
    nodes = 'y = com.microsoft.EPContext <ep_cache_context = "/tmp/engine.bin", embed_mode = 0> (image)'
    return save(graph(f"g {PICTURE} {{ {nodes} }}", domains=("com.microsoft",)), folder / "m.onnx")


def _loop(trips: int | None) -> ModelProto:
    """A Loop that adds the picture to itself; without `trips` it has no limit and its condition stays true."""
    body = onnx.parser.parse_graph(
        "body (int64 i, bool go, float[N,3,8,8] s) => (bool on, float[N,3,8,8] t) { on = Identity (go) t = Relu (s) }"
    )
    model = graph(f"g {PICTURE} {{ y = Relu (image) }}")
    limit = "" if trips is None else "trips"
    model.graph.node[0].CopyFrom(helper.make_node("Loop", [limit, "true", "image"], ["y"], body=body))
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(True), "true"))
    if trips is not None:
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(trips), "trips"))
    return model


def endless_loop(folder: Path) -> Path:
    return save(_loop(None), folder / "m.onnx")


def very_long_loop(folder: Path) -> Path:
    return save(_loop(2**62), folder / "m.onnx")


def short_loop(folder: Path) -> Path:
    """The one that is not hostile: three turns."""
    return save(_loop(3), folder / "m.onnx")


def loop_by_the_picture(folder: Path) -> Path:
    model = _loop(1)
    model.graph.node[0].input[0] = "size"
    model.graph.node.insert(0, helper.make_node("Size", ["image"], ["size"]))
    return save(model, folder / "m.onnx")


def loops_in_a_function(folder: Path) -> Path:
    loop = _loop(None).graph.node[0]
    model = graph(f"g {PICTURE} {{ y = mine.turn (image) }}", domains=("mine",))
    opset = helper.make_opsetid("", 17)
    always = helper.make_node("Constant", [], ["true"], value=onnx.numpy_helper.from_array(np.array(True)))
    model.functions.append(helper.make_function("mine", "turn", ["image"], ["y"], [always, loop], [opset]))
    return save(model, folder / "m.onnx")


def functions_in_a_ring(folder: Path) -> Path:
    model = graph(f"g {PICTURE} {{ y = mine.a (image) }}", domains=("mine",))
    sets = [helper.make_opsetid("", 17), helper.make_opsetid("mine", 1)]
    for name, other in (("a", "b"), ("b", "a")):
        node = helper.make_node(other, ["x"], ["z"], domain="mine")
        model.functions.append(helper.make_function("mine", name, ["x"], ["z"], [node], sets))
    return save(model, folder / "m.onnx")


def functions_that_double(folder: Path) -> Path:
    """Sixty functions, each calling the next twice: 2^60 nodes in a few kilobytes."""
    model = graph(f"g {PICTURE} {{ y = mine.f0 (image) }}", domains=("mine",))
    sets = [helper.make_opsetid("", 17), helper.make_opsetid("mine", 1)]
    for at in range(60):
        called, domain = ("Relu", "") if at == 59 else (f"f{at + 1}", "mine")
        nodes = [helper.make_node(called, [a], [b], domain=domain) for a, b in (("x", "m"), ("m", "z"))]
        model.functions.append(helper.make_function("mine", f"f{at}", ["x"], ["z"], nodes, sets))
    return save(model, folder / "m.onnx")


def functions_in_a_chain(folder: Path) -> Path:
    """Two thousand functions, each calling the next once."""
    model = graph(f"g {PICTURE} {{ y = mine.f0 (image) }}", domains=("mine",))
    sets = [helper.make_opsetid("", 17), helper.make_opsetid("mine", 1)]
    for at in range(2000):
        node = helper.make_node(f"f{at + 1}", ["x"], ["z"], domain="mine")
        node = helper.make_node("Relu", ["x"], ["z"]) if at == 1999 else node
        model.functions.append(helper.make_function("mine", f"f{at}", ["x"], ["z"], [node], sets))
    return save(model, folder / "m.onnx")


def heavy_function(folder: Path) -> Path:
    """A function that holds a constant of 4 MB, called two hundred times."""
    calls = " ".join(f"x{at + 1} = mine.add (x{at})" for at in range(200))
    model = graph(f"g (float[N,3,8,8] x0) => (float[N,3,8,8] x200) {{ {calls} }}", domains=("mine",))
    heavy = onnx.numpy_helper.from_array(np.zeros(1 << 20, np.float32))
    nodes = [helper.make_node("Constant", [], ["k"], value=heavy), helper.make_node("Relu", ["x"], ["z"])]
    model.functions.append(helper.make_function("mine", "add", ["x"], ["z"], nodes, [helper.make_opsetid("", 17)]))
    return save(model, folder / "m.onnx")


def redefined_operator(folder: Path) -> Path:
    model = graph(f"g {PICTURE} {{ y = Relu (image) }}")
    node = helper.make_node("Neg", ["x"], ["z"])
    model.functions.append(helper.make_function("", "Relu", ["x"], ["z"], [node], [helper.make_opsetid("", 17)]))
    return save(model, folder / "m.onnx")


def constant_bomb(folder: Path) -> Path:
    nodes = "k = ConstantOfShape (s) m = ReduceMax <keepdims = 0> (k) y = Add (image, m)"
    return save(graph(f"g {PICTURE} {{ {nodes} }}", {"s": np.array([2**20, 2**20])}), folder / "m.onnx")


def expand_bomb(folder: Path) -> Path:
    text = (
        "g (float[1,3,8,8] image) => (float[1,3,8,8] y) { k = Expand (image, s) m = ReduceMax (k) y = Add (image, m) }"
    )
    return save(graph(text, {"s": np.array([2**24, 3, 8, 8])}), folder / "m.onnx")


def tile_bomb(folder: Path) -> Path:
    text = "g (float[1,3,8,8] image) => (float[1,3,8,8] y) { k = Tile (image, s) m = ReduceMax (k) y = Add (image, m) }"
    return save(graph(text, {"s": np.array([1, 1, 2**20, 2**10])}), folder / "m.onnx")


def doubling_bomb(folder: Path) -> Path:
    nodes = " ".join(f"x{at + 1} = Concat <axis = 1> (x{at}, x{at})" for at in range(40))
    text = f"g (float[1,3,8,8] x0) => (float[1,C,8,8] y) {{ {nodes} y = Relu (x40) }}"
    return save(graph(text), folder / "m.onnx")


def doubling_shapes(folder: Path) -> Path:
    """The shape of the picture, joined to itself thirty times: inference alone would compute 2^32 numbers."""
    nodes = " ".join(f"s{at + 1} = Concat <axis = 0> (s{at}, s{at})" for at in range(30))
    return save(graph(f"g {PICTURE} {{ s0 = Shape (image) {nodes} y = Relu (image) }}"), folder / "m.onnx")


def doubling_shapes_in_functions(folder: Path) -> Path:
    calls = " ".join(f"s{at + 1} = mine.twice (s{at})" for at in range(30))
    model = graph(f"g {PICTURE} {{ s0 = Shape (image) {calls} y = Relu (image) }}", domains=("mine",))
    twice = helper.make_node("Concat", ["x", "x"], ["z"], axis=0)
    model.functions.append(helper.make_function("mine", "twice", ["x"], ["z"], [twice], [helper.make_opsetid("", 17)]))
    return save(model, folder / "m.onnx")


def many_axes(folder: Path) -> Path:
    nodes = "r = Reshape (image, s) y = Relu (image)"
    return save(graph(f"g {PICTURE} {{ {nodes} }}", {"s": np.ones(4000, np.int64)}), folder / "m.onnx")


def many_large_tensors(folder: Path) -> Path:
    """Twenty tensors of 1.2 GB each, none of them over the limit of one."""
    nodes = " ".join(f"k{at} = ConstantOfShape (s) x{at + 1} = Add (x{at}, k{at})" for at in range(20))
    text = f"g (float[1,3,1,1] x0) => (float[1,3,10000,10000] y) {{ {nodes} y = Relu (x20) }}"
    return save(graph(text, {"s": np.array([1, 3, 10_000, 10_000])}), folder / "m.onnx")


def huge_declared_input(folder: Path) -> Path:
    return save(graph("g (float[1,3,99999,99999] x) => (float[1,3,99999,99999] y) { y = Relu (x) }"), folder / "m.onnx")


def negative_size(folder: Path) -> Path:
    return save(graph("g (float[1,3,-5,8] x) => (float[1,3,-5,8] y) { y = Relu (x) }"), folder / "m.onnx")


def two_inputs(folder: Path) -> Path:
    text = "g (float[N,3,8,8] a, float[N,3,8,8] b) => (float[N,3,8,8] y) { y = Add (a, b) }"
    return save(graph(text), folder / "m.onnx")


def one_input_twice(folder: Path) -> Path:
    model = classifier()
    model.graph.input.append(model.graph.input[0])
    return save(model, folder / "m.onnx")


def one_weight_twice(folder: Path) -> Path:
    model = classifier()
    model.graph.initializer.append(model.graph.initializer[0])
    return save(model, folder / "m.onnx")


def no_imports(folder: Path) -> Path:
    model = classifier()
    model.ClearField("opset_import")
    return save(model, folder / "m.onnx")


def imports_twice(folder: Path) -> Path:
    model = classifier()
    model.opset_import.append(helper.make_opsetid("ai.onnx", 11))
    return save(model, folder / "m.onnx")


def empty_graph(folder: Path) -> Path:
    model = classifier()
    model.graph.ClearField("node")
    return save(model, folder / "m.onnx")


def no_output(folder: Path) -> Path:
    model = classifier()
    model.graph.ClearField("output")
    return save(model, folder / "m.onnx")


def text_input(folder: Path) -> Path:
    return save(graph("g (string[N,3,8,8] x) => (string[N,3,8,8] y) { y = Identity (x) }"), folder / "m.onnx")


def broken_rules(folder: Path) -> Path:
    model = classifier()
    model.graph.node[0].input[0] = "nobody"
    return save(model, folder / "m.onnx")


def short_weight(folder: Path) -> Path:
    model = classifier()
    model.graph.initializer[0].raw_data = b"\0" * 8
    return save(model, folder / "m.onnx")


def future_format(folder: Path) -> Path:
    model = classifier()
    model.ir_version = 9999
    return save(model, folder / "m.onnx")


def cut_short(folder: Path) -> Path:
    path = save(classifier(), folder / "m.onnx")
    path.write_bytes(path.read_bytes()[:-5])
    return path


def not_a_model(folder: Path) -> Path:
    path = folder / "m.onnx"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    return path


def nothing_in_it(folder: Path) -> Path:
    path = folder / "m.onnx"
    path.touch()
    return path


def a_folder(folder: Path) -> Path:
    (folder / "m.onnx").mkdir()
    return folder / "m.onnx"


def a_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "m.onnx")
    return folder / "m.onnx"


def a_link_to_itself(folder: Path) -> Path:
    (folder / "m.onnx").symlink_to("m.onnx")
    return folder / "m.onnx"


def not_there(folder: Path) -> Path:
    return folder / "m.onnx"


def many_pieces(folder: Path) -> Path:
    """A megabyte of empty nodes: parsed, six hundred thousand objects."""
    path = folder / "m.onnx"
    body = b"\x0a\x00" * 600_000
    path.write_bytes(b"\x08\x08\x3a" + _varint(len(body)) + body)
    return path


def deep_nesting(folder: Path) -> Path:
    """Graphs in attributes in nodes in graphs, 400 deep."""
    body = b""
    for _ in range(400):
        for key in (b"\x32", b"\x2a", b"\x0a"):  # attribute.g, node.attribute, graph.node
            body = key + _varint(len(body)) + body
    path = folder / "m.onnx"
    path.write_bytes(b"\x08\x08\x3a" + _varint(len(body)) + body)
    return path


def name_that_is_no_text(folder: Path) -> Path:
    path = save(classifier(), folder / "m.onnx")
    path.write_bytes(path.read_bytes().replace(b"image", b"\xff\xfe\xfd\xfc\xfb"))
    return path


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


HOSTILE: dict[Callable[[Path], Path], str] = {
    missing_weights: "missing",
    weights_above: "outside its folder",
    weights_absolute: "outside its folder",
    weights_by_symlink: "link",
    weights_by_hard_link: "link",
    weights_in_a_linked_folder: "link",
    weights_from_a_pipe: "no plain file",
    weights_cut_short: "too short",
    weights_before_the_file: "too short",
    weights_at_no_number: "no number",
    weights_in_the_model: "outside its folder",
    custom_operator: "library of its own",
    compiled_engine: "library of its own",
    endless_loop: "may never end",
    very_long_loop: "may never end",
    loop_by_the_picture: "may never end",
    loops_in_a_function: "may never end",
    functions_in_a_ring: "without end",
    functions_that_double: "grow beyond",
    functions_in_a_chain: "grow beyond",
    heavy_function: "grow beyond",
    doubling_shapes: "as shapes",
    doubling_shapes_in_functions: "as shapes",
    many_axes: "axes",
    redefined_operator: "redefines",
    constant_bomb: "numbers",
    expand_bomb: "numbers",
    tile_bomb: "numbers",
    doubling_bomb: "numbers",
    many_large_tensors: "numbers",
    huge_declared_input: "numbers",
    negative_size: "negative size",
    two_inputs: "one picture",
    one_input_twice: "two inputs",
    one_weight_twice: "two weights",
    no_imports: "does not import",
    imports_twice: "operator set twice",
    empty_graph: "empty",
    no_output: "0 outputs",
    text_input: "no picture",
    broken_rules: "ONNX rules",
    short_weight: "ONNX rules",
    future_format: "ONNX rules",
    cut_short: "cut short",
    not_a_model: "no",
    nothing_in_it: "0 bytes",
    a_folder: "no plain file",
    a_pipe: "no plain file",
    a_link_to_itself: "cannot read",
    not_there: "cannot read",
    many_pieces: "more pieces",
    deep_nesting: "more pieces",
    name_that_is_no_text: "no text",
}
"""Every hostile model, with words its refusal must hold."""
