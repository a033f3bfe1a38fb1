// The charts: each takes the priors to show and a width, and gives an SVG and a note in words.
// A prior here is its record with `index`, `colour`, `dash` and `best` added by page.js.
"use strict";

/** The lines of one prior: band, line and points. */
function series(prior, rows, options) {
  const stroke = prior.colour;
  const band = rows.filter((row) => finite(row.low) && finite(row.high));
  return [
    Plot.areaY(band, { x: "x", y1: "low", y2: "high", fill: stroke, fillOpacity: prior.best ? 0.2 : 0.12, ...options }),
    Plot.lineY(rows, { x: "x", y: "y", stroke, strokeWidth: prior.best ? 3.2 : 1.7, strokeDasharray: prior.dash, strokeLinecap: "butt", ...options }),
  ];
}

/** The best prior is the widest line and lies below, so that a line upon it stays visible. */
const widestFirst = (priors) => [...priors].sort((one, other) => other.best - one.best || other.index - one.index);

/** A quantity over depth. `positive`: on a logarithmic axis, where 0 has no place. */
function overDepth(record, priors, width, { quantity, label, positive, name }) {
  const place = (value) => (finite(value) && (!positive || value > 0) ? value : NaN);
  const rowsOf = (prior) =>
    prior.signal[quantity].map((estimate, index) => ({
      x: index + 1, y: place(estimate.value), low: place(estimate.low), high: place(estimate.high), colour: prior.colour,
      title: `${prior.prior}\n${record.network.layers[index] ?? `layer ${index + 1}`}: ${withInterval(estimate)}`,
    }));
  const drawn = widestFirst(priors).map((prior) => ({ prior, rows: rowsOf(prior) }));
  const points = drawn.flatMap(({ rows }) => rows).filter((row) => finite(row.y));
  const layers = d3.max(priors, (prior) => prior.signal[quantity].length) ?? 1;
  const values = points.flatMap((row) => [row.y, row.low, row.high]);
  const svg = Plot.plot(common(width, {
    height: 320,
    ariaLabel: `${name}, one line a prior`,
    x: { label: "layer", domain: [Math.min(1, layers - 1) || 0.5, Math.max(layers, 1.5)], ticks: d3.ticks(1, layers, Math.min(layers, 8)).filter(Number.isInteger), tickFormat: "d" },
    y: positive ? logAxis(values, label) : { label, grid: true, domain: [0, Math.max(1e-9, d3.max(values) ?? 1)], nice: true },
    marks: [
      ...drawn.flatMap(({ prior, rows }) => series(prior, rows)),
      layers <= 64 ? Plot.dot(points, { x: "x", y: "y", fill: "colour", r: 1.8 }) : null,
      ...tip(points),
    ],
    color: { type: "identity" },
  }));
  return { svg, note: missing(record, priors, quantity, positive) };
}

/** Which priors cannot be drawn, or only in part, in words. */
function missing(record, priors, quantity, positive) {
  const sentences = priors.map((prior) => {
    const values = prior.signal[quantity].map((estimate) => estimate.value);
    const absent = values.flatMap((value, index) => (finite(value) && (!positive || value > 0) ? [] : [index]));
    if (!absent.length) return null;
    const zero = absent.every((index) => values[index] === 0);
    const what = zero ? "is 0" : absent.some((index) => values[index] === 0) ? "is 0 or has no value" : "has no value";
    if (absent.length === values.length) return `${prior.prior} ${what} at ${zero ? "every" : "any"} layer`;
    const layer = (index) => record.network.layers[index] ?? `layer ${index + 1}`;
    const run = absent.at(-1) - absent[0] + 1 === absent.length;
    const where = run ? `from ${layer(absent[0])} to ${layer(absent.at(-1))}` : `at ${absent.length} of ${values.length} layers`;
    return `${prior.prior} ${what} ${where}`;
  }).filter(Boolean);
  if (!sentences.length) return "";
  return `${positive ? "Not on the logarithmic axis" : "Not drawn"}: ${sentences.join("; ")}.`;
}

function lossCurves(record, priors, width) {
  const target = record.study.target_loss;
  const at = (list, index) => (finite(list[index]) && list[index] > 0 ? list[index] : NaN);
  const rowsOf = (prior) =>
    prior.loss_curve.step.map((step, index) => ({
      x: step, y: at(prior.loss_curve.median, index), low: at(prior.loss_curve.low, index), high: at(prior.loss_curve.high, index), colour: prior.colour,
      title: `${prior.prior}\nstep ${step}: ${short(prior.loss_curve.median[index])}, quartiles ${short(prior.loss_curve.low[index])} to ${short(prior.loss_curve.high[index])}`,
    }));
  const drawn = widestFirst(priors).map((prior) => ({ prior, rows: rowsOf(prior) }));
  const points = drawn.flatMap(({ rows }) => rows).filter((row) => finite(row.y));
  const start = d3.max(drawn, ({ rows }) => rows.find((row) => finite(row.y))?.y) ?? 1;
  const ceiling = 10 * Math.max(start, target);
  const values = [...points.flatMap((row) => [row.y, row.low, row.high]), 0.7 * target].filter((value) => value <= ceiling);
  const cut = priors.filter((prior) => prior.loss_curve.high.some((value) => value > ceiling)).map((prior) => prior.prior);
  const svg = Plot.plot(common(width, {
    height: 320,
    ariaLabel: "Smoothed training loss over steps, one line a prior",
    x: { label: "step", domain: [0, Math.max(record.study.steps, 1)], ticks: Math.min(8, width / 70) },
    y: { ...logAxis(values, "loss (nats an example)"), clamp: false },
    color: { type: "identity" },
    marks: [
      ...drawn.flatMap(({ prior, rows }) => series(prior, rows, { clip: true })),
      Plot.ruleY([target], { stroke: "currentColor", strokeWidth: 1.2 }),
      Plot.text([target], { y: (value) => value, frameAnchor: "right", dy: 10, text: (value) => `target ${short(value)}`, fill: "currentColor", stroke: "var(--surface)", strokeWidth: 4 }),
      ...tip(points.filter((row) => row.y <= ceiling)),
    ],
  }));
  const gone = priors.map(({ prior, loss_curve: { step, median } }) => {
    const first = median.findIndex((loss) => !finite(loss));
    return first < 0 ? "" : `${prior} from step ${step[first]}`;
  }).filter(Boolean);
  const notes = [cut.length ? `Cut at the upper edge: ${cut.join(", ")}.` : "", gone.length ? `Not finite any more: ${gone.join(", ")}.` : ""];
  return { svg, note: notes.join(" ").trim() };
}

/** One row a prior, its name above the row; `marks` draw the rest. */
function rows(priors, width, { x, marks, ariaLabel, rowHeight = 42, marginRight = 48 }) {
  return Plot.plot(common(width, {
    height: 44 + rowHeight * Math.max(priors.length, 1),
    marginLeft: 10, marginRight, marginTop: 4, marginBottom: 40, insetLeft: 6, insetRight: 6,
    ariaLabel,
    x,
    y: { type: "band", domain: priors.map((prior) => prior.index), axis: null, padding: 0 },
    color: { type: "identity" },
    marks: [
      ...marks,
      ...[true, false].map((best) =>
        Plot.text(priors.filter((prior) => prior.best === best), {
          y: "index", frameAnchor: "left", textAnchor: "start", dy: 9 - rowHeight / 2, text: "prior", fill: "currentColor",
          fontWeight: best ? 700 : 400, stroke: "var(--surface)", strokeWidth: 4,
        })),
    ],
  }));
}

/** Dots with their intervals as ranges, in the rows of `rows`. */
function ranges(estimates) {
  const dy = 8;
  const at = { y: "index", stroke: "colour", dy };
  const open = estimates.filter((row) => row.open);
  return [
    ...[true, false].map((best) =>
      Plot.ruleY(estimates.filter((row) => row.best === best), { ...at, x1: "low", x2: "high", strokeWidth: best ? 4 : 2.2, strokeOpacity: 0.75 })),
    Plot.dot(open, { ...at, x: "high", symbol: "triangle", rotate: 90, fill: "colour", r: 4 }),
    Plot.dot(estimates, { ...at, x: "value", fill: "colour", r: (row) => (row.best ? 6.5 : 5) }),
    Plot.text(estimates, { y: "index", frameAnchor: "right", textAnchor: "start", dx: 14, dy, text: "label", fill: "currentColor" }),
    Plot.tip(estimates, Plot.pointer({ y: "index", x: "value", dy, title: "title", lineHeight: 1.35, lineWidth: 22 })),
  ];
}

function solvedRates(record, priors, width) {
  const estimates = priors.filter((prior) => finite(prior.solved.value)).map((prior) => ({
    ...prior, value: prior.solved.value, low: prior.solved.low ?? 0, high: prior.solved.high ?? 1,
    label: `${prior.ended.solved ?? 0}/${prior.solved.n}`, title: `${prior.prior}\nsolved ${share(prior.solved.value)} ${shareInterval(prior.solved)}, n = ${prior.solved.n}`,
  }));
  const svg = rows(priors, width, {
    ariaLabel: "Share of seeds that solved the task, with interval, one row a prior",
    x: { domain: [0, 1], label: "share of the seeds", grid: true, ticks: 5 },
    marks: ranges(estimates),
  });
  return { svg, note: "" };
}

function stepsToTarget(record, priors, width) {
  const budget = record.study.steps;
  const reached = priors.filter((prior) => finite(prior.steps_to_target?.value));
  const never = priors.filter((prior) => !finite(prior.steps_to_target?.value));
  const estimates = reached.map((prior) => {
    const { value, low, high } = prior.steps_to_target;
    return {
      ...prior, value, low: finite(low) ? low : 0, high: finite(high) ? high : budget, open: !finite(high), label: short(value),
      title: `${prior.prior}\n${withInterval(prior.steps_to_target)} steps, n = ${prior.steps_to_target.n}`,
    };
  });
  const svg = rows(priors, width, {
    ariaLabel: "Median steps to the target, with interval, one row a prior",
    x: { domain: [0, Math.max(budget, 1)], label: "steps", grid: true, ticks: Math.min(8, width / 70) },
    marks: [
      Plot.ruleX([budget], { stroke: "currentColor", strokeOpacity: 0.5 }),
      ...ranges(estimates),
      Plot.text(never, { y: "index", frameAnchor: "left", textAnchor: "start", dy: 8, dx: 1, fill: "var(--soft)", stroke: "var(--surface)", strokeWidth: 4, text: (prior) => `no median: ${prior.ended.solved ?? 0} of ${prior.solved.n} reached the target` }),
    ],
  });
  const open = estimates.some((row) => row.open) ? " A triangle: the interval is open towards more steps." : "";
  return { svg, note: `The line on the right is the budget of ${budget} steps.${open}` };
}

function learningRates(record, priors, width) {
  const cells = priors.flatMap((prior) => prior.learning_rates.map((found) => {
    const solvedShare = found.trials ? found.solved / found.trials : 0;
    const diverged = found.ended.diverged ?? 0;
    return {
      index: prior.index, rate: found.learning_rate, solvedShare, chosen: found.learning_rate === prior.learning_rate,
      solved: `${found.solved}/${found.trials}`, loss: short(found.lowest_loss), diverged: diverged ? `✕${diverged}` : "",
      title: `${prior.prior}\nlearning rate ${found.learning_rate}: ${found.solved} of ${found.trials} solved, lowest loss ${short(found.lowest_loss)}, ${diverged} diverged`,
    };
  }));
  const rates = d3.sort(new Set([...record.study.learning_rates, ...cells.map((cell) => cell.rate)]));
  const inset = { x: "rate", y: "index", insetTop: 19, inset: 1.5, rx: 2 };
  const small = width / rates.length < 80;
  const ink = (cell) => (cell.solvedShare > 0.55 ? "var(--surface)" : "var(--ink)");
  const words = (text, dy, more) => Plot.text(cells, { x: "rate", y: "index", text, dy, fill: ink, ...more });
  const svg = rows(priors, width, {
    rowHeight: small ? 76 : 62,
    marginRight: 10,
    ariaLabel: "Search trials by prior and learning rate: solved, lowest loss and diverged",
    x: { type: "band", domain: rates, label: "learning rate", padding: 0, tickFormat: String, tickSize: 0 },
    marks: [
      Plot.cell(cells, { ...inset, fill: "var(--cell)" }),
      Plot.cell(cells, { ...inset, fill: "var(--accent)", fillOpacity: "solvedShare" }),
      Plot.cell(cells.filter((cell) => cell.chosen), { ...inset, stroke: "var(--ink)", strokeWidth: 2, fill: "none" }),
      words((cell) => (small ? cell.solved : `${cell.solved} ${cell.diverged}`.trim()), small ? -6 : 1, { fontWeight: 600 }),
      words("loss", small ? 9 : 17, { fontSize: 11 }),
      small ? words("diverged", 24, { fontSize: 11 }) : null,
      Plot.tip(cells, Plot.pointer({ x: "rate", y: "index", title: "title", lineHeight: 1.35, lineWidth: 24 })),
    ],
  });
  return { svg, note: "" };
}

const CHARTS = {
  forward: (record, priors, width) => overDepth(record, priors, width, { quantity: "forward_mean_square", label: "mean square", positive: true, name: "Forward signal over depth" }),
  backward: (record, priors, width) => overDepth(record, priors, width, { quantity: "backward_mean_square", label: "mean square of the gradient", positive: true, name: "Backward signal over depth" }),
  rank: (record, priors, width) => overDepth(record, priors, width, { quantity: "effective_rank_share", label: "effective rank / largest", positive: false, name: "Effective rank of the features over depth" }),
  loss: lossCurves,
  solved: solvedRates,
  steps: stepsToTarget,
  rates: learningRates,
};
