// The keys of review, the search among intents, and marking a datum in the wording. Without this the forms do it all.
(() => {
  const room = document.getElementById("review");
  if (!room) return;
  const search = document.getElementById("review-search");
  const list = document.getElementById("review-intent");
  const wording = document.getElementById("review-wording");
  const kind = document.getElementById("review-kind");
  const fold = (words) => words.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

  // Long conversations scroll inside their box: to the message in question.
  const around = room.querySelector(".review__around");
  const asked = around?.querySelector("[aria-current]");
  if (asked) around.scrollTop = asked.offsetTop - around.offsetTop - (around.clientHeight - asked.clientHeight) / 2;

  const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

  const help = () => {
    const box = document.getElementById("review-help");
    box.open = !box.open;
    if (box.open) box.querySelector("summary").focus();
  };

  const press = (key) => {
    if (key === "?") return help();
    const place = room.querySelector(`[data-focus="${key}"]`);
    if (place && !place.closest("[hidden]")) { place.focus(); place.select?.(); return true; }
    const button = room.querySelector(`[data-key="${key}"]`);
    if (button) { button.click(); return true; }
    return false;
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isTyping(event.target)) return event.target.blur();
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
    if (isTyping(event.target)) return;
    const known = event.key === "?" || room.querySelector(`[data-key="${CSS.escape(event.key)}"], [data-focus="${CSS.escape(event.key)}"]`);
    if (!known) return;
    event.preventDefault();
    press(event.key);
  });

  if (search && list) {
    search.closest("[hidden]").hidden = false;
    const all = [...list.options];
    search.addEventListener("input", () => {
      const typed = fold(search.value.trim());
      const found = all.filter((one) => fold(`${one.text} ${one.value}`).includes(typed));
      const chosen = list.value;
      list.replaceChildren(...found);
      list.value = found.some((one) => one.value === chosen) && !typed ? chosen : found[0]?.value ?? "";
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); list.focus(); }
      if (event.key === "Enter") { event.preventDefault(); search.blur(); }
    });
    list.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); list.blur(); } });
  }

  if (wording && kind) {
    kind.closest("[hidden]").hidden = false;
    const mark = () => {
      const words = wording.value.slice(wording.selectionStart, wording.selectionEnd).trim();
      if (!words || /[[\]()]/.test(words)) return wording.focus();
      const from = wording.selectionStart + wording.value.slice(wording.selectionStart).indexOf(words);
      wording.setRangeText(`[${words}](${kind.value})`, from, from + words.length, "end");
      wording.focus();
    };
    document.getElementById("review-mark").addEventListener("click", mark);
    kind.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); mark(); } });
    document.getElementById("review-unmark").addEventListener("click", () => {
      wording.value = wording.value.replace(/\[([^[\]()]+)\]\([a-z_]+\)/g, "$1");
      wording.focus();
    });
  }
})();
