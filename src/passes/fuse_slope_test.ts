import { deepStrictEqual } from "@std/assert";
import { GrowingGraph } from "../graph/growing_graph.ts";
import { fuseSlope } from "./fuse_slope.ts";
import { assertSameResults, opsOf } from "./testing.ts";

/** Back through a maximum over a relu, and through what made `slopeFrom`. */
function backward({ slopeFrom }: { slopeFrom: "pooled" | "other" }) {
  const growing = new GrowingGraph();
  const images = growing.input("images", [2, 5, 4, 3]);
  const other = growing.input("other", [2, 5, 4, 3]);
  const dy = growing.input("dy", [2, 2, 2, 3]);
  const pads = { top: 0, bottom: 0, left: 0, right: 0 };
  const size = { height: 2, width: 2 };
  const window = { window: size, strides: size, pads };
  const [pooled] = growing.append({
    op: "unary",
    inputs: [images],
    attributes: { function: "relu" },
  }, { name: "relu" });
  const [y] = growing.append({
    op: "max_pool",
    inputs: [pooled],
    attributes: window,
  }, { name: "pool" });
  const [slope] = growing.append({
    op: "max_pool_gradient",
    inputs: [dy, pooled, y],
    attributes: { ...window, shape: growing.shape(pooled) },
  }, { name: "slope" });
  const [dx] = growing.append({
    op: "activation_gradient",
    inputs: [slope, slopeFrom === "pooled" ? pooled : other],
    attributes: { function: "relu" },
  }, { name: "dx" });
  return { growing, slope, dx };
}

const fused = ["unary", "max_pool", "max_pool_gradient"];

Deno.test("fuseSlope() goes back through a maximum and what made its input at once", () => {
  const { growing, dx } = backward({ slopeFrom: "pooled" });
  const before = growing.finish(dx);
  const after = fuseSlope(before);
  deepStrictEqual(opsOf(after), fused);
  assertSameResults(before, after);
});

Deno.test("fuseSlope() leaves slopes of other tensors, and gradients that others read", () => {
  const other = backward({ slopeFrom: "other" });
  const ofOther = fuseSlope(other.growing.finish(other.dx));
  deepStrictEqual(opsOf(ofOther), [...fused, "activation_gradient"]);
  const shared = backward({ slopeFrom: "pooled" });
  const ofShared = fuseSlope(
    shared.growing.finish(shared.dx, shared.slope),
  );
  deepStrictEqual(opsOf(ofShared), [...fused, "activation_gradient"]);
});
