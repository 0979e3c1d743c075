import {get, isOperator, post} from '../api.js';
import {ago, bytes, h, ms, number, redraw, replace, table, toast} from '../dom.js';
import {listen} from '../live.js';

function site(each, status) {
  const of = status.sites?.[each.site] ?? {};
  const state = !each.reachable ? ['unreachable', 'bad'] : of.connected ? ['connected', 'good'] : ['not read', 'warn'];
  return h('section', {class: 'card'}, h('h2', null, each.site, ' ', h('span', {class: `badge ${state[1]}`}, state[0])), h('dl', null,
    h('dt', null, 'Server'), h('dd', null, of.server ?? '–'),
    h('dt', null, 'Address'), h('dd', null, `${each.url} as ${each.user}`),
    h('dt', null, 'Position'), h('dd', {class: 'mono'}, of.position ?? '–'),
    h('dt', null, 'Log held'), h('dd', null, of.wal_held_bytes === null || of.wal_held_bytes === undefined ? '–' : bytes(of.wal_held_bytes)),
    h('dt', null, 'Journal'), h('dd', null, `${number(of.conflicts ?? 0)} conflicts, ${number(of.open_conflicts ?? 0)} open, ${number(of.parked ?? 0)} parked`),
    h('dt', null, 'Clock'), h('dd', null, each.clock_ahead_ms === undefined ? '–'
      : Math.abs(each.clock_ahead_ms) <= each.clock_within_ms + 1 ? 'as here' : `${ms(Math.abs(each.clock_ahead_ms))} ${each.clock_ahead_ms > 0 ? 'ahead of' : 'behind'} here`),
    h('dt', null, 'Incarnation'), h('dd', {class: 'mono'}, of.incarnation ?? '–'),
    each.trouble && [h('dt', null, 'Trouble'), h('dd', null, each.trouble)]));
}

async function steer(button, name, verb) {
  button.disabled = true;
  try {
    await post(`/api/sites/${encodeURIComponent(name)}/${verb}`);
    toast(verb === 'pause' ? `Changes of other sites wait for ${name} now.` : `Changes come to ${name} again.`);
  } catch (failure) {
    toast(failure.message, true);
  } finally {
    button.disabled = false;
  }
}

export function show(main) {
  const cards = h('div', {class: 'grid'});
  const links = h('section', {class: 'card'});
  const engine = h('p', {class: 'faint'});
  const checked = h('section', {class: 'card', 'aria-live': 'polite', hidden: true});
  let ended = false;
  async function check() {
    checked.hidden = false;
    replace(checked, h('p', {class: 'soft'}, 'Checking rights, settings and tables …'));
    try {
      let job = await post('/api/checks');
      while (job.state === 'running' && !ended) {
        await new Promise((then) => setTimeout(then, 300));
        job = await get(`/api/jobs/${job.id}`);
      }
      const problems = job.result?.problems ?? [];
      replace(checked, h('h2', null, 'Rights, settings and tables ', h('span', {class: `badge ${job.result?.ok ? 'good' : 'bad'}`}, job.result?.ok ? 'ready' : 'not ready')),
        job.failure || (problems.length ? table(['Site', 'What', 'What mends it'], problems.map((each) => h('tr', null, h('td', null, each.site ?? 'all'),
          h('td', null, h('span', {class: `badge ${each.severity === 'error' ? 'bad' : 'warn'}`}, each.severity), ' ', each.what), h('td', null, h('code', null, each.mend))))) : h('p', null, 'Nothing is amiss.')));
    } catch (failure) {
      replace(checked, failure.message);
    }
  }
  replace(main, h('h1', null, 'Sites'), links, cards, isOperator() && h('div', {class: 'actions'}, h('button', {type: 'button', onclick: check}, 'Check rights and settings')), checked, engine);
  async function load() {
    try {
      const [{sites}, status] = await Promise.all([get('/api/sites'), get('/api/status')]);
      redraw(cards, sites.map((each) => site(each, status)));
      redraw(engine, status.engine?.running ? `The engine runs on ${status.engine.host}, lease epoch ${status.engine.lease_epoch}.` : 'No engine runs.');
    } catch (failure) {
      replace(cards, h('p', {class: 'empty'}, failure.message));
    }
  }
  load();
  const timer = setInterval(load, 5000);
  const off = listen((sample) => {
    const rows = (sample.links ?? []).map((link) => {
      const paused = link.state === 'paused';
      return h('tr', null, h('td', null, `${link.from} → ${link.to}`),
        h('td', null, h('span', {class: `badge ${link.state === 'streaming' ? 'good' : paused ? 'warn' : 'bad'}`}, link.state), link.held && h('div', {class: 'faint'}, link.held)),
        h('td', {class: 'num'}, number(link.queued_changes)), h('td', {class: 'num'}, bytes(link.queued_bytes)), h('td', {class: 'num'}, ms(link.lag_ms)),
        h('td', null, isOperator() && h('button', {type: 'button', onclick: (event) => steer(event.currentTarget, link.to, paused ? 'resume' : 'pause')}, `${paused ? 'Resume' : 'Pause'} what comes to ${link.to}`)));
    });
    redraw(links, h('h2', null, 'Links'), rows.length ? table(['Link', 'State', '>Waiting', '>Size', '>Oldest', ''], rows) : h('p', {class: 'empty'}, 'No engine runs in this process.'),
      h('p', {class: 'faint'}, 'While a site is paused, what is changed elsewhere waits for it, and the other sites keep their logs. Its own changes go on. A new start of the engine resumes.'));
  });
  return () => { ended = true; off(); clearInterval(timer); };
}
