// The voice note: hold to record, let go to send, slide away to drop it. Nothing is recorded: a silent note is sent.

const SHORTEST = 500;
const DROP_AT = 90;

// A tap is too short: say how it is done.
function hint(button) {
  button.classList.add("hinting");
  setTimeout(() => button.classList.remove("hinting"), 1800);
}

export function voiceGesture({ button, form, recording, idle, onSend }) {
  let started = 0;
  let from = 0;
  let timer = 0;

  const show = () => {
    const seconds = Math.floor((performance.now() - started) / 1000);
    recording.innerHTML = `<span>${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}</span><small>‹ deslizá para cancelar</small>`;
  };
  const start = (x) => {
    started = performance.now();
    from = x;
    form.classList.add("recording");
    show();
    timer = setInterval(show, 250);
  };
  const stop = (send) => {
    if (!started) return;
    const long = performance.now() - started >= SHORTEST;
    started = 0;
    clearInterval(timer);
    form.classList.remove("recording");
    if (send && long) onSend();
    else if (send) hint(button);
  };

  button.addEventListener("pointerdown", (event) => {
    if (!idle() || event.button !== 0) return;
    event.preventDefault();
    button.setPointerCapture(event.pointerId);
    start(event.clientX);
  });
  button.addEventListener("pointermove", (event) => started && from - event.clientX > DROP_AT && stop(false));
  button.addEventListener("pointerup", () => stop(true));
  button.addEventListener("pointercancel", () => stop(false));
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  // By keyboard: once to begin, once more to send, Escape to drop.
  button.addEventListener("keydown", (event) => {
    if (event.key === "Escape") stop(false);
    if ((event.key !== "Enter" && event.key !== " ") || (!idle() && !started)) return;
    event.preventDefault();
    if (started) stop(true);
    else start(0);
  });
}
