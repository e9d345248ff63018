/**
 * Whether the kernels' texts are WGSL to a strict compiler: runs the tests of
 * kernels, of ops and of training, and makes every text that they compile a shader
 * module in a headless Chromium, whose compiler is Tint.
 *
 *     deno task endure:wgsl [--chromium chromium] [--texts FILE]
 *
 * With `--texts` the texts are kept in the file, and taken from there if it is
 * there. Exits with 1 if a text is refused.
 */
import { parseArgs } from "@std/cli";
import { join } from "@std/path";
import * as v from "valibot";
import { temporaryFolder } from "../../src/bytes/temporary_folder_testing.ts";

const testFiles = [
  ...["kernels", "src/train", "src/passes", "src/plan"],
  // Not that of pipelines, which compiles a text that is wrong.
  ...["src/gpu/session_test.ts", "src/gpu/texels_test.ts"],
  ...["models/networks_test.ts", "tests/ops_golden_test.ts"],
  ...["tests/not_finite_test.ts", "tests/training_golden_test.ts"],
];

const textsSchema = v.array(v.object({ label: v.string(), code: v.string() }));
const reportSchema = v.object({
  adapter: v.string(),
  count: v.number(),
  messages: v.array(v.object({
    label: v.string(),
    type: v.string(),
    line: v.string(),
    message: v.string(),
  })),
});
type Report = v.InferOutput<typeof reportSchema>;

const { values } = parseArgs({
  options: {
    chromium: { type: "string", default: "chromium" },
    texts: { type: "string" },
  },
});

/** Runs in the page. */
const page = `<!doctype html><script type="module">
const adapter = await navigator.gpu.requestAdapter();
const device = await adapter.requestDevice();
const texts = await (await fetch("/texts")).json();
const messages = [];
for (const { label, code } of texts) {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label, code });
  const info = await module.getCompilationInfo();
  for (const { type, message, lineNum } of info.messages) {
    messages.push({ label, type, message, line: code.split("\\n")[lineNum - 1] ?? "" });
  }
  const error = await device.popErrorScope();
  if (error && info.messages.length === 0) {
    messages.push({ label, type: "error", message: error.message, line: "" });
  }
}
const { vendor, architecture } = adapter.info;
const body = JSON.stringify({
  adapter: vendor + " " + architecture, count: texts.length, messages,
});
await fetch("/report", { method: "POST", body });
</script>`;

async function record(path: string): Promise<void> {
  const preload = new URL("./_record_texts.ts", import.meta.url);
  const { code } = await new Deno.Command("deno", {
    args: ["test", "-A", "--no-check", "-q", `--preload=${preload}`]
      .concat(testFiles),
    cwd: new URL("../..", import.meta.url),
    env: { RECORDED_TEXTS: path },
    stdout: "null",
  }).output();
  if (code !== 0) console.log(`the tests ended with ${code}`);
}

/** Distinct texts of a record, as JSON. */
async function textsOf(path: string): Promise<string> {
  const lines = (await Deno.readTextFile(path)).trim().split("\n");
  const texts: unknown = lines.map((line) => JSON.parse(line));
  const byCode = new Map(
    v.parse(textsSchema, texts).map(({ label, code }) => [code, label]),
  );
  return JSON.stringify(
    [...byCode].map(([code, label]) => ({ label, code })),
  );
}

/** What Chromium says of the texts. */
async function compileAll(texts: string, profile: string): Promise<Report> {
  const reported = Promise.withResolvers<Report>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/texts") return new Response(texts);
      if (pathname === "/report") {
        reported.resolve(v.parse(reportSchema, await request.json()));
        return new Response();
      }
      const headers = { "content-type": "text/html" };
      return new Response(page, { headers });
    },
  );
  const browser = new Deno.Command(values.chromium, {
    args: [
      ...["--headless", "--no-sandbox", "--enable-unsafe-webgpu"],
      ...["--disable-dev-shm-usage", `--user-data-dir=${profile}`],
      `http://127.0.0.1:${server.addr.port}/`,
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const ended = browser.status.then(({ code }): never => {
    throw new Error(`Chromium ended with ${code} and reported nothing`);
  });
  try {
    return await Promise.race([reported.promise, ended]);
  } finally {
    ended.catch(() => {});
    browser.kill("SIGTERM");
    await browser.status;
    await server.shutdown();
  }
}

await using folder = await temporaryFolder();
const path = values.texts ?? join(folder.path, "texts.jsonl");
const isKept = await Deno.stat(path).then(() => true, () => false);
if (!isKept) await record(path);
const { adapter, count, messages } = await compileAll(
  await textsOf(path),
  folder.join("profile"),
);
for (const { label, type, message, line } of messages) {
  console.log(`${label}: ${type}: ${message}\n    ${line.trim()}`);
}
const errors = messages.filter(({ type }) => type === "error").length;
console.log(
  `${count} texts in Chromium on ${adapter}: ${errors} errors, ${
    messages.length - errors
  } other messages`,
);
if (errors > 0) Deno.exitCode = 1;
