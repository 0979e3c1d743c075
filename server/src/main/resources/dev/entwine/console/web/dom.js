// Builds elements. Text only ever becomes text: nothing here reads markup.

/** h('a', {href: '#', class: 'x', onclick: f}, 'text', child, [children]) */
export function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element[key] = value;
    else if (key in element && typeof value === 'boolean') element[key] = value;
    else element.setAttribute(key, value === true ? '' : value);
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

const LISTENED = ['onchange', 'onclick', 'oninput', 'onkeydown', 'onsubmit'];

/** Makes one element as another one is, in place. */
function update(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const {name} of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const {name, value: text} of fresh.attributes) if (old.getAttribute(name) !== text) old.setAttribute(name, text);
  for (const name of LISTENED) old[name] = fresh[name];
  const wanted = [...fresh.childNodes];
  wanted.forEach((child, i) => {
    const there = old.childNodes[i];
    if (!there) old.append(child);
    else if (there.nodeName === child.nodeName && there.id === child.id) update(there, child);
    else there.replaceWith(child);
  });
  while (old.childNodes.length > wanted.length) old.lastChild.remove();
}

/**
 * The same as replace for what is drawn again and again: what is there stays, and is changed where it differs. A button that is taken out
 * between press and release is not clicked, and what has the focus or is read aloud would lose its place.
 */
export function redraw(element, ...children) {
  const fresh = element.cloneNode(false);
  append(fresh, children);
  for (const name of LISTENED) fresh[name] = element[name];
  update(element, fresh);
  return element;
}

const ODD = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const SHOWN_MAX = 2000;

/** A value of a row: what cannot be seen is named, its direction stays its own, and a long one is cut. */
export function value(text, whole = false) {
  if (text === null || text === undefined) return h('span', {class: 'null'}, text === null ? 'NULL' : 'not known');
  if (text === '') return h('span', {class: 'null'}, 'empty text');
  const cut = !whole && text.length > SHOWN_MAX;
  const shown = cut ? text.slice(0, SHOWN_MAX) : text;
  const parts = [];
  let last = 0;
  for (const match of shown.matchAll(ODD)) {
    parts.push(shown.slice(last, match.index));
    parts.push(h('span', {class: 'odd'}, 'U+' + match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, '0')));
    last = match.index + 1;
  }
  parts.push(shown.slice(last));
  const more = cut && h('span', {class: 'faint'}, ` … ${number(text.length)} characters`);
  return h('bdi', {class: 'value'}, parts, more);
}

export const number = (n) => Number(n).toLocaleString('en', {maximumFractionDigits: Math.abs(n) < 10 ? 1 : 0});

export function ms(n) {
  if (n < 1) return n <= 0 ? '0 ms' : '< 1 ms';
  if (n < 1000) return `${Math.round(n)} ms`;
  return n < 120000 ? `${number(n / 1000)} s` : `${number(n / 60000)} min`;
}

export function bytes(n) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let i = 0;
  while (n >= 1000 && i < units.length - 1) { n /= 1000; i++; }
  return `${number(n)} ${units[i]}`;
}

const LONG = 14;
const short = (text) => text.length > LONG ? `${text.slice(0, 4)}…${text.slice(-6)}` : text;

/** A row's key in words; what is long is cut in its middle. */
export const key = (object, whole = false) => Object.entries(object ?? {}).map(([name, text]) => `${name} ${whole ? text : short(text ?? '')}`).join(', ');

export function ago(at) {
  const seconds = Math.max(0, (Date.now() - new Date(at)) / 1000);
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} days`;
}

/** The time, with the day when it is another one. */
export function clock(at) {
  const date = new Date(at);
  const time = date.toLocaleTimeString('en-GB', {hour12: false});
  const today = date.toDateString() === new Date().toDateString();
  return h('time', {datetime: at, title: at}, today ? time : `${date.toLocaleDateString('en-GB', {day: 'numeric', month: 'short'})} ${time}`);
}

/** A heading that begins with > is that of numbers; one that begins with ~ is left out where there is little room. */
export function table(headings, rows, attributes) {
  return h('div', {class: 'scroll'}, h('table', attributes,
    h('thead', null, h('tr', null, headings.map((each) => each instanceof Node ? h('th', {scope: 'col'}, each)
      : h('th', {scope: 'col', class: {'>': 'num', '~': 'wide'}[each[0]] ?? null}, each.replace(/^[>~]/, ''))))),
    h('tbody', null, rows)));
}

export function toast(text, bad = false) {
  const element = h('div', {class: bad ? 'toast bad' : 'toast'}, text);
  document.getElementById('toasts').append(element);
  setTimeout(() => element.remove(), bad ? 12000 : 6000);
}
