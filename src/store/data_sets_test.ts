import {
  deepStrictEqual,
  match,
  ok,
  rejects,
  strictEqual,
  throws,
} from "@std/assert";
import { createHash } from "node:crypto";
import { sha256 } from "../bytes/mod.ts";
import {
  type TemporaryFolder,
  temporaryFolder,
} from "../bytes/temporary_folder_testing.ts";
import {
  filesIn,
  picture,
  pictures,
  tar,
  tgz,
  zip,
} from "./archives_testing.ts";
import { type Behaviour, serve } from "./_test_server.ts";
import {
  checkDataSetName,
  dataSet,
  dataSetNameOf,
  fetchDataSet,
  listDataSets,
} from "./data_sets.ts";
import { knownDataSets } from "./known_data_sets.ts";

const archive = await tgz(pictures);

/** The pictures of a set in the store, without its record. */
async function filesOf(
  home: TemporaryFolder,
  name: string,
): Promise<Record<string, Uint8Array>> {
  const { ".espalier.json": _, ...files } = await filesIn(
    home.join("data", name),
  );
  return files;
}

Deno.test("fetchDataSet() brings each kind of archive into the store, whole, and leaves nothing else", async () => {
  await using home = await temporaryFolder();
  const archives = { a: archive, b: await tar(pictures), c: zip(pictures) };
  for (const [name, content] of Object.entries(archives)) {
    await using server = serve(content);
    const source = { name, from: server.url };
    const set = await fetchDataSet(source, { home: home.path });
    strictEqual(set.path, home.join("data", name));
    deepStrictEqual(await filesOf(home, name), pictures);
    deepStrictEqual(
      [set.files, set.bytes, set.sha256, set.checked],
      [5, content.length, sha256(content), "recorded"],
    );
    deepStrictEqual(await dataSet(name, home.path), set);
    deepStrictEqual(home.names("data", ".downloads", name), [
      ".lock",
      "fetched.json",
    ]);
    // Nothing is asked for again.
    deepStrictEqual(await fetchDataSet(source, { home: home.path }), set);
    strictEqual(server.requests.length, 1);
  }
  const sets = await listDataSets(home.path);
  deepStrictEqual(sets.map(({ name }) => name), ["a", "b", "c"]);
});

/** Serves the archive twice, each time with a behaviour. */
async function twice(
  home: TemporaryFolder,
  [first, second]: readonly [Behaviour, Behaviour],
): Promise<readonly string[]> {
  await using server = serve(archive, { behaviours: [first, second] });
  const source = { name: "set", from: server.url };
  const stop = new AbortController();
  await rejects(
    fetchDataSet(source, {
      home: home.path,
      signal: stop.signal,
      progress: ({ done }) => done >= 200 && stop.abort(),
    }),
    { name: "AbortError" },
  );
  strictEqual(await dataSet("set", home.path), undefined);
  await fetchDataSet(source, { home: home.path });
  deepStrictEqual(await filesOf(home, "set"), pictures);
  return server.requests;
}

Deno.test("fetchDataSet() goes on where it was interrupted, if the file is the same", async () => {
  const cut = { stallAfter: 200 };
  for (
    const [behaviours, second] of [
      [[{ ...cut, version: '"1"' }, { version: '"1"' }], "bytes=200-"],
      [[{ ...cut, version: '"0"' }, { version: '"1"' }], "bytes=200-"],
      [[cut, {}], "whole"],
    ] as const
  ) {
    await using home = await temporaryFolder();
    deepStrictEqual(await twice(home, behaviours), ["whole", second]);
  }
});

Deno.test("fetchDataSet() that is interrupted while it unpacks leaves no half, and does not fetch again", async () => {
  await using home = await temporaryFolder();
  await using server = serve(archive);
  const source = { name: "set", from: server.url };
  const stop = new AbortController();
  await rejects(
    fetchDataSet(source, {
      home: home.path,
      signal: stop.signal,
      progress: ({ stage }) => stage === "unpack" && stop.abort(),
    }),
    { name: "AbortError" },
  );
  deepStrictEqual(home.names("data"), [".downloads"]);
  // What a process that was killed leaves.
  const left = home.join("data", ".set.0123456789ab.tmp");
  await Deno.mkdir(left);
  await fetchDataSet(source, { home: home.path });
  deepStrictEqual(home.names("data"), [".downloads", "set"]);
  strictEqual(server.requests.length, 1);
});

Deno.test("fetchDataSet() of an archive that was left from another address fetches its own", async () => {
  await using home = await temporaryFolder();
  await using first = serve(archive);
  const stop = new AbortController();
  await rejects(fetchDataSet({ name: "set", from: first.url }, {
    home: home.path,
    signal: stop.signal,
    progress: ({ stage }) => stage === "unpack" && stop.abort(),
  }));
  const other = { "b/1.png": picture(9) };
  await using second = serve(await tgz(other));
  const source = { name: "set", from: second.url };
  await fetchDataSet(source, { home: home.path });
  deepStrictEqual(await filesOf(home, "set"), other);
});

Deno.test("fetchDataSet() checks what is known of an archive, and records who says it", async () => {
  await using home = await temporaryFolder();
  await using server = serve(archive);
  const md5 = createHash("md5").update(archive).digest("hex");
  const from = server.url;
  const right = { by: "published", bytes: archive.length, md5 } as const;
  const set = await fetchDataSet({ name: "set", from, expected: right }, {
    home: home.path,
  });
  strictEqual(set.checked, "published");
  const wrong = { by: "told", sha256: "0".repeat(64) } as const;
  await rejects(
    fetchDataSet({ name: "other", from, expected: wrong }, { home: home.path }),
    /not the expected file \(expected sha256 0+, got [0-9a-f]+\)/,
  );
  await rejects(
    fetchDataSet({ name: "set", from, expected: wrong }, { home: home.path }),
    /The data set "set" was fetched from there on .* with sha256 .*, not 0+; delete ".*set" to fetch it again/,
  );
  deepStrictEqual(home.names("data"), [".downloads", "set"]);
});

Deno.test("fetchDataSet() of which nothing is known takes the same archive when it is fetched again", async () => {
  await using home = await temporaryFolder();
  const remove = () =>
    Deno.remove(home.join("data", "set"), { recursive: true });
  let from = "";
  {
    await using server = serve(archive);
    from = server.url;
    await fetchDataSet({ name: "set", from }, { home: home.path });
    await remove();
    await fetchDataSet({ name: "set", from }, { home: home.path });
    await remove();
  }
  const other = zip(pictures);
  await using _server = serve(other, { port: Number(new URL(from).port) });
  await rejects(
    fetchDataSet({ name: "set", from }, { home: home.path }),
    new RegExp(
      `is another file than on .* \\(sha256 ${sha256(other)}, then ${
        sha256(archive)
      }\\); if it may have changed, run the same command with --sha256 ${
        sha256(other)
      }$`,
    ),
  );
  const expected = { by: "told", sha256: sha256(other) } as const;
  await fetchDataSet({ name: "set", from, expected }, { home: home.path });
});

Deno.test("fetchDataSet() refuses what cannot be unpacked, leaves nothing of it and asks again", async () => {
  await using home = await temporaryFolder();
  const members = { ...pictures, "../out.png": picture(1) };
  const page = () => new Response("<html>log in", { headers: {} });
  await using server = serve(archive, { behaviours: [{ response: page }] });
  const source = { name: "set", from: server.url };
  await rejects(
    fetchDataSet(source, { home: home.path }),
    /is a web page, perhaps one to log in/,
  );
  await fetchDataSet(source, { home: home.path });
  for (const content of [await tgz(members), zip(members)]) {
    await using server = serve(content);
    await rejects(
      fetchDataSet({ name: "bad", from: server.url }, { home: home.path }),
      /leads outside/,
    );
    deepStrictEqual(home.names(), ["data"]);
    deepStrictEqual(home.names("data"), [".downloads", "set"]);
  }
});

Deno.test("fetchDataSet() leaves a set of the same name from elsewhere, and a stranger's folder, alone", async () => {
  await using home = await temporaryFolder({ "data/mine/a/1.png": picture(1) });
  await using server = serve(archive);
  await fetchDataSet({ name: "set", from: server.url }, { home: home.path });
  for (
    const [name, message] of [
      [
        "set",
        /There is a data set "set" already, fetched from http:\S+; choose another name with --as, or delete ".*set"/,
      ],
      ["mine", /"\S+mine" is in the way, and was not fetched/],
    ] as const
  ) {
    const source = { name, from: `${server.url}?other` };
    await rejects(fetchDataSet(source, { home: home.path }), message);
  }
  strictEqual(server.requests.length, 1);
  strictEqual(await dataSet("mine", home.path), undefined);
});

Deno.test("fetchDataSet() unpacks a file of the user's, and tells when it has changed", async () => {
  await using home = await temporaryFolder({ "my.zip": zip(pictures) });
  const source = { name: "my", from: home.join("my.zip") };
  const set = await fetchDataSet(source, { home: home.path });
  deepStrictEqual(await filesOf(home, "my"), pictures);
  deepStrictEqual(await fetchDataSet(source, { home: home.path }), set);
  ok((await Deno.stat(source.from)).isFile);
  await Deno.writeFile(source.from, zip({ "b/1.png": picture(9) }));
  await rejects(
    fetchDataSet(source, { home: home.path }),
    /my\.zip" has changed since .*, when the data set "my" was made of it/,
  );
  await Deno.remove(source.from);
  deepStrictEqual(await fetchDataSet(source, { home: home.path }), set);
});

Deno.test("fetchDataSet() of two at once downloads once", async () => {
  await using home = await temporaryFolder();
  await using server = serve(archive);
  const source = { name: "set", from: server.url };
  await Promise.all([
    fetchDataSet(source, { home: home.path }),
    fetchDataSet(source, { home: home.path }),
  ]);
  strictEqual(server.requests.length, 1);
});

Deno.test("fetchDataSet() takes an archive that was put in its place by hand", async () => {
  await using home = await temporaryFolder({
    "data/.downloads/set/photos.tgz": archive,
  });
  const from = "http://127.0.0.1:9/photos.tgz";
  await fetchDataSet({ name: "set", from }, { home: home.path });
  deepStrictEqual(await filesOf(home, "set"), pictures);
});

Deno.test("dataSet() takes no record that is damaged or of another name for one", async () => {
  await using home = await temporaryFolder({
    "data/a/.espalier.json": "{",
    "data/b/.espalier.json": "{}",
  });
  for (const name of ["a", "b", "c", "..", "digits", "a/b"]) {
    strictEqual(await dataSet(name, home.path), undefined);
  }
});

Deno.test("dataSetNameOf() is the archive's name without its ending", () => {
  for (
    const [from, name] of [
      ["http://a.b/flower_photos.tgz", "flower_photos"],
      ["http://a.b/x/photos.tar.gz?dl=1#top", "photos"],
      ["https://a.b/imagewoof2-160.TAR", "imagewoof2-160"],
      ["http://a.b/my%20photos.zip", "my photos"],
      ["/home/ada/v1.2.zip", "v1.2"],
      ["http://a.b/", ""],
    ]
  ) {
    strictEqual(dataSetNameOf(from), name, from);
  }
});

Deno.test("checkDataSetName() refuses what is no plain name", () => {
  checkDataSetName("flower_photos-2.1");
  checkDataSetName("花");
  for (
    const name of [
      ...["", ".", "..", ".hidden", "a/b", "a b", "-a", "builtin:x", "nul"],
      ...["digits", "all", "shapes", "a".repeat(101)],
    ]
  ) {
    throws(() => checkDataSetName(name), {
      name: "UsageError",
      message: /^A data set cannot be called /,
    });
  }
});

Deno.test("each known data set can be fetched by its name, and something is known of its archive", () => {
  for (const [name, known] of Object.entries(knownDataSets)) {
    strictEqual(known.name, name);
    checkDataSetName(name);
    strictEqual(dataSetNameOf(known.url), name);
    match(
      known.archive.sha256 ?? known.archive.md5 ?? "",
      /^(?:[0-9a-f]{64}|[0-9a-f]{32})$/,
    );
  }
});
