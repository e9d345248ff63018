import { match, strictEqual } from "@std/assert";
import { inSandbox, photos, type Sandbox } from "./cli/_sandbox.ts";

/** What an example prints, called where the sandbox is. */
async function run(
  sandbox: Sandbox,
  name: string,
  ...args: string[]
): Promise<string> {
  const file = new URL(`../examples/${name}.ts`, import.meta.url).pathname;
  const config = new URL("../deno.json", import.meta.url).pathname;
  const names = "-E=HOME,XDG_CACHE_HOME,ESPALIER_HOME";
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: [
      "run",
      "--no-prompt",
      "-R",
      "-W",
      names,
      "-c",
      config,
      file,
      ...args,
    ],
    cwd: sandbox.root,
    env: { NO_COLOR: "1", ESPALIER_HOME: sandbox.path("home") },
  }).output();
  const decoder = new TextDecoder();
  strictEqual(code, 0, decoder.decode(stderr));
  return decoder.decode(stdout);
}

Deno.test("the examples do what they say", async (t) => {
  await inSandbox(photos(), async (sandbox) => {
    await t.step("hello_kernel.ts agrees with its reference", async () => {
      match(await run(sandbox, "hello_kernel"), /^right to /);
    });
    await t.step("extract.ts finds a photo of the same colour", async () => {
      const said = await run(sandbox, "extract", "photos", "net.pb");
      match(said, /^16 photos, \d+ numbers each$/m);
      match(said, /^blue moon\/0.png is most like blue moon\/\d.png$/m);
    });
    await t.step("train.ts labels a photo", async () => {
      const said = await run(sandbox, "train", "photos", "net.pb");
      match(said, /^runs\/photos-1: \d of \d test photos are right$/m);
      match(said, /^blue moon\/0.png is blue moon, [\d.]+ %$/m);
    });
    await t.step("finetune.ts trains the layers of a network", async () => {
      const said = await run(sandbox, "finetune", "photos", "net.pb");
      match(said, /^runs\/photos-2: \d of \d test photos are right$/m);
    });
  });
});
