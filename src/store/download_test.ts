import { deepStrictEqual, match, ok, rejects, strictEqual } from "@std/assert";
import fc from "fast-check";
import { createHash } from "node:crypto";
import { sha256 } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import {
  type TemporaryFolder,
  temporaryFolder,
} from "../bytes/temporary_folder_testing.ts";
import { type Behaviour, serve, someBytes } from "./_test_server.ts";
import { download, type DownloadOptions } from "./download.ts";

const content = someBytes(50_000);
const expected = { bytes: content.length, sha256: sha256(content) };

function optionsFor(folder: TemporaryFolder): DownloadOptions {
  return { ...expected, path: folder.join("model.tgz"), pause: 0 };
}

function assertWhole(folder: TemporaryFolder): void {
  deepStrictEqual(folder.names(), ["model.tgz"]);
  const found = Deno.readFileSync(folder.join("model.tgz"));
  strictEqual(sha256(found), expected.sha256);
}

Deno.test("download() brings a file, reports progress and leaves nothing beside it", async () => {
  await using folder = await temporaryFolder();
  await using server = serve(content);
  const seen: number[] = [];
  await download(server.url, {
    ...optionsFor(folder),
    progress: (done) => seen.push(done),
  });
  assertWhole(folder);
  strictEqual(seen.at(-1), content.length);
  deepStrictEqual(server.requests, ["whole"]);
});

Deno.test("download() goes on where the connection broke", async () => {
  await using folder = await temporaryFolder();
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
});

Deno.test("download() goes on in a later call", async () => {
  await using folder = await temporaryFolder();
  await using server = serve(content, {
    behaviours: [{ breakAfter: 12_000 }],
  });
  await rejects(
    download(server.url, { ...optionsFor(folder), attempts: 1 }),
    (error: Error) => {
      ok(error instanceof InputError);
      match(
        error.message,
        /^Cannot download http.* \(stopped after 12000 of 50000 bytes: .+\); run the same command to go on from there, or get the file in another way and put it at ".*model\.tgz"$/,
      );
      return true;
    },
  );
  deepStrictEqual(folder.names(), ["model.tgz.part"]);
  await download(server.url, optionsFor(folder));
  assertWhole(folder);
  strictEqual(server.requests[1], "bytes=12000-");
});

Deno.test("download() starts over when what it built upon was of another file", async () => {
  await using folder = await temporaryFolder();
  const old = content.map((byte) => byte ^ 1);
  {
    await using server = serve(old, { behaviours: [{ breakAfter: 9000 }] });
    const options = { ...optionsFor(folder), attempts: 1 };
    await rejects(download(server.url, options), InputError);
  }
  await using server = serve(content);
  await download(server.url, optionsFor(folder));
  assertWhole(folder);
  deepStrictEqual(server.requests, ["bytes=9000-", "whole"]);
});

Deno.test("download() starts over when the server ignores the range", async () => {
  await using folder = await temporaryFolder();
  await using server = serve(content, {
    behaviours: [{ breakAfter: 30_000 }, { ignoresRange: true }],
  });
  await download(server.url, optionsFor(folder));
  assertWhole(folder);
});

Deno.test("download() starts over after 416 and after a range it did not ask for", async () => {
  await using folder = await temporaryFolder();
  const wrongRange = () =>
    new Response(content.subarray(5), {
      status: 206,
      headers: { "content-range": `bytes 5-49999/50000` },
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
});

Deno.test("download() deletes a file of the wrong digest and names both", async () => {
  await using folder = await temporaryFolder();
  await using server = serve(content.map((byte) => byte ^ 1));
  await rejects(
    download(server.url, optionsFor(folder)),
    new RegExp(
      `not the expected file \\(expected sha256 ${expected.sha256}, got [0-9a-f]{64}\\)`,
    ),
  );
  deepStrictEqual(folder.names(), []);
});

Deno.test("download() deletes a file of the wrong size, such as a login page, and names both", async () => {
  await using folder = await temporaryFolder();
  const page = new Response("<!DOCTYPE html><p>Log in", {
    headers: { "content-type": "text/html" },
  });
  const chunked = new Response(new Blob([content, "more"]).stream());
  await using server = serve(content, {
    behaviours: [{ response: () => page }, { response: () => chunked }],
  });
  const options = optionsFor(folder);
  for (const size of ["24", "500\\d\\d"]) {
    await rejects(
      download(server.url, options),
      new RegExp(
        `not the expected file \\(expected 50000 bytes, got ${size}\\); it was deleted: try again, or get the file in another way and put it at`,
      ),
    );
  }
  deepStrictEqual(folder.names(), []);
  strictEqual(server.requests.length, 2);
});

Deno.test("download() tries again after 503, and not after 404", async () => {
  await using folder = await temporaryFolder();
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
});

Deno.test("download() follows a redirect", async () => {
  await using folder = await temporaryFolder();
  await using target = serve(content);
  await using server = serve(content, {
    behaviours: [{ response: () => Response.redirect(target.url, 302) }],
  });
  await download(server.url, optionsFor(folder));
  assertWhole(folder);
});

Deno.test("download() says in one sentence that there is no network", async () => {
  await using folder = await temporaryFolder();
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
});

async function closedServer(): Promise<{ url: string }> {
  await using server = serve(content);
  return { url: server.url };
}

Deno.test("download() gives a silent connection up and goes on with another", async () => {
  await using folder = await temporaryFolder();
  await using server = serve(content, { behaviours: [{ stallAfter: 8000 }] });
  await download(server.url, { ...optionsFor(folder), idle: 200 });
  assertWhole(folder);
  deepStrictEqual(server.requests, ["whole", "bytes=8000-"]);
});

Deno.test("download() stops when told to and keeps what it has", async () => {
  await using folder = await temporaryFolder();
  await using server = serve(content, { behaviours: [{ stallAfter: 8000 }] });
  const stop = new AbortController();
  const options = {
    ...optionsFor(folder),
    progress: (done: number) => done >= 8000 && stop.abort(),
    signal: stop.signal,
  };
  await rejects(download(server.url, options), { name: "AbortError" });
  strictEqual(Deno.statSync(folder.join("model.tgz.part")).size, 8000);
});

Deno.test("download() ends with the same bytes however often it is interrupted", async () => {
  const cuts = fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(cuts, async (lengths) => {
      await using folder = await temporaryFolder();
      const behaviours = lengths.map((breakAfter) => ({ breakAfter }));
      await using server = serve(content, { behaviours });
      await download(server.url, { ...optionsFor(folder), attempts: 9 });
      assertWhole(folder);
    }),
    { numRuns: 15 },
  );
});

const path = (folder: TemporaryFolder) => folder.join("model.tgz");

Deno.test("download() brings a file of which the first digits of a digest, or its MD5, are known", async () => {
  const start = expected.sha256.slice(0, 8);
  const md5 = createHash("md5").update(content).digest("hex");
  for (const known of [{ sha256: start }, { md5 }]) {
    await using folder = await temporaryFolder();
    await using server = serve(content, {
      behaviours: [{ breakAfter: 9000 }],
    });
    const options = { path: path(folder), pause: 0 };
    const found = await download(server.url, { ...options, ...known });
    deepStrictEqual(found, { sha256: expected.sha256, size: content.length });
    assertWhole(folder);
    deepStrictEqual(server.requests, ["whole", "bytes=9000-"]);
    await Deno.remove(path(folder));
    await using other = serve(content.map((byte) => byte ^ 1));
    await rejects(
      download(other.url, { ...options, ...known }),
      "md5" in known
        ? /expected md5 [0-9a-f]{32}, got [0-9a-f]{32}/
        : /expected sha256 that begins with [0-9a-f]{8}, got [0-9a-f]{64}/,
    );
    deepStrictEqual(folder.names(), []);
  }
});

Deno.test("download() of a file of which nothing is known never joins halves of two", async () => {
  await using folder = await temporaryFolder();
  const options = { path: path(folder), pause: 0 };
  // Without a name for its state, and of another state.
  for (const versions of [[], ['"one"', '"two"'], ['W/"one"', 'W/"one"']]) {
    await using server = serve(content, {
      behaviours: [
        { breakAfter: 9000, version: versions[0] },
        { version: versions[1] },
      ].map(({ version, ...rest }) => ({
        ...rest,
        ...version !== undefined && { version },
      })),
    });
    await Deno.writeFile(`${options.path}.part`, someBytes(100));
    await download(server.url, options);
    assertWhole(folder);
    strictEqual(server.requests[0], "whole");
  }
  await using server = serve(content, {
    behaviours: [{ breakAfter: 9000, version: '"one"' }, { version: '"one"' }],
  });
  await download(server.url, options);
  assertWhole(folder);
  deepStrictEqual(server.requests, ["whole", "bytes=9000-"]);
});

Deno.test("download() gives up a file of unknown size that is too large, said or not", async () => {
  for (const isChunked of [false, true]) {
    await using folder = await temporaryFolder();
    await using server = serve(content, { behaviours: [{ isChunked }] });
    await rejects(
      download(server.url, { path: path(folder), mostBytes: 20_000 }),
      /larger than 20000 bytes/,
    );
  }
});

/** Cuts a download of `content` in one call, and ends it in the next, from what is at the same address then; gives the requests of the second. */
async function inTwoCalls(
  folder: TemporaryFolder,
  { version, then }: {
    version?: string;
    then: Behaviour & { readonly content?: Uint8Array<ArrayBuffer> };
  },
): Promise<readonly string[]> {
  const options = { path: path(folder), pause: 0 };
  const cut = { breakAfter: 9000, ...version !== undefined && { version } };
  let url = "";
  {
    await using server = serve(content, { behaviours: [cut] });
    ({ url } = server);
    await rejects(
      download(url, { ...options, attempts: 1 }),
      /stopped after 9000 of 50000 bytes/,
    );
  }
  const now = then.content ?? content;
  const port = Number(new URL(url).port);
  await using server = serve(now, { behaviours: [then], port });
  const found = await download(url, options);
  deepStrictEqual(found, { sha256: sha256(now), size: now.length });
  deepStrictEqual(Deno.readFileSync(options.path), now);
  deepStrictEqual(folder.names(), ["model.tgz"]);
  return server.requests;
}

Deno.test("download() of a file of which nothing is known goes on in a later call where the server says that it is the same", async () => {
  for (const version of ['"one"', "Sun, 06 Nov 1994 08:49:37 GMT"]) {
    await using folder = await temporaryFolder();
    deepStrictEqual(
      await inTwoCalls(folder, { version, then: { version } }),
      ["bytes=9000-"],
    );
  }
});

Deno.test("download() of a file of which nothing is known begins anew in a later call where it is another, or nothing tells", async () => {
  const other = someBytes(60_000).reverse();
  const part = () =>
    new Response(other.subarray(9000), {
      status: 206,
      headers: { "content-range": "bytes 9000-59999/60000", etag: '"two"' },
    });
  for (
    const [given, requests] of [
      // If-Range makes it one request.
      [
        { version: '"one"', then: { version: '"two"', content: other } },
        ["bytes=9000-"],
      ],
      // The server does not know If-Range.
      [
        { version: '"one"', then: { response: part, content: other } },
        ["bytes=9000-", "whole"],
      ],
      [{ version: 'W/"one"', then: { version: 'W/"one"' } }, ["whole"]],
      [{ then: { content: other } }, ["whole"]],
    ] as const
  ) {
    await using folder = await temporaryFolder();
    deepStrictEqual(await inTwoCalls(folder, given), requests);
  }
});
