"use strict";
/* How the values of a latency lie: the share of stops that took no longer, for each run. */
deadstop.latency = (figure, latencies, runs) => {
  const { colour, make, lanes: layers } = deadstop;
  const [caption, host] = [figure.querySelector("figcaption"), figure.querySelector(".chart")];
  const buttons = [...document.querySelectorAll("button.leg")];
  let shown =
    latencies.find((one) => one.name === "trigger to shaft still") || latencies[latencies.length - 1];
  let chart = null;

  /** From the smallest value on, the share rises by one stop at each. */
  function shares(values) {
    const [at, share] = [[], []];
    values.forEach((value, index) => {
      if (at[at.length - 1] === value) share[share.length - 1] = (100 * (index + 1)) / values.length;
      else {
        at.push(value);
        share.push((100 * (index + 1)) / values.length);
      }
    });
    return [
      [Math.min(0, at[0] || 0) - 1e-9, ...at],
      [0, ...share],
    ];
  }

  function build() {
    if (chart) chart.destroy();
    host.replaceChildren();
    const tables = shown.values.map(shares);
    const all = shown.values.flat();
    const [least, most] = [Math.min(...all), Math.max(...all)];
    const air = (most - least) * 0.06 || 0.5;
    const whole = [least < 0.3 * most ? 0 : least - air, most + air];
    const series = runs.map((run, index) => ({
      label: run.key,
      stroke: colour("curve-" + ((index % 8) + 1)),
      width: 2,
      spanGaps: true,
      points: { show: false },
      paths: uPlot.paths.stepped({ align: 1 }),
    }));
    const axis = {
      stroke: colour("quiet"),
      font: layers.FONT,
      grid: { stroke: colour("grid"), width: 1 },
      ticks: { stroke: colour("grid") },
    };
    chart = new uPlot(
      {
        width: Math.min(deadstop.widthOf(figure), 560),
        height: 220,
        legend: { show: false },
        padding: [8, 12, 0, 0],
        cursor: { y: false, drag: { x: true, y: false } },
        scales: {
          x: { time: false, range: (u, min, max) => (u.zoomed ? [min, max] : whole) },
          y: { range: () => [0, 102] },
        },
        series: [{}, ...series],
        axes: [
          {
            ...axis,
            values: (_, splits) =>
              splits.map(
                (value) => Number(value.toPrecision(6)) + (value === splits[splits.length - 1] ? " ms" : ""),
              ),
          },
          {
            ...axis,
            size: 46,
            splits: () => [0, 25, 50, 75, 95],
            values: (_, splits) => splits.map((value) => value + " %"),
          },
        ],
        hooks: {
          draw: [drawLimit],
          setSelect: [
            (u) => {
              u.zoomed = u.select.width > 0;
            },
          ],
        },
      },
      uPlot.join(tables),
      host,
    );
    caption.textContent = "";
    caption.append(make("b", {}, shown.name), ": share of stops that took no longer");
    if (runs.length > 1)
      runs.forEach((run, index) => {
        const name = make("b", {}, run.key);
        name.style.color = colour("curve-" + ((index % 8) + 1));
        caption.append("  ", name, " " + run.name);
      });
    for (const button of buttons)
      button.setAttribute("aria-pressed", String(button.dataset.leg === shown.name));
  }

  function drawLimit(u) {
    if (!shown.limit) return;
    const { ctx, bbox } = u;
    const x = Math.round(u.valToPos(shown.limit, "x", true)) + 0.5;
    const right = bbox.left + bbox.width;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour("bad");
    ctx.lineWidth = ratio;
    ctx.setLineDash([5 * ratio, 4 * ratio]);
    if (x >= bbox.left && x <= right) {
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.font = layers.FONT.replace("11px", 11 * ratio + "px");
    ctx.textAlign = "right";
    ctx.textBaseline = "bottom";
    ctx.fillText(
      "limit " + shown.limit + " ms" + (x > right ? " →" : ""),
      Math.min(x, right) - 4 * ratio,
      bbox.top + bbox.height - 4 * ratio,
    );
    ctx.restore();
  }

  for (const button of buttons)
    button.addEventListener("click", () => {
      shown = latencies.find((one) => one.name === button.dataset.leg) || shown;
      build();
    });
  build();
  deadstop.onRedraw(figure, build);
};
