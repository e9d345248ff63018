import { match, ok, strictEqual } from "@std/assert";
import { fileKindByName, fileKindOf, folderKindOf } from "./_file_kind.ts";
import { encodeGraphDef } from "./graphdef.ts";
import { graphOf, placeholder } from "./testing.ts";

/** Latin-1. */
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** A zip archive's beginning, with the headers of these members. */
function zip(...names: string[]): string {
  return names.map((name) =>
    `PK\x03\x04${"\0".repeat(22)}${
      String.fromCharCode(name.length, 0, 0, 0)
    }${name}data`
  ).join("");
}

const heads: Readonly<Record<string, readonly string[]>> = {
  "an ONNX model": [
    "\x08\x08\x12\x07pytorch\x1a\x032.1:\x04\x0a\x02ab",
    "\x08\x03\x12\x02CN\x42\x04\x0a\x00\x10\x0b",
  ],
  "a Core ML model": ["\x08\x04\x12\x02\x0a\x00\xa2\x1f\x02\x0a\x00"],
  "a SavedModel;": ["\x08\x01\x12\x02\x0a\x00"],
  "a Caffe model": ["\x0a\x05lenet\xa2\x06\x04\x0a\x02ab"],
  "a MetaGraphDef": ["\x0a\x02\x2a\x00\x12\x02\x0a\x00\x1a\x02\x0a\x00"],
  "an HDF5 (Keras) model": ["\x89HDF\r\n\x1a\n"],
  "a TensorFlow Lite model": ["\x1c\0\0\0TFL3\0"],
  "a safetensors file": ['\x40\0\0\0\0\0\0\0{"a":{}}'],
  "a Keras model (.keras)": [
    zip("metadata.json", "config.json", "model.weights.h5"),
  ],
  "a PyTorch file": [
    "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.",
    zip("archive/data.pkl", "archive/data/0"),
  ],
  "a TorchScript model": [
    zip("net/data.pkl", "net/code/__torch__.py", "net/constants.pkl"),
  ],
  "a Python pickle": ["\x80\x04\x95\x00"],
  "a NumPy array": ["\x93NUMPY\x01\0"],
  "a NumPy archive": [zip("arr_0.npy", "arr_1.npy")],
  "a zip archive": [zip("readme.txt"), "PK\x05\x06"],
  "a gzip archive": ["\x1f\x8b\x08\0"],
  "an xz archive": ["\xfd7zXZ\0"],
  "a tar archive": [`${"graph.pb".padEnd(257, "\0")}ustar\x0000`],
  "a part of a TensorFlow checkpoint": [
    "\0\0\x08\x02W\xfb\x80\x8b$uG\xdb",
    'model_checkpoint_path: "model-1"\n',
  ],
  "a text graph (.pbtxt)": [
    "node {\n  name: ",
    "# by hand\n\n#\n node{",
    "versions {\n producer: 27\n}\nnode {",
  ],
  "a Caffe network in text": ['name: "LeNet"\nlayer {', "layers {\n"],
  "a TensorFlow.js model": [
    '{"format":"graph-model","modelTopology":{"node":[]}}',
  ],
  "a Keras model's JSON": ['{"class_name": "Sequential", "config": {}}'],
  "a JSON text": ['{"a": 1}', "[1, 2]"],
  "an HTML page": [
    "<!DOCTYPE html><html>",
    "\n <html lang=en>",
    "<!-- saved -->\n<!---->\n<html>",
    "<!-- no end",
  ],
  "an XML file": ['<?xml version="1.0"?><net name="a">'],
  "a text": ["# train\nimport os\n", "node of mine"],
  "a picture (JPEG)": ["\xff\xd8\xff\xe0\0\x10JFIF"],
  "a picture (PNG)": ["\x89PNG\r\n\x1a\n\0\0\0\x0d"],
  "a Git LFS pointer": ["version https://git-lfs.github.com/spec/v1\noid "],
};

Deno.test("fileKindOf() tells models of other tools, archives and texts by their bytes, and what to do", () => {
  for (const [kind, files] of Object.entries(heads)) {
    for (const file of files) {
      const said = fileKindOf(bytesOf(file)) ?? "a graph";
      ok(said.startsWith(kind), `${kind} is taken for: ${said}`);
      match(said, /; |download it again/);
    }
  }
});

Deno.test("fileKindOf() says nothing of a graph, whole or cut", () => {
  const graph = encodeGraphDef(
    graphOf(placeholder("x", [1, 2]), placeholder("TFL3", [1, 2])),
  );
  for (let length = 1; length <= graph.length; length++) {
    strictEqual(fileKindOf(graph.subarray(0, length)), undefined);
  }
});

Deno.test("fileKindByName() knows files whose bytes say nothing", () => {
  for (
    const [name, kind] of [
      ["model.ckpt-1000.data-00000-of-00001", /^a part of a TensorFlow check/],
      ["variables.DATA-00000-of-00002", /^a part of a TensorFlow check/],
      ["NET.CAFFEMODEL", /^a Caffe model/],
      ["net.onnx", /^an ONNX model/],
    ] as const
  ) match(fileKindByName(name) ?? "", kind);
  strictEqual(fileKindByName("net.data-.pb"), undefined);
  const zeros = bytesOf("????");
  match(fileKindOf(zeros, "a.data-00000-of-00001") ?? "", /checkpoint/);
  match(fileKindOf(zeros, "net.ONNX") ?? "", /^not what its name says/);
});

Deno.test("folderKindOf() knows folders of models", () => {
  match(
    folderKindOf(["assets", "saved_model.pb", "variables"]) ?? "",
    /^a SavedModel folder; load it with tf\.saved_model\.load and freeze it/,
  );
  match(folderKindOf(["model.json", "a.bin"]) ?? "", /^a TensorFlow\.js model/);
  strictEqual(folderKindOf(["rose", "tulip"]), undefined);
});
