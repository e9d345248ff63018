import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import { UsageError } from "../errors.ts";
import { tunerOf } from "./session.ts";
import { espalierHome } from "../data/mod.ts";

Deno.test("tunerOf() measures once, again or never, as the flags say", () => {
  const folder = espalierHome(Deno.env).tuning;
  deepStrictEqual(tunerOf({ tune: true, retune: false }), {
    folder,
    mode: "auto",
  });
  deepStrictEqual(tunerOf({ tune: true, retune: true }), {
    folder,
    mode: "again",
  });
  strictEqual(tunerOf({ tune: false, retune: false }), undefined);
});

Deno.test("tunerOf() refuses --no-tune with --retune", () => {
  throws(() => tunerOf({ tune: false, retune: true }), UsageError);
});
