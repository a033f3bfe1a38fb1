// Fills the page about beliefs from its record: facts, table, pictures.
"use strict";

const record = JSON.parse(document.getElementById("record").textContent);
const priors = styled(record.priors);
const alone = priors.length === 1;
const first = priors[0];

/** Beliefs of a prior that are claimed, each once, and whether all that is expected of them is measured. */
function claimed(prior) {
  const names = [...new Set(prior.rows.filter((row) => row.claimed).map((row) => row.belief))];
  return names.map((name) => {
    const judged = prior.rows.filter((row) => row.belief === name && row.held !== null);
    return { name, held: judged.length ? judged.every((row) => row.held) : null };
  });
}

function claimsFact(prior) {
  const judged = claimed(prior).filter(({ held }) => held !== null);
  const broken = judged.filter(({ held }) => !held).map(({ name }) => words(name));
  if (!judged.length) return fact(alone ? "Claims held" : prior.prior, "no claim to judge");
  const detail = broken.length ? `not here: ${list(broken)}` : list(judged.map(({ name }) => words(name)));
  return fact(alone ? "Claims held" : prior.prior, `${judged.length - broken.length} of ${judged.length}`, detail);
}

function facts() {
  if (!alone) return priors.map(claimsFact);
  const row = (quantity) => first.rows.find((found) => found.quantity === quantity);
  const measured = (name, quantity) => {
    const found = row(quantity);
    return found && fact(name, short(found.measured.value), `${interval(found.measured)}${found.theory ? `, theory ${short(found.theory.value)}` : ""}`);
  };
  const { phase } = first;
  return [
    claimsFact(first),
    measured("Signal, a layer", "forward variance ratio per layer"),
    measured("Gradient, a layer", "backward variance ratio per layer"),
    measured("Mean square of the outputs", "mean square of the outputs"),
    phase && fact("Phase", phase.phase ?? "no fixed point", finite(phase.chi) ? `χ₁ = ${short(phase.chi)}` : `σ_w² = ${short(phase.weight_variance)}`),
  ].filter(Boolean);
}

function context() {
  const { network, data, draws } = first;
  return `${network.text}, ${network.parameters.toLocaleString("en")} parameters, on ${data.name}; ${draws} draws${alone ? "" : " a prior, from the same seeds"}.`;
}

const judged = (held) => (held === true ? "✓ yes" : held === false ? "✗ not here" : "—");
const source = (text) => element("span", { class: "source" }, text);

function derived(theory) {
  if (!theory) return ["—"];
  const range = finite(theory.low) && finite(theory.high) ? ` [${short(theory.low)}, ${short(theory.high)}]` : "";
  return [short(theory.value), element("span", { class: "interval" }, range)];
}

function measured(found) {
  return found.n === 0 ? ["not measured"] : [...estimate(found)];
}

function beliefs() {
  const headings = ["Belief", "Quantity", "Claimed", "Theory", "Measured", "Expected", "Held"];
  const rows = first.rows.map((row, index) => {
    const begins = first.rows[index - 1]?.belief !== row.belief;
    const range = row.expected ? [`${short(row.expected.low)} to ${short(row.expected.high)}`, source(row.expected.source)] : ["—"];
    return tableRow(headings, [
      ["belief", begins ? words(row.belief) : ""],
      ["", row.quantity, row.layer && source(row.layer)],
      ["claim", ...(row.claimed ? (begins ? [row.claimed.statement, source(row.claimed.by)] : ["″"]) : ["—"])],
      ["derived", ...derived(row.theory), row.theory && source(row.theory.source)],
      ["number", ...measured(row.measured)],
      ["expected", ...range],
      [`verdict held-${heldName(row.held)}`, judged(row.held), row.note && row.held === false ? source(row.note) : ""],
    ], { class: begins ? "begins" : "" });
  });
  table(byId("beliefs"), headings, rows);
}

/** The rows of a prior by belief, quantity and how often both came before: layers differ between priors. */
function keyed(prior) {
  const seen = new Map();
  return new Map(prior.rows.map((row) => {
    const name = `${row.belief}\n${row.quantity}`;
    seen.set(name, (seen.get(name) ?? 0) + 1);
    return [`${name}\n${seen.get(name)}`, row];
  }));
}

function sideBySide() {
  const headings = ["Belief", "Quantity", ...priors.map((prior) => prior.prior)];
  const found = priors.map(keyed);
  const keys = d3.groups([...new Set(found.flatMap((rows) => [...rows.keys()]))], (key) => key.split("\n")[0]).flatMap(([, keys]) => keys);
  const cell = (row) => {
    if (!row) return ["number", "—"];
    const mark = row.held === null ? "" : element("span", { class: `held-${heldName(row.held)}` }, row.held ? " ✓" : " ✗");
    const said = row.claimed && row.held !== null ? "claimed" : "";
    const theory = row.theory ? `theory ${short(row.theory.value)}` : "";
    return ["number", ...measured(row.measured), mark, source([theory, said].filter(Boolean).join(", "))];
  };
  const lines = keys.map((key, index) => {
    const [belief, quantity] = key.split("\n");
    const begins = keys[index - 1]?.split("\n")[0] !== belief;
    return tableRow(headings, [["belief", begins ? words(belief) : ""], ["", quantity], ...found.map((rows) => cell(rows.get(key)))], { class: begins ? "begins" : "" });
  });
  table(byId("beliefs"), headings, lines);
  byId("beliefs").querySelectorAll("thead th").forEach((heading, index) => index > 1 && heading.prepend(swatch(priors[index - 2])));
}

/** Each picture: what it shows, in words, and how it is drawn. */
function pictures() {
  const of = (prior) => (alone ? "" : `${prior.prior}: `);
  const each = priors.flatMap((prior) => [
    {
      name: `forward-${prior.index}`, title: `${of(prior)}signal over depth`,
      words: "Mean square of each layer’s output before its activation. A flat line keeps the signal’s length.",
      draw: (width) => signalOverDepth(prior, width, { direction: "forward", label: "mean square" }),
    },
    {
      name: `backward-${prior.index}`, title: `${of(prior)}gradient over depth`,
      words: "Mean square of the gradient of a random direction of the outputs at each layer’s output, over that at the last layer.",
      draw: (width) => signalOverDepth(prior, width, { direction: "backward", label: "mean square of the gradient, relative" }),
    },
  ]);
  const spectra = priors.map((prior) => ({
    name: `jacobian-${prior.index}`, title: `${of(prior)}singular values of the Jacobian`,
    words: "An isometry has all of them at 1. Far apart, some directions die out while others blow up.",
    draw: (width) => singularValues(prior, width),
  }));
  const phase = {
    name: "phase", title: "Place in the phase diagram",
    words: "Ordered: all inputs become alike and gradients vanish. Chaotic: near inputs come apart and gradients explode. Between them, the edge.",
    draw: (width) => phaseDiagram(priors, width),
  };
  const rank = {
    name: "rank", title: "Functions of draws, by rank",
    words: "Share of the draws that compute each Boolean function, most frequent first. A straight line falls as a power of the rank.",
    draw: (width) => rankPlot(priors, width),
  };
  return [...each, ...spectra, phase, ...(priors.some((prior) => prior.functions) ? [rank] : [])];
}

const shown = pictures();

function figures() {
  byId("pictures").append(...shown.map(({ name, title, words }) => element("figure", { "data-chart": name },
    element("figcaption", {}, element("h3", {}, title.replace(/^./, (letter) => (alone ? letter.toUpperCase() : letter))), element("p", {}, words)),
    element("div", { class: "drawing" }), element("p", { class: "note" }))));
}

function draw() {
  for (const { name, draw } of shown) {
    const figure = document.querySelector(`figure[data-chart="${name}"]`);
    const drawing = figure.querySelector(".drawing");
    const { svg, note } = draw(Math.max(drawing.clientWidth, 240));
    (svg?.querySelector("svg") ?? svg)?.setAttribute("role", "img");
    drawing.replaceChildren(svg ?? element("p", { class: "empty" }, "Nothing to draw."));
    figure.querySelector(".note").textContent = note;
  }
}

function key() {
  const sample = (attributes, text) => element("span", { class: "sample" }, element("span", { class: attributes }), text);
  byId("key").append(
    sample("sample-measured", "measured, with the interval of its mean over draws"),
    sample("sample-theory", "theory at infinite width"),
    sample("sample-band", "where one draw of this width lies"),
  );
}

function details() {
  const { network, data } = first;
  const targets = data.classes > 1 ? `, ${data.classes} classes` : "";
  const entries = [
    ["Version", `Seedbed ${first.version}, schema ${first.schema}`],
    ["Seed", `${first.seed} and the ${first.draws - 1} that follow it`],
    ["Network", `${network.text}; ${network.layers.length} layers with weights, ${network.parameters.toLocaleString("en")} parameters`],
    ["Data", `${data.name}; the first 256 training examples of shape ${data.example_shape}${targets}`],
  ];
  byId("details").append(...entries.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
  byId("command").textContent = priors.map((prior) => prior.command).join("\n");
}

function notes() {
  const said = [...new Set(priors.flatMap((prior) => prior.notes))];
  const without = [...new Set(priors.flatMap((prior) => prior.rows.filter((row) => !row.theory && row.note && row.held !== false).map((row) => row.note)))];
  const sentences = [
    `Brackets beside a measurement: the ${percent(first.confidence)} interval of its mean over draws. Ratios and mean squares are averaged on the logarithm.`,
    "Brackets beside theory: where one draw lies by the finite-width law, three standard deviations to each side; theory itself speaks of infinite width unless its source says otherwise.",
    "Held: the measured value lies within the expected range, whose source stands beside it. A dash: a fact without a good side.",
    "Gradients are those of a random linear function of the outputs, so they depend neither on labels nor on a loss.",
    ...without.map((note) => `No theory: ${note}.`),
    ...said.map((note) => `Note: ${note}.`),
  ];
  byId("notes").append(...sentences.map((sentence) => element("li", {}, sentence)));
}

byId("facts").append(...facts());
byId("context").textContent = context();
byId("beliefs-words").textContent = alone
  ? "What the initializers claim, what theory says of this network, and what draws of it show."
  : "What draws of each prior show; below it what theory says. ✓ held, ✗ not held here.";
if (alone) beliefs();
else sideBySide();
key();
figures();
details();
notes();
draw();
followWidth(draw);
document.documentElement.dataset.ready = "true";
