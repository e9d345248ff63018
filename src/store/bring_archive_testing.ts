/** For tests: brings an archive in a process of its own, whose `PATH` is the test's. */
import { bringArchive } from "./bring_archive.ts";

/** `bring_archive_testing.ts SOURCE FOLDER` prints the path, or why there is none. */
if (import.meta.main) {
  const [source, folder] = Deno.args;
  const path = await bringArchive(JSON.parse(source), { folder })
    .catch((error) => `${error.name}: ${error.message}`);
  console.log(path);
}
