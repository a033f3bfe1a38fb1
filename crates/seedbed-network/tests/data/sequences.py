"""Writes sequences.json: losses, last states and gradients of PyTorch's recurrent cells and of a transformer.

In double precision. Each recurrent network is a cell of 3 units over 5 steps of 2 features and a linear layer of 4 classes; the numbers of the
weights, the inputs and the labels follow from their places, as in tests/sequences.rs. Run: python sequences.py
"""

import json
import pathlib

import torch

TIME, FEATURES, UNITS, CLASSES, EXAMPLES = 5, 2, 3, 4, 2


def numbers(count, offset):
    return torch.tensor([((i * 37 + offset * 11) % 23 - 11) / 17 for i in range(count)], dtype=torch.float64)


def case(name, cell, every):
    layers = 2 if "3x2" in name else 1
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


def transformer(name):
    """Two pre-layer-norm blocks of width 4 with 2 heads, a last normalization and the mean over the steps."""
    width, classes = 4, 3
    torch.manual_seed(0)
    embed = torch.nn.Linear(FEATURES, width)
    position = torch.nn.Parameter(torch.zeros(TIME, width))
    blocks = [
        torch.nn.TransformerEncoderLayer(width, 2, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        for _ in range(2)
    ]
    norm, head = torch.nn.LayerNorm(width), torch.nn.Linear(width, classes)
    modules = torch.nn.ModuleList([embed, *blocks, norm, head]).double()
    parameters = [embed.weight, embed.bias, position]
    for block in blocks:
        attention = block.self_attn
        parameters += [block.norm1.weight, block.norm1.bias, attention.in_proj_weight, attention.in_proj_bias]
        parameters += [attention.out_proj.weight, attention.out_proj.bias, block.norm2.weight, block.norm2.bias]
        parameters += [block.linear1.weight, block.linear1.bias, block.linear2.weight, block.linear2.bias]
    parameters += [norm.weight, norm.bias, head.weight, head.bias]
    assert len(parameters) == len(list(modules.parameters())) + 1
    for place, parameter in enumerate(parameters):
        parameter.data = numbers(parameter.numel(), place).reshape(parameter.shape)
    signal = embed(numbers(EXAMPLES * TIME * FEATURES, 7).reshape(EXAMPLES, TIME, FEATURES)) + position
    for block in blocks:
        signal = block(signal)
    pooled = norm(signal).mean(1)
    loss = torch.nn.functional.cross_entropy(head(pooled), torch.arange(EXAMPLES) % classes)
    loss.backward()
    return {
        "network": name,
        "loss": loss.item(),
        "states": pooled.detach().flatten().tolist(),
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
    transformer("transformer(5x2, 4x2, 3, gelu, heads(2))"),
]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
