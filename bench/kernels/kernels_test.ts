import { strictEqual } from "@std/assert";
import { assertAllClose } from "../../kernels/testing.ts";
import type { Kernel, ParamTable } from "../../kernels/kernel.ts";
import { openLocalSession } from "../../src/gpu/local_session.ts";
import type { Variant } from "../../kernels/program.ts";
import { launch } from "../launcher.ts";
import { copy, noOperation, read } from "./memory.ts";
import { multiplyAdd, multiplyAddVariants } from "./multiply_add.ts";

async function checkExample<
  Table extends ParamTable,
  V extends Variant,
>(kernel: Kernel<Table, V>, variant?: V): Promise<void> {
  const session = await openLocalSession();
  try {
    const call = kernel.example();
    const [expected] = call.writes.map((data) => Float32Array.from(data));
    const specialised = { ...call, ...(variant && { variant }) };
    kernel.reference({ ...specialised, writes: [expected] });
    const launched = await launch(session.device, kernel, {
      ...specialised,
      contents: call.reads,
      bufferBytes: [...call.reads, ...call.writes]
        .map(({ byteLength }) => byteLength),
    });
    await launched.submit(1);
    assertAllClose(await launched.read(), expected);
    launched.close();
  } finally {
    await session.close();
  }
}

Deno.test("multiply_add does all of its multiply-adds in every form of its loop", async () => {
  for (const loop of multiplyAddVariants) {
    await checkExample(multiplyAdd, { ...loop, precision: "f32" });
  }
});

Deno.test("copy and read move every vec4, and no_operation writes nothing", async () => {
  for (const kernel of [copy, read, noOperation]) await checkExample(kernel);
  strictEqual(noOperation.cost(noOperation.example().params, {}).bytes, 0);
});
