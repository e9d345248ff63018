/** What is said of an op that nothing here computes. */
import type { InputError } from "../errors.ts";
import type { NodeDef } from "./graphdef.ts";
import { evaluators } from "./known/mod.ts";
import { importError, quantizedError } from "./ops/_attributes.ts";
import { importers } from "./ops/mod.ts";

/** Ops of loops, calls and memory. */
const flow =
  /^(Ref)?(Enter|Exit|NextIteration|LoopCond)$|^(Stateless)?(While|If|Case)$|^(Stateful)?PartitionedCall$|^(TensorArray|TensorList|Stack(Push|Pop)?V?2?$)/;

const recurrent = /(RNN|LSTM|GRU)/;

/**
 * The error for an op that nothing here computes.
 *
 * @param hasBefore Whether something is computed that the node reads.
 */
export function unsupported(node: NodeDef, hasBefore: boolean): InputError {
  const { op } = node;
  if (/^(Quantize|Dequantize|Requantiz|FakeQuant)/.test(op)) {
    return quantizedError(node);
  }
  if (flow.test(op)) {
    return importError(
      node,
      "loops, branches that are functions and calls are not supported; freeze the graph for inference without them",
    );
  }
  if (recurrent.test(op)) {
    return importError(node, "recurrent networks are not supported");
  }
  if (importers.has(op) || evaluators.has(op)) {
    return importError(
      node,
      "it is supported only where its inputs are known before the graph runs",
    );
  }
  const advice = hasBefore
    ? "; choose an output before it, or a graph without it"
    : "; use a graph without it";
  return importError(node, `the op is not supported${advice}`);
}

/** The error for a node that draws numbers where it matters which. */
export function drawnError(node: NodeDef): InputError {
  return importError(
    node,
    "it draws numbers at random, as dropout does in training; let dropout keep all, such as by --set keep_prob=1, or freeze the graph for inference",
  );
}
