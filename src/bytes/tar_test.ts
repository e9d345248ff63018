import { deepStrictEqual, ok, rejects, strictEqual } from "@std/assert";
import golden from "../../tests/golden/bytes.json" with { type: "json" };
import { InputError } from "../errors.ts";
import { readTar, type TarMember } from "./tar.ts";

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function all(
  source: Uint8Array | ReadableStream<Uint8Array>,
): Promise<TarMember[]> {
  return Array.fromAsync(readTar(source, () => true, { name: "x.tar" }));
}

/** One member's header as POSIX lays it out, and its body. */
function member(
  name: string,
  { flag = "0", body = "", size = body.length.toString(8).padStart(11, "0") } =
    {},
): Uint8Array {
  const blocks = new Uint8Array(512 + Math.ceil(body.length / 512) * 512);
  const put = (text: string, at: number) =>
    blocks.set(new TextEncoder().encode(text), at);
  put(name, 0);
  put(size, 124);
  put(flag, 156);
  put("ustar\x0000", 257);
  put(" ".repeat(8), 148);
  const sum = blocks.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0`, 148);
  put(body, 512);
  return blocks;
}

function archive(...members: Uint8Array[]): Uint8Array {
  return new Uint8Array(
    [...members, new Uint8Array(1024)].flatMap((part) => [...part]),
  );
}

for (const [index, { name, file }] of golden.tar.entries()) {
  Deno.test(`readTar() reads archive ${index} of Python's tarfile`, async () => {
    const members = await all(bytesOf(file));
    deepStrictEqual(members.map((one) => one.name), [name, "folder/two.txt"]);
    deepStrictEqual(members[0].bytes, new Uint8Array(700).fill(97));
    strictEqual(new TextDecoder().decode(members[1].bytes), "two");
  });

  Deno.test(`readTar() reads archive ${index} as a stream of single bytes`, async () => {
    const bytes = [...bytesOf(file)].map((byte) => Uint8Array.of(byte));
    const members = await all(ReadableStream.from(bytes));
    strictEqual(members[0].bytes.length, 700);
  });

  Deno.test(`readTar() refuses truncations of archive ${index}`, async () => {
    const bytes = bytesOf(file);
    // The padding after the end mark, at most 10 KiB, is nothing to miss.
    const content = bytes[0] === 0x1f
      ? bytes.length
      : bytes.findLastIndex((byte) => byte) + 1;
    for (let length = 0; length < content; length += 97) {
      await rejects(
        all(bytes.slice(0, length)),
        InputError,
        `length ${length}`,
      );
    }
  });
}

Deno.test("readTar() yields only what is wanted, and stops when the caller does", async () => {
  let isCancelled = false;
  const bytes = archive(member("a", { body: "1" }), member("b", { body: "2" }));
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytes.slice(0, 2048)),
    cancel: () => void (isCancelled = true),
  });
  for await (const one of readTar(source, (name) => name === "b")) {
    strictEqual(one.name, "b");
    break;
  }
  ok(isCancelled);
});

for (
  const name of ["/etc/passwd", "../x", "a/../../x", "..", "C:x", "a\\..\\x"]
) {
  Deno.test(`readTar() refuses a member named ${name}, wanted or not`, async () => {
    const bytes = archive(member(name, { body: "x" }));
    await rejects(Array.fromAsync(readTar(bytes, () => false)), {
      name: "InputError",
      message: /leads outside the archive; refused$/,
    });
  });
}

Deno.test("readTar() refuses a pax path that leads outside", async () => {
  const record = "16 path=../../x\n";
  const bytes = archive(
    member("pax", { flag: "x", body: record }),
    member("x"),
  );
  await rejects(all(bytes), { message: /"\.\.\/\.\.\/x"/ });
});

for (
  const [flag, what] of Object.entries({
    1: "a hard link",
    2: "a symbolic link",
    3: "a device",
    S: 'of type "S"',
  })
) {
  Deno.test(`readTar() refuses ${what}`, async () => {
    await rejects(all(archive(member("x", { flag }))), {
      name: "InputError",
      message:
        `x.tar: member "x" is ${what}, only files and folders are allowed`,
    });
  });
}

Deno.test("readTar() refuses what is no archive", async () => {
  const html = new TextEncoder().encode("<!doctype html>".repeat(100));
  await rejects(all(html), {
    message: "x.tar: not a tar archive, or damaged; download it again",
  });
  await rejects(all(new Uint8Array()), {
    message: "x.tar: truncated; download it again",
  });
  await rejects(all(Uint8Array.of(0x1f, 0x8b, 8, 0, 1)), InputError);
});

Deno.test("readTar() refuses sizes that are absurd, without allocating them", async () => {
  const huge = member("x", { size: "77777777777" });
  await rejects(all(archive(huge)), { message: /8589934591 bytes, at most/ });
  const unreadable = member("x", { size: "9z" });
  await rejects(all(archive(unreadable)), { message: /size cannot be read/ });
  const paxSize = member("pax", { flag: "x", body: "11 size=-1\n" });
  await rejects(all(archive(paxSize, member("x"))), {
    message: /size cannot be read/,
  });
  const endless = Array.fromAsync(
    readTar(archive(huge), () => true, { largestMember: 2 ** 40 }),
  );
  await rejects(endless, { message: /truncated/ });
});

Deno.test("readTar() refuses pax records whose lengths lie", async () => {
  for (
    const body of [
      "99 path=x\n",
      "0 path=x\n",
      "path=x\n",
      "3 x\n4",
      "-5 path=x\n",
    ]
  ) {
    const bytes = archive(member("pax", { flag: "x", body }), member("x"));
    await rejects(all(bytes), { message: /damaged pax header/ });
  }
});
