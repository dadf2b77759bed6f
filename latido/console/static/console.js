// What htmx does not do by itself: rest while nobody looks, keep opened details open, say when the line is dead.
(() => {
  const state = document.getElementById("live-state");
  const opened = new Set();
  const say = (name, words) => { state.hidden = false; state.dataset.state = name; if (state.textContent !== words) state.textContent = words; };
  const alone = (title) => title.replace(/^\(\d+\) /, "");

  document.addEventListener("htmx:beforeRequest", (event) => { if (document.hidden) event.preventDefault(); });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) say("on", "En vivo"); else say("off", "Sin conexión");
  });
  document.addEventListener("htmx:beforeSwap", () => {
    opened.clear();
    document.querySelectorAll("#live details[open]").forEach((one) => opened.add(one.id));
  });
  document.addEventListener("htmx:afterSwap", () => {
    opened.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  });
  document.addEventListener("htmx:afterSettle", () => {
    const count = document.getElementById("alert-count")?.dataset.count ?? "0";
    document.title = (count === "0" ? "" : `(${count}) `) + alone(document.title);
  });
  if (document.getElementById("live")) say("on", "En vivo");
})();
