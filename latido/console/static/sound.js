// A sound for an urgent alert, for who switched it on, and a mark in the title until she looks.
(() => {
  const toggle = document.getElementById("sound");
  if (!toggle) return;
  const words = toggle.querySelector(".sound__words");
  const sound = new Audio(toggle.dataset.sound);
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private windows keep nothing */ } };
  let on = kept("latido-sound") === "on";

  const show = (state) => {
    toggle.setAttribute("aria-pressed", String(on));
    toggle.dataset.state = state ?? (on ? "on" : "off");
    words.textContent = state === "blocked" ? "Sonido: tocá para oír" : "Sonido";
    toggle.title = `Sonido de las alertas urgentes: ${on ? "sí" : "no"}`;
  };
  // Browsers play nothing before somebody touched the page: then the button says so.
  const play = () => sound.play().then(() => show(), () => show("blocked"));

  toggle.addEventListener("click", () => {
    on = toggle.dataset.state === "blocked" || !on;
    keep("latido-sound", on ? "on" : "off");
    if (on) { sound.currentTime = 0; play(); } else { sound.pause(); show(); }
  });

  const mark = "❗ ";
  const unmark = () => { if (!document.hidden) document.title = document.title.replace(mark, ""); };
  document.addEventListener("visibilitychange", unmark);

  // Each alert is heard once, whatever is open: what was heard is kept for all windows of this browser.
  const listen = () => {
    const newest = Number(document.getElementById("alert-count")?.dataset.urgent ?? 0);
    if (newest <= Number(kept("latido-heard") ?? 0)) return;
    keep("latido-heard", String(newest));
    toggle.dataset.rang = String(newest);
    if (on) play();
    if (document.hidden) document.title = mark + document.title.replace(mark, "");
  };
  document.addEventListener("htmx:afterSettle", listen);
  window.addEventListener("storage", (event) => {
    if (event.key === "latido-sound") { on = event.newValue === "on"; show(); }
  });
  toggle.hidden = false;
  show();
  listen();
})();
