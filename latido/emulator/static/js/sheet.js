// A sheet that rises from the bottom of one phone. Escape and the shade close it; focus goes back where it was.

import { el, iconButton } from "./dom.js";

export function openSheet(frame, title, { body, foot, tall = false }) {
  const before = document.activeElement;
  const screen = frame.querySelector(".phone__screen");
  const shade = el("div.sheet-shade");
  const close = () => {
    shade.remove();
    screen.inert = false;
    before?.focus?.({ preventScroll: true });
  };
  const sheet = el(
    `div.sheet${tall ? ".sheet--tall" : ""}`, { role: "dialog", "aria-modal": "true", "aria-label": title, tabindex: "-1" },
    el("div.sheet__head", {}, el("h3", {}, title), iconButton("close", "Cerrar", close)), body, foot && el("div.sheet__foot", {}, foot),
  );
  shade.append(sheet);
  shade.addEventListener("pointerdown", (event) => event.target === shade && close());
  shade.addEventListener("keydown", (event) => event.key === "Escape" && close());
  screen.inert = true;
  frame.append(shade);
  (sheet.querySelector("[data-focus]") ?? sheet).focus({ preventScroll: true });
  return close;
}
