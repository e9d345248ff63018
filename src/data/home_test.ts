import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import { espalierHome } from "./home.ts";

function rootOf(variables: Record<string, string>): string {
  return espalierHome(new Map(Object.entries(variables))).root;
}

Deno.test("espalierHome() prefers ESPALIER_HOME, then XDG_CACHE_HOME, then HOME", () => {
  const HOME = "/home/ada";
  const XDG_CACHE_HOME = "/cache";
  strictEqual(
    rootOf({ HOME, XDG_CACHE_HOME, ESPALIER_HOME: "/store" }),
    "/store",
  );
  strictEqual(rootOf({ HOME, XDG_CACHE_HOME }), "/cache/espalier");
  strictEqual(rootOf({ HOME }), "/home/ada/.cache/espalier");
  strictEqual(
    rootOf({ HOME, XDG_CACHE_HOME: "relative", ESPALIER_HOME: "" }),
    "/home/ada/.cache/espalier",
  );
});

Deno.test("espalierHome() names the folders of the store", () => {
  deepStrictEqual(espalierHome(new Map([["ESPALIER_HOME", "/s"]])), {
    root: "/s",
    models: "/s/models",
    data: "/s/data",
    features: "/s/features",
    tuning: "/s/tuning",
  });
});

Deno.test("espalierHome() says what to set if nothing is", () => {
  throws(() => rootOf({}), {
    name: "UsageError",
    message: /set ESPALIER_HOME to a folder$/,
  });
});
