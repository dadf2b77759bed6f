// Under a thread. Saved replies: a button or /word puts the text in the box, where it is read before it is sent. And the
// box follows the 24 hours and who has the conversation; what was written in it is never lost.
(() => {
  const being = /(^|\s)\/([a-z0-9_-]{0,24})$/i;
  const box = () => document.getElementById("composer");
  const all = () => [...document.querySelectorAll("#canned [data-word]")];

  const put = (text, from, to) => {
    box().setRangeText(text, from, to, "end");
    box().focus();
    sift();
  };
  // While a word is being typed after a slash the list shows those that begin so.
  const sift = () => {
    const typed = being.exec(box().value.slice(0, box().selectionStart));
    all().forEach((one) => { one.hidden = Boolean(typed) && !one.dataset.word.startsWith(typed[2].toLowerCase()); });
    return typed;
  };
  document.addEventListener("click", (event) => {
    const one = event.target.closest("#canned [data-word]");
    if (!one || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const at = box().selectionStart;
    const typed = being.exec(box().value.slice(0, at));
    put(one.dataset.text, typed ? at - typed[2].length - 1 : at, box().selectionEnd);
  });
  document.addEventListener("input", (event) => { if (event.target.id === "composer") sift(); });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "composer" || event.shiftKey || event.isComposing) return;
    if (!["Tab", " ", "Enter"].includes(event.key)) return;
    const typed = sift();
    const left = typed && typed[2] ? all().filter((one) => !one.hidden) : [];
    const one = left.find((each) => each.dataset.word === typed[2].toLowerCase()) ?? (left.length === 1 && event.key !== " " ? left[0] : null);
    if (!one) return;
    event.preventDefault();
    put(one.dataset.text, box().selectionStart - typed[2].length - 1, box().selectionEnd);
  });

  let kept = null;
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target.id !== "writing") return;
    const words = box()?.value ?? document.getElementById("kept-text").textContent;
    const next = event.detail.fragment.querySelector("#writing");
    // Back in the queue: who is writing goes on, for sending takes it again.
    if (box() && words.trim() && next.dataset.box === "none" && "free" in next.dataset) event.preventDefault();
    else kept = { words, writing: document.activeElement === box() };
  });
  document.addEventListener("htmx:afterSettle", () => {
    const section = document.getElementById("kept");
    if (!kept || !section) return;
    const { words, writing } = kept;
    kept = null;
    if (box()) {
      box().value = words;
      if (writing) box().focus();
    } else if (words.trim()) {
      document.getElementById("kept-text").textContent = words;
      section.hidden = false;
    }
  });
})();
