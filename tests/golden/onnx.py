"""Networks as torchvision and Keras export them to ONNX, and what onnxruntime makes of them.

    python tests/golden/onnx.py [NAME ...] && deno fmt tests/golden/onnx.json

Needs torch, torchvision, onnx, onnxscript, onnxruntime, and tensorflow with tf2onnx.
Weights are taken out of the files: `values` of architectures.py makes the same
numbers from their names as `seededValues` of models/testing.ts.
"""
import gzip
import io
import json
import math
import os
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
HERE = os.path.dirname(os.path.abspath(__file__))
# This file must not be found for the package of its name.
sys.path.remove(HERE)
import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

sys.path.append(HERE)
from architectures import uniform, values

# Fewer are numbers of the network itself, such as the bounds of a clip.
LEAST_WEIGHTS = 17
FLOAT = onnx.TensorProto.FLOAT


def seeded(model):
    """The model with seeded weights, and a copy of its file without them."""
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    for tensor, empty in zip(model.graph.initializer, bare.graph.initializer):
        shape = tuple(tensor.dims)
        if tensor.data_type != FLOAT or math.prod(shape) < LEAST_WEIGHTS:
            continue
        made = values(tensor.name, shape, math.prod(shape[1:]))
        tensor.CopyFrom(numpy_helper.from_array(made, tensor.name))
        for field in ("raw_data", "float_data", "external_data", "data_location"):
            empty.ClearField(field)
    for graph in (bare.graph,):
        del graph.value_info[:]
        for node in graph.node:
            node.ClearField("doc_string")
            del node.metadata_props[:]
    bare.ClearField("metadata_props")
    return model, bare


def outputs(model, shape):
    # As the file says it: what is fused rounds otherwise.
    options = onnxruntime.SessionOptions()
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    [fed] = session.get_inputs()
    x = (2 * uniform("images", math.prod(shape))).astype(np.float32)
    return session.run(None, {fed.name: x.reshape(shape)})[0]


def torch_model(net, size, dynamo):
    import torch
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "net.onnx")
        options = {"input_names": ["images"], "output_names": ["scores"]}
        x = torch.zeros(1, 3, size, size)
        if dynamo:
            torch.onnx.export(net.eval(), (x,), path, dynamo=True, verbose=False, **options)
        else:
            axes = {"images": {0: "batch"}, "scores": {0: "batch"}}
            torch.onnx.export(
                net.eval(), (x,), path, dynamo=False, opset_version=17, dynamic_axes=axes, **options
            )
        return onnx.load(path)


def torch_nets():
    import torchvision.models as tv
    from torchvision.models.convnext import CNBlockConfig, ConvNeXt
    from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
    few = {"num_classes": 10}
    blocks = [CNBlockConfig(*each) for each in ((24, 48, 1), (48, 96, 1), (96, None, 2))]
    yield "resnet18", 40, ResNet(BasicBlock, [2, 2, 2, 2], **few)
    yield "resnet50", 40, ResNet(Bottleneck, [1, 2, 1, 1], **few)
    yield "resnext50", 40, ResNet(Bottleneck, [1, 1, 1, 1], groups=32, width_per_group=4, **few)
    yield "mobilenet_v2", 40, tv.mobilenet_v2(width_mult=0.5, **few)
    yield "mobilenet_v3_large", 40, tv.mobilenet_v3_large(**few)
    yield "efficientnet_b0", 40, tv.efficientnet_b0(**few)
    yield "densenet121", 40, tv.DenseNet(12, (3, 2, 2, 2), 24, **few)
    yield "squeezenet1_0", 40, tv.squeezenet1_0(**few)
    yield "inception_v3", 75, tv.inception_v3(init_weights=False, aux_logits=False, **few)
    yield "convnext_tiny", 64, ConvNeXt(blocks, **few)
    yield "vit_b_16", 32, tv.VisionTransformer(32, 8, 2, 3, 48, 96, **few)


def keras_nets():
    import keras
    few = {"weights": None, "classes": 10, "input_shape": (64, 64, 3), "classifier_activation": None}
    nets = keras.applications
    yield "keras_mobilenet", nets.MobileNet(alpha=0.25, **few)
    yield "keras_resnet50", nets.ResNet50(**few)
    yield "keras_efficientnet_b0", nets.EfficientNetB0(**few)
    yield "keras_mobilenet_v3_small", nets.MobileNetV3Small(**few)


def keras_model(net):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "net.onnx")
        net(np.zeros((1, 64, 64, 3), np.float32))
        net.export(path, format="onnx", verbose=False, opset_version=18)
        model = onnx.load(path)
    # Numbers of a normalisation that tf2onnx leaves open.
    for extra in list(model.graph.input)[1:]:
        shape = [size.dim_value for size in extra.type.tensor_type.shape.dim]
        known = np.full(shape, 0 if "Sub" in extra.name else 1, np.float32)
        model.graph.initializer.append(numpy_helper.from_array(known, extra.name))
        model.graph.input.remove(extra)
    return model


def main(chosen):
    folder = os.path.join(HERE, "onnx")
    os.makedirs(folder, exist_ok=True)
    listed = os.path.join(HERE, "onnx.json")
    cases = {}
    if chosen and os.path.exists(listed):
        with open(listed) as file:
            cases = json.load(file)

    def add(name, shape, model):
        whole, bare = seeded(model)
        scores = outputs(whole, shape)
        with open(os.path.join(folder, f"{name}.onnx.gz"), "wb") as file:
            file.write(gzip.compress(bare.SerializeToString(), 9, mtime=0))
        cases[name] = {"shape": shape, "scores": [float(v) for v in scores.ravel()]}
        with open(listed, "w") as file:
            json.dump(cases, file)
        print(name, len(bare.SerializeToString()), scores.std(), file=sys.stderr)

    for name, size, net in torch_nets():
        # The new exporter writes most layers of the large ones as of the small ones.
        large = name in ("resnet50", "resnext50", "inception_v3")
        for dynamo in (False,) if large else (False, True):
            full = name + ("_dynamo" if dynamo else "")
            if not chosen or full in chosen:
                add(full, [1, 3, size, size], torch_model(net, size, dynamo))
    for name, net in keras_nets():
        if not chosen or name in chosen:
            add(name, [1, 64, 64, 3], keras_model(net))


main(sys.argv[1:])
