// The fault switches: each control is one field of the control API.

import * as api from "./api.js";
import { el } from "./dom.js";

const REST = {
  "": "Todo anda bien", too_many_requests: "429: demasiados pedidos", server_error: "500: error de Twilio", reset: "Corta la conexión",
  timeout_after_accepting: "Acepta y no contesta", reset_after_accepting: "Acepta y corta", error_after_accepting: "Acepta y contesta 500",
};
const WINDOWS = { auto: "24 horas desde el último mensaje", open: "Siempre abierta", closed: "Cerrada (63016)" };
const STATUSES = { "": "Llegan todos", sent: "Se pierde «sent»", delivered: "Se pierde «delivered»", read: "Se pierde «read»" };
const FAILURES = { "": "Ninguna", 63024: "63024: no está en WhatsApp", 63014: "63014: nos bloqueó", 63018: "63018: límite de envío", 63003: "63003: número inexistente" };

export async function faultsPanel() {
  const [faults, limits] = await Promise.all([api.state("faults"), api.state("limits")]);
  const put = (wanted) => api.set("faults", wanted);
  return [
    el("p.hint", {}, "Para ver cómo se porta Latido cuando algo se rompe."),
    select("Los próximos 3 envíos de Latido", REST, faults.rest?.times === 0 ? "" : faults.rest?.kind ?? "", (kind) => put({ rest: kind ? { kind, times: 3, hold_seconds: 20 } : null })),
    select("Ventana de 24 horas", WINDOWS, faults.window, (window) => put({ window })),
    select("Fallan al entregarse", FAILURES, faults.fail_code ?? "", (code) => put({ fail_code: code ? Number(code) : null })),
    select("Avisos de estado", STATUSES, faults.lose[0] ?? "", (status) => put({ lose: status ? [status] : [] })),
    number("Demora de cada estado (ms)", faults.status_delay_ms, (status_delay_ms) => put({ status_delay_ms })),
    check("Estados desordenados", "Llegan al revés: leído antes que enviado.", faults.shuffle, (shuffle) => put({ shuffle })),
    check("Estados repetidos", "Cada uno llega dos veces.", faults.duplicates > 0, (on) => put({ duplicates: on ? 1 : 0 })),
    check("Mensajes entrantes repetidos", "Twilio avisa dos veces del mismo mensaje.", faults.inbound_duplicates > 0, (on) => put({ inbound_duplicates: on ? 1 : 0 })),
    check("Confirmación de lectura", "La vecina permite el doble tilde azul.", faults.read_receipts, (read_receipts) => put({ read_receipts })),
    check("Límite por vecina", "Un mensaje cada 6 segundos después de 45 seguidos.", limits.pair, (pair) => api.set("limits", { pair })),
    el("div.row", {}, el("button.button", { type: "button", onclick: () => api.restore("faults") }, "Apagar todas las fallas")),
  ];
}

function select(words, options, value, onChange) {
  const input = el("select", {}, ...Object.entries(options).map(([key, text]) => el("option", { value: key, selected: key === String(value) }, text)));
  input.addEventListener("change", () => onChange(input.value));
  return el("label.field", {}, el("span", {}, words), input);
}

function number(words, value, onChange) {
  const input = el("input", { type: "number", min: "0", max: "60000", step: "100", value: String(value) });
  input.addEventListener("change", () => onChange(Number(input.value) || 0));
  return el("label.field", {}, el("span", {}, words), input);
}

function check(words, more, value, onChange) {
  const input = el("input", { type: "checkbox", checked: value });
  input.addEventListener("change", () => onChange(input.checked));
  return el("label.field.field--check", {}, input, el("span", {}, words), el("small", {}, more));
}
