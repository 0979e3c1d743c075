import {get, isOperator} from '../api.js';
import {clock, h, key, replace, table, value} from '../dom.js';
import {go} from '../route.js';
import {kind, outcome} from '../words.js';
import {badge} from './conflicts.js';

function story(found) {
  const sites = Object.entries(found.sites);
  const names = [...new Set(sites.flatMap(([, of]) => Object.keys(of.row ?? {})))];
  const differs = (name) => new Set(sites.map(([, of]) => of.row?.[name] ?? null)).size > 1;
  return [
    h('section', {class: 'card'}, h('h2', null, h('bdi', null, `${found.table} ${key(found.key)} `), h('span', {class: `badge ${found.same ? 'good' : 'warn'}`}, found.same ? 'the same everywhere' : 'not the same')),
      table(['Column', ...sites.map(([name]) => name)], names.map((name) => h('tr', {class: differs(name) ? 'differs' : null}, h('td', null, name),
        sites.map(([, of]) => h('td', {class: differs(name) ? 'lost' : null}, of.row ? value(of.row[name]) : h('span', {class: 'null'}, 'no row')))))
        .concat([h('tr', null, h('td', {class: 'soft'}, 'written by'), sites.map(([, of]) => h('td', {class: 'soft'}, of.row ? `transaction ${of.transaction}, ${of.by}` : '–', of.committed && h('div', {class: 'faint'}, clock(of.committed)))))]), {class: 'versions'})),
    found.waits.length > 0 && h('section', {class: 'card'}, h('h2', null, 'What it waits for'), h('ul', {class: 'todo'}, found.waits.map((wait) => h('li', null, h('span', null, wait.site ? `${wait.site}: ` : '', wait.what), h('span', {class: 'soft'}, wait.next))))),
    h('section', {class: 'card'}, h('h2', null, 'What happened to it'), found.conflicts.length ? h('ul', {class: 'story'}, found.conflicts.map((entry) => h('li', null,
      h('div', null, clock(entry.at), ' ', badge(entry), ' ', h('a', {href: `#/conflicts?id=${entry.id}`}, kind(entry))), h('div', {class: 'soft'}, outcome(entry))))) : h('p', {class: 'empty'}, 'It has not been in a conflict.'))];
}

export function show(main, query) {
  const result = h('div', {'aria-live': 'polite'});
  const names = h('datalist', {id: 'tables'});
  replace(main, h('h1', null, 'The story of a row'),
    isOperator() ? h('form', {class: 'filters', onsubmit: (event) => { event.preventDefault(); go('row', Object.fromEntries(new FormData(event.currentTarget))); }},
      h('label', null, 'Table', h('input', {name: 'table', value: query.table ?? '', required: true, list: 'tables', placeholder: 'shop.customer'})), names,
      h('label', null, 'Key', h('input', {name: 'key', value: query.key ?? '', required: true, placeholder: '7, or column=value,…'})),
      h('button', {class: 'main', type: 'submit'}, 'Tell')) : h('p', {class: 'soft'}, 'Values of rows are not shown to viewers.'), result);
  if (isOperator()) {
    get('/api/tables').then(({tables}) => replace(names, tables.map((each) => h('option', {value: each.table})))).catch(() => {});
    if (query.table && query.key) get('/api/rows', query).then((found) => replace(result, story(found))).catch((failure) => replace(result, h('section', {class: 'card'}, failure.message)));
  }
  return () => {};
}
