// What htmx does not do by itself: rest while nobody looks, keep opened details open and what is being read in its
// place, say when the line is dead.
(() => {
  const state = document.getElementById("live-state");
  const opened = new Set();
  let held = null;

  const say = (name, words) => {
    state.hidden = false;
    state.dataset.state = name;
    if (state.textContent !== words) state.textContent = words;
  };

  // The first bubble in view, unless the thread is at its end: there it follows what comes in.
  const firstInView = () => {
    const thread = document.getElementById("thread");
    if (!thread || thread.scrollTop > -8) return null;
    const top = thread.getBoundingClientRect().top;
    const seen = [...thread.querySelectorAll(".bubble")].find((one) => one.getBoundingClientRect().bottom > top);
    return seen ? { id: seen.id, top: seen.getBoundingClientRect().top } : null;
  };

  // Out of sight it asks five times less often, and not at all where nobody has to hear of an urgent alert.
  let asked = 0;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const rests = document.getElementById("sound") ? Date.now() - asked < 20000 : true;
    if (document.hidden && rests) event.preventDefault(); else asked = Date.now();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) say("on", "En vivo"); else say("off", "Sin conexión");
  });
  document.addEventListener("htmx:beforeSwap", () => {
    opened.clear();
    document.querySelectorAll("#live details[open]").forEach((one) => opened.add(one.id));
    held = firstInView();
  });
  document.addEventListener("htmx:afterSwap", () => {
    opened.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    const again = held && document.getElementById(held.id);
    if (again) document.getElementById("thread").scrollTop += again.getBoundingClientRect().top - held.top;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const count = document.getElementById("alert-count")?.dataset.count ?? "0";
    const [, mark, rest] = /^(❗ )?(?:\(\d+\) )?(.*)$/s.exec(document.title);
    document.title = (mark ?? "") + (count === "0" ? "" : `(${count}) `) + rest;
  });
  // On a phone the sections do not all fit beside each other.
  document.querySelector(".top__nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  if (document.getElementById("live")) say("on", "En vivo");
})();
