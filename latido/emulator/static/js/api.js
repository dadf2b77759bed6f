// The emulator's control API. Every function answers with JSON, or throws with the reason in words.

async function call(method, path, body) {
  const options = { method };
  if (body instanceof FormData) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  const answer = await fetch(path, options);
  const text = await answer.text();
  const data = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Error(data?.error ?? `${method} ${path}: ${answer.status}`);
  return data;
}

const phonePath = (number) => `/emulator/phones/${encodeURIComponent(number)}`;

export const phones = () => call("GET", "/emulator/phones");
export const addPhone = (wanted) => call("POST", "/emulator/phones", wanted);
export const changePhone = (number, wanted) => call("PATCH", phonePath(number), wanted);
export const removePhone = (number) => call("DELETE", phonePath(number));
export const transcript = (number) => call("GET", `${phonePath(number)}/messages`);
export const say = (number, wanted) => call("POST", `${phonePath(number)}/messages`, wanted);
export const webhooks = () => call("GET", "/emulator/webhooks?last=60");
export const requests = (after) => call("GET", `/emulator/requests?after=${after}`);
export const state = (what) => call("GET", `/emulator/${what}`);
export const set = (what, wanted) => call("PUT", `/emulator/${what}`, wanted);
export const restore = (what) => call("DELETE", `/emulator/${what}`);
export const debuggerLog = () => call("GET", "/emulator/debugger");

export function listen(onEvent, onState) {
  const source = new EventSource("/emulator/events");
  source.onopen = () => onState(true);
  source.onerror = () => onState(false);
  source.onmessage = (event) => onEvent(JSON.parse(event.data));
}
