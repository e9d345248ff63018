//! burn on wgpu as a peer: trains the small CNN and answers requests, a JSON
//! object a line, as `../serve.ts` has them.

// The types of wgpu are nested deeper than the usual limit.
#![recursion_limit = "256"]

use std::io::BufRead;
use std::time::Instant;

use burn::backend::Autodiff;
use burn::backend::wgpu::{Wgpu, WgpuDevice};
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::optim::adaptor::OptimizerAdaptor;
use burn::optim::{Adam, AdamConfig, GradientsParams, Optimizer};
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;
use burn::tensor::{Distribution, Int, Tensor};
use serde_json::{Value, json};

type Engine = Autodiff<Wgpu<f32, i32>>;

const VERSION: &str = "burn 0.20.1";

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

/// The network in training, on one batch of random images.
struct Training {
    images: Tensor<Engine, 4>,
    labels: Tensor<Engine, 1, Int>,
    loss: CrossEntropyLoss<Engine>,
    // Each step takes the model and gives the next.
    model: Option<SmallCnn<Engine>>,
    adam: OptimizerAdaptor<Adam, SmallCnn<Engine>, Engine>,
}

impl Training {
    fn new(batch: usize) -> Self {
        let device = WgpuDevice::default();
        let shape = [batch, 1, SIZE, SIZE];
        let labels: Vec<i32> = (0..batch).map(|row| (row % CLASSES) as i32).collect();
        Self {
            images: Tensor::random(shape, Distribution::Uniform(0.0, 1.0), &device),
            labels: Tensor::from_ints(labels.as_slice(), &device),
            loss: CrossEntropyLossConfig::new().init(&device),
            model: Some(SmallCnn::new(&device)),
            adam: AdamConfig::new().init(),
        }
    }

    fn parameters(&self) -> usize {
        self.model.as_ref().map_or(0, |model| model.num_params())
    }

    /// Milliseconds of so many steps; the loss of the last is read, which waits for all.
    fn run(&mut self, steps: usize) -> f64 {
        let begun = Instant::now();
        let mut last = None;
        for _ in 0..steps {
            let model = self.model.take().expect("a model between steps");
            let logits = model.forward(self.images.clone());
            let loss = self.loss.forward(logits, self.labels.clone());
            let gradients = GradientsParams::from_grads(loss.backward(), &model);
            self.model = Some(self.adam.step(1e-4, model, gradients));
            last = Some(loss);
        }
        if let Some(loss) = last {
            eprintln!("loss {}", loss.into_scalar());
        }
        begun.elapsed().as_secs_f64() * 1000.0
    }
}

fn answer(request: &Value, training: &mut Option<Training>) -> Value {
    if request["ask"] != "network" || request["name"] != "small CNN" {
        return json!({ "version": VERSION, "problem": "it trains the small CNN alone" });
    }
    let count = |key: &str| request[key].as_u64().expect("a count") as usize;
    let training = training.get_or_insert_with(|| Training::new(count("batch")));
    let parameters = training.parameters();
    let milliseconds = training.run(count("steps"));
    json!({ "version": VERSION, "parameters": parameters, "milliseconds": milliseconds })
}

fn main() {
    let mut training = None;
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line of stdin");
        let request: Value = serde_json::from_str(&line).expect("JSON");
        println!("{}", answer(&request, &mut training));
    }
}
