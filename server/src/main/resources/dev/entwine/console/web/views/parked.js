import {get} from '../api.js';
import {clock, h, key, replace, table, value} from '../dom.js';

const MEND = {
  23514: 'the row breaks a check that only this site has: change the check, or the row at its site',
  23502: 'this site wants a value where others allow NULL: drop NOT NULL here, or give the row a value',
  22001: 'the value is longer than this site allows: widen the column here, or shorten the value',
  23505: 'another row has the value that must be unique: change one of them',
  23503: 'the row refers to one that is not here: bring that one',
};

const mend = (entry) => MEND[entry.sqlstate] ?? (entry.operation === 'truncate' ? 'delete the rows elsewhere too, or leave them' : 'make the row fit what the database says');

export function show(main) {
  const list = h('section', {class: 'card'}, h('p', {class: 'empty'}, 'Loading …'));
  replace(main, h('h1', null, 'Parked changes'), h('p', {class: 'soft'},
    'A database has refused these. Each is kept whole; later changes of the same row wait behind it, all other rows go on.'), list,
    h('section', {class: 'card'}, h('h2', null, 'To put one in'), h('ol', null,
      ['Stop the engine: it remembers which rows are parked.', 'Make the row fit, as said above.', "Delete the row's entries from entwine.parked at that site.", 'Send the row again by any update of it at the site that has it.', 'Start the engine.'].map((step) => h('li', null, step)))));
  get('/api/parked').then(({entries}) => {
    const rows = entries.map((entry) => h('tr', null,
      h('td', null, entry.site),
      h('td', null, h('strong', null, entry.table), ' ', h('bdi', null, key(entry.key)), h('div', {class: 'faint'}, `${entry.operation} of ${entry.source} at ${entry.position}, `, clock(entry.at))),
      h('td', null, entry.error ? [value(entry.error), h('div', {class: 'faint'}, entry.sqlstate && `SQLSTATE ${entry.sqlstate}`), h('p', null, 'What would mend it: ', mend(entry))] : h('span', {class: 'null'}, 'not shown to viewers')),
      h('td', null, entry.image ? Object.entries(entry.image).map(([column, text]) => h('div', null, h('span', {class: 'soft'}, column, ': '), value(text))) : '–')));
    replace(list, entries.length ? table(['Refused at', 'Change', 'Why', 'The row'], rows) : h('p', {class: 'empty'}, 'Nothing is parked.'));
  }).catch((failure) => replace(list, h('p', {class: 'empty'}, failure.message)));
  return () => {};
}
