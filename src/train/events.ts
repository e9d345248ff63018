/**
 * What a training run tells while it runs, as plain data.
 *
 * @module
 */

/** One update; several are told at once, since losses are read many steps at a time. */
export interface StepEvent {
  /** What kind of event this is. */
  readonly event: "step";
  /** 1 for the first update. */
  readonly step: number;
  /** Mean cross-entropy of the batch, before the update. */
  readonly loss: number;
  /** Share of the batch that was right, before the update. */
  readonly accuracy: number;
  /** The learning rate, without Adam's correction. */
  readonly rate: number;
  /** Indices of the batch's rows among the training rows; of its pictures, where these have several rows. */
  readonly rows: Uint32Array;
}

/** The validation rows, after `step` updates. */
export interface EvaluationEvent {
  /** What kind of event this is. */
  readonly event: "eval";
  /** Updates done. */
  readonly step: number;
  /** 0 to 1. */
  readonly validationAccuracy: number;
  /** Mean cross-entropy. */
  readonly validationLoss: number;
}

/** A state was kept. */
export interface CheckpointEvent {
  /** What kind of event this is. */
  readonly event: "checkpoint";
  /** Updates done. */
  readonly step: number;
  /** The name the store gave it. */
  readonly name: string;
}

/** Anything a training run tells. */
export type TrainingEvent = StepEvent | EvaluationEvent | CheckpointEvent;
