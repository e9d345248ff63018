import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import { dirname, join, relative } from "@std/path";

/** Rooms from the ground up: each may import from those before it. */
const rooms = [
  ...[
    "src/errors.ts",
    "src/plural.ts",
    "src/suggest.ts",
    "src/version.ts",
    "src/watcher.ts",
    "src/bytes",
  ],
  ...["kernels", "src/image", "src/data", "src/graph", "src/onnx"],
  ...["src/weights"],
  ...["src/passes", "src/plan", "src/gpu", "models", "src/store", "src/tune"],
  ...["src/features", "src/train", "src/report", "src/run", "src/cli"],
];

const root = join(dirname(new URL(import.meta.url).pathname), "..");

/** The only circle that may be: an op's attributes are typed where the op is. */
const opTable = ["src/graph/ir.ts", "src/graph/ops/mod.ts"];

/** What each file of the house imports, types included; paths from the root. */
async function importsOf(entry: string): Promise<Map<string, string[]>> {
  const { stdout, success } = await new Deno.Command("deno", {
    args: ["info", "--json", join(root, entry)],
    stderr: "null",
  }).output();
  ok(success, `deno info ${entry}`);
  const { modules }: {
    modules: {
      specifier: string;
      dependencies?: {
        code?: { specifier?: string };
        type?: { specifier?: string };
      }[];
    }[];
  } = JSON.parse(new TextDecoder().decode(stdout));
  const pathOf = (specifier: string) =>
    relative(root, new URL(specifier).pathname);
  const isOurs = (specifier: string | undefined) =>
    specifier !== undefined && specifier.startsWith("file:") &&
    specifier.endsWith(".ts") && !pathOf(specifier).startsWith("..");
  return new Map(
    modules.filter(({ specifier }) => isOurs(specifier)).map((
      { specifier, dependencies = [] },
    ) => [
      pathOf(specifier),
      dependencies
        .map(({ code, type }) => code?.specifier ?? type?.specifier ?? "")
        .filter(isOurs)
        .map(pathOf),
    ]),
  );
}

function roomOf(path: string): number {
  return rooms.findIndex((room) =>
    path === room || path.startsWith(`${room}/`)
  );
}

/** Files that lead back to themselves, but for those on the way of `without`. */
function onCircles(
  imports: ReadonlyMap<string, readonly string[]>,
  without: readonly string[],
): string[] {
  const reached = (from: string): Set<string> => {
    const seen = new Set<string>();
    const open = [...imports.get(from) ?? []];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (seen.has(file) || without.includes(file)) continue;
      seen.add(file);
      open.push(...imports.get(file) ?? []);
    }
    return seen;
  };
  return [...imports.keys()].filter((file) => reached(file).has(file)).sort();
}

Deno.test("every file is in a room, and no room imports one above it", async () => {
  const imports = await importsOf("src/cli/mod.ts");
  ok(imports.size > 200, `${imports.size} files`);
  const wrong = [...imports].flatMap(([file, targets]) =>
    targets.filter((target) =>
      roomOf(target) < 0 || roomOf(target) > roomOf(file)
    ).map((target) => `${file} imports ${target}`)
  );
  deepStrictEqual(wrong, []);
});

Deno.test("files import each other in no circle but that of the graph and its table of ops", async () => {
  const imports = await importsOf("mod.ts");
  deepStrictEqual(onCircles(imports, opTable), []);
});

Deno.test("circles of imports are found", () => {
  const circle = new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]]]);
  deepStrictEqual(onCircles(circle, []), ["b", "c"]);
  strictEqual(onCircles(circle, ["c"]).length, 0);
});

/** Files of the house that users run, as paths from the root. */
function sources(folder = ""): string[] {
  return [...Deno.readDirSync(join(root, folder))].flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory) {
      const isHouse = folder !== "" ||
        ["src", "kernels", "models"].includes(path);
      return isHouse ? sources(path) : [];
    }
    return /(?<!_?test|_?testing)\.ts$/.test(path) ? [path] : [];
  });
}

Deno.test("only the terminal's streams print, so that all that is printed goes through its filter", () => {
  const printing =
    /\bconsole\.\w+\(|\bDeno\.(?:stdout|stderr)\b|\bprocess\.std|\b(?:alert|prompt|confirm)\(/;
  const found = sources().filter((path) => {
    const code = Deno.readTextFileSync(join(root, path))
      .replace(/^ *(?:\*|\/\/|\/\*\*).*$/gm, "");
    return printing.test(code);
  });
  deepStrictEqual(found.sort(), [
    "src/cli/deno_host.ts",
    // What the launcher reads, and nobody else.
    "src/cli/needs.ts",
  ]);
  const writing = sources("src/cli").filter((path) =>
    /\bstd(?:out|err)\.write\b|\bstream\.write\b/.test(
      Deno.readTextFileSync(join(root, path)),
    )
  );
  deepStrictEqual(writing.sort(), [
    "src/cli/progress.ts",
    "src/cli/terminal.ts",
  ]);
});
