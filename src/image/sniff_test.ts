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
  ["\0\0\0\x18ftypisom\0\0\0\0mp42", "video"],
  ["\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video"],
  ["\x1aE\xdf\xa3", "video"],
  ["RIFF\x10\0\0\0AVI LIST", "video"],
  ["\xff\x0a", "jpeg-xl"],
  ["\0\0\0\x0cJXL \r\n\x87\n", "jpeg-xl"],
  ["\0\0\0\x0cjP  \r\n\x87\n", "jpeg-2000"],
  ["\xff\x4f\xff\x51", "jpeg-2000"],
  ["II+\0", "tiff"],
  ["8BPS\0\x01", "psd"],
  ["\0\0\x01\0\x01\0", "ico"],
  ["%PDF-1.4", "pdf"],
  ["PK\x03\x04", "zip"],
  ["<!DOCTYPE html><html>404</html>", "html"],
  ["\xef\xbb\xbf\n <!-- gone -->\n<HTML lang=en>", "html"],
  ["<!----><!-- -->\n<body>", "html"],
  ["<svg>", "svg"],
  ['<?xml version="1.0"?>\n<!-- drawn -->\n<svg width="1">', "svg"],
  ["<!DOCTYPE svg PUBLIC>", "svg"],
  ["<svgs>", "unknown"],
  ["<header>", "unknown"],
  ["<!-- never closed <html>", "unknown"],
  ["<?xml version='1.0'?><note/>", "unknown"],
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
