import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { basename, dirname } from "@std/path";
import {
  type TemporaryFolder,
  temporaryFolder,
} from "../bytes/temporary_folder_testing.ts";
import { fetchDataSet, knownDataSets } from "../store/mod.ts";
import { pictures, zip } from "../store/archives_testing.ts";
import { dataFolder, dataFolders } from "./folders.ts";
import { fakeHost } from "./testing.ts";
import { createTerminal } from "./terminal.ts";

/** What a word of the command line is read as, and what is said of it. */
async function read(
  home: TemporaryFolder,
  word: string,
): Promise<{ data: string; said: string }> {
  const host = fakeHost();
  const terminal = createTerminal(host);
  const before = Deno.env.get("ESPALIER_HOME");
  Deno.env.set("ESPALIER_HOME", home.path);
  try {
    const { data } = await dataFolders(word, { terminal });
    const other = { terminal: createTerminal(fakeHost()) };
    strictEqual(await dataFolder(word, other), data);
    return { data, said: host.stderr.text() };
  } finally {
    if (before === undefined) Deno.env.delete("ESPALIER_HOME");
    else Deno.env.set("ESPALIER_HOME", before);
  }
}

Deno.test("dataFolders() finds a set that was fetched by its name, and leaves paths as they are", async () => {
  await using home = await temporaryFolder({ "my.zip": zip(pictures) });
  const from = home.join("my.zip");
  const { path } = await fetchDataSet({ name: "my", from }, {
    home: home.path,
  });
  deepStrictEqual(await read(home, "my"), { data: path, said: "" });
  for (const word of ["./my", "my/", home.path, "no such place"]) {
    deepStrictEqual(await read(home, word), { data: word, said: "" });
  }
});

Deno.test("dataFolders() prefers a folder to a set of its name, and says so", async () => {
  await using home = await temporaryFolder({ "my.zip": zip(pictures) });
  await using here = await temporaryFolder();
  const [name, from] = [basename(here.path), home.join("my.zip")];
  const { path } = await fetchDataSet({ name, from }, { home: home.path });
  const before = Deno.cwd();
  Deno.chdir(dirname(here.path));
  try {
    deepStrictEqual(await read(home, name), {
      data: name,
      said:
        `${name} is read here, not the data set of that name, which is ${path}\n`,
    });
  } finally {
    Deno.chdir(before);
  }
});

Deno.test("dataFolders() says which set of a known name was fetched from elsewhere", async () => {
  await using home = await temporaryFolder({ "my.zip": zip(pictures) });
  const name = "flower_photos";
  const from = home.join("my.zip");
  const { path } = await fetchDataSet({ name, from }, { home: home.path });
  deepStrictEqual(await read(home, name), {
    data: path,
    said: `flower_photos was fetched from ${from}\n`,
  });
});

Deno.test("dataFolders() names the command that brings a set or unpacks an archive, and the name that was meant", async () => {
  await using home = await temporaryFolder({ "my.zip": zip(pictures) });
  const from = home.join("my.zip");
  await fetchDataSet({ name: "my_tulips", from }, { home: home.path });
  for (
    const [word, message] of [
      ...Object.keys(knownDataSets).map((name) =>
        [
          name,
          `The data set ${name} is not in the store: run \`./espalier fetch ${name}\` first`,
        ] as const
      ),
      [
        "flower-photos",
        "flower-photos: no such folder, and no data set of that name. Did you mean flower_photos?",
      ],
      [
        "my_tulip",
        "my_tulip: no such folder, and no data set of that name. Did you mean my_tulips?",
      ],
      [
        from,
        `${from} is an archive: run \`./espalier fetch ${from}\`, and then give the name that it says`,
      ],
      [
        "http://127.0.0.1/a.tgz",
        "http://127.0.0.1/a.tgz is an archive: run `./espalier fetch http://127.0.0.1/a.tgz`, and then give the name that it says",
      ],
    ] as const
  ) {
    await rejects(read(home, word), { name: "UsageError", message });
  }
});
