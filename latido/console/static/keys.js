// Keys of the list of conversations and of a thread: j and k go to the next and the one before, / searches, n notes,
// ? says which keys there are. Off while something is typed, and with a modifier.
(() => {
  const help = document.getElementById("keys");
  if (!help) return;
  let at = "";

  const items = () => [...document.querySelectorAll("#live a.row, #live .turn")];
  const nameOf = (one) => (one.matches("a.row") ? one.id : one.querySelector(".bubble")?.id) ?? "";
  const mark = () => items().forEach((one) => one.classList.toggle("at", at !== "" && nameOf(one) === at));

  const go = (step) => {
    const all = items();
    if (!all.length) return;
    const now = all.findIndex((one) => nameOf(one) === at);
    const from = now >= 0 ? now + step : (document.getElementById("thread") ? all.length - 1 : 0);
    const one = all[Math.min(Math.max(from, 0), all.length - 1)];
    at = nameOf(one);
    mark();
    if (one.matches("a.row")) one.focus(); else one.scrollIntoView({ block: "center" });
  };

  const search = () => {
    const box = document.getElementById("find");
    if (box) box.focus(); else location.href = help.dataset.search;
  };

  const note = () => {
    const box = document.getElementById("new-note");
    if (!box) return;
    box.closest("details").open = true;
    box.focus();
  };

  const deeds = {
    j: () => go(1),
    k: () => go(-1),
    "/": search,
    n: note,
    "?": () => { if (help.open) help.close(); else help.showModal(); },
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const deed = deeds[event.key];
    if (!deed || (help.open && event.key !== "?")) return;
    event.preventDefault();
    deed();
  });
  document.addEventListener("htmx:afterSwap", mark);
  if (location.hash === "#find") search();
})();
