import { UsageError } from "../errors.ts";
import type { NumberOption, OptionSpec } from "./command.ts";
import { didYouMean } from "../suggest.ts";

/** An option as it stands on the command line. */
export interface GivenValue {
  readonly flag: string;
  readonly value: string | undefined;
  /** Whether it came as `--X=Y`. */
  readonly inline: boolean;
  /** Whether it came as `--no-X`. */
  readonly isOff: boolean;
}

/** The value of an option by its type, or a `UsageError` that names the flag and what it takes. */
export function optionValue(
  spec: OptionSpec,
  { flag, value, inline, isOff }: GivenValue,
): string | number | boolean | readonly number[] {
  if (spec.type === "boolean") {
    if (value === undefined) return !isOff;
    throw new UsageError(`${flag} takes no value, got "${value}"`);
  }
  if (value === undefined || (!inline && value.startsWith("--"))) {
    const found = value === undefined ? "" : `, got the option ${value}`;
    throw new UsageError(`${flag} needs a value${found}`);
  }
  switch (spec.type) {
    case "string":
      if (value === "") throw new UsageError(`${flag} needs a value, got ""`);
      return value;
    case "choice":
      if (spec.choices.includes(value)) return value;
      throw new UsageError(
        `${flag} takes ${spec.choices.join(", ")}, got "${value}"` +
          didYouMean(value, { known: spec.choices }),
      );
    case "number":
    case "integer":
      return numberValue(spec, { flag, value });
    case "numbers":
      return value.split(",").map((word) => {
        const { minimum = -Infinity } = spec;
        return numberValue({ type: "number", minimum }, { flag, value: word });
      });
    default:
      return spec satisfies never;
  }
}

function numberValue(
  spec: Pick<NumberOption, "type" | "minimum" | "maximum">,
  { flag, value }: { flag: string; value: string },
): number {
  const number = value.trim() === "" ? NaN : Number(value);
  const whole = spec.type === "integer";
  const minimum = spec.minimum ?? -Infinity;
  const maximum = spec.maximum ?? Infinity;
  const fits = whole ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (fits && number >= minimum && number <= maximum) return number;
  const range = [
    ...(Number.isFinite(minimum) ? [`of at least ${minimum}`] : []),
    ...(Number.isFinite(maximum) ? [`of at most ${maximum}`] : []),
  ].join(" and ");
  throw new UsageError(
    `${flag} takes a ${whole ? "whole number" : "number"}${
      range === "" ? "" : ` ${range}`
    }, got "${value}"`,
  );
}
