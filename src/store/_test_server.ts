/** For tests: a file server on this machine that misbehaves on demand. */

/** What the server does with one request; by default it serves the file, ranges included. */
export interface Behaviour {
  /** Breaks the connection after that many bytes of the body. */
  readonly breakAfter?: number;
  /** Sends that many bytes and then nothing more, without closing. */
  readonly stallAfter?: number;
  /** Answers 200 with the whole file, whatever range was asked for. */
  readonly ignoresRange?: boolean;
  /** Does not say how much it sends. */
  readonly isChunked?: boolean;
  /** What it calls this state of the file (`ETag`, or `Last-Modified` where it has no quotes). */
  readonly version?: string;
  /** Answers with this instead. */
  readonly response?: () => Response;
}

/** A running server. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  /** The `Range` header of each request so far, or `whole`. */
  readonly requests: readonly string[];
}

/** How the server is all the time. */
export interface ServerOptions {
  /** The n-th request meets the n-th behaviour, later ones none. */
  readonly behaviours?: readonly Behaviour[];
  /** The port [any]. */
  readonly port?: number;
  /** The file's name [model.tgz]. */
  readonly name?: string;
}

/** Serves `content`. */
export function serve(
  content: Uint8Array<ArrayBuffer>,
  { behaviours = [], port = 0, name = "model.tgz" }: ServerOptions = {},
): TestServer {
  const requests: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen: () => {} },
    (request) => {
      const behaviour = behaviours[requests.length] ?? {};
      requests.push(request.headers.get("range") ?? "whole");
      if (behaviour.response) return behaviour.response();
      return answer(request, { content, behaviour });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/${name}`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function answer(
  request: Request,
  { content, behaviour }: {
    content: Uint8Array<ArrayBuffer>;
    behaviour: Behaviour;
  },
): Response {
  const range = /^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "");
  const asked = request.headers.get("if-range");
  const isSame = asked === null || asked === behaviour.version;
  const goesOn = range && isSame && !behaviour.ignoresRange;
  const from = goesOn ? Number(range[1]) : 0;
  return new Response(bodyOf(content.subarray(from), behaviour), {
    status: goesOn ? 206 : 200,
    headers: {
      ...behaviour.isChunked
        ? {}
        : { "content-length": `${content.length - from}` },
      ...versionHeader(behaviour),
      ...goesOn
        ? {
          "content-range": `bytes ${from}-${
            content.length - 1
          }/${content.length}`,
        }
        : {},
    },
  });
}

function versionHeader({ version }: Behaviour): Record<string, string> {
  if (version === undefined) return {};
  return version.endsWith('"')
    ? { etag: version }
    : { "last-modified": version };
}

function bodyOf(
  bytes: Uint8Array<ArrayBuffer>,
  { breakAfter, stallAfter, isChunked }: Behaviour,
): BodyInit {
  const end = breakAfter ?? stallAfter ?? bytes.length;
  if (end === bytes.length && !isChunked) return bytes;
  let sent = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (sent < end) {
        const next = Math.min(sent + 1000, end);
        controller.enqueue(bytes.slice(sent, next));
        sent = next;
      } else if (stallAfter === undefined) {
        // Ending before the promised length makes the server cut the connection.
        controller.close();
      } else {
        await new Promise(() => {});
      }
    },
  });
}

/** Bytes that differ all along, so that a misplaced piece shows. */
export function someBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).map((_, index) => (index * 7919) >>> 5);
}
