import { strictEqual } from "@std/assert";
import { isGitLfsPointer } from "./git_lfs.ts";

for (
  const [text, expected] of [
    ["version https://git-lfs.github.com/spec/v1\noid sha256:00\n", true],
    ["version https://hawser.github.com/spec/v1\noid sha256:00\n", true],
    ["version https://git-lfs.github.com/sp", false],
    ["\nversion https://git-lfs.github.com/spec/v1\n", false],
    ["", false],
  ] as const
) {
  Deno.test(`isGitLfsPointer() says ${expected} of ${JSON.stringify(text)}`, () => {
    strictEqual(isGitLfsPointer(new TextEncoder().encode(text)), expected);
  });
}
