/**
 * burn as a peer: cargo builds `burn/` where that has not been done, which takes
 * a quarter of an hour on two cores, and runs it. Which kernels are fastest it
 * measures in its first run and keeps in `burn/target/autotune/`.
 *
 * @module
 */
if (import.meta.main) {
  const { code } = await new Deno.Command("cargo", {
    args: ["run", "--release", "--locked"],
    cwd: new URL("./burn/", import.meta.url),
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  Deno.exit(code);
}

export {};
