import { deepStrictEqual, ok } from "@std/assert";
import { dirname, join } from "@std/path";

const root = join(dirname(new URL(import.meta.url).pathname), "..");

/** Markdown files of the project, below a folder of it. */
async function* pages(folder = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
    if (name.startsWith(".") || name === "node_modules" || name === "runs") {
      continue;
    }
    const path = join(folder, name);
    if (isDirectory) yield* pages(path);
    else if (name.endsWith(".md")) yield path;
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("links of the documentation lead to files that are there", async () => {
  const lost: string[] = [];
  let count = 0;
  for await (const page of pages()) {
    const text = await Deno.readTextFile(join(root, page));
    for (const [, target] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      count++;
      const path = join(root, dirname(page), target);
      if (!await exists(path)) lost.push(`${page}: ${target}`);
    }
  }
  ok(count > 20, `${count} links`);
  deepStrictEqual(lost, []);
});
