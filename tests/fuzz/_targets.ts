/**
 * What is read of files: each target has files that are right, and reads a
 * mutant of one. It says whether it took it, and throws an `InputError` where it
 * refused it; anything else that is thrown is a finding, what an assertion says
 * of a mutant that should not have been taken among them.
 *
 * @module
 */
import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { createHash } from "node:crypto";
import { crc32, gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { conv2dTiles } from "../../kernels/conv2d.ts";
import { testValues } from "../../kernels/testing.ts";
import {
  decodeNpy,
  decodeTensors,
  encodeNpy,
  encodeTensors,
  parseCsv,
  parseLog,
  sha256,
} from "../../src/bytes/mod.ts";
import { joinBytes } from "../../src/bytes/join_bytes.ts";
import { decodePacked } from "../../src/bytes/packed_tensors.ts";
import { parseBottleneck } from "../../src/data/bottleneck_text.ts";
import { FeatureCache } from "../../src/data/feature_cache.ts";
import { InputError } from "../../src/errors.ts";
import { inspectGraph, openModel } from "../../src/features/mod.ts";
import { pictureGraph, placeholderGraph } from "../../src/features/testing.ts";
import { decodeGraphDef, encodeGraphDef } from "../../src/graph/mod.ts";
import {
  constantNode,
  graphOf,
  ints,
  node,
  placeholder,
  text as textAttribute,
} from "../../src/graph/testing.ts";
import { decodeImage, type RgbImage } from "../../src/image/mod.ts";
import { readHeader } from "../../src/image/header.ts";
import { readOrientation } from "../../src/image/orientation.ts";
import { planTraining } from "../../src/run/mod.ts";
import { RunFolder } from "../../src/run/run_folder.ts";
import { readSplit } from "../../src/run/recorded_split.ts";
import { formatRunRecord, parseRunRecord } from "../../src/run/run_record.ts";
import { parseTrainingLog } from "../../src/run/training_log.ts";
import { readArchive } from "../../src/store/archive.ts";
import { openStore } from "../../src/store/store.ts";
import {
  decodeCheckpoint,
  encodeCheckpoint,
} from "../../src/train/checkpoint.ts";
import { modelNamed } from "../../models/mod.ts";
import { readTuning, tuningPath } from "../../src/tune/tuning_file.ts";
import { changedGraph } from "./_changed_graph.ts";
import type { Change, Form } from "./_mutants.ts";
import { runRecord, trainingState, tuningText } from "./_samples.ts";
import { setTargets } from "./_set_targets.ts";
import { onnxTargets } from "./_onnx_targets.ts";
import { weightTargets } from "./_weight_targets.ts";

/** Where a target may write. */
export interface Place {
  /** A folder of its own. */
  readonly folder: string;
}

export interface Target {
  readonly form: Form;
  /** Files that are right. */
  files(): Promise<readonly Uint8Array[]> | readonly Uint8Array[];
  /** A change that leaves a file whole. */
  readonly change?: Change;
  /** Gives a mutant the checksum that it would need to be believed. */
  readonly seal?: (mutant: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
  /** Reads a mutant; false, or an `InputError`, where it is refused. */
  read(
    mutant: Uint8Array<ArrayBuffer>,
    from: Place & { readonly original: Uint8Array },
  ): Promise<boolean> | boolean;
}

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** What was taken is written and read again: refusing it now is a finding. */
function again<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new Error(
      `taken, and refused when it is read again: ${error.message}`,
    );
  }
}

/** What is protected by a checksum is taken as it was, or not at all. */
function mustBe(mutant: Uint8Array, original: Uint8Array): true {
  deepStrictEqual([...mutant], [...original]);
  return true;
}

async function written(
  folder: string,
  name: string,
  bytes: Uint8Array,
): Promise<string> {
  const path = join(folder, name);
  await Deno.writeFile(path, bytes);
  return path;
}

const graphs: Target = {
  form: "bytes",
  files: () => [
    pictureGraph(),
    placeholderGraph(),
    encodeGraphDef(everyAttribute),
    ...otherFiles.map((text) => Uint8Array.from(text, (c) => c.charCodeAt(0))),
  ],
  read(mutant) {
    const graph = decodeGraphDef(mutant, { source: "a.pb" });
    deepStrictEqual(again(() => decodeGraphDef(encodeGraphDef(graph))), graph);
    const uses = [
      () => inspectGraph(graph),
      () => inspectGraph(graph, { inputSize: 8 }),
      () => planTraining(openModel(mutant, { inputSize: 8 }), training),
    ];
    for (const use of uses) {
      try {
        use();
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    }
    return true;
  },
  change(bytes, { random }) {
    try {
      return Uint8Array.from(
        encodeGraphDef(changedGraph(decodeGraphDef(bytes), random)),
      );
    } catch (error) {
      if (error instanceof InputError) return bytes;
      throw error;
    }
  },
};

const training = { batch: 16, classes: 10, optimizer: "adam" } as const;

const everyAttribute = graphOf(
  placeholder("x", [1, 4, 4, 2]),
  constantNode("filter", [2, 2, 2, 3], testValues(24)),
  node("Conv2D", "conv", {
    inputs: ["x", "filter", "^x"],
    attributes: {
      strides: ints(1, 1, 1, 1),
      padding: textAttribute("SAME"),
      scale: { kind: "float", value: 0.25 },
      shape: { kind: "shape", value: [-1, 3] },
      any: { kind: "shape", value: null },
      call: { kind: "function", value: Uint8Array.of(10, 1, 65) },
      held: { kind: "placeholder", value: "T" },
    },
  }),
  node("Softmax", "y", { inputs: ["conv"] }),
);

/** Latin-1 beginnings of files that are no graphs. */
const otherFiles = [
  "\x08\x08\x12\x07pytorch\x1a\x032.1:\x04\x0a\x02ab",
  "PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0data.pkl",
  "# a text\n\nnode {\n  name: 'x'\n}\n",
  "\n<!-- a --><!DOCTYPE html><html></html>",
];

const arrays: Target = {
  form: "bytes",
  files: () => [
    encodeNpy({ shape: [2, 3], data: testValues(6) }),
    encodeNpy({ shape: [], data: Float64Array.of(0.5) }),
    encodeNpy({ shape: [5], data: Int32Array.of(1, 2, 3, 4, 5) }),
    encodeNpy({ shape: [1, 2], data: BigInt64Array.of(1n, -1n) }),
    encodeNpy({ shape: [0, 4], data: new Uint8Array(0) }),
  ],
  read(mutant) {
    const array = decodeNpy(mutant);
    const count = array.shape.reduce((product, size) => product * size, 1);
    strictEqual(array.data.length, count);
    deepStrictEqual(again(() => decodeNpy(encodeNpy(array))), array);
    return true;
  },
};

const tables: Target = {
  form: "text",
  files: () => [
    encode('path,n\n"a,b",1\n"x""y",\n'),
    encode("a\n1\n2\n"),
  ],
  read(mutant) {
    const { header, rows } = parseCsv(decode(mutant));
    const quoted = [header, ...rows].map((cells) =>
      `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")}\n`
    ).join("");
    if (header.length > 0) {
      deepStrictEqual(again(() => parseCsv(quoted)), { header, rows });
    }
    return true;
  },
};

const records: Target = {
  form: "json",
  files: () => [encode(formatRunRecord(runRecord))],
  read(mutant) {
    // As texts: JSON has no -0.
    const text = formatRunRecord(parseRunRecord(decode(mutant), "run.json"));
    const read = again(() => parseRunRecord(text, "run.json"));
    strictEqual(formatRunRecord(read), text);
    return true;
  },
};

const adapter = {
  description: "an adapter",
  vendor: "vendor",
  architecture: "",
  isFallback: false,
  features: [],
  limits: {},
};

function tunings(seal?: Target["seal"]): Target {
  return {
    form: "json",
    files: async () => [encode(await tuningText(adapter))],
    ...seal && { seal },
    async read(mutant, { folder, original }) {
      const name = tuningPath("", adapter);
      await written(folder, name, mutant);
      const { tuning } = await readTuning(folder, adapter);
      if (!tuning) return false;
      const { tuning: known } = JSON.parse(decode(original));
      if (!seal) deepStrictEqual(JSON.parse(JSON.stringify(tuning)), known);
      const preset = JSON.stringify(tuning.preset);
      ok(conv2dTiles.some((tile) => JSON.stringify(tile) === preset));
      return true;
    },
  };
}

function sealTuning(mutant: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  try {
    const { checksum: _, ...content } = JSON.parse(decode(mutant));
    const checksum = sha256(JSON.stringify(content));
    return encode(JSON.stringify({ ...content, checksum }));
  } catch {
    return mutant;
  }
}

const smallDigest = "0".repeat(64);
const smallModel = {
  ...modelNamed("inception-v3-npm"),
  bytes: 3,
  published: { by: "sha256", sha256: smallDigest },
} as const;

const modelRecords: Target = {
  form: "json",
  files: () => {
    const { name, provenance } = smallModel;
    const record = { name, bytes: 3, sha256: smallDigest, provenance };
    return [encode(JSON.stringify(record))];
  },
  async read(mutant, { folder }) {
    const entry = smallModel;
    const store = openStore(folder);
    await Deno.mkdir(join(store.path(entry), ".."), { recursive: true });
    await Deno.writeFile(store.path(entry), Uint8Array.of(1, 2, 3));
    await Deno.writeFile(store.recordPath(entry), mutant);
    if (!await store.has(entry)) return false;
    strictEqual(JSON.parse(decode(mutant)).sha256, smallDigest);
    return true;
  },
};

const digestStart = 8 + `{"__metadata__":{"sha256":"`.length;

function sealTensors(mutant: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (mutant.length < digestStart + 64) return mutant;
  const sealed = mutant.slice();
  sealed.set(encode("0".repeat(64)), digestStart);
  sealed.set(encode(sha256(sealed)), digestStart);
  return sealed;
}

function checkpoints(seal?: Target["seal"]): Target {
  return {
    form: "bytes",
    files: () => [1, 100].map((step) => encodeCheckpoint(trainingState(step))),
    ...seal && { seal },
    read(mutant, { original }) {
      const checkpoint = decodeCheckpoint(mutant, "step-000001");
      if (!seal) return mustBe(mutant, original);
      const bytes = encodeCheckpoint(checkpoint);
      deepStrictEqual(again(() => decodeCheckpoint(bytes, "x")), checkpoint);
      return true;
    },
  };
}

const tensorFile = {
  kind: "model",
  metadata: { labels: ["a", "b"] },
  tensors: {
    w: { shape: [2, 3], data: testValues(6) },
    b: { shape: [], data: testValues(1) },
    "7": { shape: [0], data: new Float32Array(0) },
  },
};

function tensorFiles(seal?: Target["seal"]): Target {
  return {
    form: "bytes",
    files: () => [encodeTensors(tensorFile)],
    ...seal && { seal },
    read(mutant, { original }) {
      const file = decodeTensors(mutant, { kind: "model" });
      if (!seal) return mustBe(mutant, original);
      deepStrictEqual(
        again(() => decodeTensors(encodeTensors(file), file)),
        file,
      );
      return true;
    },
  };
}

/** The container of the first version, which nothing writes any more. */
function packed(): Uint8Array<ArrayBuffer> {
  const header = encode(
    JSON.stringify({
      kind: "row",
      metadata: { key: "k" },
      tensors: [{ name: "row", dtype: "f32", shape: [4], offset: 0 }],
    }).padEnd(112),
  );
  const head = new Uint8Array(16);
  head.set(encode("espalier"));
  new DataView(head.buffer).setUint32(8, 1, true);
  new DataView(head.buffer).setUint32(12, header.length, true);
  const data = new Uint8Array(testValues(4).buffer);
  return sealPacked(joinBytes([head, header, data, new Uint8Array(32)]));
}

function sealPacked(mutant: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (mutant.length < 32) return mutant;
  const content = mutant.subarray(0, -32);
  const digest = createHash("sha256").update(content).digest();
  return joinBytes([content, new Uint8Array(digest)]);
}

function packedFiles(seal?: Target["seal"]): Target {
  return {
    form: "bytes",
    files: () => [packed()],
    ...seal && { seal },
    read(mutant, { original }) {
      const { tensors } = decodePacked(mutant, { kinds: ["row"], name: "row" });
      if (!seal) return mustBe(mutant, original);
      for (const { shape, data } of Object.values(tensors)) {
        const count = shape.reduce((product, size) => product * size, 1);
        strictEqual(data.length, count);
      }
      return true;
    },
  };
}

const image = sha256("image");
const row = testValues(4);
const cacheOf = (folder: string) =>
  new FeatureCache(folder, {
    modelSha256: sha256("model"),
    bottleneck: "features:0",
    length: row.length,
    preprocessing: "graph",
    exif: true,
    version: "1",
  });

function rows(seal?: Target["seal"]): Target {
  const pathOf = ({ folder }: FeatureCache) =>
    join(folder, image.slice(0, 2), `${image}.row`);
  return {
    form: "bytes",
    async files() {
      const folder = await Deno.makeTempDir({ prefix: "espalier-fuzz-" });
      const cache = cacheOf(folder);
      await cache.put(image, row);
      const bytes = await Deno.readFile(pathOf(cache));
      await Deno.remove(folder, { recursive: true });
      return [bytes];
    },
    ...seal && { seal },
    async read(mutant, { folder }) {
      const cache = cacheOf(folder);
      await Deno.mkdir(join(pathOf(cache), ".."), { recursive: true });
      await Deno.writeFile(pathOf(cache), mutant);
      const found = await cache.get(image);
      if (!found) return false;
      if (!seal) deepStrictEqual(found, row);
      strictEqual(found.length, row.length);
      ok(found.every(Number.isFinite));
      return true;
    },
  };
}

const members = { "x": "a".repeat(700), "folder/two.txt": "two" };

async function tar(): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(
    await packTar(
      Object.entries(members).map(([name, body]) => ({
        header: { name, size: body.length },
        body,
      })),
    ),
  );
}

const zip = (bytes: Uint8Array) => Uint8Array.from(gzipSync(bytes));

function archives(seal?: Target["seal"]): Target {
  return {
    form: "bytes",
    files: async () => seal ? [await tar()] : [zip(await tar())],
    ...seal && { seal },
    async read(mutant, { folder }) {
      const path = await written(folder, "x.tgz", mutant);
      const names = Object.keys(members);
      const found = await readArchive(path, names, { maxBytes: 2 ** 24 });
      if (seal) return true;
      const texts = [...found].map(([name, bytes]) => [name, decode(bytes)]);
      deepStrictEqual(Object.fromEntries(texts), members);
      return true;
    },
  };
}

const bottlenecks: Target = {
  form: "text",
  files: () => [encode("0.5,1,-2e-3"), encode(" 1 , 2\n")],
  read(mutant) {
    const text = decode(mutant);
    const values = parseBottleneck(text);
    if (typeof values === "string") return false;
    strictEqual(values.length, text.split(",").length);
    ok(values.every(Number.isFinite));
    return true;
  },
};

const logs: Target = {
  form: "json",
  files: () => [
    encode('{"event":"step","step":1,"loss":2.5,"accuracy":0.5}\n'),
    encode(
      '{"event":"eval","step":1,"validationLoss":1,"validationAccuracy":0,"epoch":1}\n',
    ),
  ],
  read(mutant) {
    const { train, validation } = parseTrainingLog(parseLog(decode(mutant)));
    for (const { step, loss } of [...train, ...validation]) {
      ok(Number.isSafeInteger(step) && step >= 0 && Number.isFinite(loss));
    }
    for (const { epoch = 0 } of validation) {
      ok(Number.isSafeInteger(epoch) && epoch >= 0);
    }
    return true;
  },
};

const splits: Target = {
  form: "text",
  files: () => [
    encode(
      `row,path,label,split,sha256,file\n0,a/1.png,a,train,${
        sha256("1")
      },/p/a/1.png\n1,"b,c/2.png","b,c",test,${sha256("2")},/p/b/2.png\n`,
    ),
  ],
  async read(mutant, { folder }) {
    await written(folder, "split.csv", mutant);
    const found = await readSplit(new RunFolder(folder));
    for (const { split, sha256 } of found ?? []) {
      ok(["train", "validation", "test"].includes(split));
      strictEqual(sha256.length, 64);
    }
    return true;
  },
};

const exif: Target = {
  form: "bytes",
  files: () =>
    [true, false].map((isLittle) => {
      const block = new Uint8Array(32);
      const view = new DataView(block.buffer);
      block.set(encode(isLittle ? "II" : "MM"));
      view.setUint16(2, 42, isLittle);
      view.setUint32(4, 8, isLittle);
      view.setUint16(8, 1, isLittle);
      view.setUint16(10, 0x112, isLittle);
      view.setUint16(12, 3, isLittle);
      view.setUint32(14, 1, isLittle);
      view.setUint16(18, 6, isLittle);
      return block;
    }),
  read(mutant) {
    const orientation = readOrientation(mutant);
    ok(Number.isInteger(orientation) && orientation >= 1 && orientation <= 8);
    return orientation !== 1;
  },
};

function pictures(ending: string, seal?: Target["seal"]): Target {
  const folder = new URL("../fixtures/images/", import.meta.url);
  return {
    form: "bytes",
    async files() {
      const names = await Array.fromAsync(Deno.readDir(folder), (e) => e.name);
      const chosen = names.filter((name) => name.endsWith(ending)).sort();
      return await Promise.all(
        chosen.map((name) => Deno.readFile(new URL(name, folder))),
      );
    },
    ...seal && { seal },
    async read(mutant) {
      const { width, height, pixels }: RgbImage = await decodeImage(mutant);
      strictEqual(pixels.length, width * height * 3);
      const header = readHeader(mutant);
      strictEqual(width * height, header.width * header.height);
      return true;
    },
  };
}

/** Each chunk's checksum as its content is. */
function sealPng(mutant: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const sealed = mutant.slice();
  const view = new DataView(sealed.buffer);
  for (let at = 8; at + 12 <= sealed.length;) {
    const length = view.getUint32(at);
    if (at + 12 + length > sealed.length) break;
    const content = sealed.subarray(at + 4, at + 8 + length);
    view.setUint32(at + 8 + length, crc32(content));
    at += 12 + length;
  }
  return sealed;
}

/** By name; "sealed" ones carry the checksums that let a mutant in. */
export const targets: Readonly<Record<string, Target>> = {
  "graph": graphs,
  "npy": arrays,
  "csv": tables,
  "run.json": records,
  "tuning": tunings(),
  "tuning, sealed": tunings(sealTuning),
  "model record": modelRecords,
  "checkpoint": checkpoints(),
  "checkpoint, sealed": checkpoints(sealTensors),
  "safetensors": tensorFiles(),
  "safetensors, sealed": tensorFiles(sealTensors),
  "packed": packedFiles(),
  "packed, sealed": packedFiles(sealPacked),
  "row": rows(),
  "row, sealed": rows(sealTensors),
  "archive": archives(),
  "archive, sealed": archives(zip),
  "bottlenecks": bottlenecks,
  "log": logs,
  "split": splits,
  "exif": exif,
  "jpeg": pictures(".jpg"),
  "png": pictures(".png"),
  "png, sealed": pictures(".png", sealPng),
  "gif": pictures(".gif"),
  "webp": pictures(".webp"),
  ...weightTargets,
  ...setTargets,
  ...onnxTargets,
};
