import { type AnyKernel, kernels } from "../../kernels/mod.ts";
import { models } from "../../models/mod.ts";
import { espalierHome, folderSize } from "../data/mod.ts";
import { InputError, messageOf } from "../errors.ts";
import {
  type AdapterFacts,
  openSession,
  selfTestKernel,
  type SelfTestResult,
  type Session,
} from "../gpu/mod.ts";
import { nounOf } from "../plural.ts";
import { openStore, type Store } from "../store/mod.ts";
import { type Command, defineCommand, exitCodes } from "./command.ts";
import { formatBytes, formatCount } from "./format.ts";
import { endSession } from "./early_session.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "../version.ts";

/** What an adapter may offer and espalier looks at. */
const namedFeatures = ["shader-f16", "timestamp-query", "subgroups"];

/** `espalier doctor`: whether this machine can do the work, and with what. */
export const doctor: Command = defineCommand({
  name: "doctor",
  summary: "test the GPU adapter and show versions, models and cache",
  details:
    "Every kernel runs a small example against its reference; one that takes longer than a minute is given up and named. Exits with 1 where there is no adapter, a kernel fails, or a model is not what it should be.",
  examples: [
    { command: "doctor", says: "what to look at first when something fails" },
    { command: "doctor --verify", says: "computes the models' digests, too" },
  ],
  json: true,
  options: {
    verify: {
      type: "boolean",
      description: "compute the digest of each model in the store",
    },
  },
  positionals: {},
  async run({ options, terminal, interruption }) {
    const home = espalierHome(Deno.env);
    const { deno, v8 } = Deno.version;
    const { os, arch } = Deno.build;
    terminal.line(
      `espalier ${version}, Deno ${deno} (V8 ${v8}), ${os} ${arch}`,
    );
    terminal.event({ event: "versions", espalier: version, deno, os, arch });
    const session = await openIfPossible(terminal);
    const areModelsWhole = await showModels(terminal, {
      store: openStore(home.root),
      verify: options.verify,
    });
    await showCache(terminal, home.features);
    if (!session) terminal.line("kernels not tested: there is no adapter");
    const areKernelsRight = session !== undefined &&
      await testKernels(terminal, { session, signal: interruption.signal });
    const passed = areModelsWhole && areKernelsRight;
    terminal.event({ event: "done", passed });
    return passed ? exitCodes.success : exitCodes.failure;
  },
});

/** Without an adapter the rest is worth showing all the same. */
async function openIfPossible(
  terminal: Terminal,
): Promise<Session | undefined> {
  try {
    const session = await openSession();
    showAdapter(terminal, session.adapter);
    return session;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const message = messageOf(error);
    terminal.fail(message);
    terminal.event({ event: "adapter", error: message });
    return undefined;
  }
}

function showAdapter(
  { line, table, event }: Terminal,
  adapter: AdapterFacts,
): void {
  const { description, vendor, architecture, isFallback, limits } = adapter;
  // Some drivers give a number where a name is meant.
  const maker = /^\d+$/.test(vendor) ? "" : vendor;
  const about = [maker, architecture, isFallback ? "software" : ""];
  line(`adapter ${[description, ...about.filter(Boolean)].join(", ")}`);
  const features = namedFeatures.map((name) =>
    `${name} ${adapter.features.includes(name) ? "yes" : "no"}`
  );
  line(`features ${features.join(", ")}`);
  line("limits");
  table(
    Object.entries(limits).map(([name, value]) => [name, formatCount(value)]),
    { right: [1], indent: "  " },
  );
  event({ event: "adapter", ...adapter });
}

/** Shows each model of the store; false if one is not what it should be. */
async function showModels(
  terminal: Terminal,
  { store, verify }: { readonly store: Store; readonly verify: boolean },
): Promise<boolean> {
  terminal.line(`models in ${store.home}`);
  let areWhole = true;
  let absent = 0;
  for (const entry of models) {
    const { name, title, provenance, licence } = entry;
    const found = await store.find(entry);
    if (!found) {
      absent++;
      continue;
    }
    let state = verify ? "verified now" : "verified when fetched";
    try {
      if (verify) await store.verify(entry);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      areWhole = false;
      state = "damaged";
      terminal.fail(messageOf(error));
    }
    const { bytes, sha256 } = found;
    terminal.line(`  ${name}  ${state}`);
    terminal.line(`    ${title}, ${formatBytes(bytes)}, ${licence}`);
    terminal.line(`    sha256 ${sha256}`);
    terminal.line(`    ${provenance}`);
    terminal.event({
      ...{ event: "model", name, path: store.path(entry), isPresent: true },
      ...{ state, bytes, sha256, provenance, licence },
    });
  }
  terminal.line(`  ${absent} that are not here: ./espalier fetch --list`);
  return areWhole;
}

async function showCache(
  { line, event }: Terminal,
  path: string,
): Promise<void> {
  const size = await folderSize(path);
  line(
    `cached features: ${formatCount(size.files)} ${
      nounOf(size.files, "files")
    }, ${formatBytes(size.bytes)} in ${path}`,
  );
  event({ event: "cache", path, ...size });
}

/** What a kernel may take: its compilation is most of it, and a driver may never come back from that. */
const kernelSeconds = 60;

/**
 * Whether every kernel agrees with its reference. A session whose GPU does not
 * answer in time is left alone, as nothing can stop it, and the next kernel gets
 * a new one, if the driver has any.
 */
export async function testKernels(
  terminal: Terminal,
  { session, signal, open = openSession, tested = kernels, seconds }: {
    /** What it runs on, which is closed. */
    readonly session: Session;
    readonly signal: AbortSignal;
    /** Opens the session after one that was given up. */
    readonly open?: () => Promise<Session>;
    /** By name [all]. */
    readonly tested?: typeof kernels;
    /** What a kernel may take [60]. */
    readonly seconds?: number;
  },
): Promise<boolean> {
  terminal.line("kernels, each against its reference");
  const width = Math.max(...[...tested.keys()].map(({ length }) => length));
  const left = [...tested.values()];
  let failed = 0;
  let current: Session | undefined = session;
  while (left.length > 0 && current) {
    signal.throwIfAborted();
    const [kernel] = left.splice(0, 1);
    const result = await within(seconds, selfTestKernel(current, kernel));
    showResult(terminal, { result: result ?? gaveUp(kernel, seconds), width });
    if (!result?.passed) failed++;
    if (!result) current = await within(seconds, open());
  }
  await endSession(current);
  showVerdict(terminal, { failed, left: left.length, total: tested.size });
  return failed === 0;
}

/** What a promise gives, or undefined where it takes longer. */
async function within<T>(
  seconds = kernelSeconds,
  promise: Promise<T>,
): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), 1000 * seconds);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function gaveUp(
  { name: kernel }: AnyKernel,
  seconds = kernelSeconds,
): SelfTestResult {
  const failure = `gave no result within ${seconds} s`;
  const milliseconds = 1000 * seconds;
  return { kernel, passed: false, maxError: NaN, milliseconds, failure };
}

function showResult(
  { line, event, style }: Terminal,
  { result, width }: {
    readonly result: SelfTestResult;
    readonly width: number;
  },
): void {
  const verdict = result.passed
    ? style("green", "ok    ")
    : style("red", "FAILED");
  line(`  ${result.kernel.padEnd(width)}  ${verdict}  ${measured(result)}`);
  event({ event: "kernel", ...result });
}

function showVerdict(
  { line }: Terminal,
  { failed, left, total }: Record<"failed" | "left" | "total", number>,
): void {
  if (failed === 0) line(`all ${total} kernels agree with their references`);
  else {
    const untested = left === 0
      ? ""
      : `, ${left} not tested, as the driver opened no other session`;
    line(
      `${failed} of ${total} kernels FAILED${untested}: update the driver, or use another adapter`,
    );
  }
}

function measured(
  { maxError, milliseconds, failure }: SelfTestResult,
): string {
  return failure ??
    `max error ${maxError.toExponential(1)}  ${milliseconds.toFixed(0)} ms`;
}
