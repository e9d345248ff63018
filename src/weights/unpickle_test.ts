import { deepStrictEqual, strictEqual } from "@std/assert";
import { InputError } from "../errors.ts";
import { readWeights } from "./mod.ts";
import {
  archive,
  call,
  dict,
  global,
  natural,
  opcodes,
  storage,
  text,
  tuple,
  view,
} from "./pickle_testing.ts";

const rebuild = "torch._utils._rebuild_tensor_v2";
const memory = new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer);

async function valuesOf(
  value: Uint8Array,
  bytes: Uint8Array = memory,
): Promise<Record<string, number[]>> {
  const file = archive(value, bytes);
  const { tensors } = await readWeights(file, { source: "a.pth" });
  return Object.fromEntries(
    Array.from(tensors, ([name, { values }]) => [name, [...values()]]),
  );
}

async function refusal(value: Uint8Array): Promise<string> {
  try {
    await valuesOf(value);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error("it is taken");
}

const floats = storage("torch.FloatStorage", 6);

Deno.test("a state dict that Python 2 wrote is read: an OrderedDict of a list of pairs, texts of bytes", async () => {
  const tensor = call(rebuild, ...view(floats, { shape: [2], strides: [3] }));
  const pairs = opcodes("](", "](", "U", 1, "w", tensor, "e", "e");
  deepStrictEqual(await valuesOf(call("collections.OrderedDict", pairs)), {
    w: [0, 3],
  });
});

Deno.test("a tensor of the newest form says its type, and its memory has none", async () => {
  const shorts = storage("torch.storage.UntypedStorage", 24);
  const args = view(shorts, { offset: 1, shape: [2], strides: [2] });
  const tensor = call(
    "torch._utils._rebuild_tensor_v3",
    ...args,
    global("torch.float32"),
  );
  deepStrictEqual(await valuesOf(dict({ w: tensor })), { w: [1, 3] });
  const bits = call(
    "torch._utils._rebuild_tensor_v3",
    ...args,
    global("torch.uint16"),
  );
  deepStrictEqual(await valuesOf(dict({ w: bits })), { w: [0, 16256] });
});

Deno.test("a part of another's memory begins where it says", async () => {
  const part = tuple(text("1"), natural(2), natural(3));
  const tail = storage("torch.FloatStorage", 6, part);
  const tensor = call(rebuild, ...view(tail, { shape: [3], strides: [1] }));
  deepStrictEqual(await valuesOf(dict({ w: tensor })), { w: [2, 3, 4] });
});

Deno.test("a tensor that reaches beyond its memory, or repeats it without end, is refused", async () => {
  const cases = [
    { shape: [7], strides: [1] },
    { shape: [3, 2], strides: [2, 2] },
    { offset: 6, shape: [1], strides: [1] },
    { shape: [2], strides: [2 ** 31 - 1] },
  ];
  for (const one of cases) {
    const tensor = call(rebuild, ...view(floats, one));
    strictEqual(
      await refusal(dict({ w: tensor })),
      "a.pth: it has a tensor that reaches beyond its values; download it again, or save model.state_dict() in PyTorch anew",
    );
  }
  const endless = view(floats, { shape: [2 ** 30], strides: [0] });
  strictEqual(
    (await refusal(dict({ w: call(rebuild, ...endless) }))).includes(
      "repeats few values without end",
    ),
    true,
  );
  const negative = view(floats, { offset: 5, shape: [2], strides: [-1] });
  strictEqual(
    (await refusal(dict({ w: call(rebuild, ...negative) }))).includes(
      "its pickle is damaged",
    ),
    true,
  );
});

Deno.test("functions are refused by their names, wherever they stand and whatever Python calls them", async () => {
  const tensor = call(rebuild, ...view(floats, { shape: [2], strides: [1] }));
  const cases = [
    [call("nt.system", text("x")), "os.system"],
    [call("posix.system", text("x")), "os.system"],
    [call("__builtin__.eval", text("x")), "builtins.eval"],
    [call("subprocess.Popen", text("x")), "subprocess.Popen"],
    [call("torch.hub.load", text("x")), "torch.hub.load"],
    [call("somebody.train", text("x")), "somebody.train"],
    [call("builtins.print", text("x")), "builtins.print"],
    [
      call("functools.partial", global("os.system"), text("x")),
      "os.system",
    ],
    [
      call("torch._tensor._rebuild_from_type_v2", global("a.f"), global("a.B")),
      "a.f",
    ],
    // In the new way, and made as an object.
    [
      opcodes(text("os"), text("popen"), 0x93, tuple(text("x")), "R"),
      "os.popen",
    ],
    [opcodes(global("os.popen"), tuple(text("x")), 0x81), "os.popen"],
  ] as const;
  for (const [code, called] of cases) {
    const first = dict({ extra: code, state_dict: dict({ w: tensor }) });
    strictEqual(
      await refusal(first),
      `a.pth: it holds code (${called}); nothing of it was run; load it in PyTorch if you trust it, and save model.state_dict() alone`,
    );
  }
  const old = opcodes("(", text("x"), "ios\nsystem\n");
  strictEqual(
    (await refusal(old)).startsWith(
      "a.pth: its pickle has INST, which torch does not write",
    ),
    true,
  );
});

Deno.test("objects of classes that nobody knows are kept unopened beside the weights", async () => {
  const tensor = call(rebuild, ...view(floats, { shape: [2], strides: [1] }));
  const settings = opcodes(
    global("train.Settings"),
    ")",
    0x81,
    dict({ rate: opcodes("G", 63, 240, 0, 0, 0, 0, 0, 0) }),
    "b",
  );
  const mode = call("train.Mode", natural(1));
  deepStrictEqual(
    await valuesOf(dict({ settings, mode, model: dict({ w: tensor }) })),
    { w: [0, 1] },
  );
});

Deno.test("tensors of kinds that have no values to take are refused by their names", async () => {
  const cases = [
    [
      call("torch._utils._rebuild_qtensor", floats),
      "it holds a tensor of an unknown kind (torch._utils._rebuild_qtensor)",
    ],
    [
      storage("torch.ComplexFloatStorage", 3),
      "it holds values of torch.Complex",
    ],
    [opcodes("]"), "it is a list, and no state dict"],
    [dict({ epoch: natural(3) }), "it holds no weights"],
  ] as const;
  for (const [value, said] of cases) {
    const message = await refusal(value);
    strictEqual(message.startsWith(`a.pth: ${said}`), true, message);
  }
});

Deno.test("a file of several networks is refused with their names", async () => {
  const tensor = call(rebuild, ...view(floats, { shape: [2], strides: [1] }));
  const net = dict({ w: tensor });
  strictEqual(
    (await refusal(dict({ generator: net, critic: net, optimizer: net })))
      .startsWith('a.pth: it holds several networks ("generator", "critic");'),
    true,
  );
});

Deno.test("a pickle that makes dicts without end, or is nested without end, is refused", async () => {
  const many = new Uint8Array(3_000_000).fill(0x7d);
  const deep = new Uint8Array(20_000).fill(0x28);
  for (const bytes of [many, deep]) {
    strictEqual(
      (await refusal(bytes)).startsWith(
        "a.pth: its pickle holds more than any network has",
      ),
      true,
    );
  }
});
