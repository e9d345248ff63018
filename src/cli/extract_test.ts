import {
  deepStrictEqual,
  match,
  notDeepStrictEqual,
  ok,
  strictEqual,
} from "@std/assert";
import { join } from "@std/path";
import { decodeNpy } from "../bytes/mod.ts";
import { parseBottleneck } from "../data/mod.ts";
import { pictureGraph, placeholderGraph } from "../features/testing.ts";
import { decodeImage, encodePng } from "../image/mod.ts";
import {
  type CommandResult,
  eventsOf,
  type FakeHost,
  fakeHost,
  runCommand,
} from "./testing.ts";
import { extract } from "./extract.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

const fixtures = new URL("../../tests/fixtures/images/", import.meta.url);

/** A folder with `net.pb` and `data`, in which three files are no pictures. */
async function inPhotoFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  await Deno.writeFile(folder.join("net.pb"), pictureGraph());
  const photos = {
    "tulips/b.jpg": "baseline_420.jpg",
    "tulips/a.jpg": "exif_6.jpg",
    "roses/twin.jpg": "exif_6.jpg",
    "roses/no extension": "rgb8.png",
  };
  for (const label of ["roses", "tulips"]) {
    await Deno.mkdir(folder.join("data", label), { recursive: true });
  }
  for (const [path, fixture] of Object.entries(photos)) {
    await Deno.copyFile(
      new URL(fixture, fixtures),
      folder.join("data", path),
    );
  }
  await Deno.writeTextFile(folder.join("data/roses/empty.jpg"), "");
  await Deno.writeTextFile(folder.join("data/tulips/page.jpg"), "<html>");
  await Deno.writeTextFile(folder.join("data/roses/page.jpg"), "<html>");
  await test(folder.path);
}

function runExtract(
  folder: string,
  args: readonly string[] = [],
  { data = "data", host = fakeHost() }: {
    data?: string;
    host?: FakeHost;
  } = {},
): Promise<CommandResult> {
  return runCommand(extract, {
    args: [join(folder, data), "--model", join(folder, "net.pb"), ...args],
    home: join(folder, "home"),
    host,
  });
}

async function readRows(path: string): Promise<number[][]> {
  const { shape: [rows, width], data } = decodeNpy(await Deno.readFile(path));
  return Array.from(
    { length: rows },
    (_, row) => [...data.slice(row * width, (row + 1) * width)].map(Number),
  );
}

Deno.test("espalier extract writes rows in path order, their paths, and what it skipped", async () => {
  await inPhotoFolder(async (folder) => {
    const npy = join(folder, "out.npy");
    const { code, stdout, stderr } = await runExtract(folder, ["--npy", npy]);
    strictEqual(code, 0);
    match(
      stdout,
      /^4 rows x 5 {2}\S+ images\/s {2}cached 0 {2}skipped 3 {2}->/,
    );
    const paths = [
      "roses/no extension",
      "roses/twin.jpg",
      "tulips/a.jpg",
      "tulips/b.jpg",
    ];
    const list = await Deno.readTextFile(join(folder, "out.txt"));
    deepStrictEqual(list, paths.map((path) => `${path}\n`).join(""));
    const rows = await readRows(npy);
    strictEqual(rows.length, 4);
    deepStrictEqual(rows[1], rows[2]);
    ok(rows[0].join() !== rows[1].join());
    const skipped = await Deno.readTextFile(join(folder, "out.skipped.csv"));
    match(
      skipped,
      /^path,reason\nroses\/empty\.jpg,0 bytes\nroses\/page\.jpg,(.+)\ntulips\/page\.jpg,\1\n$/,
    );
    match(stderr, /warning: .*page\.jpg is skipped: /);
  });
});

Deno.test("espalier extract computes no picture twice, and the same at any batch", async () => {
  await inPhotoFolder(async (folder) => {
    const [one, two] = [join(folder, "1.npy"), join(folder, "2.npy")];
    await runExtract(folder, ["--npy", one, "--json"]);
    const [again] = eventsOf(
      await runExtract(folder, ["--npy", two, "--json"]),
    );
    // Three pictures are different, and a row is kept for each of those.
    deepStrictEqual([again.rows, again.cached], [4, 3]);
    deepStrictEqual(await Deno.readFile(one), await Deno.readFile(two));
    await Deno.remove(join(folder, "home"), { recursive: true });
    await runExtract(folder, ["--npy", two, "--batch", "1"]);
    deepStrictEqual(await Deno.readFile(one), await Deno.readFile(two));
  });
});

Deno.test("espalier extract --txt writes the text files of the tutorials", async () => {
  await inPhotoFolder(async (folder) => {
    const [npy, txt] = [join(folder, "out.npy"), join(folder, "txt")];
    await runExtract(folder, ["--npy", npy, "--txt", txt]);
    const text = await Deno.readTextFile(join(txt, "tulips/b.jpg.txt"));
    deepStrictEqual([...parseBottleneck(text)], (await readRows(npy))[3]);
  });
});

Deno.test("espalier extract takes a folder of pictures without classes, and --limit", async () => {
  await inPhotoFolder(async (folder) => {
    const flat = await runExtract(folder, ["--json"], { data: "data/tulips" });
    deepStrictEqual(eventsOf(flat).map(({ rows }) => rows), [2]);
    const few = await runExtract(folder, ["--json", "--limit", "2"]);
    // Two of each class; one of the roses is empty.
    const counts = eventsOf(few).map(({ rows, skipped }) =>
      Number(rows) + (Array.isArray(skipped) ? skipped.length : 0)
    );
    deepStrictEqual(counts, [4]);
  });
});

Deno.test("espalier extract --no-exif leaves photos as stored", async () => {
  await inPhotoFolder(async (folder) => {
    const [one, two] = [join(folder, "1.npy"), join(folder, "2.npy")];
    await runExtract(folder, ["--npy", one]);
    await runExtract(folder, ["--npy", two, "--no-exif"]);
    const [turned, stored] = [await readRows(one), await readRows(two)];
    deepStrictEqual(turned[0], stored[0]);
    ok(turned[1].join() !== stored[1].join());
  });
});

Deno.test("espalier extract says how a graph without preprocessing is fed, and obeys flags", async () => {
  await inPhotoFolder(async (folder) => {
    const path = join(folder, "net.pb");
    await Deno.writeFile(path, placeholderGraph({ shape: [-1, -1, -1, 3] }));
    const silent = await runExtract(folder);
    match(silent.stderr, /give --input-size/);
    strictEqual(silent.code, 2);
    const noted = await runExtract(folder, ["--input-size", "8"]);
    match(noted.stderr, /\(pixel - 127\.5\) \/ 127\.5; change it with --mean/);
    strictEqual(noted.code, 0);
  });
});

Deno.test("espalier extract stops at Ctrl-C and says how to go on", async () => {
  await inPhotoFolder(async (folder) => {
    const host = fakeHost();
    const running = runExtract(folder, ["--no-fold"], { host });
    host.interrupt();
    const { code, stdout, stderr } = await running;
    deepStrictEqual([code, stdout], [130, ""]);
    match(
      stderr,
      /go on with: \.\/espalier extract .*\/data --model .*--no-fold/,
    );
  });
});

const refusals: readonly {
  readonly what: string;
  readonly data?: string;
  readonly args?: readonly string[];
  readonly code: number;
  readonly message: RegExp;
}[] = [
  {
    what: "a folder that is not there",
    data: "date",
    code: 2,
    message: /date: no such folder/,
  },
  {
    what: "an output whose folder is not there",
    args: ["--npy", "/no/such/folder/out.npy"],
    code: 1,
    message:
      /Cannot write "\/no\/such\/folder\/out\.npy": no such file or folder/,
  },
  {
    what: "a tensor that is not there",
    args: ["--bottleneck-tensor", "feature:0"],
    code: 1,
    message: /no tensor "feature:0"; did you mean "features"/,
  },
];

for (const { what, data = "data", args = [], code, message } of refusals) {
  Deno.test(`espalier extract refuses ${what}`, async () => {
    await inPhotoFolder(async (folder) => {
      const result = await runExtract(folder, args, { data });
      match(result.stderr, message);
      deepStrictEqual([result.code, result.stdout], [code, ""]);
    });
  });
}

Deno.test("espalier extract refuses a folder in which no picture is whole", async () => {
  await inPhotoFolder(async (folder) => {
    await Deno.mkdir(join(folder, "bad/x"), { recursive: true });
    await Deno.writeTextFile(join(folder, "bad/x/a.jpg"), "<html>");
    const { code, stderr } = await runExtract(folder, [], { data: "bad" });
    strictEqual(code, 1);
    match(stderr, /none of 1 image can be used, such as .*x\/a\.jpg: /);
  });
});

Deno.test("espalier extract names the command that brings the demo set", async () => {
  await inPhotoFolder(async (folder) => {
    const { code, stderr } = await runCommand(extract, {
      args: ["builtin:digits", "--model", join(folder, "net.pb")],
      home: join(folder, "home"),
    });
    strictEqual(code, 2);
    match(stderr, /espalier fetch/);
  });
});

Deno.test("extract decodes JPEGs by the transform that its graph asks for, and keeps the rows of both apart", async () => {
  const jpeg = await Deno.readFile(new URL("baseline_420.jpg", fixtures));
  const fast = await decodeImage(jpeg, { dctMethod: "INTEGER_FAST" });
  await using folder = await temporaryFolder({
    "jpeg/a/1.jpg": jpeg,
    "png/a/1.png": encodePng(fast),
  });
  const rowsOf = async (data: string, dctMethod: string) => {
    await Deno.writeFile(folder.join("net.pb"), pictureGraph({ dctMethod }));
    const npy = folder.join(`${data}.npy`);
    const { code } = await runExtract(folder.path, ["--npy", npy], { data });
    strictEqual(code, 0);
    return await readRows(npy);
  };
  const expected = await rowsOf("png", "INTEGER_ACCURATE");
  notDeepStrictEqual(await rowsOf("jpeg", "INTEGER_ACCURATE"), expected);
  deepStrictEqual(await rowsOf("jpeg", "INTEGER_FAST"), expected);
  deepStrictEqual(await rowsOf("jpeg", ""), expected);
});
