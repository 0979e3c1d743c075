import {get, isOperator} from '../api.js';
import {chart} from '../chart.js';
import {ago, bytes, clock, h, key, ms, number, redraw, replace, table} from '../dom.js';
import {latest, listen, samples} from '../live.js';
import {differing, kind, losers, lostColumns} from '../words.js';

const LOOKED_AT = 40;
const SHOWN = 8;

const VERDICTS = {
  in_step: ['', '✓', 'In step', 'Every site holds the same rows, apart from what is under way this moment.'],
  behind: ['warn', '…', 'Catching up', 'Changes wait for more than five seconds.'],
  not_in_step: ['bad', '!', 'Not in step', 'Something keeps rows from being the same everywhere; see below.'],
  waiting: ['bad', '■', 'Waiting until the tables are alike again', 'Somebody has changed a table at one site. Nothing is carried over until the others have it too; nothing is lost.'],
  stopped: ['bad', '■', 'The engine does not run here', 'Nothing is carried between the sites by this process.'],
};

function verdict(sample) {
  const [tone, mark, title, text] = VERDICTS[sample.verdict] ?? VERDICTS.stopped;
  const slowest = Math.max(0, ...(sample.links ?? []).map((link) => link.latency_p50_ms));
  const more = sample.verdict === 'in_step' && slowest > 0 ? ` Half of all changes arrive within ${ms(slowest)}.` : '';
  return h('section', {class: `card verdict ${tone}`, id: 'verdict'},
    h('div', {class: 'mark', 'aria-hidden': 'true'}, mark),
    h('div', null, h('strong', null, title, sample.verdict_since && h('span', {class: 'soft'}, ` for ${ago(sample.verdict_since)}`)),
      h('p', null, text + more)));
}

function todo(sample) {
  const items = [];
  const add = (text, link, label) => items.push(h('li', null, h('span', null, text), link && h('a', {href: link}, label)));
  if (sample.trouble) add(sample.trouble);
  if (sample.verdict === 'waiting') for (const line of sample.waiting.split('\n')) add(line);
  for (const site of sample.sites ?? []) if (!site.connected) add(`The log of ${site.site} cannot be read: ${site.reason}`, '#/sites', 'Sites');
  const guarded = new Set();
  for (const held of sample.guards ?? []) {
    guarded.add(held.site);
    add(`A guard holds what ${held.site} has committed since ${clock(held.since)}: ${held.what}. Nothing of it goes elsewhere, and nothing comes to ${held.site}, until somebody answers: entwine guard CONFIG allow ${held.site}`);
  }
  for (const link of sample.links ?? []) {
    if (guarded.has(link.from) || guarded.has(link.to)) continue;
    if (link.state === 'paused') add(`Changes of ${link.from} to ${link.to} are paused`, '#/sites', 'Resume');
    if (link.held) add(`${link.from} → ${link.to} is held up: ${link.held}`, '#/sites', 'Sites');
  }
  if (sample.open_conflicts) add(`${number(sample.open_conflicts)} conflicts wait for your decision`, '#/conflicts?status=open', 'Decide');
  if (sample.parked) add(`${number(sample.parked)} changes were refused by a database and are parked`, '#/parked', 'Look');
  if (sample.differences) add(`${number(sample.differences)} rows differ between the sites`, '#/tables', 'Repair');
  return h('section', {class: 'card', id: 'todo'}, h('h2', null, 'What needs you'),
    items.length ? h('ul', {class: 'todo'}, items) : h('p', {class: 'soft'}, 'Nothing. Conflicts are decided by your rules, and what loses is kept.'));
}

function links(sample) {
  const rows = (sample.links ?? []).map((link) => h('tr', null,
    h('td', {class: 'whole'}, `${link.from} → ${link.to}`),
    h('td', null, h('span', {class: `badge ${link.state === 'streaming' ? 'good' : link.state === 'paused' ? 'warn' : 'bad'}`}, link.state)),
    h('td', {class: 'num'}, link.arrived ? ms(link.latency_p50_ms) : '–'),
    h('td', {class: 'num'}, link.arrived ? ms(link.latency_p99_ms) : '–'),
    h('td', {class: 'num'}, number(link.queued_changes)),
    h('td', {class: 'num'}, ms(link.lag_ms))));
  return h('section', {class: 'card'}, h('h2', null, 'How far behind'),
    table(['Link', 'State', '>Half within', '>99 % within', '>Waiting', '>Oldest'], rows));
}

function what(entry) {
  if (entry.hidden) return h('span', {class: 'soft'}, kind(entry));
  const columns = lostColumns(entry);
  const lost = entry.losers?.[0];
  const sites = losers(entry);
  const said = columns.slice(0, 2).map((column) => `${column} “${String(lost?.image?.[column] ?? 'nothing').slice(0, 40)}”`).join(', ');
  return [h('span', null, kind(entry)), sites.length && lost?.image && said ? h('span', {class: 'soft'}, h('bdi', null, ` · lost at ${sites.join(', ')}: ${said}`)) : null];
}

/** The newest of each row, where something was lost or is to be decided. */
function telling(entries) {
  const rows = new Set();
  return entries.filter((entry) => {
    const row = `${entry.table} ${JSON.stringify(entry.key ?? entry.id)}`;
    const first = !rows.has(row);
    rows.add(row);
    return first && (entry.hidden || entry.status === 'open' || differing(entry).length > 0);
  }).slice(0, SHOWN);
}

function recent(entries) {
  const rows = entries.map((entry) => h('tr', null,
    h('td', {class: 'wide'}, clock(entry.at)),
    h('td', null, h('strong', null, entry.table.replace(/^public\./, '')), ' ', h('bdi', null, entry.hidden ? '' : key(entry.key))),
    h('td', null, what(entry)),
    h('td', {class: 'whole'}, h('a', {href: `#/conflicts?id=${entry.id}`}, entry.status === 'open' ? 'Decide' : 'Both versions'))));
  return entries.length ? table(['~When', 'Row', 'What happened', ''], rows)
    : h('p', {class: 'empty'}, 'Nothing has collided yet.');
}

/** Differences of a counter from sample to sample, a second. */
function rates(of) {
  return samples.map((sample, i) => {
    const before = samples[i - 1];
    if (!before || !sample.engine || !before.engine) return null;
    const seconds = Math.max(0.2, (new Date(sample.at) - new Date(before.at)) / 1000);
    return Math.max(0, of(sample) - of(before)) / seconds;
  });
}

/** Smooth over some seconds: conflicts come one by one. */
const smooth = (values, width = 10) => values.map((v, i) => {
  const part = values.slice(Math.max(0, i - width + 1), i + 1).filter((each) => each !== null);
  return v === null || !part.length ? null : part.reduce((a, b) => a + b, 0) / part.length;
});

function drawAll(charts) {
  const last = latest();
  const seconds = samples.length > 1 ? (new Date(last.at) - new Date(samples[0].at)) / 1000 : 0;
  const names = (last.sites ?? []).map((site) => site.site);
  const bySite = (name, field) => samples.map((sample) => sample.sites?.find((site) => site.site === name)?.[field] ?? null);
  charts.changes.draw(names.map((name) => ({name, values: bySite(name, 'changes_per_second')})), seconds);
  charts.commits.draw(names.map((name) => ({name, values: bySite(name, 'commits_per_second')})), seconds);
  charts.latency.draw((last.links ?? []).flatMap((link) => [['half', 'latency_p50_ms', false], ['99 %', 'latency_p99_ms', true]].map(([word, field, dash]) => ({
    name: `${link.from} → ${link.to}, ${word}`, dash,
    values: samples.map((sample) => sample.links?.find((each) => each.from === link.from && each.to === link.to)?.[field] ?? null),
  }))), seconds);
  const of = (sample, each) => sample.conflicts?.find((one) => one.table === each.table && one.policy === each.policy)?.total ?? 0;
  const busiest = [...(last.conflicts ?? [])].sort((a, b) => b.total - a.total).slice(0, 6);
  charts.conflicts.draw(busiest.map((each) => ({name: `${each.table} (${each.policy})`, values: smooth(rates((sample) => of(sample, each)))})), seconds);
  charts.forecast.draw([
    {name: 'observed', values: samples.map((sample) => sample.observed_per_hour ?? null)},
    {name: 'expected', dash: true, values: samples.map((sample) => sample.expected_per_hour ?? null)}], seconds);
  charts.queue.draw([{name: 'changes that wait', values: samples.map((sample) => sample.queued_changes ?? null)}], seconds);
  charts.spool.draw([
    {name: 'in memory', values: samples.map((sample) => sample.spool_memory_bytes ?? null)},
    {name: 'in files', values: samples.map((sample) => sample.spool_file_bytes ?? null)}], seconds);
}

export function show(main) {
  const top = h('div');
  const middle = h('div', {class: 'grid'});
  const list = h('div', {id: 'recent'}, h('p', {class: 'empty'}, 'Loading …'));
  const charts = {
    changes: chart('Changes a second', null, number),
    commits: chart('Transactions a second', null, number),
    latency: chart('From commit to commit', 'of the last ten seconds', ms),
    conflicts: chart('Conflicts a second', 'mean of ten seconds, by table and policy', number),
    forecast: chart('Collisions an hour', 'expected of the keys and latencies that were seen', number),
    queue: chart('Waiting', null, number),
    spool: chart('Queues', null, bytes),
  };
  replace(main, h('h1', null, 'Overview'), top, middle,
    h('section', {class: 'card'}, h('h2', null, 'Last collisions'), list),
    h('div', {class: 'charts'}, Object.values(charts).map((each) => each.element)));
  let seen = -1;
  async function load() {
    try {
      redraw(list, recent(telling((await get('/api/conflicts', {limit: LOOKED_AT})).entries)));
    } catch (failure) {
      replace(list, h('p', {class: 'empty'}, failure.message));
    }
  }
  const off = listen((sample) => {
    redraw(top, verdict(sample));
    redraw(middle, todo(sample), links(sample));
    drawAll(charts);
    if (sample.journal_entries !== seen) {
      seen = sample.journal_entries;
      load();
    }
  });
  if (!isOperator()) list.after(h('p', {class: 'faint'}, 'You are a viewer: values of rows are not shown to you.'));
  return off;
}
