import { strictEqual } from "@std/assert";
import { BatchLog } from "./batch_log.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

Deno.test("BatchLog goes on after a kill: later steps and a torn line are dropped", async () => {
  await using folder = await temporaryFolder();
  const path = folder.join("batches.csv");
  const ids = [10, 20, 30];
  {
    using log = await BatchLog.open(path, { step: 0, ids });
    log.append({ step: 1, rows: new Uint32Array([2, 0]) });
    log.append({ step: 2, rows: new Uint32Array([1, 1]) });
  }
  await Deno.writeTextFile(path, "3,10 2", { append: true });
  {
    using log = await BatchLog.open(path, { step: 1, ids });
    log.append({ step: 2, rows: new Uint32Array([0, 1]) });
  }
  strictEqual(
    await Deno.readTextFile(path),
    "step,rows\n1,30 10\n2,10 20\n",
  );
});
