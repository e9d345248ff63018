import { deepStrictEqual, match, throws } from "@std/assert";
import { defaultAugmentation, parseAugmentation } from "../image/mod.ts";
import { parseViews, resolveViews } from "./views.ts";

const augmentation = parseAugmentation("flip,crop=10");

Deno.test("resolveViews() asks for nothing where nothing is asked for, and for one view alone", () => {
  deepStrictEqual(resolveViews({}), {});
  deepStrictEqual(resolveViews({ views: 1, augmentation }), {});
});

Deno.test("resolveViews() gives what is asked for", () => {
  const views = { count: 8, augmentation };
  deepStrictEqual(resolveViews({ views: 8, augmentation }), { views });
});

Deno.test("resolveViews() says which views it takes for augmentation alone, and which augmentation for views alone", () => {
  const few = resolveViews({ augmentation });
  deepStrictEqual(few.views, { count: 4, augmentation });
  match(few.note ?? "", /in 4 views, .* --views N/);
  const usual = resolveViews({ views: 2 });
  deepStrictEqual(usual.views, { count: 2, augmentation: defaultAugmentation });
  match(usual.note ?? "", /--augment all/);
});

for (const views of [0, -1, 1.5, 101, NaN]) {
  Deno.test(`resolveViews() refuses ${views} views`, () => {
    throws(() => resolveViews({ views }), {
      name: "UsageError",
      message: `--views is ${views}, expected a whole number from 1 to 100`,
    });
  });
}

Deno.test("parseViews() gives back what JSON holds, and undefined where a part is missing", () => {
  const views = { count: 3, augmentation };
  deepStrictEqual(parseViews(JSON.parse(JSON.stringify(views))), views);
  for (const json of [undefined, 3, { count: 3 }, { augmentation: {} }]) {
    deepStrictEqual(parseViews(json), undefined);
  }
});
