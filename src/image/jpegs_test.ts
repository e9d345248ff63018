import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import golden from "../../tests/golden/jpegs.json" with { type: "json" };
import { joinBytes } from "../bytes/join_bytes.ts";
import { sha256 } from "../bytes/mod.ts";
import { decodeImage } from "./decode.ts";

type DctMethod = "INTEGER_ACCURATE" | "INTEGER_FAST";

const files = await unzipped(
  new URL("../../tests/fixtures/images/jpegs.bin.gz", import.meta.url),
);
const codings = Map.groupBy(
  Object.entries(golden),
  ([name]) => name.split(" ", 1)[0],
);

for (const [coding, entries] of codings) {
  Deno.test(`decodeImage() gives libjpeg-turbo's pixels for ${entries.length} drawings, ${coding}, by both of TensorFlow's transforms`, async () => {
    const wrong: string[] = [];
    for (const [name, entry] of entries) {
      const [, , accurate, fast] = entry;
      const bytes = plate(entry);
      const found = [
        await digestOf(bytes, "INTEGER_ACCURATE"),
        await digestOf(bytes, "INTEGER_FAST"),
      ];
      const isRight = found[0] === accurate &&
        (fast === null || found[1] === fast);
      if (!isRight) wrong.push(name);
    }
    deepStrictEqual(wrong, []);
  });
}

for (
  const name of [
    "arithmetic 2x2 31x29",
    "arithmetic_progressive 2x2 31x29",
  ] as const
) {
  Deno.test(`decodeImage() refuses ${name} cut anywhere`, async () => {
    const bytes = plate(golden[name]);
    for (let cut = 1; cut < bytes.length - 3; cut += 7) {
      await rejects(
        decodeImage(bytes.subarray(0, -cut)),
        { message: /^truncated JPEG/ },
        `${cut} bytes fewer`,
      );
    }
  });
}

Deno.test("decodeImage() does TensorFlow's INTEGER_ACCURATE unless it is told otherwise", async () => {
  const entry = golden["baseline 2x2 31x29"];
  const { pixels } = await decodeImage(plate(entry));
  strictEqual(sha256(pixels).slice(0, 16), entry[2]);
});

function plate(
  [from, length]: readonly (number | string | null)[],
): Uint8Array {
  return files.subarray(Number(from), Number(from) + Number(length));
}

async function digestOf(
  bytes: Uint8Array,
  dctMethod: DctMethod,
): Promise<string> {
  const { pixels } = await decodeImage(bytes, { dctMethod });
  return sha256(pixels).slice(0, 16);
}

async function unzipped(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const file = await Deno.open(url);
  const stream = file.readable.pipeThrough(new DecompressionStream("gzip"));
  return joinBytes(await Array.fromAsync(stream));
}
