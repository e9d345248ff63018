import { deepStrictEqual, match, rejects } from "@std/assert";
import { startPeer } from "./process.ts";
import { temporaryFolder } from "../../src/bytes/temporary_folder_testing.ts";

async function withScript(
  text: string,
  test: (path: string) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const path = folder.join("peer.ts");
  await Deno.writeTextFile(path, text);
  await test(path);
}

Deno.test("startPeer() passes over greetings and gives the answer", async () => {
  const script = `
    console.log("Hello from the engine");
    for await (const _ of Deno.stdin.readable) {
      console.log(JSON.stringify({ version: "1", milliseconds: 2 }));
    }`;
  await withScript(script, async (path) => {
    const peer = startPeer([path]);
    const answer = await peer.ask({ ask: "forward", batch: 1 });
    deepStrictEqual(answer, { version: "1", milliseconds: 2 });
    await peer.ask({ ask: "forward", batch: 1 });
    await peer.close();
  });
});

Deno.test("startPeer() makes a crash an error with the peer's last words", async () => {
  const script = `
    console.error("something");
    console.error("Error: no adapter");
    console.error("  at somewhere");
    Deno.exit(7);`;
  await withScript(script, async (path) => {
    const peer = startPeer([path]);
    await rejects(peer.ask({ ask: "features", batch: 1 }), (error: Error) => {
      match(error.message, /exit code 7: Error: no adapter/);
      return true;
    });
    await peer.close();
  });
});

Deno.test("startPeer() makes an error of what a peer says it cannot do, and goes on", async () => {
  const serve = new URL("./serve.ts", import.meta.url).href;
  const script = `
    import { servePeer } from ${JSON.stringify(serve)};
    await servePeer({
      version: "1",
      forward: (batch) => Promise.resolve(new Float32Array(batch)),
      prepareHead: () => Promise.reject(new Error("no gradient")),
    });`;
  const head = { features: 1, classes: 1, batch: 1, dataRows: 1 };
  await withScript(script, async (path) => {
    const peer = startPeer([path]);
    await rejects(peer.ask({ ask: "head", steps: 1, ...head }), /no gradient/);
    const { features } = await peer.ask({ ask: "features", batch: 2 });
    deepStrictEqual(features, [0, 0]);
    await peer.close();
  });
});
