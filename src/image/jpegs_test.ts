import { deepStrictEqual, strictEqual } from "@std/assert";
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
    for (const [name, [from, length, accurate, fast]] of entries) {
      const bytes = files.subarray(Number(from), Number(from) + Number(length));
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

Deno.test("decodeImage() does TensorFlow's INTEGER_ACCURATE unless it is told otherwise", async () => {
  const [from, length, accurate] = golden["baseline 2x2 31x29"];
  const bytes = files.subarray(Number(from), Number(from) + Number(length));
  const { pixels } = await decodeImage(bytes);
  strictEqual(sha256(pixels).slice(0, 16), accurate);
});

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
