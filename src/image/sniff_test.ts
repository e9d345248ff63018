import { strictEqual } from "@std/assert";
import { extensionWarning, type ImageKind, sniffImage } from "./sniff.ts";

const starts: readonly (readonly [string, ImageKind])[] = [
  ["", "empty"],
  ["\xff", "unknown"],
  ["\xff\xd8\xff\xe0", "jpeg"],
  ["\x89PNG\r\n\x1a\n", "png"],
  ["GIF87a", "gif"],
  ["GIF89a", "gif"],
  ["RIFF\x10\0\0\0WEBPVP8 ", "webp"],
  ["RIFF\x10\0\0\0WAVEfmt ", "unknown"],
  ["BM\0\0", "bmp"],
  ["II*\0", "tiff"],
  ["MM\0*", "tiff"],
  ["\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"],
  ["\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "avif"],
  ["\0\0\0\x18ftypavif\0\0\0\0", "avif"],
  ["\0\0\0\x18ftypisom\0\0\0\0mp42", "unknown"],
  ["<!DOCTYPE html><html>404</html>", "html"],
  ["\xef\xbb\xbf\n <!-- gone -->\n<HTML lang=en>", "html"],
  ["<svg>", "unknown"],
];

for (const [start, kind] of starts) {
  Deno.test(`sniffImage() calls ${JSON.stringify(start)} ${kind}`, () => {
    strictEqual(sniffImage(bytesOf(start)), kind);
  });
}

function bytesOf(latin1: string): Uint8Array {
  return Uint8Array.from(latin1, (letter) => letter.charCodeAt(0));
}

Deno.test("extensionWarning() warns of a name that promises another kind", () => {
  strictEqual(
    extensionWarning("sea/01.jpeg", "webp"),
    "is WebP inside; decoded as WebP",
  );
});

Deno.test("extensionWarning() accepts every usual extension, in any case, and names without one", () => {
  for (const path of ["a.JPG", "a.jpeg", "b.c/a", "a.jpg.bak", "noise"]) {
    strictEqual(extensionWarning(path, "jpeg"), undefined, path);
  }
});
