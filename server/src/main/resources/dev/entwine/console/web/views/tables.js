import {get, isOperator, post} from '../api.js';
import {ago, clock, h, key, number, redraw, replace, table, toast, value} from '../dom.js';
import {latest} from '../live.js';

function proof(of) {
  if (!of) return h('span', {class: 'soft'}, 'not yet');
  if (of.trouble) return h('span', {class: 'badge warn'}, of.trouble);
  return of.proven_at ? h('span', {title: of.proven_at}, `${ago(of.proven_at)} ago`) : h('span', {class: 'soft'}, 'not yet');
}

function differences(report) {
  const rows = report.tables.flatMap((each) => (each.differences ?? []).map((one) => [each.table, one]));
  if (!rows.length) return null;
  const sites = [...new Set(rows.flatMap(([, one]) => Object.keys(one.sites)))];
  return table(['Row', 'Column', ...sites], rows.flatMap(([name, one]) => {
    const columns = one.columns?.length ? one.columns : ['(the row)'];
    return columns.map((column) => h('tr', null, h('td', null, h('bdi', null, `${name} ${key(one.key)}`)), h('td', null, column),
      sites.map((site) => h('td', null, one.sites[site] ? (column === '(the row)' ? 'there' : value(one.sites[site][column])) : h('span', {class: 'null'}, 'missing')))));
  }));
}

function verified(job) {
  const report = job.result;
  const count = report.tables.reduce((sum, each) => sum + each.difference_count, 0);
  return [h('p', null, report.equal ? h('span', {class: 'badge good'}, 'equal') : h('span', {class: 'badge bad'}, `${number(count)} rows differ`),
    ` ${job.what}: ${report.tables.length} compared in ${number(report.took_ms / 1000)} s`), report.hidden ? null : differences(report)];
}

function planned(job, repair) {
  const report = job.result;
  if (report.hidden) return h('p', null, 'Values of rows are not shown to viewers.');
  const steps = report.repairs ?? [];
  const undecided = report.undecided ?? [];
  if (!steps.length && !undecided.length) return h('p', null, h('span', {class: 'badge good'}, 'equal'), ' Nothing is to be repaired.');
  return [
    table(['Row', 'Stands', 'Gives way', 'Why', 'Done'], steps.map((step) => h('tr', null, h('td', null, h('bdi', null, `${step.table} ${key(step.key)}`)),
      h('td', null, `${step.stands}${step.operation === 'delete' ? ' (deleted)' : ''}`), h('td', null, step.losers.join(', ')), h('td', null, `${step.policy}: ${step.reason}`),
      h('td', null, step.done ? 'yes' : step.why_not ?? 'no')))),
    undecided.length > 0 && [h('h3', null, 'Left to you'), table(['Row', 'Why', 'What to do'], undecided.map((row) => h('tr', null,
      h('td', null, h('bdi', null, `${row.table} ${key(row.key)}`)), h('td', null, row.why), h('td', null, row.next))))],
    !report.applied && steps.length > 0 && isOperator() && h('div', {class: 'actions'}, h('button', {class: 'main', type: 'button', onclick: repair}, `Repair ${number(steps.length)} rows so`))];
}

export function show(main) {
  const list = h('section', {class: 'card'}, h('p', {class: 'empty'}, 'Loading …'));
  const work = h('section', {class: 'card', id: 'work', 'aria-live': 'polite', hidden: true});
  const sites = (latest()?.sites ?? []).map((site) => site.site);
  const prefer = h('select', {'aria-label': 'which version a repair keeps'}, h('option', {value: ''}, "by the tables' policies"), sites.map((site) => h('option', {value: site}, `as ${site} has them`)));
  replace(main, h('h1', null, 'Tables'), work,
    isOperator() && h('div', {class: 'filters'}, h('button', {type: 'button', class: 'main', onclick: () => start('/api/verifications', {})}, 'Verify all tables'),
      h('label', null, 'Repair', prefer), h('button', {type: 'button', onclick: () => start('/api/repairs', {prefer: prefer.value || null})}, 'Plan a repair')), list);
  let ended = false;

  async function start(path, body) {
    try {
      watch((await post(path, body)).id, body);
    } catch (failure) {
      toast(failure.message, true);
    }
  }

  async function watch(id, body) {
    work.hidden = false;
    while (!ended) {
      let job;
      try {
        job = await get(`/api/jobs/${id}`);
      } catch (failure) {
        replace(work, h('p', null, failure.message));
        return;
      }
      if (job.state === 'running') {
        redraw(work, h('h2', null, job.kind === 'verify' ? 'Comparing' : 'Comparing, to repair'), h('progress', {max: '1', value: String(job.share), 'aria-label': 'how far it is'}), h('p', {class: 'soft'}, job.doing || job.what));
        await new Promise((then) => setTimeout(then, 400));
        continue;
      }
      const result = job.state === 'failed' ? h('p', {class: 'badge bad'}, job.failure)
        : job.kind === 'verify' ? verified(job) : planned(job, () => start('/api/repairs', {...body, apply: 'yes'}));
      replace(work, h('h2', null, {verify: 'Verified', repair_plan: 'How it would be repaired', repair: 'Repaired'}[job.kind]), result);
      load();
      return;
    }
  }

  async function load() {
    try {
      const [{tables}, status] = await Promise.all([get('/api/tables'), get('/api/status')]);
      const proofs = new Map((status.verification?.tables ?? []).map((each) => [each.table, each]));
      const rows = tables.map((each) => {
        const of = proofs.get(each.table);
        return h('tr', null, h('td', null, h('strong', null, each.table)),
          h('td', null, h('code', null, each.policy), Object.entries(each.columns).map(([column, policy]) => h('div', {class: 'faint'}, `${column}: ${policy}`))),
          h('td', {class: 'num'}, of?.proven_at ? number(of.rows) : '–'), h('td', null, proof(of)),
          h('td', {class: 'num'}, of?.difference_count ? h('span', {class: 'badge bad'}, number(of.difference_count)) : '0'),
          h('td', {class: 'num'}, each.conflicts ? h('a', {href: `#/conflicts?table=${encodeURIComponent(each.table)}`}, number(each.conflicts)) : '0'),
          h('td', null, isOperator() && h('button', {type: 'button', class: 'plain', 'aria-label': `verify ${each.table}`, onclick: () => start('/api/verifications', {table: each.table})}, 'Verify')));
      });
      redraw(list, table(['Table', 'Policy', '>Rows', 'Proven equal', '>Differ', '>Conflicts', ''], rows));
    } catch (failure) {
      replace(list, h('p', {class: 'empty'}, failure.message));
    }
  }
  load();
  get('/api/jobs').then(({jobs}) => jobs[0] && watch(jobs[0].id, {})).catch(() => {});
  return () => { ended = true; };
}
