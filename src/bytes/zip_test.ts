import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import { zipSync } from "fflate";
import { InputError } from "../errors.ts";
import { isZip, openZip } from "./zip.ts";

const source = { name: "a.whl", remedy: "download it again" };
const text = new TextEncoder().encode("a text that repeats a text ".repeat(9));
const members = { "a/b.txt": text, "花": Uint8Array.of(1, 2, 3) };

/** Where the bytes of a number stand, little-endian. */
function find(bytes: Uint8Array, number: number): number {
  const view = new DataView(bytes.buffer);
  for (let at = bytes.length - 4; at >= 0; at--) {
    if (view.getUint32(at, true) === number) return at;
  }
  return -1;
}

Deno.test("openZip() reads members that are packed and that are stored", () => {
  for (const level of [0, 6] as const) {
    const bytes = zipSync(members, { level });
    strictEqual(isZip(bytes), true);
    const zip = openZip(bytes, source);
    deepStrictEqual(zip.names, ["a/b.txt", "花"]);
    deepStrictEqual(
      Object.fromEntries(zip.read(["花", "a/b.txt"])),
      members,
    );
  }
});

Deno.test("openZip() reads a directory of the zip64 kind", () => {
  const file = new URL(
    "../../tests/golden/weights/kinds.pth",
    import.meta.url,
  );
  const bytes = Deno.readFileSync(file);
  strictEqual(find(bytes, 0x06064b50) > 0, true);
  const zip = openZip(bytes, source);
  strictEqual(zip.names[0], "kinds/data.pkl");
  strictEqual(zip.read(["kinds/version"]).get("kinds/version")?.[0], 0x33);
});

Deno.test("openZip() refuses a member that is missing, or damaged", () => {
  const bytes = zipSync(members, { level: 0 });
  throws(() => openZip(bytes, source).read(["b"]), {
    message: 'a.whl has no member "b"; download it again',
  });
  bytes[bytes.indexOf(0x61, 37) + 5] ^= 1;
  throws(() => openZip(bytes, source).read(["a/b.txt"]), {
    message:
      'a.whl is damaged (checksum mismatch in "a/b.txt"); download it again',
  });
});

Deno.test("openZip() refuses what expands without end, before it does", () => {
  const bytes = zipSync({ "net.pth": new Uint8Array(2 ** 25) });
  throws(() => openZip(bytes, source).read(["net.pth"]), {
    name: "InputError",
    message: /^a\.whl expands to more than 17,\d+,\d+ bytes in "net\.pth"/,
  });
  // It says that it is small, and is not.
  const view = new DataView(bytes.buffer);
  view.setUint32(find(bytes, 0x02014b50) + 24, 100, true);
  throws(() => openZip(bytes, source).read(["net.pth"]), {
    message: /^a\.whl is damaged in "net\.pth" \(/,
  });
});

Deno.test("openZip() refuses a directory that is missing, wrong, or names a member twice", () => {
  const bytes = zipSync({ "a.txt": text, "b.txt": text });
  const end = find(bytes, 0x06054b50);
  throws(() => openZip(bytes.subarray(0, end), source), {
    message: "a.whl is truncated (its directory is missing); download it again",
  });
  const changed = (at: number, value: number) => {
    const copy = bytes.slice();
    copy[at] = value;
    return copy;
  };
  const directory = find(bytes, 0x02014b50);
  const wrong = { message: /^a\.whl is damaged \(its directory is wrong\)/ };
  throws(() => openZip(changed(end + 8, 200), source), wrong);
  throws(() => openZip(changed(end + 16, 7), source), wrong);
  throws(() => openZip(changed(directory + 44, 200), source), wrong);
  throws(() => openZip(changed(directory + 46, 0x61), source), {
    message: /^a\.whl has two members "a\.txt"/,
  });
  throws(() => openZip(changed(directory + 8, 1), source), {
    message: /^a\.whl is encrypted/,
  });
});

Deno.test("openZip() survives every length of an archive", () => {
  const bytes = zipSync(members);
  for (let length = 0; length < bytes.length; length++) {
    throws(() => openZip(bytes.subarray(0, length), source), InputError);
  }
});
