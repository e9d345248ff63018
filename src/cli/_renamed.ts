/**
 * The flags of TensorFlow's `retrain.py` and what says the same here, so that
 * a command line from the old tutorials is answered with the new one.
 */
export const retrainFlags: ReadonlyMap<string, string> = new Map([
  ["image_dir", "give the folder itself: espalier train DATA"],
  ["output_graph", "use --out DIR, then espalier export RUN --to graphdef"],
  ["output_labels", "use --out DIR: labels.txt is written there"],
  ["saved_model_dir", "use espalier export RUN --to graphdef --out DIR"],
  ["summaries_dir", "use --out DIR: log.jsonl and curves.svg are there"],
  ["how_many_training_steps", "use --steps N"],
  ["learning_rate", "use --rate X"],
  ["train_batch_size", "use --batch N"],
  ["bottleneck_dir", "use --bottlenecks DIR"],
  ["model_dir", "use --model NAME or --model FILE.pb"],
  ["architecture", "use --model NAME or --model FILE.pb"],
  ["tfhub_module", "use --model NAME or --model FILE.pb"],
  ["testing_percentage", "use --test DIR, or leave it out to test on 10 %"],
  ["validation_percentage", "leave it out: 10 % of DATA validates"],
  ["eval_step_interval", "leave it out: every 100 steps are validated"],
  ["validation_batch_size", "leave it out: all validation rows are used"],
  ["test_batch_size", "leave it out: all test rows are used"],
  ["final_tensor_name", "leave it out: the output is final_result"],
  ["print_misclassified_test_images", "leave it out: see predictions.csv"],
]);
