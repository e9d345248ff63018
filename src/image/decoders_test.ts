import { deepStrictEqual, ok, rejects, strictEqual } from "@std/assert";
import { fileURLToPath } from "node:url";
import golden from "../../tests/golden/images.json" with { type: "json" };
import { digestFile } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import { WorkerPool } from "./_worker_pool.ts";
import { augment, defaultAugmentation } from "./augment.ts";
import { decodeImage } from "./decode.ts";
import { pixelsOf } from "./pixels.ts";
import { openDecoders, openPixelReaders } from "./decoders.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

const fixtures = fileURLToPath(
  new URL("../../tests/fixtures/images/", import.meta.url),
);

function refusal(pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof InputError && pattern.test(error.message);
}

Deno.test("openDecoders() decodes many files at once as decodeImage() does", async () => {
  const decoders = openDecoders({ workers: 2, exif: false });
  const names = Object.keys(golden);
  const images = await Promise.all(
    names.map((name) => decoders.decode(fixtures + name)),
  );
  for (const [index, name] of names.entries()) {
    const expected = await decodeImage(await Deno.readFile(fixtures + name), {
      exif: false,
    });
    strictEqual(images[index].width, expected.width);
    strictEqual(images[index].pixels.join(), expected.pixels.join(), name);
  }
  decoders.close();
});

Deno.test("openDecoders() hands on exif and maxPixels", async () => {
  const size = 45 * 31;
  const decoders = openDecoders({ workers: 1, exif: false, maxPixels: size });
  strictEqual((await decoders.decode(`${fixtures}exif_6.jpg`)).width, 45);
  decoders.close();
  const strict = openDecoders({ workers: 1, maxPixels: size - 1 });
  await rejects(
    strict.decode(`${fixtures}gray.jpg`),
    refusal(/over the limit/),
  );
  strict.close();
});

Deno.test("openDecoders() refuses what is no readable file and goes on", async () => {
  await using folder = await temporaryFolder({ "empty.jpg": "" });
  const decoders = openDecoders({ workers: 1 });
  await rejects(
    decoders.decode(folder.join("none.jpg")),
    refusal(/^no such file or folder; check the path$/),
  );
  await rejects(
    decoders.decode(folder.path),
    refusal(/^it is a folder, a file is expected/),
  );
  await rejects(
    decoders.decode(folder.join("empty.jpg")),
    refusal(/^an empty file/),
  );
  strictEqual((await decoders.decode(`${fixtures}gray.jpg`)).width, 45);
  decoders.close();
});

Deno.test("openDecoders() warns of a file whose name promises another kind", async () => {
  await using folder = await temporaryFolder();
  const path = folder.join("photo.jpeg");
  await Deno.copyFile(`${fixtures}lossy.webp`, path);
  const decoders = openDecoders({ workers: 1 });
  strictEqual(
    (await decoders.decode(path)).warning,
    "is WebP inside; decoded as WebP",
  );
  decoders.close();
});

// Answers "echo" with itself; on anything else it spins, or throws outside any handler.
const troublesome = `data:text/javascript,${
  encodeURIComponent(`import { parentPort } from "node:worker_threads";
  parentPort.on("message", (data) => {
    if (data === "spin") while (true);
    if (data === "throw") setTimeout(() => { throw new Error("gone"); });
    if (data === "echo") parentPort.postMessage({ result: data });
  });`)
}`;

function openTroublesome(timeoutMs: number): WorkerPool<string, string> {
  return new WorkerPool({ script: troublesome, workers: 1, timeoutMs });
}

Deno.test("WorkerPool loses one request when a worker hangs, and replaces the worker", async () => {
  const pool = openTroublesome(500);
  const hung = rejects(
    pool.run("spin"),
    refusal(/^gave no picture within 0.5 s$/),
  );
  const next = pool.run("echo");
  await hung;
  strictEqual(await next, "echo");
  pool.close();
});

Deno.test("a process ends by itself after a worker that hangs was given up", async () => {
  const pool = new URL("./_worker_pool.ts", import.meta.url);
  await using folder = await temporaryFolder({
    "main.ts": `import { WorkerPool } from ${JSON.stringify(pool)};
      const script = ${JSON.stringify(troublesome)};
      const pool = new WorkerPool({ script, workers: 1, timeoutMs: 500 });
      await pool.run("spin").catch(({ message }) => console.log(message));
      console.log(await pool.run("echo"));
      pool.close();`,
  });
  const { code, signal, stdout } = await new Deno.Command("deno", {
    args: ["run", "--no-lock", "--no-check", folder.join("main.ts")],
    signal: AbortSignal.timeout(20_000),
  }).output();
  strictEqual(signal, null);
  strictEqual(code, 0);
  strictEqual(
    new TextDecoder().decode(stdout),
    "gave no picture within 0.5 s\necho\n",
  );
});

Deno.test("WorkerPool loses one request when a worker dies, and replaces the worker", async () => {
  const pool = openTroublesome(20_000);
  await rejects(pool.run("throw"), refusal(/^its decoder failed: .*gone/));
  strictEqual(await pool.run("echo"), "echo");
  pool.close();
});

Deno.test("WorkerPool gives up what is under way and waiting when it is closed", async () => {
  const pool = openTroublesome(20_000);
  const requests = ["spin", "echo", "echo"].map((request) =>
    rejects(pool.run(request), refusal(/closed$/))
  );
  const started = performance.now();
  pool.close();
  await Promise.all(requests);
  await rejects(pool.run("echo"), refusal(/closed$/));
  ok(performance.now() - started < 5_000);
});

Deno.test("openPixelReaders() reads files at a size, and changes pixels as they change here", async () => {
  const shape = { height: 20, width: 30, channels: 3 };
  const change = { amounts: defaultAugmentation, seed: 2, number: 11 };
  const file = `${fixtures}rgb8.png`;
  const known = { file, ...await digestFile(file) };
  const expected = pixelsOf(
    await decodeImage(await Deno.readFile(file)),
    shape,
  );
  const readers = openPixelReaders(shape, { workers: 1 });
  const { pixels } = await readers.read(known);
  deepStrictEqual(pixels, expected);
  const changed = augment(expected, change, shape);
  deepStrictEqual((await readers.read(known, change)).pixels, changed);
  deepStrictEqual(await readers.change(pixels, change), changed);
  readers.close();
});

Deno.test("openPixelReaders() refuses a file that holds other bytes than it did", async () => {
  const readers = openPixelReaders({ height: 2, width: 2, channels: 3 });
  await rejects(
    readers.read({ file: `${fixtures}rgb8.png`, sha256: "0".repeat(64) }),
    refusal(/^the file has changed since it was read first/),
  );
  readers.close();
});
