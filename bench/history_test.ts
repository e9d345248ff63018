import { match, rejects, strictEqual, throws } from "@std/assert";
import { basename } from "@std/path";
import {
  historyPath,
  newestOf,
  readHistory,
  readmeResults,
} from "./history.ts";
import { resultsOf } from "./testing.ts";

function kept(day: number, adapter: string) {
  const date = `2026-03-0${day}T00:00:00.000Z`;
  const results = { ...resultsOf([]), date, adapter: { description: adapter } };
  return { path: `${day}.json`, results };
}

const [soft, hard] = ["llvmpipe (LLVM 15.0.6, 256 bits)", "NVIDIA H200"];
const history = [kept(1, soft), kept(2, hard), kept(3, soft), kept(4, hard)];

Deno.test("newestOf() is the last of the same adapter, and says of which there are any", () => {
  strictEqual(newestOf(history, soft).path, "3.json");
  strictEqual(newestOf(history, hard).path, "4.json");
  throws(
    () => newestOf(history, "another"),
    /no results of another, only of llvmpipe .*, NVIDIA H200:.*--json history/,
  );
});

Deno.test("readmeResults() is the newest of llvmpipe", () => {
  strictEqual(readmeResults(history).path, "3.json");
});

Deno.test("historyPath() is named by date, commit and adapter, and never one that is there", async () => {
  const { results } = kept(5, hard);
  const commit = "0123456789abcdef";
  const nameOf = async (adapter: string) => {
    const path = await historyPath({
      ...results,
      commit,
      adapter: { description: adapter },
    });
    return basename(path);
  };
  strictEqual(await nameOf(soft), "2026-03-05-0123456-llvmpipe.json");
  strictEqual(await nameOf(hard), "2026-03-05-0123456-nvidia-h200.json");
  const [first] = await readHistory();
  await rejects(historyPath(first.results), /is kept: commit first/);
});

Deno.test("readHistory() reads whatever is kept, the oldest first", async () => {
  const dates = (await readHistory()).map(({ results: { date } }) => date);
  strictEqual(dates.join(), dates.toSorted().join());
  match(dates[0], /^2026-11-22/);
});
