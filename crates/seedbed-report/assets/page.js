// Fills the page from the record: facts, tables, legend, charts.
"use strict";

const record = JSON.parse(document.getElementById("record").textContent);
const ENDED = { solved: "solved", still_falling: "still falling", stalled: "stalled", diverged: "diverged" };
const priors = styled(record.priors, record.recommended);
const hidden = new Set();

function facts() {
  const best = priors.find((prior) => prior.best) ?? priors[0];
  if (!best) return [];
  const { study } = record;
  const confidence = percent(study.confidence);
  const solved = best.ended.solved ?? 0;
  const median = best.steps_to_target;
  const others = priors.filter((prior) => prior !== best && !record.tied_with.includes(prior.prior));
  const untried = others.filter((prior) => !prior.solved.n).length;
  const never = others.filter((prior) => !prior.ended.solved).length - untried;
  return [
    fact("Solved", `${solved} of ${best.solved.n} seeds`, `share ${share(best.solved.value)} ${shareInterval(best.solved)}, ${confidence} confidence`),
    fact("Steps to the target", finite(median?.value) ? short(median.value) : "not reached", finite(median?.value) ? `${interval(median)}, budget ${study.steps}` : `within ${study.steps} steps`),
    fact("Test accuracy", share(best.test_accuracy.value), shareInterval(best.test_accuracy)),
    fact("Learning rate", String(best.learning_rate ?? "—"), `best of ${study.learning_rates.length}`),
    record.recommended && record.tied_with.length
      ? fact("As good, as far as can be told", list(record.tied_with), "tied: the evidence does not separate them")
      : others.length > 0 && fact("Other candidates", String(others.length), `${never} of them never solved the task${untried ? `, ${untried} ${untried === 1 ? "was" : "were"} not tried` : ""}`),
  ].filter(Boolean);
}

function context() {
  const { network, data, study } = record;
  return `${network.text}, ${network.parameters.toLocaleString("en")} parameters, on ${data.name}; ${study.optimizer}, `
    + `${priors.length} ${priors.length === 1 ? "candidate" : "candidates"}, ${study.seeds} paired seeds, target loss ${short(study.target_loss)}.`;
}

function summary() {
  const headings = ["Rank", "Prior", "Solved", "Steps to target", "Learning rate", "Test accuracy", "How they ended", "Beliefs not held"];
  const line = (prior) => {
    const ended = Object.entries(prior.ended).filter(([, count]) => count > 0).map(([how, count]) => `${count} ${ENDED[how] ?? how}`);
    const broken = [...new Set(prior.beliefs.filter((belief) => belief.held === false).map((belief) => words(belief.belief)))];
    const tag = prior.best ? "recommended" : record.recommended && prior.tied ? "tied" : prior.removed_by ? `out by ${prior.removed_by}` : null;
    const tried = prior.solved.n > 0;
    return tableRow(headings, [
      ["number", tried ? String(prior.rank) : "—"],
      ["prior", swatch(prior), element("span", { class: "name" }, prior.prior), tag && element("span", { class: "tag" }, tag), element("span", { class: "why" }, prior.why)],
      ["number", ...(tried ? [`${prior.ended.solved ?? 0}/${prior.solved.n}`, element("span", { class: "interval" }, ` ${shareInterval(prior.solved)}`)] : ["not tried"])],
      ["number", ...steps(prior.steps_to_target)],
      ["number", String(prior.learning_rate ?? "—")],
      ["number", ...estimate(prior.test_accuracy, share, shareInterval)],
      ["", ended.join(", ")],
      ["", broken.length ? broken.join(", ") : "none"],
    ], { class: prior.best ? "recommended" : "" });
  };
  table(byId("summary"), headings, priors.map(line));
}

function stages() {
  const headings = ["Stage", "Candidates", "Removed", "Trials", "Steps", "Seconds"];
  const line = (stage) => tableRow(headings, [
    ["name", stage.stage],
    ["number", String(stage.candidates_before)],
    ["", stage.removed.length ? "" : "none",
      ...stage.removed.map(({ prior, why }) => element("span", { class: "source" }, `${prior}: ${why}`)),
      ...stage.notes.map((note) => element("span", { class: "source" }, `Note: ${note}`))],
    ["number", String(stage.trials)],
    ["number", stage.steps.toLocaleString("en")],
    ["number", short(stage.seconds)],
  ]);
  table(byId("stages"), headings, (record.stages ?? []).map(line));
}

function beliefs() {
  const headings = ["Prior", "Belief", "Quantity", "Layer", "Measured", "Expected", "Held"];
  const [wantedPrior, wantedHeld] = [byId("filter-prior").value, byId("filter-held").value];
  const all = priors.flatMap((prior) => prior.beliefs.map((belief) => ({ prior, belief })));
  const wanted = all.filter(({ prior, belief }) =>
    (wantedPrior === "" || String(prior.index) === wantedPrior) && (wantedHeld === "" || heldName(belief.held) === wantedHeld));
  const line = ({ prior, belief }) => {
    const { expected, held } = belief;
    const range = expected ? [`${short(expected.low)} to ${short(expected.high)}`, element("span", { class: "source" }, expected.source)] : ["—"];
    return tableRow(headings, [
      ["name", swatch(prior), prior.prior],
      ["", words(belief.belief)],
      ["", belief.quantity],
      ["", belief.layer ?? "whole network"],
      ["number", ...estimate(belief.measured), element("span", { class: "source" }, `n = ${belief.measured.n}`)],
      ["", ...range],
      [`held-${heldName(held)}`, held === true ? "✓ yes" : held === false ? "✗ no" : "—"],
    ]);
  };
  table(byId("beliefs"), headings, wanted.map(line));
  byId("filter-count").textContent = `${wanted.length} of ${all.length} shown`;
}

function details() {
  const { network, data, study } = record;
  const momentum = finite(study.momentum) ? ` with momentum ${study.momentum}` : "";
  const entries = [
    ["Version", `Seedbed ${record.version}, schema ${record.schema}`],
    ["Seed", String(study.seed)],
    ["Network", `${network.text}; ${network.layers.length} layers with weights, ${network.parameters.toLocaleString("en")} parameters`],
    ["Data", `${data.name}; examples of shape ${data.example_shape}, ${data.train_examples} for training, ${data.test_examples} for testing, ${data.classes} classes`],
    ["Training", `${study.optimizer}${momentum}, batches of ${study.batch}`],
    ["Budget", `${study.steps} steps a trial; target loss ${study.target_loss} (mean of ${study.smoothing_steps} steps)`],
    ["Comparison", `${study.seeds} paired seeds a prior, learning rates ${study.learning_rates.join(", ")}`],
    ["Wall time of this call", `${short(record.seconds)} s`],
    ["Weights", record.weights ?? "not written"],
  ];
  byId("details").append(...entries.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
  byId("command").textContent = record.command;
}

function notes() {
  const { study } = record;
  const confidence = percent(study.confidence);
  const sentences = [
    `Every interval is at ${confidence} confidence: made anew from new seeds, about ${confidence} of such intervals would hold the true value. With ${study.seeds} seeds they are wide; more seeds narrow them.`,
    `Solved rate: Wilson’s interval for a share. None of ${study.seeds} solved does not prove that it never would: the upper end says how often it still might.`,
    `Steps to the target: the median of Kaplan and Meier. A run that did not reach the target is kept as “later than the budget of ${study.steps} steps”. “∞)” means that the budget left the interval open; “> 120”, that fewer than half of the seeds solved and the median is, with this confidence, later than 120.`,
    "Signal, gradient and other beliefs: mean over independent draws with Student’s t interval; ratios and mean squares on the logarithm, so their means are geometric. Where a draw has no signal the smallest value stands alone, without an interval.",
    "Held: the measured value lies within the expected range. The source of each range stands beside it. A dash: a fact without a good side.",
    "Loss curves: the band is from the first to the third quartile of the seeds. It shows spread, not confidence. A run that has ended keeps its last value.",
    `Search: one seed at every learning rate, and two more at the two fastest rates of a prior that solves, or at the best of one that does not. One that does not is out if others solve; its solved rate is then of these seeds. A search run that is stalled at half of the budget is ended there; the compared runs always have the whole.`,
    "Overlapping intervals are no test. Ties are decided by paired tests over the same seeds, corrected for their number.",
  ];
  byId("notes").append(...sentences.map((sentence) => element("li", {}, sentence)));
}

function legend() {
  const buttons = priors.map((prior) => {
    const button = element("button", { type: "button", class: prior.best ? "best" : "", "aria-pressed": "true" }, swatch(prior), prior.prior);
    button.addEventListener("click", () => show(hidden.has(prior.index) ? [...shown(), prior] : shown().filter((other) => other !== prior)));
    return button;
  });
  const plain = (text, chosen) => {
    const button = element("button", { type: "button", class: "plain" }, text);
    button.addEventListener("click", () => show(chosen()));
    return button;
  };
  byId("legend").append(...buttons, plain("all", () => priors), plain("only solving", () => priors.filter((prior) => prior.ended.solved)));
}

const shown = () => priors.filter((prior) => !hidden.has(prior.index));

/** Shows these priors in every chart, in the order of their ranks. */
function show(wanted) {
  hidden.clear();
  priors.filter((prior) => !wanted.includes(prior)).forEach((prior) => hidden.add(prior.index));
  byId("legend").querySelectorAll("button[aria-pressed]").forEach((button, index) => button.setAttribute("aria-pressed", String(!hidden.has(index))));
  draw();
}

function draw() {
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    const drawing = figure.querySelector(".drawing");
    const { svg, note } = CHARTS[figure.dataset.chart](record, shown(), Math.max(drawing.clientWidth, 240));
    svg.setAttribute("role", "img");
    drawing.replaceChildren(svg);
    figure.querySelector(".note").textContent = shown().length ? note : "No prior is chosen in the legend.";
  }
}

byId("facts").append(...facts());
byId("context").textContent = context();
byId("filter-prior").append(...priors.map((prior) => element("option", { value: prior.index }, prior.prior)));
byId("filters").addEventListener("input", beliefs);
byId("filters").addEventListener("submit", (event) => event.preventDefault());
summary();
stages();
beliefs();
details();
notes();
legend();
draw();
followWidth(draw);
document.documentElement.dataset.ready = "true";
