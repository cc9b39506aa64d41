"use strict";
/* What is drawn over lanes and curves alike: trigger, stop and standstill, limits, names. */
deadstop.overlay = (() => {
  const { colour, lanes: layers } = deadstop;

  /** Lay a light wash over the time from the trigger to the standstill. */
  function stop(u, flags) {
    const still = flags.find((flag) => flag.label === "standstill");
    if (!still) return;
    const { ctx, bbox } = u;
    const edge = (at) => Math.min(Math.max(u.valToPos(at, "x", true), bbox.left), bbox.left + bbox.width);
    ctx.save();
    ctx.fillStyle = colour("stop-wash");
    ctx.fillRect(edge(0), bbox.top, edge(still.at) - edge(0), bbox.height);
    ctx.restore();
  }

  /** Draw the instants that matter down the chart; their names above the lanes. */
  function flagsDown(u, flags, labelled) {
    const { ctx, bbox } = u;
    const ratio = devicePixelRatio;
    const right = bbox.left + bbox.width;
    ctx.save();
    ctx.font = layers.FONT.replace("11px", "600 " + 11 * ratio + "px");
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    ctx.lineWidth = ratio;
    let free = bbox.left;
    for (const flag of flags) {
      const x = Math.round(u.valToPos(flag.at, "x", true)) + 0.5;
      if (x < bbox.left || x > right) continue;
      ctx.strokeStyle = ctx.fillStyle = colour(flag.hue);
      ctx.setLineDash(flag.dashed ? [5 * ratio, 4 * ratio] : []);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      if (!labelled) continue;
      const wide = ctx.measureText(flag.label).width + 5 * ratio;
      const from = x + wide > right ? x - wide - 2 * ratio : x + 4 * ratio;
      if (from < free) continue;
      ctx.fillText(flag.label, from, bbox.top + (layers.ROW_PX / 2) * ratio);
      free = from + wide;
    }
    ctx.restore();
  }

  /** Draw the limits of a figure across its chart. */
  function bands(u, limits) {
    const { ctx, bbox } = u;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.font = layers.FONT.replace("11px", 11 * ratio + "px");
    ctx.strokeStyle = ctx.fillStyle = colour("bad");
    ctx.lineWidth = ratio;
    ctx.setLineDash([5 * ratio, 4 * ratio]);
    limits.forEach(([value, label], index) => {
      const y = Math.round(u.valToPos(value, "y", true)) + 0.5;
      if (y < bbox.top || y > bbox.top + bbox.height) return;
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.textAlign = "right";
      ctx.fillText(
        label,
        bbox.left + bbox.width - (4 + 48 * index) * ratio,
        y + (y < bbox.top + bbox.height / 2 ? 12 : -5) * ratio,
      );
    });
    ctx.restore();
  }

  /** Say which axis has which colour. */
  function names(u, curves) {
    const { ctx, bbox } = u;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.font = layers.FONT.replace("11px", "600 " + 11 * ratio + "px");
    ctx.textBaseline = "top";
    ctx.textAlign = "left";
    let x = bbox.left + 6 * ratio;
    curves.forEach((curve, index) => {
      ctx.fillStyle = colour("curve-" + ((index % 8) + 1));
      ctx.fillText(curve.axis, x, bbox.top + 3 * ratio);
      x += ctx.measureText(curve.axis).width + 10 * ratio;
    });
    ctx.restore();
  }

  return { stop, flagsDown, bands, names };
})();
