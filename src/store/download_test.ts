import { deepStrictEqual, match, ok, rejects, strictEqual } from "@std/assert";
import { join } from "@std/path";
import fc from "fast-check";
import { sha256 } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import {
  inTemporaryFolder,
  namesIn,
  serve,
  someBytes,
} from "./_test_server.ts";
import { download, type DownloadOptions } from "./download.ts";

const content = someBytes(50_000);
const expected = { bytes: content.length, sha256: sha256(content) };

function optionsFor(folder: string): DownloadOptions {
  return { ...expected, path: join(folder, "model.tgz"), pause: 0 };
}

function html(body = "<!DOCTYPE html><p>Log in", type = "text/html"): Response {
  return new Response(body, { headers: { "content-type": type } });
}

function assertWhole(folder: string): void {
  deepStrictEqual(namesIn(folder), ["model.tgz"]);
  const found = Deno.readFileSync(join(folder, "model.tgz"));
  strictEqual(sha256(found), expected.sha256);
}

Deno.test("download() brings a file, reports progress and leaves nothing beside it", () =>
  inTemporaryFolder(async (folder) => {
    await using server = serve(content);
    const seen: number[] = [];
    await download(server.url, {
      ...optionsFor(folder),
      progress: (done, total) => {
        strictEqual(total, content.length);
        seen.push(done);
      },
    });
    assertWhole(folder);
    strictEqual(seen.at(-1), content.length);
    deepStrictEqual(server.requests, ["whole"]);
  }));

Deno.test("download() goes on where the connection broke", () =>
  inTemporaryFolder(async (folder) => {
    await using server = serve(content, {
      behaviours: [{ breakAfter: 12_000 }, { breakAfter: 20_000 }],
    });
    await download(server.url, optionsFor(folder));
    assertWhole(folder);
    deepStrictEqual(server.requests, [
      "whole",
      "bytes=12000-",
      "bytes=32000-",
    ]);
  }));

Deno.test("download() goes on in a later call, by the date where there is no ETag", () =>
  inTemporaryFolder(async (folder) => {
    await using server = serve(content, {
      behaviours: [{ breakAfter: 12_000 }],
      headers: { "last-modified": "Sat, 05 Dec 2015 00:00:00 GMT" },
    });
    await rejects(
      download(server.url, { ...optionsFor(folder), attempts: 1 }),
      (error: Error) => {
        ok(error instanceof InputError);
        match(
          error.message,
          /^Cannot download http.*: stopped after 12000 of 50000 bytes \(.+\); run the same command to go on from there, or get the file in another way and put it at ".*model\.tgz"$/,
        );
        return true;
      },
    );
    deepStrictEqual(namesIn(folder), ["model.tgz.part", "model.tgz.part.json"]);
    await download(server.url, optionsFor(folder));
    assertWhole(folder);
    strictEqual(server.requests[1], "bytes=12000-");
  }));

Deno.test("download() starts over when the server's file has changed", () =>
  inTemporaryFolder(async (folder) => {
    const old = content.map((byte) => byte ^ 1);
    {
      await using server = serve(old, { behaviours: [{ breakAfter: 9000 }] });
      const options = { ...optionsFor(folder), attempts: 1 };
      await rejects(download(server.url, options), InputError);
    }
    // The note beside the part names the address: keep it, change the file.
    const note = join(folder, "model.tgz.part.json");
    await using server = serve(content, { headers: { etag: '"two"' } });
    await Deno.writeTextFile(
      note,
      JSON.stringify({ url: server.url, validator: '"one"' }),
    );
    await download(server.url, optionsFor(folder));
    assertWhole(folder);
    deepStrictEqual(server.requests, ["bytes=9000-"]);
  }));

Deno.test("download() starts over when the server ignores the range", () =>
  inTemporaryFolder(async (folder) => {
    await using server = serve(content, {
      behaviours: [{ breakAfter: 30_000 }, { ignoresRange: true }],
    });
    await download(server.url, optionsFor(folder));
    assertWhole(folder);
  }));

Deno.test("download() starts over after 416 and after a range it did not ask for", () =>
  inTemporaryFolder(async (folder) => {
    const wrongRange = () =>
      new Response(content.subarray(5), {
        status: 206,
        headers: { "content-range": `bytes 5-49999/50000`, etag: '"one"' },
      });
    await using server = serve(content, {
      behaviours: [
        { breakAfter: 30_000 },
        { response: () => new Response(null, { status: 416 }) },
        { breakAfter: 10_000 },
        { response: wrongRange },
      ],
    });
    await download(server.url, optionsFor(folder));
    assertWhole(folder);
    deepStrictEqual(server.requests, [
      "whole",
      "bytes=30000-",
      "whole",
      "bytes=10000-",
      "whole",
    ]);
  }));

Deno.test("download() does not build upon bytes that nothing vouches for", () =>
  inTemporaryFolder(async (folder) => {
    await using server = serve(content, {
      behaviours: [{ breakAfter: 30_000 }],
      headers: { etag: 'W/"weak"' },
    });
    await download(server.url, optionsFor(folder));
    assertWhole(folder);
    deepStrictEqual(server.requests, ["whole", "whole"]);
  }));

Deno.test("download() deletes a file of the wrong digest and names both", () =>
  inTemporaryFolder(async (folder) => {
    await using server = serve(content.map((byte) => byte ^ 1));
    await rejects(
      download(server.url, optionsFor(folder)),
      new RegExp(
        `not the expected file \\(expected sha256 ${expected.sha256}, got [0-9a-f]{64}\\)`,
      ),
    );
    deepStrictEqual(namesIn(folder), []);
  }));

Deno.test("download() refuses a file of the wrong size before and after reading it", () =>
  inTemporaryFolder(async (folder) => {
    const chunked = () => new Response(new Blob([content, "more"]).stream());
    await using server = serve(content.subarray(1), {
      behaviours: [{}, { response: chunked }],
    });
    const options = optionsFor(folder);
    await rejects(
      download(server.url, options),
      /the server has 49999 bytes, expected 50000/,
    );
    await rejects(
      download(server.url, options),
      /expected 50000 bytes, got 500/,
    );
    deepStrictEqual(namesIn(folder), []);
  }));

Deno.test("download() says that a web page came instead of the file", () =>
  inTemporaryFolder(async (folder) => {
    await using server = serve(content, {
      behaviours: [
        { response: () => html() },
        { response: () => html("\n<html>", "application/octet-stream") },
      ],
    });
    for (const _ of ["by its type", "by its content"]) {
      await rejects(
        download(server.url, { path: join(folder, "model.tgz"), pause: 0 }),
        /sent an HTML page instead of the file; get the file in another way and put it at/,
      );
    }
    deepStrictEqual(namesIn(folder), []);
  }));

Deno.test("download() tries again after 503, and not after 404", () =>
  inTemporaryFolder(async (folder) => {
    const status = (status: number) => () => new Response("no", { status });
    await using server = serve(content, {
      behaviours: [{ response: status(503) }, {}, { response: status(404) }],
    });
    await download(server.url, optionsFor(folder));
    assertWhole(folder);
    await rejects(
      download(server.url, optionsFor(folder)),
      /the server answered 404/,
    );
    strictEqual(server.requests.length, 3);
  }));

Deno.test("download() follows a redirect", () =>
  inTemporaryFolder(async (folder) => {
    await using target = serve(content);
    await using server = serve(content, {
      behaviours: [{ response: () => Response.redirect(target.url, 302) }],
    });
    await download(server.url, optionsFor(folder));
    assertWhole(folder);
  }));

Deno.test("download() says in one sentence that there is no network", () =>
  inTemporaryFolder(async (folder) => {
    const { url } = await closedServer();
    await rejects(
      download(url, { ...optionsFor(folder), attempts: 2 }),
      (error: Error) => {
        ok(error instanceof InputError);
        match(
          error.message,
          /; check the network, or get the file in another way and put it at ".*model\.tgz"$/,
        );
        ok(!error.message.includes("\n"));
        return true;
      },
    );
  }));

async function closedServer(): Promise<{ url: string }> {
  await using server = serve(content);
  return { url: server.url };
}

Deno.test("download() gives a silent connection up and goes on with another", () =>
  inTemporaryFolder(async (folder) => {
    await using server = serve(content, { behaviours: [{ stallAfter: 8000 }] });
    await download(server.url, { ...optionsFor(folder), idle: 200 });
    assertWhole(folder);
    deepStrictEqual(server.requests, ["whole", "bytes=8000-"]);
  }));

Deno.test("download() stops when told to and keeps what it has", () =>
  inTemporaryFolder(async (folder) => {
    await using server = serve(content, { behaviours: [{ stallAfter: 8000 }] });
    const stop = new AbortController();
    const options = {
      ...optionsFor(folder),
      progress: (done: number) => done >= 8000 && stop.abort(),
      signal: stop.signal,
    };
    await rejects(download(server.url, options), { name: "AbortError" });
    strictEqual(Deno.statSync(join(folder, "model.tgz.part")).size, 8000);
  }));

Deno.test("download() ends with the same bytes however often it is interrupted", async () => {
  const cuts = fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(cuts, (lengths) =>
      inTemporaryFolder(async (folder) => {
        const behaviours = lengths.map((breakAfter) => ({ breakAfter }));
        await using server = serve(content, { behaviours });
        await download(server.url, { ...optionsFor(folder), attempts: 9 });
        assertWhole(folder);
      })),
    { numRuns: 15 },
  );
});
