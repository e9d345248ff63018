import { rejects } from "@std/assert";
import { isActivationFunction } from "../kernels/activation.ts";
import {
  checkGrowth,
  type Parser,
  type RepeatedInput,
  tokens,
} from "../src/bytes/growth_testing.ts";
import {
  decodeNpy,
  decodeTensors,
  isGitLfsPointer,
  isTemporaryName,
  parseCsv,
  parseLog,
} from "../src/bytes/mod.ts";
import { decodePacked } from "../src/bytes/packed_tensors.ts";
import { printable } from "../src/bytes/printable.ts";
import { parseJson } from "../src/bytes/record.ts";
import { readZipDirectory } from "../src/bytes/zip_directory.ts";
import { visibleWidth } from "../src/cli/format.ts";
import { parseBottleneck } from "../src/data/bottleneck_text.ts";
import { isPicture } from "../src/data/class_folders.ts";
import { inspectGraph } from "../src/features/mod.ts";
import { ownPictures } from "../src/features/onnx_pictures.ts";
import { parsePictures } from "../src/features/pictures_beside.ts";
import { decodeGraphDef } from "../src/graph/mod.ts";
import { parseTensorName } from "../src/graph/names.ts";
import { decodeOnnx } from "../src/onnx/mod.ts";
import { decodeImage } from "../src/image/decode.ts";
import { readHeader } from "../src/image/header.ts";
import { extensionWarning, sniffImage } from "../src/image/sniff.ts";
import { readOrientation } from "../src/image/orientation.ts";
import { parseAugmentation } from "../src/image/augment.ts";
import { parseRunRecord } from "../src/run/run_record.ts";
import { parseTrainingLog } from "../src/run/training_log.ts";
import { memberParts } from "../src/store/unpack_folder.ts";
import { decodeCheckpoint } from "../src/train/checkpoint.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const ofText = (parse: (text: string) => unknown): Parser => (bytes) =>
  parse(text(bytes));

/** Every token after what a format begins with, and what comes before its end. */
function within(...formats: (readonly [head: string, tail?: string])[]) {
  return [["", ""] as const, ...formats].flatMap(([head, tail = ""]) =>
    tokens.map((token): RepeatedInput => ({ head, token, tail }))
  );
}

const jpegFrame = "\xff\xd8\xff\xc2\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0";
const pictures: readonly RepeatedInput[] = [
  ...within(
    ["\xff\xd8"],
    [jpegFrame],
    ["\x89PNG\r\n\x1a\n"],
    ["GIF89a\x10\0\x10\0\0\0\0"],
    ["RIFF\0\0\0\0WEBP"],
    ["RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x08\0\0\0\x07\0\0\x07\0\0"],
    ["\0\0\0\x18ftyp"],
  ),
  { head: jpegFrame, token: "\xff\xda\0\x08\x01\x01\0\0\x3f\0" },
  { head: "\xff\xd8", token: "\xff\xe1\0\x10Exif\0\0II*\0\x08\0" },
  { head: "GIF89a\0\0\0\0\0\0\0", token: ",\0\0\0\0\x01\0\x01\0\0\x02\0" },
];
const source = { where: "text", remedy: "write it anew" };

/** All that reads what a user gave; a parser of a new format is a new line. */
const parsers: Readonly<
  Record<string, { parse: Parser; inputs?: readonly RepeatedInput[] }>
> = {
  "decodeGraphDef()": {
    parse: (bytes) => decodeGraphDef(bytes, { source: text(bytes) }),
    inputs: within(["\x0a\x04\x0a\x02ab"], ["PK\x03\x04"], ["<!--"], ["# "]),
  },
  "decodeOnnx()": {
    parse: (bytes) => decodeOnnx(bytes),
    inputs: within(["\x08\x08\x42\x02\x10\x11"], ["\x3a\x02\x0a\x00"]),
  },
  "inspectGraph()": { parse: (bytes) => inspectGraph(decodeGraphDef(bytes)) },
  "parseTensorName()": { parse: ofText(parseTensorName) },
  "decodeNpy()": {
    parse: (bytes) => decodeNpy(bytes),
    inputs: within(
      ["\x93NUMPY\x02\0\xff\xff\0\0{"],
      ["\x93NUMPY\x02\0\xff\xff\0\0{'descr': '<f4', 'shape': (", ")}"],
    ),
  },
  "decodeTensors()": {
    parse: (bytes) => decodeTensors(bytes, { kind: "checkpoint" }),
    inputs: within(['\xff\xff\0\0\0\0\0\0{"__metadata__":{"sha256":"']),
  },
  "decodePacked()": {
    parse: (bytes) => decodePacked(bytes, { kinds: ["row"], name: "row" }),
    inputs: within(["espalier\x01\0\0\0\xff\xff\0\0"]),
  },
  "decodeCheckpoint()": { parse: (bytes) => decodeCheckpoint(bytes, "x") },
  "isGitLfsPointer()": { parse: isGitLfsPointer },
  "parseCsv()": {
    parse: ofText((text) => parseCsv(text)),
    inputs: within(["a,b\n"], ['"', '"\n']),
  },
  "parseLog()": { parse: ofText((text) => parseLog(text)) },
  "parseTrainingLog()": {
    parse: ofText((text) => parseTrainingLog(parseLog(text))),
    inputs: within([""], ['{"event":"', '"}\n']),
  },
  "parseJson()": { parse: ofText((text) => parseJson(text, source)) },
  "parseRunRecord()": {
    parse: ofText((text) => parseRunRecord(text, "run.json")),
    inputs: within(['{"format":"', '"}'], ['{"format":"espalier run","a":[']),
  },
  "parsePictures()": {
    parse: ofText((text) =>
      parsePictures(text, { name: "config.json", where: "config.json" })
    ),
    inputs: within(
      [""],
      ['{"architecture":"', '"}'],
      ['{"architecture":"a","mean":[', "1]}"],
    ),
  },
  "ownPictures()": {
    parse: ofText((text) => ownPictures(text, { where: "metadata" })),
    inputs: within([""], ['{"height":', "}"]),
  },
  "parseBottleneck()": { parse: ofText(parseBottleneck) },
  "parseAugmentation()": { parse: ofText(parseAugmentation) },
  "isActivationFunction()": { parse: ofText(isActivationFunction) },
  "isTemporaryName()": {
    parse: ofText(isTemporaryName),
    inputs: within([".", ".tmp"]),
  },
  "readZipDirectory()": {
    parse: (bytes) =>
      readZipDirectory({
        length: bytes.length,
        read: (start, length) => bytes.subarray(start, start + length),
      }, { name: "a.zip", remedy: "get it again" }),
    inputs: within(
      ["PK\x03\x04"],
      ["", "PK\x05\x06\0\0\0\0\xff\xff\xff\xff" + "\0".repeat(10)],
      ["", `PK\x01\x02${"\0".repeat(42)}`],
    ),
  },
  "memberParts()": {
    parse: ofText(memberParts),
    inputs: within(["a/"], ["", "/.."]),
  },
  "isPicture()": { parse: ofText(isPicture) },
  "printable()": { parse: ofText(printable) },
  "visibleWidth()": {
    parse: ofText((text) => visibleWidth(printable(text))),
  },
  "sniffImage()": {
    parse: sniffImage,
    inputs: within(["<!--"], ["\0\0\0\x18ftyp"]),
  },
  "extensionWarning()": {
    parse: ofText((text) => extensionWarning(text, "png")),
  },
  "readHeader()": { parse: readHeader, inputs: pictures },
  "readOrientation()": {
    parse: readOrientation,
    inputs: within(["MM\0*\0\0\0\x08"], ["Exif\0\0II*\0"]),
  },
  "decodeImage()": {
    parse: (bytes) => decodeImage(bytes),
    inputs: pictures.filter(({ token }) => token.length > 2),
  },
};

for (const [name, { parse, inputs }] of Object.entries(parsers)) {
  Deno.test(`${name} takes ten times as long for ten times as much`, () =>
    checkGrowth(parse, { inputs }));
}

Deno.test("checkGrowth() finds what doubles with each token, and what grows with their square", async () => {
  let now = 0;
  const check = (time: (length: number) => number) =>
    checkGrowth(
      ({ length }) => now += time(length),
      { inputs: [{ token: "# " }], clock: () => now },
    );
  await check((length) => length / 100);
  await rejects(check((length) => 2 ** (length / 8)), /ms for 8\d bytes of/);
  await rejects(check((length) => (length / 5000) ** 2), /10 kB of .* take/);
});
