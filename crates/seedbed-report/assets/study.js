// Fills a study's page from the record.
"use strict";

const record = JSON.parse(document.getElementById("record").textContent);
const ENDED = { solved: "solved", still_falling: "still falling", stalled: "stalled", diverged: "diverged" };
const VERDICT = { agrees: "✓ agrees", undecided: "undecided", disagrees: "✗ does not agree" };
const starts = styled(record.design.starts.map((start) => ({ prior: start, start })), null);
const STALL = { dead_network: "dead network", tied_units: "set of tied units", bouncing: "bounce", saddle: "saddle", plateau: "plateau", poor_minimum: "poor minimum" };
const hidden = new Set();

function facts() {
  const count = (verdict) => record.judged.filter((judged) => judged.verdict === verdict).length;
  return [
    fact("Agree", String(count("agrees")), `of ${record.judged.length} expectations`),
    fact("Do not agree", String(count("disagrees")), "whole interval outside the bounds"),
    fact("Undecided", String(count("undecided")), "the interval holds a bound"),
    fact("Tasks", String(record.tasks.length), `${record.design.starts.length} starts, ${record.design.racing ? "at most " : ""}${record.design.seeds} paired seeds each`),
  ];
}

/** What an expectation measures, in words. */
function quantity({ measure, versus, versus_task, over_depth, over_trainable_depth }) {
  if (over_trainable_depth) return "depth to which it solves / 6 ξ_c";
  const ratio = versus ? ` / ${versus}${versus_task ? ` in ${versus_task}` : ""}` : "";
  return `${over_depth ? "slope of " : ""}${words(measure)}${ratio}`;
}

function judged() {
  const headings = ["Expected", "In", "Bounds", "Measured", "Verdict"];
  const line = ({ expectation, task, measured, verdict }) => {
    const bounds = [finite(expectation.at_least) && `≥ ${expectation.at_least}`, finite(expectation.at_most) && `≤ ${expectation.at_most}`].filter(Boolean);
    return tableRow(headings, [
      ["", expectation.says],
      ["", task ?? "all tasks, over depth"],
      ["", `${quantity(expectation)} ${bounds.join(" and ")}`],
      ["number", ...estimate(measured), element("span", { class: "source" }, `n = ${measured.n}, ${measured.method}`)],
      [verdict === "agrees" ? "held-yes" : verdict === "disagrees" ? "held-no" : "", VERDICT[verdict]],
    ]);
  };
  const { claim, source } = record.design;
  byId("claim").textContent = claim ? `Published: ${claim}${source ? ` (${source})` : ""}` : "";
  table(byId("judged"), headings, record.judged.map(line));
}

function summary() {
  const standing = (task, found) => {
    const { behind } = found;
    if (!task.best) return "";
    if (found.start === task.best) return "best";
    if (behind === "tied") return "tied with the best";
    const out = found.dropped ? `, out after ${found.dropped.rounds} rounds` : "";
    return `${behind === "solves_less" ? "solves less" : `${behind.slower.toFixed(1)} times the steps`}${out}`;
  };
  const headings = ["Task", "Start", "Rate", "Window, decades", "Solved", "How they ended", "Steps to target", "Mean steps", "With restarts", "Test accuracy", "Distance / |w₀|"];
  const line = (task, found) => {
    const start = starts.find((other) => other.start === found.start);
    const { decades, cut } = found.window;
    const moved = found.measures.relative_distance;
    return tableRow(headings, [
      ["", task.task],
      ["prior", swatch(start), element("span", { class: "name" }, found.start), element("span", { class: "why" }, standing(task, found))],
      ["number", String(found.learning_rate)],
      ["number", finite(decades) ? `${cut ? "≥ " : ""}${decades.toFixed(1)}` : "—"],
      ["number", share(found.solved.value), element("span", { class: "interval" }, ` ${shareInterval(found.solved)}`)],
      ["endings", ...endings(found)],
      ["number", ...steps(found.steps_to_target)],
      ["number", ...estimate(found.restricted_mean_steps)],
      ["number", ...(finite(found.steps_with_restarts.value) ? estimate(found.steps_with_restarts) : [`∞, ≥ ${short(found.steps_with_restarts.low)}`])],
      ["number", ...(finite(found.test_accuracy.value) ? estimate(found.test_accuracy, share, shareInterval) : ["—"])],
      ["number", ...(moved && finite(moved.value) ? estimate(moved) : ["—"])],
    ]);
  };
  table(byId("starts"), headings, record.tasks.flatMap((task) => task.starts.map((found) => line(task, found))));
}

/** Share of the trials in each ending, and of the stalls of each kind. */
function endings(found) {
  const shares = [...Object.entries(found.ended).map(([how, rate]) => [ENDED[how] ?? how, rate]), ...Object.entries(found.stalls).map(([kind, rate]) => [`in a ${STALL[kind] ?? kind}`, rate])];
  return shares.filter(([, rate]) => rate.value > 0).map(([how, rate]) => element("div", {}, `${Math.round(rate.value * rate.n)} ${how} `, element("span", { class: "interval" }, shareInterval(rate))));
}

function warmup() {
  byId("warmup").hidden = record.warmup.length === 0;
  const rate = (value) => (finite(value) ? short(value) : "—");
  const headings = ["Network", "Start", "Sharpness at the start", "Stable below", "Largest rate that solves without", "With warm-up", "Shortest warm-up, steps"];
  const line = (row) => tableRow(headings, [
    ["", `${row.network}, ${row.optimizer}, ${row.schedule}`],
    ["prior", swatch(starts.find((other) => other.start === row.start)), element("span", { class: "name" }, row.start)],
    ["number", ...(row.sharpness_at_start ? estimate(row.sharpness_at_start) : ["—"])],
    ["number", rate(row.largest_stable_rate)],
    ["number", rate(row.largest_rate_without)],
    ["number", rate(row.largest_rate)],
    ["number", finite(row.shortest_warmup_steps) ? `${row.shortest_warmup_steps}` : "—", element("span", { class: "source" }, `of ${row.tried_warmup_steps.join(", ")}; n = ${row.trials}`)],
  ]);
  table(byId("warmup-rows"), headings, record.warmup.map(line));
}

function overTasks() {
  const found = record.over_tasks;
  byId("over-tasks").hidden = !found;
  if (!found) return;
  const leftOut = found.left_out.length ? ` Left out, since no start solves them: ${found.left_out.join(", ")}.` : "";
  byId("over-tasks-about").textContent = `Score of a trial: the fewest mean steps of a start in its task / its own steps to the target, 0 where it did not get there; the interquartile mean over ${found.tasks.length} tasks.${leftOut}`;
  const headings = ["Start", "Solved", "Score", "Optimality gap", "P(faster than the best)"];
  const standing = (row) => (row.start === found.best ? "best" : row.tied ? "tied with the best" : "behind");
  const line = (row) => tableRow(headings, [
    ["prior", swatch(starts.find((other) => other.start === row.start)), element("span", { class: "name" }, row.start), element("span", { class: "why" }, standing(row))],
    ["number", share(row.solved.value), element("span", { class: "interval" }, ` ${shareInterval(row.solved)}`)],
    ["number", ...estimate(row.score)],
    ["number", ...estimate(row.optimality_gap)],
    ["number", ...(row.improvement ? estimate(row.improvement) : ["—"])],
  ]);
  table(byId("over-tasks-rows"), headings, found.starts.map(line));
}

function figure(title, text, drawing) {
  return element("figure", {}, element("figcaption", {}, element("h3", {}, title), element("p", {}, text)), element("div", { class: "drawing" }, drawing));
}

function draw() {
  const shown = starts.filter((start) => !hidden.has(start.start));
  const target = byId("charts");
  const alone = record.tasks.length === 1 && !record.tasks[0].best;
  const width = Math.max(300, target.clientWidth / (target.clientWidth > 900 && !alone ? 2 : 1) - 48);
  const of = (task) => shown.map((start) => ({ ...start, ...task.starts.find((found) => found.start === start.start) }));
  const curves = record.tasks.map((task) => {
    return figure(task.task, "Smoothed training loss: median over the seeds, band from the first to the third quartile. Dashed: the target.", taskCurves(record, task, of(task), width));
  });
  const depths = new Set(record.tasks.map((task) => task.network.layers.length));
  const depth = depths.size > 1 ? [figure("Solved, over depth", "Share of the seeds that reached the target, with Wilson’s interval.", solvedOverDepth(record, shown, width))] : [];
  const known = record.tasks.some((task) => task.starts.some((found) => finite(found.trainable_depth)));
  const bar = !known ? "" : " Red: 6 ξ_c, to which depth theory says that a start trains; none where it is beyond the map, infinite (on the edge of chaos) or unknown.";
  const map = depths.size > 1 && depths.size === record.tasks.length && starts.length > 2 ? [figure("Starts and depths", `Share of the seeds that reached the target.${bar}`, trainabilityMap(record, starts, width))] : [];
  const unsolved = record.tasks.filter((task) => task.best).map((task) => {
    return figure(`${task.task}: not yet solved`, "Share of the seeds that have not reached the target, over steps (Kaplan and Meier, pointwise band).", survival(record, of(task), width));
  });
  target.replaceChildren(...map, ...depth, ...curves, ...unsolved);
  if (!record.over_tasks) return;
  const rows = shown.map((start) => ({ ...start, ...record.over_tasks.starts.find((found) => found.start === start.start) }));
  const profiles = figure("Performance profiles", "Share of the trials, over all tasks, that have reached the target within so many times the task’s fewest mean steps (pointwise band).", performanceProfiles(rows, Math.max(300, byId("over-tasks-chart").clientWidth - 48)));
  byId("over-tasks-chart").replaceChildren(profiles);
}

function legend() {
  const button = (start) => {
    const made = element("button", { type: "button", "aria-pressed": "true" }, swatch(start), start.start);
    made.addEventListener("click", () => {
      hidden.has(start.start) ? hidden.delete(start.start) : hidden.add(start.start);
      made.setAttribute("aria-pressed", String(!hidden.has(start.start)));
      draw();
    });
    return made;
  };
  byId("legend").append(...starts.map(button));
}

function details() {
  const { design, data } = record;
  const entries = [
    ["Version", `Seedbed ${record.version}, schema ${record.schema}`],
    ["Data", `${data.name}; ${data.train_examples} examples for training, ${data.test_examples} for testing`],
    ["Training", `${design.optimizers.join(", ")}; ${design.schedules.join(", ")}; batches of ${design.batch}, ${design.steps} steps at most`],
    ["Target", `training loss ${design.target}, mean of ${design.smoothing_steps} steps`],
    ["Learning rates", design.learning_rates.join(", ")],
    ["Seeds", `${design.seeds} from ${design.seed}${design.racing ? ", as a race: one at a time, and a start that another beats beyond doubt runs no more" : ""}`],
    ["Wall time of this call", `${short(record.seconds)} s`],
  ];
  byId("details").append(...entries.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
  byId("command").textContent = record.command;
  byId("context").textContent = `${record.tasks.length} ${record.tasks.length === 1 ? "task" : "tasks"} on ${data.name}, target loss ${short(design.target)}.`;
}

function notes() {
  const confidence = percent(record.confidence);
  const sentences = [
    `Every interval is at ${confidence} confidence.`,
    "Agrees: the whole interval lies within the bounds. Does not agree: the whole interval lies outside. Otherwise the study leaves it open.",
    "Window: log10 of the largest to the smallest learning rate at which at least half of the search trials solved; ≥ where the grid ends before the window does.",
    "Steps to the target: median of Kaplan and Meier; a run that did not reach the target counts as later than the budget. “> 120”: fewer than half reached it, and the median is later than 120. Mean steps: until the target or the end of the budget.",
    "Stalls: tied units and dead networks first; where the gradient is not small, bouncing; then a saddle if the Hessian’s smallest eigenvalue (Lanczos, 40 products) is below −10⁻³ of its largest; a plateau if the loss is flat or still that of the best constant answer; else a poor minimum.",
    ...(record.design.racing ? ["Race: a start goes out when another needs fewer steps by more than the grid of rates can make, in so many of the rounds that the always-valid sign test with Holm’s correction rejects. Shares and mean steps have intervals that hold whenever the race was stopped; the others are those of a fixed number of trials."] : []),
    ...(record.over_tasks ? ["Over all tasks: intervals of score and gap by resampling within the tasks; of shares by Wilson, and of P(faster than the best) by Newcombe, put together over the tasks, the latter corrected over the starts (Bonferroni). Tied: that interval reaches ½."] : []),
    "Ratios are taken on the same seeds, and their mean is geometric.",
  ];
  byId("notes").append(...sentences.map((sentence) => element("li", {}, sentence)));
}

byId("facts").append(...facts());
judged();
summary();
overTasks();
warmup();
legend();
details();
notes();
draw();
addEventListener("resize", draw);
