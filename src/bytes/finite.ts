/** Where the first value is that is NaN or infinite, if any is. */
export function firstNotFinite(values: Float32Array): number | undefined {
  // A loop: of a network's weights findIndex() takes half a second.
  for (let index = 0; index < values.length; index++) {
    if (!Number.isFinite(values[index])) return index;
  }
  return undefined;
}

/** How many values are NaN or infinite, in words; nothing where none is. */
export function notFiniteText(values: ArrayLike<number>): string | undefined {
  let nan = 0, infinite = 0;
  for (let index = 0; index < values.length; index++) {
    if (Number.isFinite(values[index])) continue;
    if (Number.isNaN(values[index])) nan++;
    else infinite++;
  }
  const parts = [
    ...nan > 0 ? [`${nan} NaN`] : [],
    ...infinite > 0 ? [`${infinite} infinite`] : [],
  ];
  return parts.length === 0 ? undefined : parts.join(" and ");
}
