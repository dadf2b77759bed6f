// Times as a phone in Buenos Aires shows them, by the emulator's clock.

const ZONE = "America/Argentina/Buenos_Aires";
const TIME = new Intl.DateTimeFormat("es-AR", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: ZONE });
const DAY = new Intl.DateTimeFormat("es-AR", { weekday: "long", day: "numeric", month: "long", timeZone: ZONE });
const KEY = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE });
const LONG = new Intl.DateTimeFormat("es-AR", { dateStyle: "full", timeZone: ZONE });
const SECONDS = new Intl.DateTimeFormat("es-AR", { timeStyle: "medium", hourCycle: "h23", timeZone: ZONE });

let ahead = 0;
let stopped = null;

export function setClock(clock) {
  const at = new Date(clock.now).getTime();
  ahead = at - Date.now();
  stopped = clock.frozen ? at : null;
}

export const now = () => new Date(stopped ?? Date.now() + ahead);
export const time = (iso) => TIME.format(new Date(iso));
export const seconds = (date) => SECONDS.format(date);
export const longDay = (date) => LONG.format(date);
export const dayKey = (iso) => KEY.format(new Date(iso));

export function dayName(iso) {
  const key = dayKey(iso);
  const today = now();
  if (key === KEY.format(today)) return "Hoy";
  if (key === KEY.format(new Date(today.getTime() - 86_400_000))) return "Ayer";
  return DAY.format(new Date(iso));
}
