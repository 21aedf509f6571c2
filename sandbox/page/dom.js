// Small helpers around the DOM. Text always goes in as text nodes: nothing a person or the bot typed is ever markup.

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

const BACKGROUND_MS = 120;

/** Strokes of the icons, drawn on a 20 × 20 grid. */
const ICONS = {
  attach: ["M10 4v12", "M4 10h12"],
  alert: ["M10 6v5", "M10 13.8v.2", "M10 2.5 18 16.5H2z"],
  check: ["M4 10.5 8.2 14.7 16 6"],
  chevron: ["M5.5 8 10 12.5 14.5 8"],
  clock: ["M10 5.5V10l3 2", "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z"],
  close: ["M5 5l10 10", "M15 5 5 15"],
  copy: ["M7 7h9v9H7z", "M4 13V4h9"],
  curtain: ["M3 4h14", "M5 4v12", "M10 4v12", "M15 4v12"],
  down: ["M10 4v11", "M5 10.5l5 5 5-5"],
  edit: ["M4 16l.8-3.4L13.4 4a1.4 1.4 0 0 1 2 0l.6.6a1.4 1.4 0 0 1 0 2L7.4 15.2z"],
  file: ["M5 2.5h6.5L15 6v11.5H5z", "M11.5 2.5V6H15"],
  forward: ["M3 5l6 5-6 5z", "M10.5 5l6 5-6 5z"],
  keyboard: ["M2.5 5.5h15v9h-15z", "M5.5 8.5h.1", "M8.5 8.5h.1", "M11.5 8.5h.1", "M14.5 8.5h.1", "M6.5 11.8h7"],
  link: ["M8.5 11.5 11.5 8.5", "M9 6l1.5-1.5a3.2 3.2 0 0 1 4.5 4.5L13.5 10.5", "M11 14l-1.5 1.5A3.2 3.2 0 0 1 5 11L6.5 9.5"],
  next: ["M7.5 5l5 5-5 5"],
  more: ["M5 10h.1", "M10 10h.1", "M15 10h.1"],
  people: ["M7 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6z", "M2 16.5c0-3 2-5 5-5s5 2 5 5", "M13 4a3 3 0 0 1 0 5.5", "M14.5 11.8c2.2.5 3.5 2.2 3.5 4.7"],
  photo: ["M3 4.5h14v11H3z", "M3.5 14l4-4.5 3 3 2.5-2.5 3.5 4", "M13 7.5h.1"],
  pin: ["M7 3h6l-1 5 2.5 3h-9L8 8z", "M10 11v6"],
  play: ["M6 3.8 16 10 6 16.2z"],
  power: ["M10 2.5V9", "M6 5a6.3 6.3 0 1 0 8 0"],
  reply: ["M8 5 3.5 9.5 8 14", "M3.5 9.5H12a4.5 4.5 0 0 1 4.5 4.5v1.5"],
  search: ["M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z", "M13 13l4 4"],
  send: ["M3 10 17 3.5 12.5 17 9.5 11z", "M9.5 11 17 3.5"],
  slash: ["M13 3.5 7 16.5"],
  smile: ["M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z", "M7 12c1.6 2 4.4 2 6 0", "M7.5 8h.1", "M12.5 8h.1"],
  stop: ["M5 5h10v10H5z"],
  trash: ["M4 5.5h12", "M8 5.5V3.5h4v2", "M5.5 5.5 6.3 17h7.4l.8-11.5"],
  voice: ["M10 2.8a2.4 2.4 0 0 1 2.4 2.4v4.3a2.4 2.4 0 0 1-4.8 0V5.2A2.4 2.4 0 0 1 10 2.8z", "M5 9.5a5 5 0 0 0 10 0", "M10 14.5v3"],
};

/**
 * Builds an element. `props`: `class`, `dataset`, `style` (an object of CSS properties), `on<event>` listeners, everything else an
 * attribute; null, undefined and false leave the attribute out. Children: nodes, strings, nested arrays; null and false are skipped.
 */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "dataset") Object.assign(node.dataset, value);
    else if (key === "style") for (const [name, css] of Object.entries(value)) node.style.setProperty(name, css);
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An inline SVG icon, hidden from assistive technology: its button carries the label. */
export function icon(name) {
  const svg = document.createElementNS(SVG_NAMESPACE, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  for (const stroke of ICONS[name]) {
    const path = document.createElementNS(SVG_NAMESPACE, "path");
    path.setAttribute("d", stroke);
    svg.append(path);
  }
  return svg;
}

/** A square button with an icon only. */
export function iconButton(name, label, onclick, extra = {}) {
  return h("button", { type: "button", class: "icon-button", title: label, "aria-label": label, onclick, ...extra }, icon(name));
}

/** Which of the six hues belongs to an id: numbers keep theirs, names get one by their letters. */
export function hueOf(id) {
  if (!Number.isNaN(Number(id))) return Math.abs(Number(id)) % 6;
  return [...String(id)].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
}

/** The round or square picture of a person, a group or the bot: initials on a hue that belongs to the id. */
export function avatar(kind, name, id) {
  if (kind === "bot") return h("span", { class: "avatar avatar-bot", "aria-hidden": "true" }, "管");
  const letters = [...(name || "?").replace(/[\s·•]/g, "")];
  const han = /\p{Script=Han}/u.test(name || "");
  const initials = han ? letters.slice(-2).join("") : letters.slice(0, 2).join("").toUpperCase();
  const hue = hueOf(id);
  return h("span", { class: `avatar avatar-${kind} hue-${hue}`, "aria-hidden": "true" }, kind === "group" ? icon("people") : initials);
}

/** A count in a small round mark, or nothing for zero; `label` is what a screen reader says. */
export function badge(count, label) {
  if (!count) return null;
  return h("span", { class: "badge" }, h("span", { "aria-hidden": "true" }, count > 99 ? "99+" : String(count)), h("span", { class: "sr-only" }, label));
}

/** Replaces the children of `node` in one step. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A function that runs `draw` once at the next frame, however often it is called before. */
export function atNextFrame(draw) {
  let pending = false;
  const run = () => {
    if (!pending) return;
    pending = false;
    draw();
  };
  return () => {
    if (pending) return;
    pending = true;
    requestAnimationFrame(run);
    // A page in the background gets no frames.
    setTimeout(run, BACKGROUND_MS);
  };
}

/** A handler that does nothing when it is called again at once: a double click is one click. */
export function unhurried(handler, milliseconds = 500) {
  let last = -Infinity;
  return (...given) => {
    if (performance.now() - last < milliseconds) return;
    last = performance.now();
    handler(...given);
  };
}

/** Disables a button for a moment, so that a double click is one click. */
export function briefly(button, milliseconds = 700) {
  button.disabled = true;
  setTimeout(() => {
    button.disabled = false;
  }, milliseconds);
}

/**
 * Shows `panel` beside `anchor` until Escape, a click elsewhere or focus elsewhere closes it.
 * Returns the function that closes it. Focus goes back to the anchor when it was inside.
 */
export function openPanel(anchor, panel, { onclose } = {}) {
  anchor.setAttribute("aria-expanded", "true");
  anchor.parentElement.append(panel);
  const outside = (event) => {
    if (!panel.contains(event.target) && !anchor.contains(event.target)) close();
  };
  const left = (event) => {
    if (event.relatedTarget && !panel.contains(event.relatedTarget) && event.relatedTarget !== anchor) close();
  };
  const escape = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  function close() {
    if (!panel.isConnected) return;
    document.removeEventListener("pointerdown", outside, true);
    const inside = panel.contains(document.activeElement);
    panel.remove();
    anchor.setAttribute("aria-expanded", "false");
    if (inside && anchor.isConnected) anchor.focus();
    onclose?.();
  }
  document.addEventListener("pointerdown", outside, true);
  panel.addEventListener("focusout", left);
  panel.addEventListener("keydown", escape);
  return close;
}

/** A menu of actions under a button: arrow keys move, Escape closes. `items`: {icon, label, run, danger}. */
export function openMenu(anchor, label, items, options = {}) {
  if (anchor.getAttribute("aria-expanded") === "true") return null;
  let close = () => {};
  const rows = items.map((item) =>
    h(
      "button",
      {
        type: "button",
        role: "menuitem",
        tabindex: "-1",
        class: item.danger ? "menu-row danger" : "menu-row",
        onclick: () => {
          close();
          item.run();
        },
      },
      item.icon ? icon(item.icon) : null,
      h("span", {}, item.label),
    ),
  );
  const panel = h("div", { class: `menu ${options.class ?? ""}`, role: "menu", "aria-label": label }, rows);
  panel.addEventListener("keydown", (event) => {
    const at = rows.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    rows[(to + rows.length) % rows.length].focus();
  });
  close = openPanel(anchor, panel);
  rows[0]?.focus();
  return close;
}

/** A modal question with one text field. Resolves to the text, or null when it was put away. */
export function ask({ title, label, value = "", ok, cancel, type = "text", note = null }) {
  return new Promise((resolve) => {
    const input = h("input", { type, value, "aria-label": label, placeholder: label, autocomplete: "off" });
    const dialog = h(
      "dialog",
      { class: "dialog" },
      h(
        "form",
        { method: "dialog" },
        h("h2", {}, title),
        note ? h("p", {}, note) : null,
        input,
        h(
          "div",
          { class: "dialog-row" },
          h("button", { type: "button", class: "button", onclick: () => dialog.close("") }, cancel),
          h("button", { type: "submit", class: "button primary", value: "ok" }, ok),
        ),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "ok" ? input.value.trim() : null);
    });
    document.body.append(dialog);
    dialog.showModal();
    input.focus();
  });
}

/** A modal choice among buttons. Resolves to the chosen value, or null. `choices`: {label, value}. */
export function choose({ title, note = null, choices, cancel }) {
  return new Promise((resolve) => {
    let chosen = null;
    const dialog = h(
      "dialog",
      { class: "dialog" },
      h("h2", {}, title),
      note ? h("p", {}, note) : null,
      h(
        "div",
        { class: "dialog-list" },
        choices.map((choice) =>
          h(
            "button",
            {
              type: "button",
              class: "button",
              onclick: () => {
                chosen = choice.value;
                dialog.close();
              },
            },
            choice.label,
          ),
        ),
      ),
      h("div", { class: "dialog-row" }, h("button", { type: "button", class: "button", onclick: () => dialog.close() }, cancel)),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(chosen);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
