import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { digestFile, sha256 } from "./digest.ts";

const ofNothing =
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Deno.test("sha256() gives the digests of FIPS 180-4", () => {
  strictEqual(sha256(new Uint8Array()), ofNothing);
  strictEqual(
    sha256("abc"),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

Deno.test("digestFile() agrees with sha256() over many chunks", async () => {
  const path = await Deno.makeTempFile();
  try {
    const nothing = await digestFile(path);
    deepStrictEqual([nothing.sha256, nothing.size], [ofNothing, 0]);
    const bytes = Uint8Array.from(
      { length: 700_001 },
      (_, index) => index % 251,
    );
    await Deno.writeFile(path, bytes);
    const { size, head, ...digest } = await digestFile(path);
    deepStrictEqual([size, head.length], [bytes.length, 0]);
    deepStrictEqual(digest, { sha256: sha256(bytes) });
    const headBytes = 300_000;
    const known = await digestFile(path, undefined, { headBytes });
    strictEqual(known.head.length >= headBytes, true);
    strictEqual(known.head.length < size, true);
    deepStrictEqual(known.head, bytes.slice(0, known.head.length));
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("digestFile() names a file that is missing, or a folder", async () => {
  await rejects(digestFile("no/such.jpg"), {
    name: "InputError",
    message:
      'Cannot read "no/such.jpg": no such file or folder; check the path',
  });
  await rejects(digestFile("."), { name: "InputError" });
});
