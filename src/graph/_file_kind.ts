/**
 * What a file is that is no frozen graph, and what to do with it: told by its
 * bytes, and where these say nothing by its name.
 *
 * @module
 */
import { gitLfsReason, isGitLfsPointer } from "../bytes/git_lfs.ts";
import { isDecodable, kindNames, sniffImage } from "../image/sniff.ts";
import { WireError, WireReader } from "../bytes/wire.ts";

const freezing =
  "freeze it with TensorFlow's convert_variables_to_constants_v2 (docs/frozen_graphs.md)";
const give = "give a frozen graph (a binary .pb)";
const unnamed =
  "weights without their graph; give its path where a model is named";

/** What each kind is, and what to do. */
const kinds = {
  caffe: `a Caffe model; ${give} of the same network`,
  checkpoint:
    `a part of a TensorFlow checkpoint, weights without their graph; load both in TensorFlow and freeze them to one .pb (docs/frozen_graphs.md)`,
  coreMl: `a Core ML model; ${give} of the same network`,
  gzip: `a gzip archive; unpack it, and ${give} out of it`,
  hdf5: `an HDF5 (Keras) model, ${unnamed}`,
  html: `an HTML page, not the file itself; download it again`,
  json: `a JSON text; ${give}`,
  keras: `a Keras model (.keras), ${unnamed}`,
  kerasJson:
    `a Keras model's JSON, a network without weights; load both in Keras and ${freezing}`,
  lfs: gitLfsReason,
  metaGraph:
    `a MetaGraphDef (.meta) of a TensorFlow checkpoint, a graph without weights; load both in TensorFlow and freeze them to one .pb (docs/frozen_graphs.md)`,
  mlpackage: `a Core ML package; ${give} of the same network`,
  npy: `a NumPy array (.npy); ${give}`,
  npz: `a NumPy archive (.npz), arrays without a graph; ${give}`,
  onnx: "an ONNX model; give its path where a model is named",
  pickle:
    `a Python pickle; load it in Python, and save model.state_dict() with torch.save`,
  prototxt: `a Caffe network in text (.prototxt); ${give} of the same network`,
  safetensors: `a safetensors file, ${unnamed}`,
  savedModel:
    `a SavedModel; load its folder with tf.saved_model.load and ${freezing}`,
  savedModelFolder:
    `a SavedModel folder; load it with tf.saved_model.load and ${freezing}`,
  tar: `a tar archive; unpack it, and ${give} out of it`,
  text: `a text; ${give}`,
  textGraph:
    `a text graph (.pbtxt); write it as binary with google.protobuf.text_format.Parse(...) and SerializeToString()`,
  tfjs:
    `a TensorFlow.js model; take the model that it was converted from, and ${freezing}`,
  tflite:
    `a TensorFlow Lite model; take the model that it was converted from, and ${freezing}`,
  torch: `a PyTorch file, ${unnamed}`,
  torchScript:
    `a TorchScript model, with code in it; save model.state_dict() with torch.save, and give that file`,
  xml: `an XML file; ${give}`,
  xz: `an xz archive; unpack it, and ${give} out of it`,
  zip: `a zip archive; unpack it, and ${give} out of it`,
} as const;

type Kind = keyof typeof kinds;

/** Latin-1, at an offset. */
const signatures: readonly (readonly [Kind, number, string])[] = [
  ["gzip", 0, "\x1f\x8b"],
  ["xz", 0, "\xfd7zXZ\0"],
  ["tar", 257, "ustar\0"],
  ["tar", 257, "ustar "],
  ["tflite", 3, "\0TFL3"],
  ["hdf5", 0, "\x89HDF"],
  ["npy", 0, "\x93NUMPY"],
  // The number that torch.save() began its files with, pickled.
  ["torch", 0, "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"],
  ["pickle", 0, "\x80\x02"],
  ["pickle", 0, "\x80\x03"],
  ["pickle", 0, "\x80\x04"],
  ["pickle", 0, "\x80\x05"],
];

/** What the file is instead of a graph, with its article and what to do; undefined where it may be one. */
export function fileKindOf(
  file: Uint8Array,
  path: string = "",
): string | undefined {
  const signed = signedKind(file);
  if (signed) return kinds[signed];
  const picture = sniffImage(file.subarray(0, 512));
  if (isDecodable(picture)) return `a picture (${kindNames[picture]}); ${give}`;
  const kind = textKind(file) ?? messageKind(file);
  if (kind === "text") {
    // No text is an ONNX model; that a name's model is read here would be a riddle.
    const isMisnamed = path.toLowerCase().endsWith(".onnx");
    return isMisnamed ? misnamed : fileKindByName(path) ?? kinds.text;
  }
  return kind && kinds[kind];
}

/** Kinds that hold a network's weights by their names. */
const weightKinds: ReadonlySet<Kind> = new Set([
  "hdf5",
  "keras",
  "safetensors",
  "torch",
]);

/** Zip archives that hold weights, whole or cut. */
const weightArchives = [".whl", ".keras", ".pth", ".pt"] as const;

/** Whether a file holds a network's weights by their names, alone or in an archive. */
export function isWeightFile(file: Uint8Array, path: string): boolean {
  const kind = signedKind(file);
  if (kind === undefined) return false;
  const name = path.toLowerCase();
  return weightKinds.has(kind) ||
    (kind === "zip" && weightArchives.some((ending) => name.endsWith(ending)));
}

/** Whether a file is an ONNX model, by its fields, or, where it is no other kind, by its name. */
export function isOnnxFile(file: Uint8Array, path: string): boolean {
  if (signedKind(file) || textKind(file)) return false;
  return messageKind(file) === "onnx" || path.toLowerCase().endsWith(".onnx");
}

/** By what files of a kind begin or end with. */
function signedKind(file: Uint8Array): Kind | undefined {
  const signature = signatures.find(([, at, bytes]) =>
    bytes === latin1(file, at, bytes.length)
  );
  if (signature) return signature[0];
  if (isGitLfsPointer(file)) return "lfs";
  if (latin1(file, 0, 2) === "PK") return zipKind(file);
  if (isSafetensors(file)) return "safetensors";
  return isTable(file) ? "checkpoint" : undefined;
}

const names: readonly (readonly [Kind, readonly string[]])[] = [
  ["caffe", [".caffemodel"]],
  ["checkpoint", [".ckpt", ".index"]],
  ["coreMl", [".mlmodel"]],
  ["metaGraph", [".meta"]],
  ["onnx", [".onnx"]],
  ["tflite", [".tflite"]],
  ["torch", [".pt", ".pth"]],
  ["hdf5", [".h5", ".hdf5"]],
  ["keras", [".keras"]],
  ["safetensors", [".safetensors"]],
];

const misnamed = "not what its name says; download it again";

/** What a file that is no graph is by its name. */
export function fileKindByName(path: string): string | undefined {
  const name = path.toLowerCase();
  const part = name.lastIndexOf(".data-");
  if (part >= 0 && name.includes("-of-", part)) return kinds.checkpoint;
  const known = names.find(([, endings]) =>
    endings.some((ending) => name.endsWith(ending))
  );
  if (!known) return undefined;
  const [kind] = known;
  return weightKinds.has(kind) ? misnamed : kinds[kind];
}

/** What a folder is by the names in it. */
export function folderKindOf(names: readonly string[]): string | undefined {
  if (names.includes("saved_model.pb") || names.includes("saved_model.pbtxt")) {
    return kinds.savedModelFolder;
  }
  if (names.includes("model.json")) return kinds.tfjs;
  if (names.includes("Manifest.json")) return kinds.mlpackage;
  if (names.includes("checkpoint")) return kinds.checkpoint;
}

function latin1(file: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...file.subarray(start, start + length));
}

/** A header's length, and JSON. */
function isSafetensors(file: Uint8Array): boolean {
  if (file.length < 10 || file[8] !== 0x7b) return false;
  const view = new DataView(file.buffer, file.byteOffset, 8);
  return view.getBigUint64(0, true) <= 100_000_000n;
}

/** LevelDB's table format, in which checkpoints have their index. */
function isTable(file: Uint8Array): boolean {
  return latin1(file, Math.max(file.length - 8, 0), 8) ===
    "W\xfb\x80\x8b$uG\xdb";
}

/** By the names of its members, as far as they stand at its beginning or in the directory at its end. */
function zipKind(file: Uint8Array): Kind {
  const names = zipNames(file);
  const has = (ending: string) => names.some((name) => name.endsWith(ending));
  if (has("model.weights.h5")) return "keras";
  if (has("constants.pkl") || names.some((name) => name.includes("/code/"))) {
    return "torchScript";
  }
  if (has("data.pkl")) return "torch";
  return names.length > 0 && names.every((name) => name.endsWith(".npy"))
    ? "npz"
    : "zip";
}

const zipHead = 2 ** 16;
/** Members have their name in a header with this signature, or in the directory. */
const zipHeaders: readonly {
  readonly signature: string;
  readonly lengthAt: number;
  readonly nameAt: number;
}[] = [
  { signature: "PK\x03\x04", lengthAt: 26, nameAt: 30 },
  { signature: "PK\x01\x02", lengthAt: 28, nameAt: 46 },
];

function zipNames(file: Uint8Array): string[] {
  const found: string[] = [];
  for (const part of [file.subarray(0, zipHead), file.subarray(-zipHead)]) {
    for (
      let at = part.indexOf(0x50);
      at >= 0;
      at = part.indexOf(0x50, at + 1)
    ) {
      const header = zipHeaders.find(({ signature }) =>
        latin1(part, at, 4) === signature
      );
      if (!header) continue;
      const { lengthAt, nameAt } = header;
      const length = part[at + lengthAt] + 256 * part[at + lengthAt + 1];
      if (length > 0 && length < 1024) {
        found.push(latin1(part, at + nameAt, length));
      }
    }
  }
  return found;
}

const textHead = 4096;

/** Undefined for what is no text: a graph has control characters in its first node. */
function textKind(file: Uint8Array): Kind | undefined {
  const head = file.subarray(0, textHead);
  if (head.some((byte) => byte < 32 && !whitespace.has(byte))) return undefined;
  const whole = new TextDecoder().decode(head);
  const rest = whole.slice(skipped(whole));
  if (rest === "") return undefined;
  if (rest.startsWith("<")) return isPage(rest.toLowerCase()) ? "html" : "xml";
  if (rest.startsWith("{") || rest.startsWith("[")) return jsonKind(file);
  const word = wordOf(rest);
  const after = rest.slice(word.length).trimStart();
  // A graph that is cut in its first node may be all letters.
  const text = file[0] === 10 ? undefined : "text";
  if (!after.startsWith("{") && !after.startsWith(":")) return text;
  if (["node", "versions", "library"].includes(word)) return "textGraph";
  if (word === "model_checkpoint_path") return "checkpoint";
  return ["layer", "layers", "input", "name"].includes(word)
    ? "prototxt"
    : text;
}

const whitespace: ReadonlySet<number> = new Set([9, 10, 11, 12, 13]);

/** How comments begin and end before what tells a text's kind. */
const comments = [["#", "\n"], ["<!--", "-->"]] as const;

/** Where a text begins after space and comments; one without an end is a beginning, too. */
function skipped(text: string): number {
  for (let at = 0;;) {
    while (at < text.length && text[at].trim() === "") at++;
    const comment = comments.find(([start]) => text.startsWith(start, at));
    const end = comment ? text.indexOf(comment[1], at) : -1;
    if (!comment || end < 0) return at;
    at = end + comment[1].length;
  }
}

function isPage(text: string): boolean {
  return ["<!doctype", "<html", "<head", "<body", "<script", "<!--"]
    .some((tag) => text.startsWith(tag));
}

function wordOf(text: string): string {
  let end = 0;
  while (
    end < text.length && "_abcdefghijklmnopqrstuvwxyz".includes(text[end])
  ) {
    end++;
  }
  return text.slice(0, end);
}

const jsonHead = 2 ** 16;

function jsonKind(file: Uint8Array): Kind {
  const text = new TextDecoder().decode(file.subarray(0, jsonHead));
  if (text.includes('"modelTopology"')) return "tfjs";
  return text.includes('"class_name"') ? "kerasJson" : "json";
}

/** Fields of other messages than GraphDef, which has 1, 2 and 4 with bytes, and had 3 with a number. */
function messageKind(file: Uint8Array): Kind | undefined {
  const fields = fieldsAtStart(file);
  if (fields.first === "number") {
    if (fields.all.has("7 bytes") || fields.all.has("8 bytes")) return "onnx";
    if (fields.largest >= 200) return "coreMl";
    // Field 1 is a version number there, and a list of nodes in a GraphDef.
    return file[1] === 1 && fields.all.has("2 bytes")
      ? "savedModel"
      : undefined;
  }
  if (fields.all.has("100 bytes")) return "caffe";
  return fields.all.has("3 bytes") ? "metaGraph" : undefined;
}

/** As many as tell a kind: weights come after. */
const fieldsLooked = 1000;

function fieldsAtStart(file: Uint8Array): {
  readonly first: "bytes" | "number" | undefined;
  /** `NUMBER bytes`, for those that are bytes. */
  readonly all: ReadonlySet<string>;
  readonly largest: number;
} {
  const message = new WireReader(file, "file");
  const all = new Set<string>();
  let first: "bytes" | "number" | undefined;
  let largest = 0;
  try {
    for (let count = 0; count < fieldsLooked && message.next(); count++) {
      const kind = message.isBytes ? "bytes" : "number";
      if (message.field === 1) first ??= kind;
      if (kind === "bytes") all.add(`${message.field} bytes`);
      largest = Math.max(largest, message.field);
      message.skip();
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  return { first, all, largest };
}
