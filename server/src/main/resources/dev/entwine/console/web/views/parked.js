import {get, isOperator, post} from '../api.js';
import {clock, h, key, replace, table, toast, value} from '../dom.js';

const MEND = {
  23514: 'the row breaks a check that only this site has: change the check, or the row at its site',
  23502: 'this site wants a value where others allow NULL: drop NOT NULL here, or give the row a value',
  22001: 'the value is longer than this site allows: widen the column here, or shorten the value',
  23505: 'another row has the value that must be unique: change one of them',
  23503: 'the row refers to one that is not here: bring that one',
};

const mend = (entry) => {
  if (entry.operation === 'truncate') return 'delete the rows here too, or leave them';
  return MEND[entry.sqlstate] ?? (entry.sqlstate ? 'make the row fit what the database says' : 'what mends the earlier one; they are settled together');
};

async function settle(button, path, body, reload) {
  button.disabled = true;
  try {
    const {outcomes} = await post(path, body);
    toast(outcomes.map((outcome) => outcome.what).join('; '), outcomes.some((outcome) => !outcome.done));
    reload();
  } catch (failure) {
    toast(failure.message, true);
  }
  button.disabled = false;
}

/** Sending again is harmless; giving up takes a reason, and with it a second look. */
function actions(entry, reload) {
  const ids = [`${entry.site}/${entry.id}`];
  const reason = h('input', {name: 'reason', required: true, placeholder: 'for the journal'});
  const form = h('form', {hidden: true, onsubmit: (event) => {
    event.preventDefault();
    settle(event.submitter, '/api/parked/discard', {ids, reason: reason.value}, reload);
  }}, h('p', null, entry.key ? `The row becomes everywhere what ${entry.site} has; what the others have goes into the journal, from where it can be brought back.` : 'The truncation is taken out; no row changes.'),
  h('label', null, 'Why ', reason), h('div', {class: 'actions'}, h('button', {class: 'main', type: 'submit'}, 'Discard it')));
  return [h('div', {class: 'actions'},
    entry.key && h('button', {type: 'button', class: 'main', onclick: (event) => settle(event.currentTarget, '/api/parked/retry', {ids}, reload)}, 'Send again'),
    h('button', {type: 'button', 'aria-expanded': 'false', onclick: (event) => {
      form.hidden = !form.hidden;
      event.currentTarget.setAttribute('aria-expanded', String(!form.hidden));
      reason.focus();
    }}, 'Discard …')), form];
}

export function show(main) {
  const list = h('section', {class: 'card'}, h('p', {class: 'empty'}, 'Loading …'));
  replace(main, h('h1', null, 'Parked changes'), h('p', {class: 'soft'},
    'A database has refused these. Each is kept whole; later changes of the same row wait behind it, all other rows go on. Mend what the database refuses, then send the row again, as the other sites have it by then.'), list);
  const load = () => get('/api/parked').then(({entries}) => {
    const rows = entries.map((entry) => h('tr', null,
      h('td', null, entry.site),
      h('td', null, h('strong', null, entry.table), ' ', h('bdi', null, key(entry.key)), h('div', {class: 'faint'}, `${entry.operation} of ${entry.source} at ${entry.position}, `, clock(entry.at))),
      h('td', null, entry.error ? [value(entry.error), h('div', {class: 'faint'}, entry.sqlstate && `SQLSTATE ${entry.sqlstate}`), h('p', null, 'What would mend it: ', mend(entry))] : h('span', {class: 'null'}, 'not shown to viewers'),
        isOperator() && actions(entry, load)),
      h('td', null, entry.image ? Object.entries(entry.image).map(([column, text]) => h('div', null, h('span', {class: 'soft'}, column, ': '), value(text))) : '–')));
    replace(list, entries.length ? table(['Refused at', 'Change', 'Why', 'The row'], rows) : h('p', {class: 'empty'}, 'Nothing is parked.'));
  }).catch((failure) => replace(list, h('p', {class: 'empty'}, failure.message)));
  load();
  return () => {};
}
