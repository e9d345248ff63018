/** What is used of jsfive; everything may throw texts as well as errors. */

/** How many numbers and texts may be read from now on. */
export declare function allow(reads: number): void;

/** A message in an object's header, by field. */
export type Message = ReadonlyMap<string, number>;

/** An object's header. */
export interface DataObjects {
  /** The messages of a type: 8 is how the values are laid out. */
  find_msg_type(type: number): readonly Message[];
  /** Version, dimensions, layout (1 is contiguous), and where the layout's own fields begin. */
  _get_data_message_properties(
    offset: number,
  ): readonly [
    version: number,
    dimensions: number | undefined,
    layout: number,
    at: number,
  ];
}

export declare class Group {
  readonly keys: readonly string[];
  readonly attrs: Readonly<Record<string, unknown>>;
  /** What stands at a path; throws where nothing does. */
  get(path: string): Group | Dataset | null;
}

export declare class File extends Group {
  constructor(file: ArrayBuffer, name: string);
}

export declare class Dataset {
  /** NumPy's name of the type, such as `<f4`. */
  readonly dtype: unknown;
  readonly shape: readonly number[];
  readonly attrs: Readonly<Record<string, unknown>>;
  /** The values one by one. */
  readonly value: ArrayLike<unknown>;
  readonly _dataobjects: DataObjects;
}
