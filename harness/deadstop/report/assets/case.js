"use strict";
/* One case: all that is known of it. */
deadstop.openCase = (host, data, place) => {
  const { make } = deadstop;
  const MOST_ROWS = 300;
  const view = document.getElementById("case-view").content.cloneNode(true);
  const find = (selector) => view.querySelector(selector);
  const name =
    [data.motion, data.trigger, data.moment].join(" / ") + (data.repeat > 1 ? " #" + data.repeat : "");
  find("h1").append(
    make("span", { class: "badge " + data.outcome }, data.outcome),
    (place.run ? "Run " + place.run + ": " : "") + name,
  );
  const struck =
    data.reached === "never"
      ? "the trigger never struck"
      : data.reached === data.moment
        ? "struck at " + data.reached + ", as aimed"
        : "aimed at " + data.moment + ", struck at " + data.reached;
  const facts = [struck, "hosting " + data.hosting, "took " + data.took];
  if (data.plays > 1) facts.push("played " + data.plays + " times: the machine was too busy before");
  find(".facts").append(facts.join(" · "));
  for (const verdict of data.verdicts) {
    const shown = verdict.outcome === "fail" || verdict.outcome === "marginal";
    if (shown)
      find(".failed").append(
        make(
          "li",
          { class: verdict.outcome },
          make("strong", {}, verdict.invariant),
          " ",
          verdict.detail,
          verdict.allowed
            ? " (" + (verdict.shown ? verdict.shown + " of " : "limit ") + verdict.allowed + ")"
            : "",
        ),
      );
    const row = make(
      "tr",
      { class: verdict.outcome },
      make("th", { scope: "row" }, verdict.invariant),
      make("td", { class: verdict.outcome }, verdict.outcome),
      make("td", { "data-measured": verdict.measured }, verdict.shown),
      make("td", { "data-limit": verdict.limit }, verdict.allowed),
      make("td", { class: "wide" }, verdict.detail),
    );
    find(".verdicts tbody").append(row);
  }
  deadstop.drawLegs(find(".stop .legs"), data.legs);
  if (data.joints.length) {
    find(".joints").hidden = false;
    for (const [axis, ...cells] of data.joints)
      find(".joints tbody").append(
        make("tr", {}, make("th", { scope: "row" }, axis), ...cells.map((cell) => make("td", {}, cell))),
      );
  }
  find(".again pre").append(data.command);
  find(".folder").append(data.folder);
  if (data.note) {
    find(".trace-note").hidden = false;
    find(".trace-note").append(data.note);
  }
  for (const [selector, to] of [
    [".previous", place.previous],
    [".next", place.next],
  ])
    if (to) find(selector).href = "#" + to;
  find(".place").append(place.number + " of " + place.total);
  if (place.back) find(".back").href = "#" + place.back;

  const element = find(".timeline");
  const details = find("details");
  const [note, body] = [find(".events .note"), find(".events tbody")];
  host.replaceChildren(view);
  let last = null;
  function list(events, { min, max }) {
    last = [events, { min, max }];
    if (!details.open) return;
    const seen = events.filter(
      (event) => event.when <= max && (event.until === undefined ? event.when : event.until) >= min,
    );
    const more = seen.length - MOST_ROWS;
    note.textContent =
      seen.length +
      " events" +
      (more > 0 ? "; the first " + MOST_ROWS + " are listed: zoom in to see the others" : "");
    body.replaceChildren(
      ...seen
        .slice(0, MOST_ROWS)
        .map((event) =>
          make(
            "tr",
            {},
            make("th", { scope: "row" }, event.when.toFixed(3)),
            make("td", { class: "wide" }, event.lane),
            make("td", { class: "wide" }, event.detail),
          ),
        ),
    );
  }
  details.addEventListener("toggle", () => last && list(...last));
  return data.timeline ? deadstop.timeline(element, data.timeline, list) : { destroy() {} };
};
