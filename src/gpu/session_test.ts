import { deepStrictEqual, match, ok, rejects, strictEqual } from "@std/assert";
import { conv2d } from "../../kernels/conv2d.ts";
import { dispatch } from "../../kernels/kernel.ts";
import { testValues } from "../../kernels/testing.ts";
import { InputError } from "../errors.ts";
import type { Plan } from "../../kernels/program.ts";
import { openLocalSession } from "./local_session.ts";
import { openSession, type Session } from "./mod.ts";
import { additionPlan } from "./testing.ts";

/** Both kinds of session keep the same promises. */
const kinds = {
  "a session of this thread": openLocalSession,
  "a session of a Worker": openSession,
};

const promises: Record<string, (session: Session) => Promise<void>> = {
  "runs a program as often as asked": computes,
  "writes any number of bytes and reads a part": writesAndReadsParts,
  "holds as many buffers after many batches as after one": leaksNothing,
  "says how many MB are too many, and goes on": refusesGiants,
  "refuses names and sizes that nobody loaded": refusesStrangers,
};

for (const [kind, open] of Object.entries(kinds)) {
  Deno.test(`${kind} keeps its promises`, async (context) => {
    const session: Session = await open();
    for (const [promise, keeps] of Object.entries(promises)) {
      await context.step(promise, () => keeps(session));
    }
    await session.close();
  });
}

async function computes(session: Session): Promise<void> {
  const program = await session.load(
    additionPlan("sum", new Float32Array([1, -2, 3])),
  );
  await session.write("sum: x", new Float32Array([10, 20, 30]));
  await session.run(program, { repeat: 3 });
  const bytes = await session.read("sum: y");
  deepStrictEqual(new Float32Array(bytes), new Float32Array([11, 20, 33]));
  await session.unload(program);
}

async function writesAndReadsParts(session: Session): Promise<void> {
  const plan = additionPlan("odd", new Float32Array(4));
  const program = await session.load(plan);
  await session.write("odd: x", new Uint8Array(16).fill(255));
  const whole = Uint8Array.from({ length: 12 }, (_, index) => index);
  // 7 bytes from the middle of a larger array, to the second word.
  await session.write("odd: x", whole.subarray(3, 10), 4);
  const bytes = new Uint8Array(await session.read("odd: x"));
  const [after, last] = [[3, 4, 5, 6, 7, 8, 9, 0], [255, 255, 255, 255]];
  deepStrictEqual([...bytes], [...last, ...after, ...last]);
  const part = new Uint8Array(await session.read("odd: x", 6));
  deepStrictEqual([...part], [...last, 3, 4]);
  await session.write("odd: x", new Float32Array(0));
  strictEqual((await session.read("odd: x", 0)).byteLength, 0);
  await session.unload(program);
}

async function leaksNothing(session: Session): Promise<void> {
  const values = testValues(1024);
  const plan = additionPlan("leak", values);
  await session.unload(await session.load(plan));
  const before = await session.liveBuffers();
  for (let cycle = 0; cycle < 5; cycle++) {
    const program = await session.load(plan);
    for (let batch = 0; batch < 10; batch++) {
      await session.write("leak: x", values);
      await session.run(program);
      await session.read("leak: y", 16);
    }
    await session.unload(program);
  }
  strictEqual(await session.liveBuffers(), before);
}

async function refusesGiants(session: Session): Promise<void> {
  const before = await session.liveBuffers();
  const bytes = session.adapter.limits.maxStorageBufferBindingSize + 16;
  const plan: Plan = {
    program: {
      label: "giant",
      buffers: [{ bytes: 16 }, { name: "giant: x", bytes }],
      steps: [],
    },
    constants: new Map(),
  };
  await rejects(session.load(plan), (error: Error) => {
    ok(error instanceof InputError);
    const size = (bytes / 1e6).toFixed(0);
    match(error.message, new RegExp(`"giant" needs a buffer of ${size} MB`));
    return true;
  });
  strictEqual(await session.liveBuffers(), before);
  await computes(session);
}

async function refusesStrangers(session: Session): Promise<void> {
  await rejects(async () => await session.read("nothing"), /"nothing"/);
  await rejects(
    async () => await session.write("nothing", new Uint8Array(4)),
    /"nothing"/,
  );
  const program = await session.load(
    additionPlan("small", new Float32Array(2)),
  );
  await rejects(
    async () => await session.write("small: x", new Float32Array(3)),
    /"small: x" has 8 bytes, 12 are asked for/,
  );
  await rejects(
    async () => await session.read("small: x", 12),
    /"small: x" has 8 bytes, 12 are asked for/,
  );
  await rejects(
    session.load(additionPlan("small", new Float32Array(5))),
    /"small: x" has 8 bytes, a program wants 20/,
  );
  await session.unload(program);
  await rejects(async () => await session.run(program), /is not loaded/);
}

Deno.test("a session of this thread and one of a Worker compute the same bytes", async () => {
  const results: ArrayBuffer[] = [];
  for (const open of Object.values(kinds)) {
    const session = await open();
    const program = await session.load(additionPlan("same", testValues(4099)));
    await session.write("same: x", testValues(4099, 2));
    await session.run(program);
    results.push(await session.read("same: y"));
    await session.close();
  }
  deepStrictEqual(results[0], results[1]);
});

Deno.test("50 batches through a Worker do not stay in memory", async () => {
  const session = await openSession();
  const pixels = testValues(2 ** 20);
  const program = await session.load(additionPlan("memory", pixels));
  const batches = async (count: number) => {
    for (let batch = 0; batch < count; batch++) {
      await session.write("memory: x", pixels);
      await session.run(program);
      await session.read("memory: y", 16);
    }
    return Deno.memoryUsage().rss;
  };
  const before = await batches(25);
  const growth = await batches(50) - before;
  await session.close();
  ok(growth < 100e6, `grew by ${growth} bytes for 210 MB of uploads`);
});

/** A convolution that takes a software adapter a second or so in `repeat`. */
function slowPlan(): Plan {
  const { params, variant } = conv2d.example();
  const size = { inHeight: 128, inWidth: 128, outHeight: 128, outWidth: 128 };
  const large = { ...params, ...size, rows: 128 * 128 };
  return {
    program: {
      label: "slow",
      buffers: [
        { bytes: 128 * 128 * params.inChannels * 4 },
        { bytes: params.depth * params.columnTiles * 64 },
        { bytes: 256 },
        { name: "slow: y", bytes: 128 * 128 * params.yStride * 4 },
      ],
      steps: [
        dispatch(conv2d, {
          params: large,
          variant,
          reads: [0, 1, 2],
          writes: [3],
          label: "slow",
        }),
      ],
    },
    constants: new Map(),
  };
}

Deno.test("a Worker's readback leaves this thread free", async () => {
  const session = await openSession();
  const program = await session.load(slowPlan());
  await session.run(program);
  await session.read("slow: y", 4);
  let longest = 0, last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  const start = performance.now();
  await session.run(program, { repeat: 300 });
  await session.read("slow: y", 4);
  const total = performance.now() - start;
  clearInterval(timer);
  await session.close();
  // Where the GPU is fast, there is nothing to be blocked by.
  ok(longest < Math.max(150, total / 2), `${longest} of ${total} ms`);
});

Deno.test("a session that is closed says so", async () => {
  const session = await openSession();
  await session.close();
  await rejects(session.read("x"), /session is closed/);
});

Deno.test("settleSessions() lets Workers end what they were asked, and lets nothing begin after it", async () => {
  const script = `
    import { openSession, settleSessions } from "${
    import.meta.resolve("./mod.ts")
  }";
    const plan = (label) => ({
      program: { label, buffers: [{ bytes: 16, name: label }], steps: [] },
      constants: new Map(),
    });
    const told = [];
    // Not waited for, as if the process ended while it is opened.
    const opening = openSession();
    const loaded = opening.then((session) => session.load(plan("first")));
    loaded.then(() => told.push("loaded"));
    await opening;
    told.push(await settleSessions(60_000));
    (await opening).load(plan("second")).then(() => told.push("too late"));
    await new Promise((resolve) => setTimeout(resolve, 300));
    console.log(told.join());
    Deno.exit(0);
  `;
  const child = new Deno.Command("deno", {
    args: ["run", "--no-prompt", "-R", "-E", "--ext=ts", "--no-check", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { code, stdout } = await child.output();
  deepStrictEqual(
    { code, told: new TextDecoder().decode(stdout) },
    { code: 0, told: "loaded,true\n" },
  );
});
