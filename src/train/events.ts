/**
 * What a training run tells while it runs, as plain data.
 *
 * @module
 */

/** One update; several are told at once, since losses are read many steps at a time. */
export interface StepEvent {
  readonly event: "step";
  /** 1 for the first update. */
  readonly step: number;
  /** Mean cross-entropy of the batch, before the update. */
  readonly loss: number;
  /** Share of the batch that was right, before the update. */
  readonly accuracy: number;
  readonly rate: number;
  /** Indices of the batch's rows among the training rows. */
  readonly rows: Uint32Array;
}

/** The validation rows, after `step` updates. */
export interface EvaluationEvent {
  readonly event: "eval";
  readonly step: number;
  /** 0 to 1. */
  readonly validationAccuracy: number;
  /** Mean cross-entropy. */
  readonly validationLoss: number;
}

/** A state was kept. */
export interface CheckpointEvent {
  readonly event: "checkpoint";
  readonly step: number;
  /** The name the store gave it. */
  readonly name: string;
}

/** Anything a training run tells. */
export type TrainingEvent = StepEvent | EvaluationEvent | CheckpointEvent;
