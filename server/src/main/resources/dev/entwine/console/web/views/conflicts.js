import {get, isOperator, post} from '../api.js';
import {clock, h, key, redraw, replace, table, toast, value} from '../dom.js';
import {columns, differing, kind, KINDS, losers, outcome, STATUS} from '../words.js';
import {go} from '../route.js';
import {latest, listen} from '../live.js';

const LIMIT = 50;
const FILTERS = ['table', 'kind', 'policy', 'status', 'site', 'since'];

function select(name, label, chosen, options) {
  return h('label', null, label, h('select', {name}, h('option', {value: ''}, 'any'),
    options.map(([text, words]) => h('option', {value: text, selected: text === chosen}, words))));
}

function filters(query, tables) {
  const sites = (latest()?.sites ?? []).map((site) => site.site);
  return h('form', {class: 'filters', onsubmit: (event) => {
    event.preventDefault();
    go('conflicts', Object.fromEntries(new FormData(event.currentTarget)));
  }},
  select('status', 'Status', query.status, [['open', 'open'], ['decided', 'decided'], ['undone', 'brought back']]),
  select('table', 'Table', query.table, tables.map((name) => [name, name])),
  select('kind', 'What happened', query.kind, Object.entries(KINDS).filter(([name]) => !['transaction', 'object'].includes(name))),
  select('site', 'Site', query.site, sites.map((name) => [name, name])),
  select('since', 'When', query.since, [['10m', 'last 10 minutes'], ['1h', 'last hour'], ['24h', 'last day'], ['7d', 'last week']]),
  h('label', null, 'Policy', h('input', {name: 'policy', value: query.policy ?? '', placeholder: 'latest', size: 8})),
  h('button', {class: 'main', type: 'submit'}, 'Filter'),
  FILTERS.some((name) => query[name]) && h('a', {class: 'button', href: '#/conflicts'}, 'All'));
}

export const badge = (entry) => {
  const [word, tone] = STATUS[entry.status] ?? [entry.status, ''];
  return h('span', {class: `badge ${tone}`}, word);
};

/** Base and both versions, side by side. */
export function sideBySide(entry) {
  const versions = entry.versions ?? [];
  const differs = differing(entry);
  const base = entry.base ?? versions.find((version) => version.before)?.before ?? null;
  const isLost = (version) => losers(entry).includes(version.site);
  const head = (version) => h('span', null, version.site, ' ',
    entry.winner === 'merged' ? '' : h('span', {class: `badge ${isLost(version) ? 'bad' : 'good'}`}, isLost(version) ? 'lost' : entry.status === 'open' ? 'stands for now' : 'stands'));
  const cell = (image, column) => image ? value(column in image ? image[column] : undefined) : h('span', {class: 'null'}, 'deleted');
  const rows = columns(base, ...versions.map((version) => version.image), entry.result).map((column) => h('tr', {class: differs.includes(column) ? 'differs' : null},
    h('td', null, column, differs.includes(column) && h('span', {class: 'faint'}, ' differs')),
    h('td', null, base ? cell(base, column) : h('span', {class: 'null'}, 'not known')),
    versions.map((version) => h('td', {class: isLost(version) ? 'lost' : 'kept'}, cell(version.image, column))),
    entry.winner === 'merged' && h('td', {class: 'kept'}, cell(entry.result, column))));
  return table(['Column', 'Before', ...versions.map(head), ...(entry.winner === 'merged' ? ['Now'] : [])], rows, {class: 'versions'});
}

const decide = (button, body, done) => send(button, '/api/conflicts/decide', body, done);

async function send(button, path, body, done) {
  button.disabled = true;
  try {
    const {outcomes} = await post(path, body);
    const refused = outcomes.filter((each) => !each.done);
    if (refused.some((each) => each.why)) {
      const first = refused.find((each) => each.why);
      toast(`Nothing was done: ${first.why}. ${first.next ? `You can: ${first.next}.` : ''}`, true);
    } else {
      toast(outcomes.length > 1 ? `Done for ${outcomes.length} conflicts.` : `Done: ${outcomes[0].what}${outcomes[0].stands ? `; the version of ${outcomes[0].stands} stands` : ''}.`);
      done();
    }
  } catch (failure) {
    toast(failure.message, true);
  }
  button.disabled = false;
}

/** Whether the row is still as it was decided; what came later is not to be overwritten. */
async function movedOn(entry, note) {
  const stands = entry.revisions?.length ? null : entry.result;
  if (!stands && entry.result !== null) return;
  replace(note, 'Looking whether the row still stands so …');
  const found = await get('/api/rows', {table: entry.table, key: keyText(entry)}).catch(() => null);
  const rows = Object.values(found?.sites ?? {}).map((of) => of.row);
  const same = (row) => stands === null ? row === null : row !== null && Object.entries(stands).every(([column, text]) => (text ?? '').length > 1000 || row[column] === text);
  replace(note, !rows.length ? 'Whether the row still stands so could not be read.' : rows.some(same) ? 'The row still stands so.'
    : 'The row has been changed since. Bringing a version back would overwrite that, and is refused; what was lost stands here all the same.');
}

const keyText = (entry) => Object.entries(entry.key).map(([name, text]) => `${name}=${text}`).join(',');

function buttons(entry, reload) {
  if (!isOperator()) return h('p', {class: 'faint'}, 'An operator can decide this conflict, or bring back what was lost.');
  const act = (label, body, main) => h('button', {type: 'button', class: main ? 'main' : null, onclick: (event) =>
    decide(event.currentTarget, {...body, ids: [entry.id]}, reload)}, label);
  const all = [];
  if (entry.status === 'decided' && entry.winner !== 'merged' && losers(entry).length) all.push(act(`Bring ${losers(entry).join(', ')} back`, {action: 'undo'}, true));
  for (const version of entry.versions ?? []) all.push(act(`Keep ${version.site}`, {action: 'keep', site: version.site}, entry.status === 'open'));
  if (entry.status === 'open') all.push(act('Close, row as it is', {action: 'as_is'}));
  const note = h('p', {class: 'faint later', 'aria-live': 'polite'});
  movedOn(entry, note);
  return [note, h('div', {class: 'actions'}, all,
    h('a', {class: 'button', href: `#/row?${new URLSearchParams({table: entry.table, key: keyText(entry)})}`}, 'Story of the row'))];
}

/** The standing row to be changed column by column; what is not touched is not sent. */
function editor(entry, reload) {
  const standing = entry.result;
  if (!isOperator() || !standing) return null;
  const fields = Object.entries(standing).filter(([column]) => !(column in entry.key)).map(([column, text]) => {
    const input = h('input', {name: column, value: text ?? '', placeholder: text === null ? 'NULL' : null, disabled: (text ?? '').length > 1000});
    const empty = h('input', {type: 'checkbox', checked: text === null, 'aria-label': `${column} is NULL`});
    input.addEventListener('input', () => { empty.checked = false; });
    return {column, text, input, empty, now: () => empty.checked ? null : input.value};
  });
  const form = h('form', {hidden: true, onsubmit: async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(fields.filter((field) => !field.input.disabled && field.now() !== field.text).map((field) => [field.column, field.now()]));
    if (!Object.keys(values).length) { toast('Nothing is otherwise than it stands.', true); return; }
    await send(event.submitter, `/api/conflicts/${encodeURIComponent(entry.id)}/edit`, {values}, reload);
  }}, h('h3', null, 'Edit and apply'), fields.map((field) => h('div', {class: 'field'}, h('label', null, field.column, field.input), h('label', {class: 'tick'}, field.empty, 'NULL'))),
  h('div', {class: 'actions'}, h('button', {class: 'main', type: 'submit'}, 'Apply')));
  return [h('button', {type: 'button', onclick: (event) => { form.hidden = !form.hidden; event.currentTarget.setAttribute('aria-expanded', String(!form.hidden)); fields[0]?.input.focus(); }, 'aria-expanded': 'false'}, 'Edit …'), form];
}

export function detail(entry, reload) {
  const facts = h('dl', null,
    h('dt', null, 'What'), h('dd', null, `${kind(entry)}, without knowing of each other.`),
    h('dt', null, 'Outcome'), h('dd', null, outcome(entry)),
    h('dt', null, 'Why'), h('dd', null, 'policy ', h('code', null, entry.policy), entry.reason ? `: ${entry.reason}` : ''),
    (entry.versions ?? []).map((version) => [h('dt', null, version.site), h('dd', null, `${version.operation} in transaction ${version.transaction}, committed `, clock(version.at))]));
  return [h('h2', null, entry.table, ' ', h('bdi', null, entry.hidden ? '' : key(entry.key, true)), ' ', badge(entry)), facts,
    entry.hidden ? h('p', {class: 'soft'}, 'Values of rows are not shown to viewers.') : [h('h3', null, 'The versions'), sideBySide(entry), buttons(entry, reload), editor(entry, reload)],
    (entry.revisions ?? []).length > 0 && [h('h3', null, 'Since then'), h('ul', {class: 'story'}, entry.revisions.map((revision) => h('li', null,
      `${revision.command === 'undo' ? 'Brought back' : 'Kept'}${revision.stands ? `: the version of ${revision.stands} stands` : ': the row as it was, or as somebody wrote it'}`,
      h('div', {class: 'faint'}, clock(revision.at), ` by ${revision.by}`))))],
    h('p', {class: 'faint'}, 'id ', h('span', {class: 'mono'}, entry.id))];
}

export function show(main, query) {
  const list = h('section', {class: 'card'}, h('p', {class: 'empty'}, 'Loading …'));
  const panel = h('section', {class: 'card sticky', id: 'detail', 'aria-live': 'polite'}, h('p', {class: 'empty'}, 'Choose a conflict to see both versions.'));
  const form = h('div');
  const fresh = h('div');
  replace(main, h('h1', null, 'Conflicts'), form, fresh, h('div', {class: 'split'}, list, panel));
  const chosen = new Set();
  let shown = query.id;
  let offset = 0;
  let entries = [];
  let loadedAt = null;

  async function open(id) {
    shown = id;
    list.querySelectorAll('tr[data-id]').forEach((row) => row.classList.toggle('chosen', row.dataset.id === id));
    try {
      replace(panel, detail(await get(`/api/conflicts/${encodeURIComponent(id)}`), () => { open(id); load(false); }));
    } catch (failure) {
      replace(panel, h('p', {class: 'empty'}, failure.message));
    }
  }

  function row(entry) {
    const box = isOperator() && h('input', {type: 'checkbox', 'aria-label': `choose conflict of ${entry.table} ${key(entry.key)}`, checked: chosen.has(entry.id),
      onclick: (event) => event.stopPropagation(),
      onchange: (event) => { event.currentTarget.checked ? chosen.add(entry.id) : chosen.delete(entry.id); drawActions(); }});
    return h('tr', {class: `pick${entry.id === shown ? ' chosen' : ''}`, 'data-id': entry.id, onclick: () => open(entry.id)},
      h('td', null, box),
      h('td', null, h('button', {class: 'plain', type: 'button', onclick: (event) => { event.stopPropagation(); open(entry.id); panel.scrollIntoView({block: 'nearest'}); }},
        h('bdi', null, `${entry.table.replace(/^public\./, '')} ${entry.hidden ? '' : key(entry.key)}`)),
      h('div', {class: 'faint'}, kind(entry))),
      h('td', {class: 'wide'}, clock(entry.at)),
      h('td', null, entry.winner === 'merged' ? 'both' : entry.winner, losers(entry).length && entry.winner !== 'merged' ? h('div', {class: 'faint'}, `lost: ${losers(entry).join(', ')}`) : null),
      h('td', null, badge(entry)));
  }

  const actions = h('div', {class: 'actions'});
  function drawActions() {
    const ids = [...chosen];
    const sites = (latest()?.sites ?? []).map((site) => site.site);
    const done = () => { chosen.clear(); load(false); if (shown) open(shown); };
    replace(actions, ids.length > 0 && [h('span', null, `${ids.length} chosen: `),
      h('button', {type: 'button', onclick: (event) => decide(event.currentTarget, {action: 'undo', ids}, done)}, 'Bring the losers back'),
      sites.map((site) => h('button', {type: 'button', onclick: (event) => decide(event.currentTarget, {action: 'keep', site, ids}, done)}, `Keep ${site}`))]);
  }

  async function load(more) {
    const wanted = Object.fromEntries(FILTERS.map((name) => [name, query[name]]));
    try {
      if (!more) { entries = []; offset = 0; }
      const found = await get('/api/conflicts', {...wanted, limit: LIMIT, offset});
      const open = !more && !query.status ? (await get('/api/conflicts', {...wanted, status: 'open', limit: LIMIT})).entries : [];
      loadedAt = latest()?.journal_entries ?? null;
      const first = new Set(open.map((entry) => entry.id));
      entries.push(...open, ...found.entries.filter((entry) => !first.has(entry.id)));
      offset += found.entries.length;
      replace(list, entries.length ? table(['', 'Row', '~When', 'Stands', 'Status'], entries.map(row))
        : h('p', {class: 'empty'}, 'No conflict is like that.'),
      actions, found.more && h('div', {class: 'actions'}, h('button', {type: 'button', onclick: () => load(true)}, 'Older ones')));
      drawActions();
    } catch (failure) {
      replace(list, h('p', {class: 'empty'}, failure.message));
    }
  }

  get('/api/tables').then(({tables}) => replace(form, filters(query, tables.map((each) => each.table)))).catch(() => replace(form, filters(query, [])));
  load(false);
  if (shown) open(shown);
  return listen((sample) => {
    const news = loadedAt === null ? 0 : sample.journal_entries - loadedAt;
    redraw(fresh, news > 0 && h('p', null, h('button', {type: 'button', class: 'plain', onclick: () => load(false)}, `${news} more since then: show them`)));
  });
}
