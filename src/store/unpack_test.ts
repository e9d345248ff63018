import { deepStrictEqual, match, rejects, strictEqual } from "@std/assert";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import fc from "fast-check";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";
import { InputError } from "../errors.ts";
import {
  filesIn,
  picture,
  pictures,
  tar,
  tgz,
  zip,
} from "./archives_testing.ts";
import { someBytes } from "./_test_server.ts";
import { unpackArchive } from "./unpack.ts";
import { isDevice, type Unpacked } from "./unpack_folder.ts";

/** Unpacks an archive and gives what lies there then. */
async function unpacked(
  archive: Uint8Array,
): Promise<{ files: Record<string, Uint8Array>; said: Unpacked }> {
  await using folder = await temporaryFolder({ archive });
  await Deno.mkdir(folder.join("out"));
  const said = await unpackArchive(folder.join("archive"), folder.join("out"), {
    source: "A",
  });
  deepStrictEqual(folder.names(), ["archive", "out"]);
  return { files: await filesIn(folder.join("out")), said };
}

/** That an archive is refused by one sentence, and writes nothing outside. */
async function isRefused(archive: Uint8Array, message: RegExp): Promise<void> {
  await using folder = await temporaryFolder({ archive });
  await Deno.mkdir(folder.join("out"));
  await rejects(
    unpackArchive(folder.join("archive"), folder.join("out"), { source: "A" }),
    (error: Error) => {
      strictEqual(error instanceof InputError, true, `${error.stack}`);
      match(error.message, message);
      strictEqual(error.message.includes("\n"), false);
      return true;
    },
  );
  deepStrictEqual(folder.names(), ["archive", "out"]);
}

Deno.test("unpackArchive() unpacks .tgz, .tar and .zip to the same files, told by their content", async () => {
  const archives = {
    tgz: await tgz(pictures),
    tar: await tar(pictures),
    zip: zip(pictures),
    stored: zip(pictures, 0),
    // As pigz writes them: several members, one after the other.
    joined: Uint8Array.from(
      [
        (await tar(pictures)).subarray(0, 700),
        (await tar(pictures)).subarray(700),
      ]
        .flatMap((half) => [...gzipSync(half)]),
    ),
  };
  for (const [name, archive] of Object.entries(archives)) {
    const { files, said } = await unpacked(archive);
    deepStrictEqual(files, pictures, name);
    deepStrictEqual([said.files, said.pictures], [5, 3], name);
  }
});

Deno.test("unpackArchive() unpacks files that are larger than what is read at once", async () => {
  const large = {
    "a/large.png": someBytes(700_001),
    "a/small.png": picture(1),
  };
  for (const archive of [await tgz(large), zip(large), zip(large, 0)]) {
    deepStrictEqual((await unpacked(archive)).files, large);
  }
});

Deno.test("unpackArchive() passes over what macOS adds, and takes long names from extended headers", async () => {
  const long = `${"long/".repeat(60)}a.png`;
  const members = { ...pictures, [long]: picture(7) };
  const added = {
    ...members,
    "__MACOSX/set/dark/._1.png": picture(3),
    "set/dark/._1.png": picture(3),
    "./set/dark/3.png": picture(3),
  };
  for (const archive of [await tgz(added), zip(added)]) {
    deepStrictEqual((await unpacked(archive)).files, {
      ...members,
      "set/dark/3.png": picture(3),
    });
  }
});

for (
  const [name, message] of [
    [
      "../a.png",
      /its member "\.\.\/a\.png" leads outside; get it from elsewhere$/,
    ],
    ["a/../../b.png", /leads outside/],
    ["/a.png", /leads outside/],
    ["C:/a.png", /leads outside/],
    ["a\\..\\..\\b.png", /leads outside/],
    ["a\nb.png", /"a\\nb\.png" has a name with control characters/],
    ["a/NUL.png", /has the name of a device of Windows/],
  ] as const
) {
  Deno.test(`unpackArchive() refuses a member called ${JSON.stringify(name)}`, async () => {
    const members = { "a/1.png": picture(1), [name]: picture(2) };
    await isRefused(await tgz(members), message);
    await isRefused(zip(members), message);
  });
}

Deno.test("isDevice() knows the names that Windows keeps to itself, whatever their case and ending", () => {
  for (const name of ["con", "NUL", "Aux.txt", "lpt9", "com1 .png"]) {
    strictEqual(isDevice(name), true, name);
  }
  for (const name of ["console", "com", "lpt0", "a.nul"]) {
    strictEqual(isDevice(name), false, name);
  }
});

Deno.test("unpackArchive() refuses links, devices and files with holes in a tar archive", async () => {
  for (
    const [header, message] of [
      [
        { type: "symlink", linkname: "/etc/passwd" },
        /"x" is a symbolic link to "\/etc\/passwd"; unpack it yourself and give the folder$/,
      ],
      [{ type: "link", linkname: "set/dark/1.png" }, /"x" is a hard link to/],
      [{ type: "fifo" }, /"x" is no whole file \(fifo\)/],
      [{ type: "character-device" }, /no whole file \(character-device\)/],
      [{ pax: { "GNU.sparse.major": "1" } }, /no whole file \(sparse\)/],
    ] as const
  ) {
    const headers = [{ name: "x", ...header }];
    await isRefused(await tar(pictures, { headers }), message);
  }
});

Deno.test("unpackArchive() refuses links in a zip archive", async () => {
  const link = [new TextEncoder().encode("/etc/passwd"), {
    os: 3,
    attrs: 0o120777 << 16,
  }] as const;
  await isRefused(
    zipSync({ "a.png": picture(1), "x": [link[0], link[1]] }),
    /its member "x" is a symbolic link; unpack it yourself/,
  );
});

Deno.test("unpackArchive() refuses a name that is there twice, or as a file and a folder", async () => {
  const twice = await tar({ "a/1.png": picture(1) }, {
    headers: [{ name: "a/1.png" }],
  });
  await isRefused(twice, /"a\/1\.png" is in it twice/);
  const both = { "a": picture(1), "a/1.png": picture(1) };
  await isRefused(await tgz(both), /"a" is in it twice, or as a file and a/);
  await isRefused(zip(both), /"a" is in it twice, or as a file and a folder/);
});

Deno.test("unpackArchive() stops what expands without end", async () => {
  const size = 42_000_000;
  const zeros = { "a/1.png": new Uint8Array(size) };
  await isRefused(
    await tgz(zeros),
    /expands to more than \d\d,\d\d\d,\d\d\d bytes, which pictures never do; get it from elsewhere$/,
  );
  await isRefused(zip(zeros), /expands to 42,000,000 bytes and more in/);
  // A directory that lies is found out when it is unpacked.
  const lying = zip(zeros);
  const view = new DataView(lying.buffer);
  for (let at = 0; at < lying.length - 4; at++) {
    if (view.getUint32(at, true) === size) view.setUint32(at, 9, true);
  }
  await isRefused(lying, /is damaged \(checksum mismatch in "a\/1\.png"\)/);
});

Deno.test("unpackArchive() stops headers without end, of a folder that is there already", async () => {
  const headers = [{ name: "a/", type: "directory" }] as const;
  const header = (await tar({}, { headers })).subarray(0, 512);
  const many = new Uint8Array(2 ** 26);
  for (let at = 0; at < many.length; at += 512) many.set(header, at);
  await isRefused(gzipSync(many, { level: 9 }), /expands to more than/);
});

Deno.test("unpackArchive() refuses members of a zip archive that share their bytes", async () => {
  const archive = zip({ "a/1.png": picture(1), "a/2.png": picture(1) }, 0);
  const view = new DataView(archive.buffer);
  const directory = view.getUint32(archive.length - 6, true);
  const second = directory + 46 + "a/1.png".length;
  // Where the second member's header is said to be.
  view.setUint32(second + 42, 0, true);
  await isRefused(archive, /A has members that overlap; get it again/);
});

Deno.test("unpackArchive() refuses what is no such archive by what it is", async () => {
  const text = (content: string) => new TextEncoder().encode(content);
  const bytes = (content: string) =>
    Uint8Array.from(content, (letter) => letter.charCodeAt(0));
  for (
    const [content, message] of [
      [
        text("\n<!DOCTYPE html><title>Log in"),
        /A is a web page, perhaps one to log in/,
      ],
      [text('{"error": "no"}'), /A is JSON/],
      [
        text(
          "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n",
        ),
        /a pointer of Git LFS/,
      ],
      [
        bytes("\xfd7zXZ\0..."),
        /packed with xz, .*; unpack it yourself \(tar -xf\) and give the folder$/,
      ],
      [bytes("BZh91AY"), /packed with bzip2/],
      [bytes("\x28\xb5\x2f\xfd"), /packed with zstd/],
      [bytes("7z\xbc\xaf\x27\x1c"), /a 7-Zip archive/],
      [bytes("Rar!\x1a\x07\x01"), /a RAR archive/],
      [
        picture(1),
        /a PNG picture, .*; give the address of the archive itself$/,
      ],
      [new Uint8Array(), /A is empty/],
      [text("hello"), /no archive that is known here/],
      [gzipSync(text("a,b\n1,2\n")), /what it packs is no tar archive/],
      [gzipSync(text("hello ".repeat(999))), /what it packs is no tar archive/],
    ] as const
  ) {
    await isRefused(content, message);
  }
});

Deno.test("unpackArchive() refuses an archive without pictures, and says if there is another in it", async () => {
  await isRefused(
    await tgz({ "a/readme.txt": picture(1) }),
    /A holds no pictures; get an archive with one folder a class/,
  );
  await isRefused(
    zip({ "a/train.tar": picture(1) }),
    /holds no pictures but other archives, such as a\/train\.tar; unpack it/,
  );
});

Deno.test("unpackArchive() refuses an encrypted zip archive, and one that is packed in another way", async () => {
  const archive = zip(pictures);
  const view = new DataView(archive.buffer);
  const directory = view.getUint32(archive.length - 6, true);
  const encrypted = archive.slice();
  encrypted[directory + 8] |= 1;
  await isRefused(encrypted, /A is encrypted/);
  const other = archive.slice();
  other[directory + 10] = 14;
  await isRefused(
    other,
    /is packed in a way that is not supported \(method 14\)/,
  );
});

Deno.test("unpackArchive() refuses an archive that was cut anywhere", async () => {
  const archives = [await tgz(pictures), await tar(pictures), zip(pictures)];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...archives),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      async (archive, part) => {
        const length = Math.floor(part * archive.length);
        await isRefused(archive.subarray(0, length), /^A /);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("unpackArchive() stops when told to", async () => {
  await using folder = await temporaryFolder({ archive: await tgz(pictures) });
  const signal = AbortSignal.abort();
  await rejects(
    unpackArchive(folder.join("archive"), folder.path, { source: "A", signal }),
    { name: "AbortError" },
  );
});
