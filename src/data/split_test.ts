import {
  deepStrictEqual,
  notDeepStrictEqual,
  ok,
  strictEqual,
  throws,
} from "@std/assert";
import fc from "fast-check";
import { sha256 } from "../bytes/mod.ts";
import type { DataWarning, DigestedRecord } from "./records.ts";
import {
  type Split,
  type SplitName,
  splitNames,
  type SplitOptions,
  splitRecords,
} from "./split.ts";

/** A picture by its path and its content. */
function picture(path: string, content = path): DigestedRecord {
  return {
    path,
    file: `data/${path}`,
    label: path.split("/")[0],
    sha256: sha256(content),
  };
}

/** Classes a, b, ... of these sizes. */
function classes(
  ...sizes: number[]
): { records: DigestedRecord[]; labels: string[] } {
  const labels = sizes.map((_, index) => String.fromCharCode(97 + index));
  const records = sizes.flatMap((size, index) =>
    Array.from({ length: size }, (_, n) => picture(`${labels[index]}/${n}.jpg`))
  );
  return { records, labels };
}

function countOf(
  split: Split<DigestedRecord>,
  label: string,
): Record<SplitName, number> {
  const counts = { train: 0, validation: 0, test: 0 };
  for (const record of split.records) {
    if (record.label === label) counts[record.split]++;
  }
  return counts;
}

function placesOf(split: Split<DigestedRecord>): Map<string, SplitName> {
  return new Map(split.records.map((record) => [record.sha256, record.split]));
}

/** A split, and what is warned of meanwhile. */
function splitTold(
  records: readonly DigestedRecord[],
  options: SplitOptions<DigestedRecord>,
) {
  const warnings: DataWarning[] = [];
  const warn = (warning: DataWarning) => warnings.push(warning);
  return { ...splitRecords(records, { ...options, warn }), warnings };
}

const sizes = fc.array(fc.integer({ min: 3, max: 60 }), {
  minLength: 2,
  maxLength: 4,
});

Deno.test("splitRecords() splits 80/10/10, and 90/10 with a test folder", () => {
  const { records, labels } = classes(100, 50);
  const split = splitRecords(records, { labels, seed: 0 });
  deepStrictEqual(countOf(split, "a"), { train: 80, validation: 10, test: 10 });
  deepStrictEqual(countOf(split, "b"), { train: 40, validation: 5, test: 5 });
  const testRecords = [picture("b/new.jpg")];
  const separate = splitRecords(records, { labels, seed: 0, testRecords });
  deepStrictEqual(countOf(separate, "a"), {
    train: 90,
    validation: 10,
    test: 0,
  });
  deepStrictEqual(countOf(separate, "b"), {
    train: 45,
    validation: 5,
    test: 1,
  });
});

Deno.test("splitRecords() leaves no part of a class empty and stays within one picture of each share", () => {
  fc.assert(fc.property(sizes, fc.nat(), (sizes, seed) => {
    const { records, labels } = classes(...sizes);
    const split = splitRecords(records, { labels, seed });
    strictEqual(split.records.length, records.length);
    for (const [index, label] of labels.entries()) {
      const counts = countOf(split, label);
      for (const name of splitNames) ok(counts[name] >= 1);
      const size = sizes[index];
      ok(Math.abs(counts.validation - 0.1 * size) <= 1);
      ok(Math.abs(counts.test - 0.1 * size) <= 1);
      if (size >= 5) ok(Math.abs(counts.train - 0.8 * size) <= 1 + 1e-9);
    }
  }));
});

Deno.test("splitRecords() depends on bytes and seed, not on names or order", () => {
  fc.assert(fc.property(sizes, fc.nat(), (sizes, seed) => {
    const { records, labels } = classes(...sizes);
    const renamed = records.toReversed().map((record, index) => ({
      ...record,
      path: `${record.label}/renamed ${index}.jpg`,
    }));
    const first = splitRecords(records, { labels, seed });
    const second = splitRecords(renamed, { labels, seed });
    deepStrictEqual(
      placesOf(second),
      new Map(
        second.records.map((
          { sha256 },
        ) => [sha256, placesOf(first).get(sha256)]),
      ),
    );
    strictEqual(first.digest, second.digest);
  }));
});

Deno.test("splitRecords() places records by what it is told, whatever their bytes", () => {
  const { records, labels } = classes(20, 30);
  const others = records.map((record) => ({
    ...record,
    sha256: sha256(`13 times ${record.sha256}`),
  }));
  const parts = (list: readonly DigestedRecord[]) =>
    splitRecords(list, { labels, seed: 7, placedBy: ({ path }) => path })
      .records.map(({ path, split }) => [path, split]);
  deepStrictEqual(parts(records), parts(others));
});

Deno.test("splitRecords() gives another split for another seed", () => {
  const { records, labels } = classes(30, 30);
  const [first, second] = [0, 1].map((seed) =>
    splitRecords(records, { labels, seed })
  );
  notDeepStrictEqual(placesOf(first), placesOf(second));
  ok(first.digest !== second.digest);
});

Deno.test("splitRecords() moves few pictures when one is added", () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 80 }), fc.nat(), (size, seed) => {
      const { records, labels } = classes(size, 10);
      const before = placesOf(splitRecords(records, { labels, seed }));
      const after = placesOf(
        splitRecords([...records, picture("a/added.jpg")], { labels, seed }),
      );
      const moved = [...before].filter(([digest, place]) =>
        after.get(digest) !== place
      );
      ok(moved.length <= 2, `${moved.length} of ${size} moved`);
    }),
  );
});

Deno.test("splitRecords() keeps copies within a class in one split", () => {
  const { records, labels } = classes(20, 20);
  const copies = Array.from(
    { length: 20 },
    (_, n) => picture(`a/copy ${n}.jpg`, `a/${n}.jpg`),
  );
  const split = splitTold([...records, ...copies], { labels, seed: 0 });
  const places = new Map<string, Set<string>>();
  for (const record of split.records) {
    const known = places.get(record.sha256) ?? new Set();
    places.set(record.sha256, known.add(record.split));
  }
  for (const known of places.values()) strictEqual(known.size, 1);
  deepStrictEqual(countOf(split, "a"), { train: 32, validation: 4, test: 4 });
  deepStrictEqual(split.warnings, [{
    kind: "duplicate-in-class",
    message:
      "a: 20 of its files are copies, such as a/copy 0.jpg of a/0.jpg; copies stay in one split",
  }]);
});

Deno.test("splitRecords() keeps a picture of two classes in the first", () => {
  const { records, labels } = classes(5, 5);
  const split = splitTold([picture("b/x.jpg", "a/1.jpg"), ...records], {
    labels,
    seed: 0,
  });
  strictEqual(split.records.length, 10);
  deepStrictEqual(split.skipped, [{
    path: "b/x.jpg",
    reason: "the same picture as a/1.jpg, of another class",
  }]);
  deepStrictEqual(split.warnings, [{
    kind: "duplicate-across-classes",
    message:
      "1 picture is in two classes, such as a/1.jpg and b/x.jpg; kept in a only",
  }]);
});

Deno.test("splitRecords() keeps a picture that is in the test folder there only", () => {
  const { records, labels } = classes(5, 5);
  const testRecords = [{
    ...picture("b/t.jpg", "a/1.jpg"),
    file: "test/b/t.jpg",
  }];
  const split = splitTold(records, { labels, seed: 0, testRecords });
  deepStrictEqual(
    split.records.filter((record) => record.sha256 === sha256("a/1.jpg")),
    [
      { ...testRecords[0], split: "test" },
    ],
  );
  deepStrictEqual(split.skipped, [{
    path: "a/1.jpg",
    reason: "the same picture as test/b/t.jpg of the test folder",
  }]);
  deepStrictEqual(split.warnings.map((warning) => warning.kind), [
    "duplicate-in-part",
    "missing-class",
  ]);
});

Deno.test("splitRecords() warns of classes out of balance, beyond five to one", () => {
  const even = classes(25, 5);
  deepStrictEqual(
    splitTold(even.records, { labels: even.labels, seed: 0 }).warnings,
    [],
  );
  const odd = classes(26, 5);
  deepStrictEqual(
    splitTold(odd.records, { labels: odd.labels, seed: 0 }).warnings,
    [{
      kind: "imbalance",
      message:
        "Classes are out of balance: a has 26 images, b 5; add images to the small ones, or read the recall of each class",
    }],
  );
});

Deno.test("splitRecords() names a class with fewer pictures than parts", () => {
  const { records, labels } = classes(5, 2);
  throws(() => splitRecords(records, { labels, seed: 0 }), {
    name: "InputError",
    message:
      "b: 2 images; need at least 3 for train, validation and test; add images or remove the folder",
  });
  splitRecords(records, { labels, seed: 0, testRecords: [] });
  const copies = [...records, picture("b/copy.jpg", "b/0.jpg")];
  throws(() => splitRecords(copies, { labels, seed: 0 }), {
    message: /^b: 2 different images \(3 with copies\)/,
  });
  const one = classes(5, 1);
  throws(() => splitRecords(one.records, { labels: one.labels, seed: 0 }), {
    message: /^b: 1 image; need/,
  });
  throws(
    () => splitRecords(classes(5).records, { labels: ["a", "gone"], seed: 0 }),
    { message: /^gone: 0 images/ },
  );
});

Deno.test("splitRecords() names a class that only the test folder has", () => {
  const { records, labels } = classes(5, 5);
  throws(
    () =>
      splitRecords(records, {
        labels,
        seed: 0,
        testRecords: [picture("c/1.jpg")],
      }),
    {
      name: "InputError",
      message:
        'The test folder has a class "c" (data/c/1.jpg) that the training folder lacks; expected a, b',
    },
  );
});

Deno.test("splitRecords() refuses fractions that do not add up, and splits by those that do", () => {
  const { records, labels } = classes(10, 10);
  const half = { train: 0.5, validation: 0.5, test: 0 };
  const split = splitRecords(records, { labels, seed: 0, fractions: half });
  deepStrictEqual(countOf(split, "a"), { train: 5, validation: 5, test: 0 });
  for (
    const fractions of [{ ...half, test: 0.1 }, {
      train: 0,
      validation: 0.5,
      test: 0.5,
    }, { ...half, train: NaN }]
  ) {
    throws(() => splitRecords(records, { labels, seed: 0, fractions }), {
      name: "UsageError",
    });
  }
});

/** Class a of 6 pictures, and b of some that are copies of those and some that are not. */
function twins({ shared, own }: { shared: number; own: number }) {
  const { records } = classes(6);
  const copies = Array.from(
    { length: shared },
    (_, n) => picture(`b/copy ${n}.jpg`, `a/${n}.jpg`),
  );
  const others = Array.from({ length: own }, (_, n) => picture(`b/${n}.jpg`));
  return [...records, ...copies, ...others];
}

const need =
  "; need at least 3 for train, validation and test; add images or remove the folder";

for (
  const { shared, own, unread, said } of [
    {
      ...{ shared: 6, own: 0, unread: 0 },
      said: "b: 6 images, all of them also in a; move them to one class",
    },
    {
      ...{ shared: 1, own: 0, unread: 0 },
      said: "b: 1 image, also in a; move it to one class",
    },
    {
      ...{ shared: 4, own: 2, unread: 0 },
      said: `b: 2 images (4 more are also in a)${need}`,
    },
    {
      ...{ shared: 1, own: 1, unread: 1 },
      said: `b: 1 image (1 more is also in a, 1 more could not be read)${need}`,
    },
    {
      ...{ shared: 0, own: 0, unread: 3 },
      said: `b: none of its 3 files could be read${need}`,
    },
    {
      ...{ shared: 0, own: 0, unread: 1 },
      said: `b: its only file could not be read${need}`,
    },
    {
      ...{ shared: 2, own: 0, unread: 2 },
      said: `b: 0 images (2 are also in a, 2 could not be read)${need}`,
    },
  ]
) {
  Deno.test(`splitRecords() says "${said.replace(need, "")}", after it has warned of copies`, () => {
    const warnings: DataWarning[] = [];
    throws(
      () =>
        splitRecords(twins({ shared, own }), {
          labels: ["a", "b"],
          seed: 0,
          unread: new Map([["b", unread]]),
          warn: (warning) => warnings.push(warning),
        }),
      { name: "InputError", message: said },
    );
    deepStrictEqual(
      warnings.map(({ kind }) => kind),
      shared > 0 ? ["duplicate-across-classes"] : [],
    );
  });
}

Deno.test("splitRecords() says of a class that is wholly in a separate folder where it is", () => {
  const { records, labels } = classes(4, 4);
  const others = records.filter(({ label }) => label === "a");
  for (const part of ["test", "validation"] as const) {
    throws(
      () =>
        splitRecords(records, { labels, seed: 0, [`${part}Records`]: others }),
      {
        message:
          `a: 4 images, all of them also in the ${part} folder; keep each picture in one place`,
      },
    );
  }
});

Deno.test("splitRecords() keeps a picture of three folders in the test, and of two in the validation", () => {
  const { records, labels } = classes(5, 5);
  const copiesOf = (folder: string, ...names: string[]) =>
    names.map((name) => ({
      ...picture(`a/${name}`, `a/${name}`),
      file: `${folder}/a/${name}`,
    }));
  const split = splitTold(records, {
    labels,
    seed: 0,
    validationRecords: [
      ...copiesOf("val", "0.jpg", "1.jpg"),
      picture("b/v.jpg"),
    ],
    testRecords: [...copiesOf("test", "0.jpg"), picture("b/t.jpg")],
  });
  const places = split.records.filter(({ sha256: digest }) =>
    [sha256("a/0.jpg"), sha256("a/1.jpg")].includes(digest)
  ).map(({ file, split }) => [file, split]);
  deepStrictEqual(places, [
    ["val/a/1.jpg", "validation"],
    ["test/a/0.jpg", "test"],
  ]);
  strictEqual(split.skipped.length, 3);
  deepStrictEqual(
    split.records.filter(({ split }) => split === "train").length,
    8,
  );
  deepStrictEqual(split.warnings.map(({ kind }) => kind), [
    "duplicate-in-part",
    "duplicate-in-part",
    "duplicate-in-part",
  ]);
});

Deno.test("splitRecords() takes no tenth for what has a folder, and warns of classes that it lacks", () => {
  const { records, labels } = classes(20, 10);
  const validationRecords = [picture("a/v.jpg")];
  const validated = splitTold(records, { labels, seed: 0, validationRecords });
  deepStrictEqual(countOf(validated, "a"), {
    train: 18,
    validation: 1,
    test: 2,
  });
  deepStrictEqual(validated.warnings, [{
    kind: "missing-class",
    message: "The validation folder has no images of b: it is not validated",
  }]);
  const both = splitTold(records, {
    labels,
    seed: 0,
    validationRecords,
    testRecords: [],
  });
  deepStrictEqual(countOf(both, "a"), { train: 20, validation: 1, test: 0 });
  strictEqual(
    both.warnings[1].message,
    "The test folder has no images of a and b: they are not tested",
  );
});

Deno.test("splitRecords() refuses a validation folder of which nothing is left", () => {
  const { records, labels } = classes(5, 5);
  throws(
    () => splitRecords(records, { labels, seed: 0, validationRecords: [] }),
    { name: "InputError", message: /^None of the validation folder's images/ },
  );
  const same = [picture("a/v.jpg")];
  throws(
    () =>
      splitRecords(records, {
        ...{ labels, seed: 0 },
        validationRecords: same,
        testRecords: same,
      }),
    {
      name: "InputError",
      message:
        "All of the validation folder's images are also in the test folder, such as data/a/v.jpg; keep each picture in one place",
    },
  );
});
