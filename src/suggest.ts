/**
 * The known word that was most likely meant.
 *
 * @module
 */

/**
 * The number of letters to insert, delete, exchange, or swap with the next one,
 * that turns one word into the other (optimal string alignment; Damerau, 1964).
 */
export function editDistance(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const exchange = from[row - 1] === to[column - 1] ? 0 : 1;
      const isSwap = row > 1 && column > 1 &&
        from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(Math.min(
        previous[column] + 1,
        current[column - 1] + 1,
        previous[column - 1] + exchange,
        isSwap ? beforePrevious[column - 2] + 1 : Infinity,
      ));
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length];
}

/** The known word that was most likely meant: the nearest, at most a third of its letters away, or one it begins. */
export function nearestWord(
  word: string,
  known: readonly string[],
): string | undefined {
  let nearest: string | undefined;
  let nearestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word, candidate);
    if (distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  if (nearest !== undefined || word.length < 2) return nearest;
  return known.find((candidate) => candidate.startsWith(word));
}

/** `. Did you mean X?`, or nothing where no known word is near. */
export function didYouMean(
  word: string,
  { known, prefix = "" }: { known: readonly string[]; prefix?: string },
): string {
  const nearest = nearestWord(word, known);
  return nearest === undefined ? "" : `. Did you mean ${prefix}${nearest}?`;
}
