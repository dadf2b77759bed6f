// Saved replies: a button or /word puts the text in the box, where it is read before it is sent.
(() => {
  const box = document.getElementById("composer");
  const list = document.getElementById("canned");
  if (!box || !list) return;
  const all = [...list.querySelectorAll("[data-word]")];
  const being = /(^|\s)\/([a-z0-9_-]{0,24})$/i;

  const put = (text, from, to) => {
    box.setRangeText(text, from, to, "end");
    box.focus();
    sift();
  };
  // While a word is being typed after a slash the list shows those that begin so.
  const sift = () => {
    const typed = being.exec(box.value.slice(0, box.selectionStart));
    all.forEach((one) => { one.hidden = Boolean(typed) && !one.dataset.word.startsWith(typed[2].toLowerCase()); });
    return typed;
  };
  list.addEventListener("click", (event) => {
    const one = event.target.closest("[data-word]");
    if (!one || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const typed = being.exec(box.value.slice(0, box.selectionStart));
    const from = typed ? box.selectionStart - typed[2].length - 1 : box.selectionStart;
    put(one.dataset.text, from, box.selectionEnd);
  });
  box.addEventListener("input", sift);
  box.addEventListener("keydown", (event) => {
    if (!["Tab", " ", "Enter"].includes(event.key) || event.shiftKey || event.isComposing) return;
    const typed = sift();
    const left = typed && typed[2] ? all.filter((one) => !one.hidden) : [];
    const one = left.find((each) => each.dataset.word === typed[2].toLowerCase()) ?? (left.length === 1 && event.key !== " " ? left[0] : null);
    if (!one) return;
    event.preventDefault();
    put(one.dataset.text, box.selectionStart - typed[2].length - 1, box.selectionEnd);
  });
})();
