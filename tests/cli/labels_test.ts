import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import { parseCsv, textOfCell } from "../../src/bytes/mod.ts";
import { eventsOf } from "../../src/cli/testing.ts";
import { assertWellFormed } from "../../src/report/_xml_testing.ts";
import { inSandbox, photos } from "./_sandbox.ts";

/** Labels that break what is put together from strings, in code point order. */
const labels = [
  " spaced  out",
  '"quoted", with, commas',
  "'single'; & <script>alert(1)<\\script>",
  "=1+1",
  "Zürich Ähren",
  "花と猫",
];

Deno.test("labels with any letters pass from the folders through every file of a run", async () => {
  await inSandbox(photos(labels, { each: 3 }), async (sandbox) => {
    const trained = await sandbox.train("run");
    strictEqual(trained.code, 0, trained.stderr);
    strictEqual(
      await sandbox.text("run/labels.txt"),
      labels.map((label) => `${label}\n`).join(""),
    );
    const column = async (file: string, name: string) => {
      const { header, rows } = parseCsv(await sandbox.text(file));
      const index = header.indexOf(name);
      return new Set(rows.map((row) => textOfCell(row[index])));
    };
    deepStrictEqual(await column("run/split.csv", "label"), new Set(labels));
    deepStrictEqual(
      await column("run/predictions.csv", "truth"),
      new Set(labels),
    );
    const { header } = parseCsv(await sandbox.text("run/confusion.csv"));
    deepStrictEqual(header.slice(1).map(textOfCell), labels);
    for (const name of ["curves.svg", "confusion.svg", "grid.svg"]) {
      assertWellFormed(await sandbox.text(`run/${name}`));
    }
    const html = await sandbox.text("run/report.html");
    ok(!/<script/i.test(html));
    ok(html.includes("花と猫"));
    const { labels: kept } = JSON.parse(
      await sandbox.text("run/model/model.json"),
    );
    deepStrictEqual(kept, labels);
  });
});

Deno.test("labels with any letters come back from predict, drawn and as JSON", async () => {
  await inSandbox(photos(labels, { each: 3 }), async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const result = await sandbox.run(
      "predict",
      ...[sandbox.path("run"), sandbox.path("photos"), "--json"],
      ...["--grid", sandbox.path("grid.png")],
    );
    strictEqual(result.code, 0, result.stderr);
    const truths = eventsOf(result).map(({ truth }) => truth);
    deepStrictEqual(new Set(truths), new Set(labels));
    ok((await sandbox.bytes("grid.png")).length > 1000);
  });
});
