import { deepStrictEqual, rejects } from "@std/assert";
import { Reports } from "./_reports.ts";

Deno.test("Reports tell in the order of asking, whichever result comes first", async () => {
  const reports = new Reports();
  const told: string[] = [];
  const late = Promise.withResolvers<string>();
  reports.add(late.promise, (result) => void told.push(result));
  reports.add(Promise.resolve("second"), (result) => void told.push(result));
  reports.add(Promise.resolve("third"), (result) => void told.push(result));
  late.resolve("first");
  await reports.tell({ left: 1 });
  deepStrictEqual(told, ["first", "second"]);
  await reports.tell();
  deepStrictEqual(told, ["first", "second", "third"]);
});

Deno.test("Reports throw a failure in its turn and tell nothing after it", async () => {
  const reports = new Reports();
  const told: string[] = [];
  reports.add(Promise.resolve("first"), (result) => void told.push(result));
  reports.add(Promise.reject(new Error("lost")), () => void told.push("never"));
  await rejects(reports.tell(), /lost/);
  deepStrictEqual(told, ["first"]);
});
