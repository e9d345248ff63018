"""Small files of weights as PyTorch writes them, and what it reads out of them.

    python tests/golden/weights_torch.py

Needs torch and numpy. Writes tests/golden/weights/*.pth, and torch.json: for each
file its tensors by name as [type, shape, values as f32]; what JSON has no number
for is a text.
"""
import argparse
import collections
import json
import math
import os
import pathlib

import numpy as np
import torch
from torch import nn

FOLDER = pathlib.Path(__file__).parent / "weights"


def ramp(*shape, dtype=torch.float32):
    count = math.prod(shape)
    return ((torch.arange(count, dtype=torch.float64) - count // 3) / 8).reshape(shape).to(dtype)


def every_kind():
    """Each type, and each way a view can look at its storage."""
    memory = ramp(40)
    return collections.OrderedDict(
        plain=ramp(2, 3),
        transposed=ramp(4, 3).t(),
        hwio_as_oihw=ramp(3, 2, 2, 4).permute(3, 2, 0, 1),
        every_second=ramp(7, 5)[::2, 1::3],
        tail_of_memory=memory[30:].view(2, 5),
        middle_of_memory=memory[7:19].view(3, 4),
        repeated=ramp(1, 3).expand(4, 3),
        scalar=torch.tensor(2.5),
        empty=torch.zeros(0, 3),
        counter=torch.tensor(123456789012),
        special=torch.tensor([math.nan, math.inf, -math.inf, -0.0, 1e-40]),
        half=ramp(3, 3, dtype=torch.float16).t(),
        half_special=torch.tensor([6e-8, 65504.0, math.inf], dtype=torch.float16),
        brain=torch.tensor([1e38, -3.140625, 1e-40], dtype=torch.bfloat16),
        double=torch.tensor([1 / 3, 1e300], dtype=torch.float64),
        int32=torch.tensor([-(2**31), 7], dtype=torch.int32),
        int16=torch.tensor([-32768, 7], dtype=torch.int16),
        int8=torch.tensor([-128, 127], dtype=torch.int8),
        uint8=torch.tensor([0, 255], dtype=torch.uint8),
        bool=torch.tensor([True, False]),
        parameter=nn.Parameter(ramp(2, 2)),
    )


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 2, 3, bias=False), nn.BatchNorm2d(2), nn.ReLU())
        self.head = nn.Linear(2, 4)
        with torch.no_grad():
            for tensor in self.state_dict().values():
                tensor.copy_(ramp(*tensor.shape, dtype=tensor.dtype))

    def forward(self, x):
        return self.head(self.stem(x).mean((2, 3)))


def checkpoint():
    """As trainers write them: wrapped names, an optimizer, what the command line said."""
    net = Net()
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 3, 8, 8)).sum().backward()
    optimizer.step()
    wrapped = {f"module._orig_mod.{name}": value for name, value in Net().state_dict().items()}
    return {
        "epoch": 3,
        "args": argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("runs/1"), device=torch.device("cpu")),
        "best": np.float64(0.5),
        "history": [{"loss": 2.5, "shape": torch.Size([1, 2])}, (1, "two", b"three", None, {4, 5})],
        "optimizer": optimizer.state_dict(),
        "rng_state": torch.get_rng_state()[:16],
        "model": wrapped,
        "model_ema": {f"module.{name}": value * 2 for name, value in Net().state_dict().items()},
    }


class Code:
    def __reduce__(self):
        return os.system, ("echo run > /tmp/it-ran",)


class Evaluated:
    def __reduce__(self):
        return eval, ("1 + 1",)


def number(value):
    return value if math.isfinite(value) else repr(value)


def described(tensors):
    return {
        name: [
            str(tensor.dtype).removeprefix("torch."),
            list(tensor.shape),
            [number(value) for value in tensor.detach().to(torch.float32).flatten().tolist()],
        ]
        for name, tensor in tensors.items()
    }


def save(name, value, **options):
    torch.save(value, FOLDER / f"{name}.pth", **options)


FOLDER.mkdir(exist_ok=True)
torch.manual_seed(1)
legacy = {"_use_new_zipfile_serialization": False}
save("kinds", every_kind())
save("kinds_legacy", every_kind(), **legacy)
save("kinds_protocol_4", every_kind(), pickle_protocol=4)
save("checkpoint", checkpoint())
save("checkpoint_legacy", checkpoint(), **legacy)
save("whole_model", Net())
save("code", {"state_dict": Net().state_dict(), "extra": Code()})
save("code_legacy", {"state_dict": Net().state_dict(), "extra": Evaluated()}, **legacy)
torch.jit.script(Net()).save(FOLDER / "script.pth")

goldens = {
    "kinds": described(every_kind()),
    "net": described(Net().state_dict()),
}
text = ",\n".join(
    f"{json.dumps(file)}: {{\n"
    + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in tensors.items())
    + "\n}"
    for file, tensors in goldens.items()
)
(FOLDER / "torch.json").write_text(f"{{\n{text}\n}}\n")
