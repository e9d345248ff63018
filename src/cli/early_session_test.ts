import { ok } from "@std/assert";
import { wantsGpu } from "./early_session.ts";

Deno.test("wantsGpu() is true of a command that computes, and of no page of help", () => {
  ok(wantsGpu(["-C", "/somewhere", "predict", "run", "one.jpg"]));
  ok(wantsGpu(["train"]));
  ok(!wantsGpu(["-C", "/somewhere", "predict", "--help"]));
  ok(!wantsGpu(["train", "-h"]));
  ok(!wantsGpu(["compare", "predict"]));
  ok(!wantsGpu(["-C", "train"]));
  ok(!wantsGpu([]));
});
