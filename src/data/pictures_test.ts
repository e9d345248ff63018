import { deepStrictEqual, rejects } from "@std/assert";
import { listPictures, listRecords } from "./pictures.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

Deno.test("listRecords() lists class folders in path order, one class too", async () => {
  const paths = ["b/2.jpg", "b/1.jpg", "b/deep/3.jpg", "stray.jpg", ".git/x"];
  await using root = await temporaryFolder(
    Object.fromEntries(paths.map((path) => [path, path])),
  );
  const { records } = await listRecords(root.path);
  deepStrictEqual(records.map(({ path, label }) => [path, label]), [
    ["b/1.jpg", "b"],
    ["b/2.jpg", "b"],
    ["b/deep/3.jpg", "b"],
  ]);
  const few = await listRecords(root.path, { limit: 1 });
  deepStrictEqual(few.records.map(({ path }) => path), ["b/1.jpg"]);
});

Deno.test("listRecords() lists a folder that has no folders", async () => {
  await using root = await temporaryFolder({
    "2.jpg": "",
    "1.jpg": "",
    "notes.txt": "",
  });
  const { records } = await listRecords(root.path, { limit: 2 });
  deepStrictEqual(records, [
    { path: "1.jpg", file: root.join("1.jpg"), label: "" },
    { path: "2.jpg", file: root.join("2.jpg"), label: "" },
  ]);
});

Deno.test("listPictures() says what standard input is, under any name", async () => {
  await rejects(listPictures(["-"]), /standard input and output are not used/);
  await rejects(listPictures(["/dev/stdin"]), /a file is expected/);
});

Deno.test("listRecords() refuses a line break in a name, and a folder that is not there", async () => {
  await using root = await temporaryFolder({ "a/x\ny.jpg": "" });
  await rejects(listRecords(root.path), /"a\/x\\ny\.jpg" has a line break/);
  await rejects(listRecords(root.join("b")), /b: no such folder/);
});
