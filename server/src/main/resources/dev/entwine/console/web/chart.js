// A chart of lines over the last minutes, as SVG. What it shows stands in its legend as text too.

import {h} from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH_INITIAL = 600;
const HEIGHT = 130;
const LEFT = 44;
const BOTTOM = 16;

function s(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, content] of Object.entries(attributes)) element.setAttribute(key, content);
  if (text !== undefined) element.textContent = text;
  return element;
}

function niceMax(most) {
  if (!(most > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((factor) => factor * power).find((limit) => limit >= most);
}

/** A chart with lines {name, values: [number or null], dash}; format makes a number readable. */
export function chart(title, note, format) {
  const svg = s('svg', {role: 'img', 'aria-label': title});
  const legend = h('ul', {class: 'legend'});
  const element = h('section', {class: 'card chart'}, h('h2', null, title), svg, legend, note && h('p', {class: 'faint'}, note));
  function draw(lines, seconds) {
    const width = svg.clientWidth || WIDTH_INITIAL;
    svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
    const most = niceMax(Math.max(0, ...lines.flatMap((line) => line.values.filter((v) => v !== null))));
    const count = Math.max(2, ...lines.map((line) => line.values.length));
    const x = (i, of) => LEFT + (width - LEFT) * (count - of + i) / (count - 1);
    const y = (v) => 6 + (HEIGHT - BOTTOM - 6) * (1 - v / most);
    svg.replaceChildren();
    for (const share of [0, 0.5, 1]) {
      svg.append(s('line', {class: 'axis', x1: LEFT, x2: width, y1: y(most * share), y2: y(most * share)}));
      svg.append(s('text', {x: LEFT - 6, y: y(most * share) + 3, 'text-anchor': 'end'}, format(most * share)));
    }
    svg.append(s('text', {x: LEFT, y: HEIGHT - 2}, `${Math.round(seconds)} s ago`));
    svg.append(s('text', {x: width, y: HEIGHT - 2, 'text-anchor': 'end'}, 'now'));
    lines.forEach((line, index) => {
      let path = '';
      line.values.forEach((v, i) => {
        if (v !== null) path += `${path && line.values[i - 1] !== null ? 'L' : 'M'}${x(i, line.values.length).toFixed(1)} ${y(v).toFixed(1)}`;
      });
      svg.append(s('path', {d: path || 'M0 0', class: `s${index % 6}${line.dash ? ' dash' : ''}`}));
    });
    legend.replaceChildren(...lines.map((line, index) => {
      const last = line.values[line.values.length - 1];
      return h('li', {class: `s${index % 6}`}, h('i'), line.name, ' ', h('b', null, last === null || last === undefined ? '–' : format(last)));
    }));
  }
  return {element, draw};
}
