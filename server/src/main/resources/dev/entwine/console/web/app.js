// The shell: comes in, shows the view that the address names, and says when the engine or the connection is gone.

import {isOperator, leave, open, session, whenEnded} from './api.js';
import {h, redraw, replace, toast} from './dom.js';
import {latest, listen, start, stop} from './live.js';
import {current} from './route.js';
import * as audit from './views/audit.js';
import * as conflicts from './views/conflicts.js';
import * as forecast from './views/forecast.js';
import * as overview from './views/overview.js';
import * as parked from './views/parked.js';
import * as row from './views/row.js';
import * as sites from './views/sites.js';
import * as tables from './views/tables.js';

const VIEWS = {
  overview: ['Overview', overview], conflicts: ['Conflicts', conflicts], tables: ['Tables', tables], sites: ['Sites', sites],
  parked: ['Parked', parked], row: ['Row', row], forecast: ['Forecast', forecast], access: ['Access', audit],
};
const main = document.getElementById('main');
let leaveView = () => {};

function header() {
  const {name} = current();
  const counts = {conflicts: latest()?.open_conflicts, parked: latest()?.parked, tables: latest()?.differences};
  const shown = Object.entries(VIEWS).filter(([key]) => isOperator() || !['row', 'access'].includes(key));
  redraw(document.getElementById('header'), h('div', {class: 'bar'},
    h('a', {class: 'brand', href: '#/overview'}, h('img', {src: '/icon.svg', alt: ''}), 'Entwine'),
    h('nav', {'aria-label': 'Views'}, shown.map(([key, [title]]) => h('a', {href: `#/${key}`, 'aria-current': key === name ? 'page' : null}, title,
      counts[key] ? h('span', {class: 'count', 'aria-label': `${counts[key]} need you`}, counts[key]) : null))),
    h('div', {class: 'who'}, h('span', null, session.role), h('button', {class: 'plain', type: 'button', onclick: async () => { await leave().catch(() => {}); door('You have left.'); }}, 'Leave'))));
}

function view() {
  const {name, query} = current();
  leaveView();
  const [title, shown] = VIEWS[name] ?? VIEWS.overview;
  document.title = `${title} · Entwine`;
  header();
  leaveView = shown.show(main, query) ?? (() => {});
}

function lost(is) {
  const element = document.getElementById('lost');
  element.hidden = !is;
  document.body.classList.toggle('stale', is);
  element.textContent = is ? 'The connection to the console is lost; what you see is old. Trying again …' : '';
}

/** Asks for a token. */
function door(text) {
  stop();
  leaveView();
  leaveView = () => {};
  lost(false);
  session.role = null;
  document.getElementById('header').replaceChildren();
  const input = h('input', {name: 'token', autocomplete: 'off', required: true, spellcheck: 'false'});
  replace(main, h('section', {class: 'card door'}, h('h1', null, 'Entwine'), h('p', null, text),
    h('p', {class: 'soft'}, 'Open the link that the engine printed at its start, or enter a token.'),
    h('form', {onsubmit: (event) => { event.preventDefault(); enter(input.value.trim().replace(/^.*#setup=/, '')); }},
      h('label', null, 'Token', input), h('div', {class: 'actions'}, h('button', {class: 'main', type: 'submit'}, 'Come in')))));
  input.focus();
}

async function enter(token) {
  try {
    await open(token);
  } catch (failure) {
    door(failure.status === 401 && !token ? 'This page needs a token.' : failure.message);
    return;
  }
  if (!location.hash || location.hash.startsWith('#setup=')) history.replaceState(null, '', '#/overview');
  try {
    await start(lost, () => door('Your session has ended.'));
  } catch (failure) {
    toast(failure.message, true);
  }
  view();
}

whenEnded(() => { if (session.role) door('Your session has ended.'); });
window.addEventListener('hashchange', () => {
  const token = location.hash.match(/^#setup=(.+)$/)?.[1];
  if (token) enter(token);
  else if (session.role) { view(); main.focus({preventScroll: true}); window.scrollTo(0, 0); }
});
let shownCounts = '';
listen((sample) => {
  const stamp = [sample.open_conflicts, sample.parked, sample.differences].join();
  if (session.role && stamp !== shownCounts) { shownCounts = stamp; header(); }
});
enter(location.hash.match(/^#setup=(.+)$/)?.[1]);
