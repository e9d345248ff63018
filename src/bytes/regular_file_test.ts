import { rejects, strictEqual, throws } from "@std/assert";
import { InputError } from "../errors.ts";
import { replaceFile } from "./atomic.ts";
import { digestFile } from "./digest.ts";
import { openLines } from "./json_lines.ts";
import {
  fileLimits,
  readRegularFile,
  readRegularText,
  regularFilePieces,
} from "./regular_file.ts";
import { makePipe, temporaryFolder } from "./temporary_folder_testing.ts";

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => undefined, (error) => error);
  if (error instanceof InputError) return error.message;
  throw error ?? new Error("it was not refused");
}

Deno.test("a pipe, a device, a folder and what is not there are refused by what they are", async () => {
  await using folder = await temporaryFolder();
  const pipe = folder.join("pipe");
  await makePipe(pipe);
  const read = (path: string) =>
    refusal(readRegularFile(path, fileLimits.model));
  const said = (path: string, reason: string) =>
    `Cannot read ${JSON.stringify(path)}: ${reason}`;
  for (
    const [path, reason] of [
      [pipe, "it is a pipe, a file is expected; check the path"],
      ["/dev/zero", "it is a device, a file is expected; check the path"],
      [folder.path, "it is a folder, a file is expected; check the path"],
      [folder.join("gone"), "no such file or folder; check the path"],
      ["-", "standard input and output are not used; give the path of a file"],
    ]
  ) strictEqual(await read(path), said(path, reason));
  strictEqual(
    await refusal(digestFile(pipe)),
    said(pipe, "it is a pipe, a file is expected; check the path"),
  );
});

Deno.test("a file above the limit is refused, one at the limit is read", async () => {
  await using folder = await temporaryFolder({ "ten.txt": "0123456789" });
  const path = folder.join("ten.txt");
  const limit = (maximumBytes: number) => ({ what: "a text", maximumBytes });
  strictEqual(await readRegularText(path, limit(10)), "0123456789");
  strictEqual(
    await refusal(readRegularFile(path, limit(9))),
    `Cannot read ${
      JSON.stringify(path)
    }: it is too large for a text (10 bytes, 9 at most); check the path`,
  );
});

Deno.test("a file that grows while it is read ends at the limit", async () => {
  await using folder = await temporaryFolder({ log: "x" });
  const path = folder.join("log");
  const pieces = regularFilePieces(path, { what: "a log", maximumBytes: 3 });
  await pieces.next();
  await Deno.writeTextFile(path, "0123456789");
  await rejects(pieces.next(), /too large for a log/);
});

Deno.test("a text keeps its byte order mark, as the digest of its bytes does", async () => {
  await using folder = await temporaryFolder({ text: "\ufeff1" });
  const text = await readRegularText(folder.join("text"), fileLimits.file);
  strictEqual(text, "\ufeff1");
});

Deno.test("what is no file is not written, and stays", async () => {
  await using folder = await temporaryFolder({ "taken/file": "" });
  const pipe = folder.join("pipe");
  await makePipe(pipe);
  for (const path of [pipe, folder.join("taken")]) {
    const said = await refusal(replaceFile(path, "text"));
    strictEqual(said.includes("a file is expected; check the path"), true);
  }
  strictEqual((await Deno.lstat(pipe)).isFifo, true);
  throws(() => openLines(pipe), /it is a pipe/);
});
