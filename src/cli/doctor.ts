import { kernels } from "../../kernels/mod.ts";
import { type ModelEntry, models } from "../../models/mod.ts";
import { espalierHome, folderSize } from "../data/mod.ts";
import { InputError, messageOf } from "../errors.ts";
import {
  type AdapterFacts,
  openSession,
  selfTestKernel,
  type SelfTestResult,
  type Session,
} from "../gpu/mod.ts";
import { openStore, type Store } from "../store/mod.ts";
import { type Command, defineCommand, exitCodes } from "./command.ts";
import { formatBytes, formatCount } from "./format.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "../version.ts";

/** What an adapter may offer and espalier looks at. */
const namedFeatures = ["shader-f16", "timestamp-query", "subgroups"];

/** `espalier doctor`: whether this machine can do the work, and with what. */
export const doctor: Command = defineCommand({
  name: "doctor",
  summary: "test the GPU adapter and show versions, models and cache",
  details:
    "Every kernel runs a small example against its reference. Exits with 1 where there is no adapter, a kernel fails, or a model is not what it should be.",
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
    await session?.close();
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

/** Shows each model of the registry; false if one is not what it should be. */
async function showModels(
  terminal: Terminal,
  { store, verify }: { readonly store: Store; readonly verify: boolean },
): Promise<boolean> {
  terminal.line(`models in ${store.home}`);
  let areWhole = true;
  for (const entry of Object.values<ModelEntry>(models)) {
    const { name, title, bytes, sha256, provenance, licence } = entry;
    const isPresent = await store.has(entry);
    let state = `not here; ./espalier fetch ${name}`;
    if (isPresent) state = verify ? "verified now" : "verified when fetched";
    try {
      if (isPresent && verify) await store.verify(entry);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      areWhole = false;
      state = "damaged";
      terminal.fail(messageOf(error));
    }
    terminal.line(`  ${name}  ${state}`);
    terminal.line(`    ${title}, ${formatBytes(bytes)}, ${licence}`);
    terminal.line(`    sha256 ${sha256}`);
    terminal.line(`    ${provenance}`);
    terminal.event({
      event: "model",
      name,
      path: store.path(entry),
      isPresent,
      state,
      bytes,
      sha256,
      provenance,
      licence,
    });
  }
  return areWhole;
}

async function showCache(
  { line, event }: Terminal,
  path: string,
): Promise<void> {
  const size = await folderSize(path);
  line(
    `cached features: ${formatCount(size.files)} files, ${
      formatBytes(size.bytes)
    } in ${path}`,
  );
  event({ event: "cache", path, ...size });
}

async function testKernels(
  { line, event, style }: Terminal,
  { session, signal }: {
    readonly session: Session;
    readonly signal: AbortSignal;
  },
): Promise<boolean> {
  line("kernels, each against its reference");
  const width = Math.max(...[...kernels.keys()].map(({ length }) => length));
  let failed = 0;
  for (const kernel of kernels.values()) {
    signal.throwIfAborted();
    const result = await selfTestKernel(session, kernel);
    if (!result.passed) failed++;
    const verdict = result.passed
      ? style("green", "ok    ")
      : style("red", "FAILED");
    line(`  ${result.kernel.padEnd(width)}  ${verdict}  ${measured(result)}`);
    event({ event: "kernel", ...result });
  }
  line(
    failed === 0
      ? `all ${kernels.size} kernels agree with their references`
      : `${failed} of ${kernels.size} kernels FAILED: update the driver, or use another adapter`,
  );
  return failed === 0;
}

function measured(
  { maxError, milliseconds, failure }: SelfTestResult,
): string {
  return failure ??
    `max error ${maxError.toExponential(1)}  ${milliseconds.toFixed(0)} ms`;
}
