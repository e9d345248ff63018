//! burn on wgpu as a peer: trains the small CNN and answers requests, a JSON
//! object a line, as `../serve.ts` has them. What it does not do is null.

use std::io::BufRead;
use std::time::Instant;

use burn::backend::wgpu::{Wgpu, WgpuDevice};
use burn::backend::Autodiff;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams, Optimizer};
use burn::tensor::activation::relu;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Distribution, Int, Tensor};
use serde_json::{Value, json};

type Training = Autodiff<Wgpu<f32, i32>>;

const SIZE: usize = 28;
const CLASSES: usize = 10;

/// The Keras tutorial's: two convolutions with pools, 64 values, dropout.
#[derive(Module, Debug)]
struct SmallCnn<B: Backend> {
    first: Conv2d<B>,
    second: Conv2d<B>,
    pool: MaxPool2d,
    hidden: Linear<B>,
    dropout: Dropout,
    logits: Linear<B>,
}

impl<B: Backend> SmallCnn<B> {
    fn new(device: &B::Device) -> Self {
        Self {
            first: Conv2dConfig::new([1, 32], [3, 3]).init(device),
            second: Conv2dConfig::new([32, 64], [3, 3]).init(device),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            hidden: LinearConfig::new(5 * 5 * 64, 64).init(device),
            dropout: DropoutConfig::new(0.5).init(),
            logits: LinearConfig::new(64, CLASSES).init(device),
        }
    }

    /// Images (batch, 1, height, width) to logits (batch, classes).
    fn forward(&self, images: Tensor<B, 4>) -> Tensor<B, 2> {
        let x = self.pool.forward(relu(self.first.forward(images)));
        let x = self.pool.forward(relu(self.second.forward(x)));
        let x = relu(self.hidden.forward(x.flatten(1, 3)));
        self.logits.forward(self.dropout.forward(x))
    }
}

/// One batch of random images, which every step trains on.
struct Problem<B: AutodiffBackend> {
    images: Tensor<B, 4>,
    labels: Tensor<B, 1, Int>,
    loss: CrossEntropyLoss<B>,
}

impl<B: AutodiffBackend> Problem<B> {
    fn new(batch: usize, device: &B::Device) -> Self {
        let shape = [batch, 1, SIZE, SIZE];
        let labels: Vec<i32> = (0..batch).map(|row| (row % CLASSES) as i32).collect();
        Self {
            images: Tensor::random(shape, Distribution::Uniform(0.0, 1.0), device),
            labels: Tensor::from_ints(labels.as_slice(), device),
            loss: CrossEntropyLossConfig::new().init(device),
        }
    }

    /// One step; its loss stays on the GPU.
    fn step(
        &self,
        model: SmallCnn<B>,
        optimizer: &mut impl Optimizer<SmallCnn<B>, B>,
    ) -> (SmallCnn<B>, Tensor<B, 1>) {
        let logits = model.forward(self.images.clone());
        let loss = self.loss.forward(logits, self.labels.clone());
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        (optimizer.step(1e-4, model, gradients), loss)
    }
}

/// Milliseconds of each round's steps, its last loss read.
struct Rounds {
    problem: Problem<Training>,
    model: Option<SmallCnn<Training>>,
    optimizer: Box<dyn FnMut(&Problem<Training>, SmallCnn<Training>) -> (SmallCnn<Training>, Tensor<Training, 1>)>,
}

impl Rounds {
    fn new(batch: usize) -> Self {
        let device = WgpuDevice::default();
        let mut adam = AdamConfig::new().init::<Training, SmallCnn<Training>>();
        Self {
            problem: Problem::new(batch, &device),
            model: Some(SmallCnn::new(&device)),
            optimizer: Box::new(move |problem, model| problem.step(model, &mut adam)),
        }
    }

    fn run(&mut self, steps: usize) -> f64 {
        let begun = Instant::now();
        for step in 0..steps {
            let model = self.model.take().expect("a model between steps");
            let (next, loss) = (self.optimizer)(&self.problem, model);
            self.model = Some(next);
            // Waits for all that was submitted.
            if step + 1 == steps {
                eprintln!("loss {}", loss.into_scalar());
            }
        }
        begun.elapsed().as_secs_f64() * 1000.0
    }
}

fn main() {
    let mut rounds: Option<Rounds> = None;
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line of stdin");
        let request: Value = serde_json::from_str(&line).expect("JSON");
        let milliseconds = if request["ask"] == "network" && request["name"] == "small CNN" {
            let number = |key: &str| request[key].as_u64().expect("a count") as usize;
            let (batch, steps) = (number("batch"), number("steps"));
            let rounds = rounds.get_or_insert_with(|| {
                let mut rounds = Rounds::new(batch);
                rounds.run(1);
                rounds
            });
            json!(rounds.run(steps))
        } else {
            Value::Null
        };
        // `version` comes first: that is how answers are told from greetings.
        println!(r#"{{"version":"burn 0.20.1","milliseconds":{milliseconds}}}"#);
    }
}
