import { ok, strictEqual } from "@std/assert";
import ours from "../../deno.json" with { type: "json" };
import peers from "./deno.json" with { type: "json" };
import ourLock from "../../deno.lock" with { type: "text" };
import peersLock from "./deno.lock" with { type: "text" };
import burnLock from "./burn/Cargo.lock" with { type: "text" };
import burnManifest from "./burn/Cargo.toml" with { type: "text" };
import burnProgram from "./burn/src/main.rs" with { type: "text" };

Deno.test("peers find what our modules import, at the same versions", () => {
  const known = new Map(Object.entries(peers.imports));
  for (const [name, specifier] of Object.entries(ours.imports)) {
    strictEqual(known.get(name), specifier, name);
  }
});

Deno.test("our lock lists none of the peers' packages, which every user would fetch", () => {
  const names = Object.keys(peers.imports).filter((name) =>
    !Object.hasOwn(ours.imports, name)
  );
  for (const name of names) {
    strictEqual(ourLock.includes(`"npm:${name}@`), false, name);
  }
});

Deno.test("the peers' lock is of their configuration; `deno install` beside it writes it anew", () => {
  const packages = Object.values(peers.imports)
    .filter((specifier) => specifier.startsWith("npm:"))
    .map((specifier) => specifier.replace(/^npm:\/?|\/$/g, ""));
  for (const name of packages) {
    ok(peersLock.includes(`"npm:${name}": "`), name);
  }
});

Deno.test("burn is of one version in its manifest, its lock and what it says of itself", () => {
  const [, version] = /^const VERSION: &str = "burn (.*)";$/m
    .exec(burnProgram) ?? [];
  ok(burnManifest.includes(`version = "=${version}"`), version);
  ok(burnLock.includes(`name = "burn"\nversion = "${version}"`), version);
});
