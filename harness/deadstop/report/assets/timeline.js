"use strict";
/* A case over time: lanes above, curves below, one zoom for all of them. */
deadstop.timeline = (element, timeline, onView) => {
  const { make, colour, ms, overlay, lanes: layers } = deadstop;
  const GUTTER_PX = 104;
  const CHART_PX = 108;
  const LEAST_MS = 0.01;
  const placed = layers.arrange(timeline.lanes);
  const events = layers.events(timeline.lanes);
  const margin = Math.max(1, (timeline.end - timeline.begin) * 0.01);
  const bounds = { min: timeline.begin - margin, max: timeline.end + margin };
  const flags = timeline.lines
    .map(([at, label, hue]) => ({ at, label, hue, dashed: hue === "bad" }))
    .sort((one, other) => one.at - other.at);
  let view = stopView();
  let charts = [];
  let stepped = -1;

  const tools = make("div", { class: "tools" });
  const plot = make("div", {
    class: "plot",
    tabindex: "0",
    role: "group",
    "aria-label":
      "Timeline. Arrow keys pan, plus and minus zoom, S shows the stop, 0 the whole case, full stop and comma go from event to event.",
  });
  const readout = make("p", { class: "readout", "aria-live": "polite" });
  const buttons = [
    ["The stop", () => show(stopView())],
    ["Whole case", () => show(bounds)],
    ["+", () => zoom(0.5), "Zoom in"],
    ["−", () => zoom(2), "Zoom out"],
    ["←", () => pan(-0.25), "Earlier"],
    ["→", () => pan(0.25), "Later"],
  ];
  for (const [text, act, label] of buttons) {
    const button = make("button", { type: "button", "aria-label": label || text }, text);
    button.addEventListener("click", act);
    tools.append(button);
  }
  const hint = make("span", { class: "hint" });
  for (const [key, does] of [
    ["drag", "zooms"],
    ["shift+drag", "pans"],
    ["ctrl+wheel", "zooms"],
    ["← → + −", ""],
    [". ,", "next, previous event"],
  ])
    hint.append(make("kbd", {}, key), " " + does + "  ");
  tools.append(hint);
  element.replaceChildren(tools, readout, plot);

  function stopView() {
    if (!timeline.struck) return { ...bounds };
    const last = Math.max(20, ...flags.filter((flag) => flag.at <= bounds.max).map((flag) => flag.at));
    return { min: Math.max(bounds.min, -0.15 * last), max: Math.min(bounds.max, 1.15 * last) };
  }

  function show({ min, max }) {
    const width = Math.min(Math.max(max - min, LEAST_MS), bounds.max - bounds.min);
    const from = Math.min(Math.max(min, bounds.min), bounds.max - width);
    view = { min: from, max: from + width };
    for (const u of charts) u.setScale("x", view);
    plot.dataset.min = String(view.min);
    plot.dataset.max = String(view.max);
    if (onView) onView(events, view);
  }

  function zoom(factor, around) {
    const middle = around === undefined ? (view.min + view.max) / 2 : around;
    show({ min: middle - (middle - view.min) * factor, max: middle + (view.max - middle) * factor });
  }

  const pan = (share) =>
    show({ min: view.min + share * (view.max - view.min), max: view.max + share * (view.max - view.min) });

  function step(direction) {
    const from =
      stepped < 0
        ? events.findIndex((event) => event.when >= Math.max(view.min, 0)) - (direction > 0 ? 1 : 0)
        : stepped;
    stepped = Math.min(Math.max(from + direction, 0), events.length - 1);
    const event = events[stepped];
    if (!event) return;
    if (event.when < view.min || event.when > view.max)
      show({ min: event.when - (view.max - view.min) / 2, max: event.when + (view.max - view.min) / 2 });
    charts[0].setCursor({ left: charts[0].valToPos(event.when, "x"), top: 1 }, false, true);
    tell(event.when, event);
  }

  /** Say what is at a time: the figures of each axis, and an event. */
  function tell(time, event) {
    const words = [make("b", {}, ms(time, 10 ** Math.floor(Math.log10((view.max - view.min) / 1000))))];
    for (const chart of timeline.charts) {
      for (const curve of chart.curves) {
        const index = lastBefore(curve.at, time);
        if (index < 0) continue;
        const axis = chart.curves.length > 1 ? " " + curve.axis : "";
        words.push(
          make(
            "span",
            {},
            chart.name + axis + " " + Number(curve.values[index].toPrecision(4)) + " " + chart.unit,
          ),
        );
      }
    }
    if (event) {
      const lasted = event.until === undefined ? "" : " for " + ms(event.until - event.when, 0.001);
      words.push(
        make(
          "span",
          { class: "event" },
          event.lane + " at " + ms(event.when, 0.001) + lasted + ": " + event.detail,
        ),
      );
    }
    readout.replaceChildren(...words);
  }

  function lastBefore(times, time) {
    let [low, high] = [-1, times.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (times[middle] <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  const timeAxis = (shown, side) => ({
    show: shown,
    side,
    size: 26,
    stroke: colour("quiet"),
    font: layers.FONT,
    grid: { stroke: colour("grid"), width: 1 },
    ticks: { stroke: colour("grid") },
    values: (_, splits) =>
      splits.map((value, index) =>
        index === splits.length - 1
          ? ms(value, splits[1] - splits[0])
          : ms(value, splits[1] - splits[0]).replace(" ms", ""),
      ),
  });

  function options(height, last) {
    return {
      width: deadstop.widthOf(plot) - 2,
      height,
      legend: { show: false },
      padding: [8, 10, 0, 0],
      cursor: {
        y: false,
        points: { show: false },
        sync: { key: "timeline", scales: ["x", null] },
        drag: { x: true, y: false, setScale: false },
        bind: {
          mousedown: (u, _, handler) => (event) =>
            event.shiftKey || event.button === 1 ? grab(event) : handler(event),
          dblclick: () => () => show(bounds),
        },
      },
      scales: { x: { time: false, min: view.min, max: view.max } },
      hooks: {
        drawClear: [(u) => overlay.stop(u, flags)],
        setSelect: [
          (u) => {
            const { left, width } = u.select;
            if (width < 4) return;
            const [min, max] = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            show({ min, max });
          },
        ],
      },
    };
  }

  function lanesChart() {
    const rows = layers.rowsOf(placed);
    const chart = options(rows * layers.ROW_PX + 26, false);
    chart.scales.y = { range: () => [0, rows], dir: -1 };
    chart.series = [{}, { show: true, paths: () => null, points: { show: false } }];
    chart.axes = [
      timeAxis(true, 0),
      {
        size: GUTTER_PX,
        stroke: colour("ink"),
        font: layers.FONT,
        grid: { show: false },
        ticks: { show: false },
        gap: 8,
        splits: () => placed.map((lane) => lane.top + lane.count / 2),
        values: () => placed.map((lane) => lane.name),
      },
    ];
    chart.hooks.draw = [
      (u) => {
        layers.draw(u, placed, timeline.tones);
        overlay.flagsDown(u, flags, true);
      },
    ];
    chart.hooks.setCursor = [
      (u) => {
        const { left, top } = u.cursor;
        if (left < 0 || !u.over.isConnected || !plot.matches(":hover")) return;
        const time = u.posToVal(left, "x");
        const reach = u.posToVal(left + 6, "x") - time;
        tell(time, u.over.matches(":hover") ? layers.at(placed, u.posToVal(top, "y"), time, reach) : null);
      },
    ];
    return new uPlot(
      chart,
      [
        [timeline.begin, timeline.end],
        [null, null],
      ],
      plot,
    );
  }

  function curvesChart(of, last) {
    const chart = options(CHART_PX + (last ? 26 : 0), last);
    const tables = of.curves.map((curve) => [curve.at, curve.values]);
    const several = of.curves.length > 1;
    const limits = of.bands.map(([value]) => value);
    const whole = spread([...of.curves.flatMap((curve) => curve.values), ...limits]);
    chart.scales.y = {
      range: (_, low, high) => (Number.isFinite(low) ? spread([low, high, ...limits]) : whole),
    };
    chart.series = [
      {},
      ...of.curves.map((curve, index) => ({
        label: curve.axis,
        stroke: colour("curve-" + (several ? (index % 8) + 1 : 1)),
        width: 1.5,
        spanGaps: true,
        points: { show: false },
        paths: of.stepped ? uPlot.paths.stepped({ align: 1 }) : undefined,
      })),
    ];
    chart.axes = [
      timeAxis(last, 2),
      {
        size: GUTTER_PX - 20,
        labelSize: 20,
        label: of.name + ", " + of.unit,
        labelFont: layers.FONT,
        font: layers.FONT,
        stroke: colour("quiet"),
        grid: { stroke: colour("grid"), width: 1 },
        ticks: { show: false },
        space: 26,
      },
    ];
    chart.hooks.draw = [
      (u) => {
        overlay.bands(u, of.bands);
        overlay.flagsDown(u, flags, false);
        if (several) overlay.names(u, of.curves);
      },
    ];
    return new uPlot(chart, uPlot.join(tables), plot);
  }

  function spread(values) {
    const [low, high] = values.reduce(
      ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
      [0, 0],
    );
    const air = (high - low) * 0.08 || 1;
    return [low - air, high + air];
  }

  function build() {
    charts.forEach((u) => u.destroy());
    plot.replaceChildren();
    charts = [
      lanesChart(),
      ...timeline.charts.map((of, index) => curvesChart(of, index === timeline.charts.length - 1)),
    ];
    show(view);
  }

  /** Drag the view along until the button is let go. */
  function grab(event) {
    event.preventDefault();
    const [from, begin] = [event.clientX, { ...view }];
    const scale = (view.max - view.min) / charts[0].over.clientWidth;
    const move = (now) =>
      show({ min: begin.min - (now.clientX - from) * scale, max: begin.max - (now.clientX - from) * scale });
    const end = () => {
      plot.classList.remove("panning");
      for (const [kind, handler] of [
        ["pointermove", move],
        ["pointerup", end],
        ["pointercancel", end],
      ])
        document.removeEventListener(kind, handler);
    };
    plot.classList.add("panning");
    for (const [kind, handler] of [
      ["pointermove", move],
      ["pointerup", end],
      ["pointercancel", end],
    ])
      document.addEventListener(kind, handler);
  }

  plot.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") grab(event);
  });
  plot.addEventListener(
    "wheel",
    (event) => {
      const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey || event.altKey) {
        const { left } = charts[0].over.getBoundingClientRect();
        zoom(Math.exp(event.deltaY * 0.002), charts[0].posToVal(event.clientX - left, "x"));
      } else if (event.shiftKey || Math.abs(sideways) > Math.abs(event.deltaY))
        pan(sideways / charts[0].over.clientWidth);
      else return;
      event.preventDefault();
    },
    { passive: false },
  );
  const KEYS = {
    ArrowLeft: () => pan(-0.15),
    ArrowRight: () => pan(0.15),
    "+": () => zoom(0.5),
    "=": () => zoom(0.5),
    "-": () => zoom(2),
    0: () => show(bounds),
    s: () => show(stopView()),
    ".": () => step(1),
    ",": () => step(-1),
  };
  plot.addEventListener("keydown", (event) => {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  });

  build();
  tell(timeline.struck ? 0 : timeline.begin, null);
  const off = deadstop.onRedraw(plot, build);
  return {
    show,
    view: () => view,
    destroy: () => {
      off();
      charts.forEach((u) => u.destroy());
    },
  };
};
