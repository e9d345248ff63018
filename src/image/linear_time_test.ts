import {
  type RepeatedInput,
  takesLinearTime,
} from "../bytes/linear_time_testing.ts";
import { parseAugmentation } from "./augment.ts";
import { decodeImage } from "./decode.ts";
import { readHeader } from "./header.ts";
import { readOrientation } from "./orientation.ts";
import { extensionWarning, sniffImage } from "./sniff.ts";

/** Latin-1: a character a byte. */
const tokens = [
  ..."< >\n\0\xff.,=!/-",
  "<!---->",
  "<!--",
  "-->",
  "<!---->\n",
  "<?xml?>",
  "<html",
  "<svg ",
  "mif1",
  "\xff\xd8\xff",
  "\xff\xe0\0\x02",
  "\xff\xe1\0\x10Exif\0\0II*\0\x08\0",
  "\xff\xc0\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0",
  "\xff\xda\0\x08\x01\x01\0\0\x3f\0",
  "\0\0\0\0tEXt\0\0\0\0",
  "\0\0\0\0IDAT\0\0\0\0",
  "!\xfe\x01a\0",
  ",\0\0\0\0\x01\0\x01\0\0\x02\0",
  "EXIF\0\0\0\0",
  "\x12\x01\x03\0\x01\0\0\0\x01\0\0\0",
];

const beginnings = [
  "",
  "\xff\xd8\xff",
  "\xff\xd8\xff\xc2\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0",
  "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x08\0\0\0\x08\x08\x02\0\0\0KM).",
  "GIF89a\x08\0\x08\0\0\0\0",
  "RIFF\xff\xff\xff\0WEBPVP8X\x0a\0\0\0\x08\0\0\0\x08\0\0\x08\0\0",
  "\0\0\xff\xfcftyp",
  "II*\0\x08\0\0\0\xff\xff",
];

const readers: Readonly<Record<string, (input: RepeatedInput) => unknown>> = {
  sniffImage: ({ bytes }) => sniffImage(bytes),
  readHeader: ({ bytes }) => readHeader(bytes),
  readOrientation: ({ bytes }) => readOrientation(bytes),
  decodeImage: ({ bytes }) => decodeImage(bytes),
  extensionWarning: ({ text }) => extensionWarning(text, "jpeg"),
  parseAugmentation: ({ text }) => parseAugmentation(text),
};

for (const [name, read] of Object.entries(readers)) {
  Deno.test(`${name}() takes time as its input is long, whatever is repeated in it`, () =>
    takesLinearTime(read, { tokens, beginnings }));
}
