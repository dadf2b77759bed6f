// The schematic city, offline: a small view around a point, and a picker with a pin to drag.

import { el, iconButton } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const SIZE = { width: 890, height: 960, left: 40, top: 30 };
const WHOLE = [SIZE.left + SIZE.width / 2, SIZE.top + SIZE.height / 2];
let city = null;

export async function loadMap() {
  city = await (await fetch("/static/map.json")).json();
  const source = document.getElementById("map-source");
  source.innerHTML = `<defs><g id="city">
    <rect class="city__around" x="-4000" y="-4000" width="9000" height="9000"/>
    <path class="city__river" d="${city.river}"/>
    <path class="city__land" d="${city.outline}"/>
    <g>${city.neighbourhoods.map((hood) => `<path class="city__hood" d="${hood.path}"/>`).join("")}</g>
    ${city.avenues.map((road) => `<path class="city__road" d="${road.path}"><title>${road.name}</title></path>`).join("")}
    <path class="city__border" d="${city.outline}"/>
    <path class="city__riachuelo" d="${city.riachuelo}"/>
    <text class="city__water" x="610" y="110" transform="rotate(31 610 110)">Río de la Plata</text>
    <text class="city__water city__water--small" x="690" y="800" transform="rotate(-43 690 800)">Riachuelo</text>
    ${city.centers.map(dot).join("")}
    ${city.neighbourhoods.map((hood) => name(`city__name${hood.known ? " city__name--known" : ""}`, hood)).join("")}
    ${city.popular.map((hood) => name("city__popular", hood)).join("")}
  </g></defs>`;
}

const name = (style, { at, name: words }) => `<text class="${style}" x="${at[0]}" y="${at[1]}">${words}</text>`;
const dot = ({ at, name: words }) => `<circle class="city__center" cx="${at[0]}" cy="${at[1]}" r="6"><title>${words}</title></circle>`;

function project({ latitude, longitude }) {
  const { north, west, units, at } = city.projection;
  return [(longitude - west) * units * Math.cos((at * Math.PI) / 180), (north - latitude) * units];
}

function unproject([x, y]) {
  const { north, west, units, at } = city.projection;
  return { latitude: north - y / units, longitude: west + x / (units * Math.cos((at * Math.PI) / 180)) };
}

function drawing(box) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "city");
  svg.setAttribute("viewBox", box.join(" "));
  svg.setAttribute("preserveAspectRatio", "xMidYMid slice");
  svg.innerHTML = `<use href="#city"/><g class="city__pin"><path fill="#d1145a" stroke="#fff" stroke-width="1.500" d="M0 0s-13-12.500-13-23a13 13 0 0 1 26 0c0 10.500-13 23-13 23z"/><circle cy="-23" r="5" fill="#fff"/></g>`;
  return svg;
}

function putPin(svg, [x, y], scale) {
  svg.querySelector(".city__pin").setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
}

export function placeView(location, width = 190) {
  const [x, y] = project(location);
  const height = width * 0.53;
  const svg = drawing([x - width / 2, y - height * 0.58, width, height]);
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("city--near");
  svg.style.setProperty("--unit", width / 560);
  putPin(svg, [x, y], width / 250);
  return svg;
}

export function nearest(location) {
  const [x, y] = project(location);
  const away = ({ at }) => Math.hypot(at[0] - x, at[1] - y);
  return [...city.neighbourhoods].sort((one, other) => away(one) - away(other))[0].name;
}

export function picker() {
  const start = city.neighbourhoods.find((hood) => hood.name === "Barracas")?.at ?? [500, 500];
  const state = { pin: start, centre: WHOLE, zoom: 1 };
  const svg = drawing([SIZE.left, SIZE.top, SIZE.width, SIZE.height]);
  svg.setAttribute("preserveAspectRatio", "xMidYMid meet");
  svg.setAttribute("tabindex", "0");
  svg.setAttribute("role", "application");
  svg.setAttribute("aria-label", "Mapa esquemático de la ciudad. Con las flechas se mueve la chinche.");
  const where = el("p.picker__where", { role: "status" });
  const value = () => unproject(state.pin);
  const draw = () => {
    const [width, height] = [SIZE.width / state.zoom, SIZE.height / state.zoom];
    svg.setAttribute("viewBox", `${state.centre[0] - width / 2} ${state.centre[1] - height / 2} ${width} ${height}`);
    putPin(svg, state.pin, 2 / state.zoom);
    svg.classList.toggle("city--near", state.zoom >= 2);
    svg.style.setProperty("--unit", 1 / state.zoom);
    const { latitude, longitude } = value();
    where.replaceChildren(`Cerca de ${nearest(value())} `, el("small", {}, `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`));
  };
  const zoom = (factor, around = state.pin) => {
    state.zoom = Math.min(Math.max(state.zoom * factor, 1), 8);
    state.centre = state.zoom === 1 ? WHOLE : around;
    draw();
  };
  const goTo = (at) => {
    state.pin = state.centre = [...at];
    state.zoom = Math.max(state.zoom, 3);
    draw();
  };
  handle(svg, state, draw, zoom);
  draw();
  return { view: pickerView(svg, where, zoom, goTo), value };
}

function pickerView(svg, where, zoom, goTo) {
  const places = [...city.neighbourhoods, ...city.popular];
  const known = new Map(places.map((place) => [place.name.toLowerCase(), place.at]));
  const search = el("input", { type: "search", list: "hoods", placeholder: "Buscar un barrio…", "aria-label": "Buscar un barrio", autocomplete: "off" });
  search.addEventListener("input", () => known.has(search.value.toLowerCase()) && goTo(known.get(search.value.toLowerCase())));
  const options = el("datalist", { id: "hoods" }, ...places.map((place) => el("option", { value: place.name })));
  const zooms = el("div.picker__zoom", {}, iconButton("plus", "Acercar", () => zoom(1.6)), iconButton("minus", "Alejar", () => zoom(1 / 1.6)));
  const note = el("p.picker__note", {}, el("i"), "CeSAC · mapa esquemático");
  return el("div.picker", {}, el("div.picker__search", {}, search, options), el("div.picker__map", {}, svg, zooms, note), where);
}

function handle(svg, state, draw, zoom) {
  const at = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [point.x, point.y];
  };
  let drag = null;
  svg.addEventListener("pointerdown", (event) => {
    const here = at(event);
    const onPin = Math.hypot(here[0] - state.pin[0], here[1] + 24 / state.zoom - state.pin[1]) < 40 / state.zoom;
    drag = { onPin, from: here, client: [event.clientX, event.clientY], moved: false };
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag.moved ||= Math.hypot(event.clientX - drag.client[0], event.clientY - drag.client[1]) > 5;
    if (!drag.moved) return;
    const here = at(event);
    if (drag.onPin) state.pin = here;
    else if (state.zoom > 1) state.centre = [state.centre[0] + drag.from[0] - here[0], state.centre[1] + drag.from[1] - here[1]];
    draw();
  });
  svg.addEventListener("pointerup", (event) => {
    if (drag && !drag.moved) state.pin = at(event);
    drag = null;
    draw();
  });
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.25 : 0.8, state.zoom === 1 ? at(event) : state.centre);
  }, { passive: false });
  svg.addEventListener("keydown", (event) => {
    const step = 14 / state.zoom;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    state.pin = [state.pin[0] + move[0], state.pin[1] + move[1]];
    draw();
  });
}
