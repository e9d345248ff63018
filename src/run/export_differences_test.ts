import { deepStrictEqual, match } from "@std/assert";
import { exportDifferences } from "./export_differences.ts";

const settings = {
  ...{ data: "/photos", seed: 0 },
  ...{ isBottlenecks: false, exif: true },
};

Deno.test("exportDifferences() counts the photos that were turned, and warns of them alone", () => {
  const of = (turned: number) =>
    exportDifferences({
      settings,
      pictures: { count: 40, turned, others: {} },
    });
  const [{ isWarning, message }, ...more] = of(3);
  deepStrictEqual([isWarning, more], [true, []]);
  match(message, /\(3 of 40 training photos were\): .* train with --no-exif$/);
  match(of(1)[0].message, /\(1 of 40 training photos was\)/);
  deepStrictEqual(of(0)[0].isWarning, false);
  match(of(0)[0].message, /\(none of 40 training photos had to be turned\)/);
});

Deno.test("exportDifferences() says of an older run that the number is not known", () => {
  const [{ isWarning, message }] = exportDifferences({ settings });
  deepStrictEqual(isWarning, true);
  match(message, /not known how many .* older run .*--no-exif/);
});

Deno.test("exportDifferences() counts what is no JPEG, and says nothing where nothing differs", () => {
  const others = { png: 2, webp: 1 };
  const pictures = { count: 9, turned: 0, others };
  const plain = { ...settings, exif: false };
  const [{ message }, ...more] = exportDifferences({
    settings: plain,
    pictures,
  });
  deepStrictEqual(more, []);
  match(message, /takes JPEG, and 2 PNG, 1 WebP of 9 training photos are not/);
  const jpeg = { ...pictures, others: {} };
  deepStrictEqual(exportDifferences({ settings: plain, pictures: jpeg }), []);
  const texts = { ...settings, isBottlenecks: true };
  deepStrictEqual(exportDifferences({ settings: texts }), []);
});
