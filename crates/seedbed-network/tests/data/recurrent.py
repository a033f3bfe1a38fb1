"""Writes recurrent.json: losses, last states and gradients of PyTorch's recurrent cells in double precision.

Each network is a cell of 3 units over 5 steps of 2 features and a linear layer of 4 classes; the numbers of the
weights, the inputs and the labels follow from their places, as in tests/recurrent.rs. Run: python recurrent.py
"""

import json
import pathlib

import torch

TIME, FEATURES, UNITS, CLASSES, EXAMPLES = 5, 2, 3, 4, 2


def numbers(count, offset):
    return torch.tensor([((i * 37 + offset * 11) % 23 - 11) / 17 for i in range(count)], dtype=torch.float64)


def case(name, cell, every):
    layers = 2 if "x2" in name else 1
    torch.manual_seed(0)
    cell = cell(FEATURES, UNITS, num_layers=layers, batch_first=True).double()
    head = torch.nn.Linear(UNITS, CLASSES).double()
    order = [f"{part}_l{layer}" for layer in range(layers) for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    parameters = [getattr(cell, part) for part in order] + [head.weight, head.bias]
    for place, parameter in enumerate(parameters):
        parameter.data = numbers(parameter.numel(), place).reshape(parameter.shape)
    inputs = numbers(EXAMPLES * TIME * FEATURES, 7).reshape(EXAMPLES, TIME, FEATURES)
    states, _ = cell(inputs)
    answers = states if every else states[:, -1]
    logits = head(answers).reshape(-1, CLASSES)
    labels = torch.tensor([place % CLASSES for place in range(logits.shape[0])])
    loss = torch.nn.functional.cross_entropy(logits, labels)
    loss.backward()
    return {
        "network": name,
        "loss": loss.item(),
        "states": answers.detach().flatten().tolist(),
        "gradients": [parameter.grad.flatten().tolist() for parameter in parameters],
    }


def rnn(nonlinearity):
    return lambda *sizes, **settings: torch.nn.RNN(*sizes, nonlinearity=nonlinearity, **settings)


cases = [
    case("rnn(5x2, 3, 4, tanh)", rnn("tanh"), False),
    case("rnn(5x2, 3, 4, relu, all)", rnn("relu"), True),
    case("lstm(5x2, 3, 4)", torch.nn.LSTM, False),
    case("lstm(5x2, 3x2, 4, all)", torch.nn.LSTM, True),
    case("gru(5x2, 3, 4)", torch.nn.GRU, False),
    case("gru(5x2, 3x2, 4)", torch.nn.GRU, False),
]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
