/**
 * The fonts that a PNG's labels are drawn with: a bundled one, and the system's for letters that it lacks.
 *
 * @module
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import packed from "./font/letters.txt" with { type: "text" };

const systemFolders = [
  "/usr/share/fonts",
  "/usr/local/share/fonts",
  "/System/Library/Fonts",
  "/Library/Fonts",
  "C:\\Windows\\Fonts",
];

export interface Fonts {
  /** Font files; the first has the name {@linkcode bundledFamily}. */
  readonly files: readonly Uint8Array[];
  /** The letters that none of them has. */
  readonly missing: string;
}

/** What the bundled font calls itself. */
export const bundledFamily = "DejaVu Sans";

/** The bundled font, which is always the same, and as few of the system's as have the other letters. */
export function fontsFor(text: string, folders = systemFolders): Fonts {
  const bundled: Uint8Array = brotliDecompressSync(
    Uint8Array.fromBase64(packed),
  );
  const files = [bundled];
  let missing = without(
    new Set(text.replace(/[\s\p{Default_Ignorable_Code_Point}]/gu, "")),
    lettersOf((offset, length) => bundled.subarray(offset, offset + length)),
  );
  for (const path of missing.size > 0 ? fontFiles(folders) : []) {
    const left = without(missing, lettersOfFile(path));
    if (left.size === missing.size) continue;
    files.push(Deno.readFileSync(path));
    missing = left;
    if (missing.size === 0) break;
  }
  return { files, missing: [...missing].join("") };
}

type HasLetter = (codePoint: number) => boolean;

function without(letters: ReadonlySet<string>, has: HasLetter): Set<string> {
  return new Set(
    [...letters].filter((letter) => !has(letter.codePointAt(0) ?? 0)),
  );
}

/** Upright fonts of usual weight first. */
function fontFiles(folders: readonly string[]): string[] {
  const isUnusual = (path: string) =>
    Number(/bold|italic|oblique|light|thin|black|medium|mono/i.test(path));
  return folders.flatMap(filesIn)
    .filter((path) => /\.(?:ttf|otf|ttc|otc)$/i.test(path))
    .sort((one, other) =>
      isUnusual(one) - isUnusual(other) || (one < other ? -1 : 1)
    );
}

/** All files below a folder; none where there is no such folder, or it may not be read. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** A damaged font, or one that may not be read, has no letters. */
function lettersOfFile(path: string): HasLetter {
  try {
    using file = Deno.openSync(path);
    return lettersOf((offset, length) => {
      const bytes = new Uint8Array(length);
      file.seekSync(offset, Deno.SeekMode.Start);
      let filled = 0;
      while (filled < length) {
        const read = file.readSync(bytes.subarray(filled));
        if (read === null) break;
        filled += read;
      }
      return bytes.subarray(0, filled);
    });
  } catch {
    return () => false;
  }
}

type ReadBytes = (offset: number, length: number) => Uint8Array;

/**
 * The letters that an OpenType font, or the first of a collection, has outlines of.
 *
 * @see https://learn.microsoft.com/typography/opentype/spec/cmap
 */
function lettersOf(read: ReadBytes): HasLetter {
  const viewAt = (offset: number, length: number) => {
    const { buffer, byteOffset, byteLength } = read(offset, length);
    return new DataView(buffer, byteOffset, byteLength);
  };
  const collection = 0x74746366;
  const first = viewAt(0, 16);
  const start = first.getUint32(0) === collection ? first.getUint32(12) : 0;
  const count = viewAt(start + 4, 2).getUint16(0);
  const directory = viewAt(start + 12, count * 16);
  const tables = new Map(
    Array.from({ length: count }, (_, index) => {
      const [name, , offset, length] = [0, 4, 8, 12].map((at) =>
        directory.getUint32(index * 16 + at)
      );
      return [name, { offset, length }];
    }),
  );
  const [cmap, glyf, cff] = [0x636d6170, 0x676c7966, 0x43464620]
    .map((name) => tables.get(name));
  // Emoji that are bitmaps have no outlines, and would be drawn as nothing.
  if (!cmap || !(glyf ?? cff)) return () => false;
  const ranges = rangesOf(viewAt(cmap.offset, cmap.length));
  return (code) => ranges.some(([from, to]) => from <= code && code <= to);
}

type Range = readonly [from: number, to: number];

/** Ranges of code points from the subtables of both usual formats. */
function rangesOf(cmap: DataView): Range[] {
  const subtables = Array.from(
    { length: cmap.getUint16(2) },
    (_, index) => cmap.getUint32(4 + index * 8 + 4),
  );
  return subtables.flatMap((at): Range[] => {
    switch (cmap.getUint16(at)) {
      case 4: {
        const bytes = cmap.getUint16(at + 6);
        return Array.from({ length: bytes / 2 }, (_, index) => {
          const end = at + 14 + index * 2;
          return [cmap.getUint16(end + bytes + 2), cmap.getUint16(end)];
        });
      }
      case 12:
        return Array.from({ length: cmap.getUint32(at + 12) }, (_, index) => {
          const group = at + 16 + index * 12;
          return [cmap.getUint32(group), cmap.getUint32(group + 4)];
        });
      default:
        return [];
    }
  });
}
